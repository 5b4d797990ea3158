"""Sentiment from any sequence-classification model of transformers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textseg.encode.batches import CPU_TOKENS, batches
from textseg.encode.encoder import Device, choose_device
from textseg.encode.source import ModelSource, find_classifier
from textseg.encode.torch_encoder import quiet
from textseg.errors import ModelError
from textseg.sentiment.classes import LABELS
from textseg.sentiment.label_names import class_of_labels

if TYPE_CHECKING:
    from textseg.config import EncoderConfig, SentimentConfig

_USUAL_LENGTH = 512
"""Tokens read where neither the model nor its tokenizer sets an end."""


class Classifier:
    """Scores texts on its own, beside the encoder. Made by :func:`load_classifier`.

    Parameters
    ----------
    source : ModelSource
        The model's files.
    model, tokenizer : transformers objects
        Loaded from them; the model is where it shall run.
    classes : ndarray of int64, shape (n_labels,)
        Position in :data:`LABELS` of each output of the model.
    device : {"cpu", "cuda"}
        Where the model is.
    batch_tokens : int
        Most tokens per batch, padding included.

    Attributes
    ----------
    name : str
        What the user asked for.
    fingerprint : str
        Hash of all that can change a value: weights, tokenizer, configs, classes and device.
    max_length : int
        Tokens read per text; the rest of a longer one is not.
    """

    def __init__(
        self,
        source: ModelSource,
        model: Any,
        tokenizer: Any,
        classes: NDArray[np.int64],
        *,
        device: Device,
        batch_tokens: int,
    ) -> None:
        self.source = source
        self.name = source.name
        content = f"{source.digest} {classes.tolist()} torch float32 {device}"
        self.fingerprint = hashlib.blake2b(content.encode(), digest_size=8).hexdigest()
        self.max_length = _max_length(model, tokenizer)
        self._model = model
        self._tokenizer = tokenizer
        self._device = device
        self._members = np.eye(len(LABELS))[classes]
        self._several = model.config.problem_type == "multi_label_classification"
        # A budget of one token gives every text a batch of its own.
        self._batch_tokens = batch_tokens if _can_pad(model, tokenizer) else 1

    def score(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the probabilities of negative, neutral and positive.

        Parameters
        ----------
        texts : sequence of str
            In any order; a text has the same values alone and in any batch, to about 1e-6.

        Returns
        -------
        ndarray of float32, shape (n_texts, 3)
            Rows add up to 1. A class without a label has 0.

        Raises
        ------
        ModelError
            The model gives values that are not numbers.
        """
        probabilities = np.zeros((len(texts), len(LABELS)), dtype=np.float32)
        if not len(texts):
            return probabilities
        # What UTF-8 cannot hold, no tokenizer takes, and some make no token at all of nothing.
        inputs = [text.encode("utf-8", "replace").decode() or " " for text in texts]
        with quiet():
            tokens = self._tokenizer(inputs, truncation=True, max_length=self.max_length)
            lengths = np.array([len(ids) for ids in tokens["input_ids"]], dtype=np.int64)
            for batch in batches(lengths, self._batch_tokens):
                rows = {name: [values[i] for i in batch] for name, values in tokens.items()}
                probabilities[batch] = self._label_shares(self._logits(rows)) @ self._members
        return probabilities

    def _logits(self, rows: dict[str, list[Any]]) -> NDArray[np.float64]:
        import torch

        alone = len(rows["input_ids"]) == 1
        features = self._tokenizer.pad(rows, padding=not alone, return_tensors="pt")
        with torch.inference_mode():
            output = self._model(**features.to(self._device))
        logits: NDArray[np.float64] = output.logits.double().cpu().numpy()
        if not np.isfinite(logits).all():
            raise ModelError(
                f"The sentiment model {self.name} gives values that are not numbers.",
                hint="Its weights are damaged: download or save it again.",
            )
        return logits

    def _label_shares(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the softmax, or each label's own probability, made to add up to 1."""
        logs = -np.logaddexp(0.0, -logits) if self._several else logits
        odds = np.exp(logs - logs.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float64)


def load_classifier(config: SentimentConfig, encoder_config: EncoderConfig) -> Classifier:
    """Load the sequence-classification model that the settings name.

    It runs on PyTorch in single precision. Code that comes with a model is never run.

    Parameters
    ----------
    config : SentimentConfig
        Name or folder of the model, and what its labels mean.
    encoder_config : EncoderConfig
        Device, batch size and threads.

    Returns
    -------
    Classifier

    Raises
    ------
    ModelError
        The model is missing, incomplete or damaged, is not a classifier, or has labels whose
        meaning is not known; or there is no such device.
    ConfigError
        ``sentiment.labels`` names a label that the model does not have.

    Examples
    --------
    >>> from textseg.config import EncoderConfig, SentimentConfig
    >>> from textseg.sentiment.classifier import load_classifier
    >>> load_classifier(SentimentConfig(model="./mine"), EncoderConfig())  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    textseg.errors.ModelError: The sentiment model folder ./mine does not exist. ...
    """
    source = find_classifier(config.model)
    device = choose_device(encoder_config.device)
    if encoder_config.threads and device == "cpu":
        import torch

        torch.set_num_threads(encoder_config.threads)
    settings = _load_settings(source)
    labels = [str(label) for _, label in sorted(settings.id2label.items())]
    classes = class_of_labels(labels, config.labels)
    model, tokenizer = _load(source, settings)
    most = CPU_TOKENS if device == "cpu" else encoder_config.batch_tokens
    return Classifier(
        source,
        model.to(device),
        tokenizer,
        classes,
        device=device,
        batch_tokens=min(encoder_config.batch_tokens, most),
    )


def _load_settings(source: ModelSource) -> Any:
    """Read what kind of model it is, before its weights are."""
    from transformers import AutoConfig

    try:
        with quiet():
            settings = AutoConfig.from_pretrained(source.folder, trust_remote_code=False)
    # Whatever a damaged or foreign file does to the library underneath.
    except Exception as error:
        raise _cannot_load(source.folder, error) from error
    kinds = settings.architectures or []
    if kinds and not any(kind.endswith("ForSequenceClassification") for kind in kinds):
        raise ModelError(
            f"The sentiment model in {source.folder} is a {', '.join(kinds)}, expected a model "
            "for sequence classification.",
            hint="sentiment.model takes what AutoModelForSequenceClassification was saved from.",
        )
    if settings.num_labels == 1 or settings.problem_type == "regression":
        raise ModelError(
            f"The sentiment model in {source.folder} gives numbers (regression), expected "
            "probabilities of labels.",
            hint="Choose a model with at least the labels negative and positive.",
        )
    return settings


def _load(source: ModelSource, settings: Any) -> tuple[Any, Any]:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    options = {"local_files_only": True, "trust_remote_code": False}
    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(source.folder, **options)
            model, report = AutoModelForSequenceClassification.from_pretrained(
                source.folder, config=settings, output_loading_info=True, **options
            )
    except Exception as error:
        raise _cannot_load(source.folder, error) from error
    # The library fills what is missing with random numbers.
    missing = sorted(report["missing_keys"])
    if missing:
        raise ModelError(
            f"The weights of the sentiment model in {source.folder} lack {', '.join(missing)}.",
            hint="Download or save it again, after training it to classify.",
        )
    return model.float().eval(), tokenizer


def _cannot_load(folder: Path, error: Exception) -> ModelError:
    first_line = str(error).strip().partition("\n")[0]
    return ModelError(
        f"The sentiment model in {folder} cannot be loaded: {first_line}",
        hint="Download or save it again. A model that needs code of its own cannot be used.",
    )


def _max_length(model: Any, tokenizer: Any) -> int:
    """Return the least of what the tokenizer says and the model has positions for."""
    limits = [tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", None)]
    for name, module in model.named_modules():
        # RoBERTa and its kin count positions from behind the one of padding.
        if (
            name.endswith("position_embeddings")
            and getattr(module, "padding_idx", None) is not None
        ):
            limits.append(module.num_embeddings - module.padding_idx - 1)
    known = [limit for limit in limits if limit is not None and 0 < limit < 1_000_000]
    return int(min(known, default=_USUAL_LENGTH))


def _can_pad(model: Any, tokenizer: Any) -> bool:
    """Tell whether padding leaves values alone: it is known as such and follows the text."""
    known = tokenizer.pad_token_id is not None and model.config.pad_token_id is not None
    return known and tokenizer.padding_side == "right"
