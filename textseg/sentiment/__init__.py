"""Sentiment: how a text and each opinion in it feels."""

from textseg.sentiment.classes import LABELS, sentiment, sentiment_label
from textseg.sentiment.head import SentimentHead
from textseg.sentiment.scorer import Scorer, load_scorer

__all__ = ["LABELS", "Scorer", "SentimentHead", "load_scorer", "sentiment", "sentiment_label"]
