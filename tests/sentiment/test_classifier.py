from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseg.config import EncoderConfig, SentimentConfig
from textseg.errors import ConfigError, ModelError
from textseg.sentiment.classifier import Classifier, load_classifier

WORDS = re.findall(
    r"\S+", "the parcel came late but staff were kind love this dress broken again ok no . , !"
)
TEXTS = [
    "the parcel came late",
    "",
    "love this dress !",
    "broken again , the staff were no kind . " * 9,
    "ok",
    "😀 \ud83d é",
]
THREE = ["negative", "neutral", "positive"]
STARS = ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"]
SIZES = {
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 32,
    "initializer_range": 0.6,
}
Saved = Callable[..., Path]


def load(folder: Path, labels: dict[str, Any] | None = None, **encoder: Any) -> Classifier:
    config = SentimentConfig(model=str(folder), labels=labels or {})
    return load_classifier(config, EncoderConfig(**{"device": "cpu", **encoder}))


def save_tokenizer(folder: Path, **options: Any) -> int:
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    special = ["[UNK]", "[PAD]", "[CLS]", "[SEP]"]
    tokenizer = Tokenizer(
        WordPiece({word: i for i, word in enumerate([*special, *WORDS])}, unk_token="[UNK]")
    )
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    if options.pop("pads", True):
        fast.pad_token = "[PAD]"
    for name, value in options.items():
        setattr(fast, name, value)
    fast.save_pretrained(str(folder))
    return len(special) + len(WORDS)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """Save a classifier of 8 dimensions with random weights, once per kind."""
    made: dict[str, Path] = {}

    def save(
        labels: Sequence[str] = THREE, kind: str = "Bert", *, pads: bool = True, **options: Any
    ) -> Path:
        import torch
        import transformers

        key = json.dumps([labels, kind, pads, options])
        if key in made:
            return made[key]
        folder = tmp_path_factory.mktemp("model")
        side = options.pop("padding_side", "right")
        family = kind.partition("For")[0]
        config = getattr(transformers, f"{family}Config")(
            vocab_size=save_tokenizer(folder, pads=pads, padding_side=side),
            pad_token_id=1 if pads else None,
            id2label=dict(enumerate(labels)),
            label2id={label: i for i, label in enumerate(labels)},
            **{**SIZES, **options},
        )
        torch.manual_seed(0)
        name = kind if "For" in kind else f"{kind}ForSequenceClassification"
        getattr(transformers, name)(config).save_pretrained(str(folder))
        made[key] = folder
        return folder

    return save


@pytest.fixture
def copied(saved: Saved, tmp_path: Path) -> Callable[..., Path]:
    """Copy a saved model, to be damaged."""
    return lambda *args, **options: Path(
        shutil.copytree(saved(*args, **options), tmp_path / "copy")
    )


