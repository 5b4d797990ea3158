"""Topic names by a language model at any OpenAI-compatible endpoint; only where it is asked for."""

from textseg.naming.llm import LlmNames, check_llm, name_topics
from textseg.naming.prompt import typical_texts

__all__ = ["LlmNames", "check_llm", "name_topics", "typical_texts"]
