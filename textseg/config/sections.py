"""Every setting, in one tree of typed models: names, defaults, units and ranges.

``textseg.toml``, ``--set key=value`` and ``Segmenter(...)`` all end here, and ``textseg init``
writes its commented file from here, so that a setting is described once.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

Auto = Literal["auto"]
Column = str | None
_LAYOUT = "Export it comes from: a name or a TOML file (docs/inputs.md), or 'none'; default: found."
_DATE_ORDER = "Order of day, month and year; default: found out."
_ENCODING = "Encoding of a text file, such as cp1252; default: found out."
_SHEET = "Sheet of a workbook; needed where several have data."
DateOrder = Literal["dmy", "mdy", "ymd"] | None


class Section(BaseModel):
    """Base of all sections: unknown keys are errors, values are fixed once made and finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class FeedbackColumns(Section):
    """Which column of a feedback file means what. What is not named is found out."""

    file: str | None = Field(None, description="File name this table is for; all files if absent.")
    id: Column = Field(None, description="Key of one feedback within its file.")
    text: Column = Field(None, description="What the customer wrote.")
    title: Column = Field(None, description="Subject or title, put in front of the text.")
    customer: Column = Field(None, description="Who wrote it.")
    date: Column = Field(None, description="When it was written.")
    rating: Column = Field(
        None, description="Stars or score; sentiment learns from it only with sentiment.adapt."
    )
    channel: Column = Field(None, description="Where it was written; default: the file's name.")
    author: Column = Field(
        None, description="Who wrote a message of a conversation, customer or company."
    )
    conversation: Column = Field(None, description="Key of the conversation of a message.")
    layout: Column = Field(None, description=_LAYOUT)
    date_order: DateOrder = Field(None, description=_DATE_ORDER, examples=["dmy"])
    encoding: str | None = Field(None, description=_ENCODING)
    sheet: str | None = Field(None, description=_SHEET)


class TransactionColumns(Section):
    """Which column of the order lines means what. What is not named is found out."""

    customer: Column = Field(None, description="Who bought.")
    date: Column = Field(None, description="When.")
    amount: Column = Field(None, description="Value of the line; or give quantity and unit_price.")
    quantity: Column = Field(None, description="Number of pieces; negative for returns.")
    unit_price: Column = Field(None, description="Price of one piece.")
    currency: Column = Field(None, description="Currency of the money.")
    order: Column = Field(None, description="Key of the order that the line belongs to.")
    product: Column = Field(None, description="Key or name of the product.")
    category: Column = Field(None, description="Category of the product.")
    layout: Column = Field(None, description=_LAYOUT)
    date_order: DateOrder = Field(None, description=_DATE_ORDER, examples=["dmy"])
    decimal: Literal[".", ","] | None = Field(
        None, description="What splits off the decimals; default: found out.", examples=[","]
    )
    rates: dict[str, Annotated[float, Field(gt=0)]] = Field(
        {},
        description="What one unit of each currency is worth in the base, which has the rate 1.",
    )
    encoding: str | None = Field(None, description=_ENCODING)
    sheet: str | None = Field(None, description=_SHEET)

    @model_validator(mode="after")
    def _has_a_base(self) -> TransactionColumns:
        if self.rates and 1.0 not in self.rates.values():
            raise ValueError("one currency of transactions.rates must have the rate 1")
        return self


class CustomerColumns(Section):
    """Which column of the customer table means what; the others are attributes, if not personal."""

    customer: Column = Field(None, description="Who.")
    layout: Column = Field(None, description=_LAYOUT)
    encoding: str | None = Field(None, description=_ENCODING)
    sheet: str | None = Field(None, description=_SHEET)


class EncoderConfig(Section):
    """The sentence encoder."""

    model: str = Field(
        "default",
        description="'default', a sentence-transformers name, or a folder that holds one.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where it runs; auto takes a GPU where there is one."
    )
    batch_tokens: Annotated[int, Field(ge=256)] = Field(
        8192, description="Most tokens per batch, padding included; a CPU takes 1024 at most."
    )
    threads: Annotated[int, Field(ge=0)] = Field(
        0, description="CPU threads; 0 takes one per physical core."
    )