def set_config(folder: Path, **values: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def logits_of(folder: Path, text: str, length: int) -> Any:
    """Run the model on one text, without textseg."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    clean = text.encode("utf-8", "replace").decode() or " "
    features = tokenizer(clean, truncation=True, max_length=length, return_tensors="pt")
    with torch.inference_mode():
        return model(**features).logits[0].double()


def softmax(logits: Any) -> Any:
    return logits.softmax(0).numpy()


def test_labels_of_three_classes_get_their_softmax(saved: Saved) -> None:
    folder = saved(["POS", "NEG", "NEU"])
    found = load(folder).score(TEXTS)
    assert found.dtype == np.float32
    assert found.shape == (len(TEXTS), 3)
    assert np.ptp(found, axis=0).min() > 0.01
    for text, row in zip(TEXTS, found, strict=True):
        positive, negative, neutral = softmax(logits_of(folder, text, 32))
        assert np.abs(row - [negative, neutral, positive]).max() < 1e-5


def test_stars_are_summed(saved: Saved) -> None:
    folder = saved(STARS)
    found = load(folder).score(TEXTS)
    for text, row in zip(TEXTS, found, strict=True):
        one, two, three, four, five = softmax(logits_of(folder, text, 32))
        assert np.abs(row - [one + two, three, four + five]).max() < 1e-5


def test_a_model_without_neutral_gives_it_nothing(saved: Saved) -> None:
    folder = saved(["LABEL_0", "LABEL_1"])
    labels = {"LABEL_0": "positive", "LABEL_1": "negative"}
    found = load(folder, labels).score(TEXTS)
    assert found[:, 1].tolist() == [0.0] * len(TEXTS)
    positive, negative = softmax(logits_of(folder, TEXTS[2], 32))
    assert np.allclose(found[2], [negative, 0.0, positive], atol=1e-5)


def test_labels_that_do_not_exclude_each_other_are_made_to_add_up(saved: Saved) -> None:
    folder = saved(problem_type="multi_label_classification")
    found = load(folder).score(TEXTS)
    for text, row in zip(TEXTS, found, strict=True):
        each = logits_of(folder, text, 32).sigmoid().numpy()
        assert np.abs(row - each / each.sum()).max() < 1e-5


KINDS: list[dict[str, Any]] = [
    {},
    {"kind": "Roberta"},
    {"kind": "GPT2", "pads": False},
    {"kind": "GPT2", "padding_side": "left"},
]


@pytest.mark.parametrize("kind", KINDS, ids=["bert", "roberta", "no-padding", "padding-in-front"])
def test_a_text_has_the_same_values_alone_and_in_any_batch(
    kind: dict[str, Any], saved: Saved
) -> None:
    folder = saved(**kind)
    classifier = load(folder)
    together = classifier.score(TEXTS)
    # RoBERTa's positions start at 2.
    assert classifier.max_length == (30 if kind.get("kind") == "Roberta" else 32)
    assert np.allclose(together.sum(axis=1), 1, atol=1e-6)
    assert np.abs(classifier.score(TEXTS[::-1])[::-1] - together).max() < 1e-5
    for text, row in zip(TEXTS, together, strict=True):
        assert np.abs(classifier.score([text])[0] - row).max() < 1e-5
        assert np.abs(softmax(logits_of(folder, text, classifier.max_length)) - row).max() < 1e-5


def test_batches_stay_below_the_budget(saved: Saved, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{'late ' * (i % 7)}ok" for i in range(300)]
    classifier = load(saved(), batch_tokens=256)
    shapes, forward = [], classifier._model.forward

    def watched(**features: Any) -> Any:
        shapes.append(tuple(features["input_ids"].shape))
        return forward(**features)

    monkeypatch.setattr(classifier._model, "forward", watched)
    found = classifier.score(texts)
    assert sum(rows for rows, _ in shapes) == 300
    assert max(rows * width for rows, width in shapes) <= 256
    assert len(shapes) < 20
    assert np.abs(found[:7] - found[7:14]).max() < 1e-5


def test_what_follows_the_longest_input_is_not_read(saved: Saved) -> None:
    classifier = load(saved())
    head = "late " * 30
    found = classifier.score([head, head + "love this dress", "love " + head])
    assert np.abs(found[0] - found[1]).max() < 1e-5
    assert np.abs(found[0] - found[2]).max() > 1e-4


def test_the_tokenizer_may_set_a_shorter_end(copied: Callable[..., Path]) -> None:
    folder = copied()
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "model_max_length": 6}))
    assert load(folder).max_length == 6


def test_no_texts_give_no_rows(saved: Saved) -> None:
    assert load(saved()).score([]).shape == (0, 3)


def test_half_precision_weights_run_in_single_precision(copied: Callable[..., Path]) -> None:
    from safetensors.numpy import load_file, save_file

    folder = copied()
    weights = load_file(folder / "model.safetensors")
    half = {name: value.astype(np.float16) for name, value in weights.items()}
    save_file(half, folder / "model.safetensors", metadata={"format": "pt"})
    set_config(folder, dtype="float16", torch_dtype="float16")
    exact = folder.with_name("exact")
    shutil.copytree(folder, exact)
    single = {name: value.astype(np.float32) for name, value in half.items()}
    save_file(single, exact / "model.safetensors", metadata={"format": "pt"})
    set_config(exact, dtype="float32", torch_dtype="float32")
    assert np.array_equal(load(folder).score(TEXTS), load(exact).score(TEXTS))


def test_the_fingerprint_follows_files_and_labels(copied: Callable[..., Path]) -> None:
    folder = copied(["a", "b", "c"])
    labels = {"a": "negative", "b": "neutral", "c": "positive"}
    first = load(folder, labels)
    assert first.name == str(folder)
    assert load(folder, labels).fingerprint == first.fingerprint
    (folder / "README.md").write_text("words")
    assert load(folder, {**labels, "A": "positive"}).fingerprint == first.fingerprint
    prints = {first.fingerprint, load(folder, {**labels, "b": "positive"}).fingerprint}
    set_config(folder, problem_type="multi_label_classification")
    prints.add(load(folder, labels).fingerprint)
    save_tokenizer(folder, model_max_length=20)
    prints.add(load(folder, labels).fingerprint)
    assert len(prints) == 4


def test_loading_and_scoring_are_silent(saved: Saved, capfd: Any, caplog: Any) -> None:
    load(saved()).score(TEXTS)
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


def refusal(
    folder: Path | str, kind: type[Exception] = ModelError, labels: dict[str, str] | None = None
) -> str:
    with pytest.raises(kind) as caught:
        load(Path(folder), labels)
    return str(caught.value)


def test_a_folder_that_is_not_there_is_named() -> None:
    assert refusal("/no/such/folder") == (
        "The sentiment model folder /no/such/folder does not exist. sentiment.model takes "
        "'default', a folder, or the name of a sequence-classification model of transformers."
    )


def test_a_name_that_the_hub_does_not_have_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def absent(name: str, **_: Any) -> str:
        asked.append(name)
        raise OSError("no network")

    monkeypatch.setattr("huggingface_hub.snapshot_download", absent)
    assert refusal("some-model") == (
        "There is no folder some-model, and the model hub gave no such model (OSError). "
        "Check the name and the network, or set sentiment.model to 'default' or a folder."
    )
    assert asked == ["some-model"]


@pytest.mark.parametrize(
    ("gone", "tried"),
    [
        (["config.json"], "config.json"),
        (
            ["model.safetensors"],
            "model.safetensors or model.safetensors.index.json or pytorch_model.bin or "
            "pytorch_model.bin.index.json",
        ),
        (
            ["config.json", "tokenizer.json"],
            "config.json; tokenizer.json or vocab.txt or vocab.json or tokenizer.model or "
            "sentencepiece.bpe.model or spiece.model",
        ),
    ],
)
def test_an_incomplete_folder_says_what_was_tried(
    gone: list[str], tried: str, copied: Callable[..., Path]
) -> None:
    folder = copied()
    for name in gone:
        (folder / name).unlink()
    assert refusal(folder) == (
        f"The sentiment model folder {folder} is not complete. Tried and not found: {tried}. "
        "A folder that save_pretrained of the model and of its tokenizer wrote has them all."
    )


def test_a_model_of_another_kind_is_refused(saved: Saved) -> None:
    folder = saved(kind="BertForMaskedLM")
    assert refusal(folder) == (
        f"The sentiment model in {folder} is a BertForMaskedLM, expected a model for sequence "
        "classification. "
        "sentiment.model takes what AutoModelForSequenceClassification was saved from."
    )


def test_weights_without_a_classifier_are_refused(copied: Callable[..., Path]) -> None:
    folder = copied(kind="BertForMaskedLM")
    set_config(folder, architectures=None)
    message = refusal(folder)
    assert message.startswith(f"The weights of the sentiment model in {folder} lack ")
    assert "classifier.bias, classifier.weight" in message
    assert message.endswith("Download or save it again, after training it to classify.")


@pytest.mark.parametrize("change", [{"id2label": {"0": "s"}}, {"problem_type": "regression"}])
def test_regression_is_refused(change: dict[str, Any], copied: Callable[..., Path]) -> None:
    folder = copied()
    set_config(folder, **change)
    assert refusal(folder) == (
        f"The sentiment model in {folder} gives numbers (regression), expected probabilities of "
        "labels. Choose a model with at least the labels negative and positive."
    )


def test_damaged_weights_are_refused(copied: Callable[..., Path]) -> None:
    folder = copied()
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    message = refusal(folder)
    assert message.startswith(f"The sentiment model in {folder} cannot be loaded: Error while ")
    assert message.endswith(
        " Download or save it again. A model that needs code of its own cannot be used."
    )


def test_a_damaged_config_is_refused(copied: Callable[..., Path]) -> None:
    folder = copied()
    (folder / "config.json").write_text("{")
    assert refusal(folder).startswith(f"The sentiment model in {folder} cannot be loaded: ")


def test_code_that_comes_with_a_model_is_not_run(copied: Callable[..., Path]) -> None:
    folder = copied()
    names = {
        "AutoConfig": "evil.Config",
        "AutoModelForSequenceClassification": "evil.Model",
    }
    set_config(folder, model_type="evil", auto_map=names)
    (folder / "evil.py").write_text("raise SystemExit('code was run')")
    assert refusal(folder).startswith(f"The sentiment model in {folder} cannot be loaded: ")


def test_values_that_are_not_numbers_are_refused(copied: Callable[..., Path]) -> None:
    from safetensors.numpy import load_file, save_file

    folder = copied()
    weights = load_file(folder / "model.safetensors")
    weights["classifier.bias"][1] = np.nan
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError) as caught:
        load(folder).score(["ok"])
    assert str(caught.value) == (
        f"The sentiment model {folder} gives values that are not numbers. "
        "Its weights are damaged: download or save it again."
    )


def test_labels_without_meaning_are_listed(saved: Saved) -> None:
    folder = saved(["LABEL_0", "LABEL_1"])
    assert refusal(folder) == (
        "The labels of the sentiment model are 'LABEL_0', 'LABEL_1'; it is not known what they "
        "mean. In textseg.toml, under [sentiment], write negative, neutral or positive for each: "
        'labels = { "LABEL_0" = "…", "LABEL_1" = "…" }'
    )
    assert refusal(folder, ConfigError, {"LABEL_2": "positive"}).startswith(
        "sentiment.labels names 'LABEL_2', but the labels of the sentiment model are 'LABEL_0',"
    )


def test_cuda_without_a_device_is_an_error(saved: Saved, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textseg.encode.encoder._has_driver", lambda: False)
    with pytest.raises(ModelError, match=r"encoder\.device is 'cuda', but PyTorch finds no CUDA"):
        load(saved(), device="cuda")
