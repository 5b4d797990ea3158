from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseg.config import EncoderConfig
from textseg.encode.encoder import Output
from textseg.encode.tokens import Tokens
from textseg.sentiment import Scorer, SentimentHead

WORDS = re.findall(
    r"\S+",
    "the parcel came late but staff were kind and sorted it out order where is my refund card "
    "broken again love this dress shirt ok no . , ! ? query :",
)


class FakeEncoder:
    """Embeds texts and clauses by their letters; counts what it is asked."""

    name, dim, max_length = "fake", 8, 10
    fingerprint, weights, prompt = "fake-1", "w", "q: "
    device, backend, batch_tokens = "cpu", "fake", 40
    config = EncoderConfig(model="fake", device="cpu")
    pools = True

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.unread: set[int] = set()

    def tokenize(self, passages: Any) -> Tokens:
        full = np.array([len(self.prompt + p.text) for p in passages], dtype=np.int64)
        read = [[start not in self.unread for start, _ in p.spans] for p in passages]
        longer = full > self.max_length
        return Tokens(np.minimum(full, self.max_length), longer, passages, read)

    def run(self, tokens: Tokens, rows: Any) -> Output:
        passages = [tokens.rows[row] for row in rows]
        self.batches.append([self.prompt + p.text for p in passages])
        assert self.pools or not any(p.spans for p in passages)
        clauses = [p.text[start:end] for p in passages for start, end in p.spans]
        texts = [(self.prompt + p.text).encode() for p in passages]
        letters = [*texts, *(clause.encode() for clause in clauses)]
        counts = [np.bincount(np.frombuffer(t, np.uint8) % 8, minlength=8) for t in letters]
        embedding = np.array(counts, dtype=np.float32) + 0.1
        return Output(embedding, np.hstack([embedding, embedding**2 / 10]))


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def scorer() -> Scorer:
    weight = np.random.default_rng(0).normal(size=(3, 16)) / 10
    return Scorer("fake", "features-1", 16, SentimentHead(weight, np.array([0.1, 0.2, 0.3])))


@pytest.fixture(scope="session")
def user_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Send exported models to a folder of the test run."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("platformdirs.user_cache_dir", lambda *args, **kwargs: str(folder))
        yield folder


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make a BERT of two layers and 16 dimensions that reads 24 tokens, with random weights."""
    folder = tmp_path_factory.mktemp("models")
    made: dict[str, Path] = {}

    def make(*, pooling: str = "mean", dense: bool = False, prompt: str = "") -> Path:
        name = f"{pooling}-{dense}-{bool(prompt)}"
        if name not in made:
            made[name] = _save_model(folder / name, pooling, dense, prompt)
        return made[name]

    return make


def _save_model(folder: Path, pooling: str, dense: bool, prompt: str) -> Path:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Dense, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    torch.manual_seed(0)
    transformer = Transformer(str(_save_bert(folder.with_name(f"{folder.name}-bert"))))
    transformer.max_seq_length = 24
    chain: list[Any] = [transformer, Pooling(16, pooling)]
    if dense:
        chain.append(Dense(16, 8))
    model = SentenceTransformer(
        modules=chain,
        device="cpu",
        prompts={"task": prompt} if prompt else None,
        default_prompt_name="task" if prompt else None,
    )
    model.save_pretrained(str(folder), create_model_card=False)
    return folder


def _save_bert(folder: Path) -> Path:
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import TemplateProcessing
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocab = {word: number for number, word in enumerate([*special, *dict.fromkeys(WORDS)])}
    tokenizer = Tokenizer(WordPiece(vocab, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")}
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=32, **names)
    fast.save_pretrained(str(folder))
    config = BertConfig(
        vocab_size=len(vocab),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
        initializer_range=0.5,
    )
    BertModel(config).save_pretrained(str(folder))
    return folder