class SentimentConfig(Section):
    """How the feedback feels."""

    model: str = Field(
        "default",
        description="'default', or a sequence-classification model of transformers: a name or "
        "a folder.",
    )
    labels: dict[str, Literal["negative", "neutral", "positive"]] = Field(
        {}, description="What the labels of another model mean, where their names do not say it."
    )
    adapt: bool = Field(
        False,
        description="Learn from the ratings in the feedback; kept only if it is better for "
        "customers it has not seen.",
    )


class ScaleConfig(Section):
    """An axis of one's own that every text gets a score on."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = Field(
        description="Column name: lower-case letters, digits and underscores."
    )
    high: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="Phrases at the high end, such as 'I need this today'."
    )
    low: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="Phrases at the low end, such as 'whenever it suits you'."
    )


class LlmConfig(Section):
    """A language model that names topics, at any OpenAI-compatible chat endpoint."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s@?#]+$")] | None = Field(
        None, description="Base URL without user, key or query: http://localhost:11434/v1."
    )
    model: str | None = Field(None, description="What the server calls the model.")
    key_env: Annotated[str, Field(pattern=r"^[A-Z_][A-Z0-9_]*$")] | None = Field(
        None, description="Environment variable that holds the key; never the key itself."
    )
    examples: Annotated[int, Field(ge=1, le=50)] = Field(
        8, description="Masked texts that are sent per topic."
    )
    max_cost: Annotated[float, Field(ge=0)] = Field(
        1.0, description="Most that naming may cost, in the currency of the prices."
    )
    price_in: Annotated[float, Field(ge=0)] | None = Field(
        None,
        description="Price of a million tokens sent; needed unless the server is on this machine.",
    )
    price_out: Annotated[float, Field(ge=0)] | None = Field(
        None, description="Price of a million tokens answered; likewise."
    )
    timeout: Annotated[float, Field(gt=0, le=600)] = Field(
        30.0, description="Seconds to wait for an answer."
    )


