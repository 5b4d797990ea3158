"""Every setting: what there is (:mod:`.sections`), and how it is read (:mod:`.reading`)."""

from textseg.config.reading import assign_setting, load_config, make_config, with_inputs_read
from textseg.config.sections import (
    Config,
    CustomerColumns,
    EncoderConfig,
    FeedbackColumns,
    LlmConfig,
    RollupConfig,
    ScaleConfig,
    Section,
    SegmentsConfig,
    SegmentWeights,
    SentimentConfig,
    TopicsConfig,
    TopicSeed,
    TransactionColumns,
)

__all__ = [
    "Config",
    "CustomerColumns",
    "EncoderConfig",
    "FeedbackColumns",
    "LlmConfig",
    "RollupConfig",
    "ScaleConfig",
    "Section",
    "SegmentWeights",
    "SegmentsConfig",
    "SentimentConfig",
    "TopicSeed",
    "TopicsConfig",
    "TransactionColumns",
    "assign_setting",
    "load_config",
    "make_config",
    "with_inputs_read",
]
