"""Sentiment: how a text feels, from the hidden states of the encoder."""

from textseg.sentiment.scale import LABELS, sentiment, sentiment_label
from textseg.sentiment.scorer import SentimentScorer, load_scorer

__all__ = ["LABELS", "SentimentScorer", "load_scorer", "sentiment", "sentiment_label"]