class TopicSeed(Section):
    """A topic to look for."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)] = (
        Field(description="Name of the topic.", examples=["delivery"])
    )
    phrases: Annotated[
        tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)], ...],
        Field(min_length=1),
    ] = Field(description="Phrases that say what it is about, in the customers' words.")


class TopicsConfig(Section):
    """What the feedback is about."""

    number: Auto | Annotated[int, Field(ge=2)] = Field(
        "auto", description="'auto', or the number of topics wanted."
    )
    level: Literal["broad", "balanced", "fine"] = Field(
        "balanced", description="How fine topics are where their number is 'auto'."
    )
    max_unclustered: Annotated[float, Field(ge=0.0, le=1.0)] = Field(
        0.10,
        description="Largest share of texts without topic to aim for; strangers stay out anyway.",
    )
    stability: bool = Field(
        True,
        description="Find the topics three more times to say which of them hold, and how sure "
        "assignment is; without, topic_confidence is a score and no probability.",
    )
    n_neighbors: Annotated[int, Field(ge=2, le=200)] = Field(
        15, description="Neighbours that UMAP keeps close."
    )
    n_components: Annotated[int, Field(ge=2, le=50)] = Field(
        5, description="Dimensions that UMAP reduces to before HDBSCAN."
    )
    min_samples: Annotated[int, Field(ge=1)] = Field(
        5, description="Neighbours that make a point dense (HDBSCAN)."
    )
    sample: Annotated[int, Field(ge=1000)] = Field(
        50_000, description="Texts used for discovery; the others are assigned."
    )
    outliers: Annotated[float, Field(ge=0.0, le=0.5)] = Field(
        0.02, description="Share of each topic's core that lies outside it; raise for purer topics."
    )
    keywords: Annotated[int, Field(ge=3, le=50)] = Field(10, description="Keywords per topic.")
    naming: Literal["keywords", "llm"] = Field(
        "keywords",
        description="Names of the customers' own words, or of a language model that is sent masked "
        "texts.",
    )
    taxonomy: str | None = Field(
        None,
        description="Table of labels and examples to use instead of discovery; relative to the "
        "working directory.",
    )
    llm: LlmConfig = Field(LlmConfig(), description="The language model, for naming = 'llm'.")
    seed: tuple[TopicSeed, ...] = Field(
        (), description="Topics to look for; a topic that the data has takes the name."
    )

    @model_validator(mode="after")
    def _names_differ(self) -> TopicsConfig:
        names = [seed.name.casefold() for seed in self.seed]
        if len(set(names)) < len(names):
            raise ValueError("the names of topics.seed must all be different")
        return self


class RollupConfig(Section):
    """From feedback to customers."""

    half_life_days: Annotated[float, Field(gt=0)] = Field(
        730.0, description="Age in days at which a feedback counts half."
    )
    shrinkage: Annotated[float, Field(ge=0)] = Field(
        2.0, description="Average texts added to every customer, so that one does not define them."
    )


Weight = Annotated[float, Field(ge=0)]


class SegmentWeights(Section):
    """Weight of each block of customer features; blocks have unit variance before."""

    preference: Weight = Field(1.0, description="What they talk about, by meaning.")
    topics: Weight = Field(0.0, description="Share of each topic.")
    sentiment: Weight = Field(0.4, description="How they feel.")
    mood: Weight = Field(0.0, description="How their sentiment changes and varies.")
    themes: Weight = Field(0.0, description="How they feel about each theme.")
    scales: Weight = Field(0.0, description="Urgency, churn intent and the other scales.")
    activity: Weight = Field(0.0, description="How much they write, and in which channels.")
    value: Weight = Field(0.15, description="Recency, frequency and monetary value.")
    purchases: Weight = Field(
        0.0, description="Rhythm, trend, returns, baskets and categories of purchases."
    )

    @model_validator(mode="after")
    def _some_weight(self) -> SegmentWeights:
        if not any(weight for _, weight in self):
            raise ValueError("one of the weights of segments.weights must be above 0")
        return self


class SegmentsConfig(Section):
    """Groups of customers."""

    number: Auto | Annotated[int, Field(ge=2)] = Field(
        "auto", description="'auto', or the number of segments wanted."
    )
    method: Literal["auto", "k-means", "ward", "gaussian-mixture", "density"] = Field(
        "auto",
        description="Where candidates start from; 'auto' is k-means, and where the number is open "
        "also the dense groups of UMAP and HDBSCAN.",
    )
    max_number: Annotated[int, Field(ge=2, le=50)] = Field(
        12, description="Most segments that 'auto' may choose."
    )
    min_share: Annotated[float, Field(ge=0.0, lt=0.5)] = Field(
        0.02, description="Smallest share of the customers that makes a segment."
    )
    subsamples: Annotated[int, Field(ge=2, le=200)] = Field(
        20, description="Subsamples of 80 % that the stability is measured on."
    )
    weights: SegmentWeights = Field(SegmentWeights(), description="Weights of the blocks.")


class Config(Section):
    """All settings.

    Examples
    --------
    >>> from textseg.config import Config
    >>> Config().topics.number
    'auto'
    """

    seed: Annotated[int, Field(ge=0, le=10**9)] = Field(0, description="Seed of everything random.")
    feedback: tuple[FeedbackColumns, ...] = Field(
        (), description="Columns of the feedback files: one table for all, or one per file."
    )
    transactions: TransactionColumns = Field(
        TransactionColumns(), description="Columns of the order lines."
    )
    customers: CustomerColumns = Field(
        CustomerColumns(), description="Columns of the customer table."
    )
    encoder: EncoderConfig = Field(EncoderConfig(), description="The sentence encoder.")
    sentiment: SentimentConfig = Field(SentimentConfig(), description="How the feedback feels.")
    scales: tuple[ScaleConfig, ...] = Field(
        (), description="Scales beside the shipped ones; one of the same name replaces it."
    )
    topics: TopicsConfig = Field(TopicsConfig(), description="What the feedback is about.")
    rollup: RollupConfig = Field(RollupConfig(), description="From feedback to customers.")
    segments: SegmentsConfig = Field(SegmentsConfig(), description="Groups of customers.")
