"""An encoder, the sentiment that goes with it, and the encodings already paid for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from textseg.encode.cache import EncodingCache
from textseg.encode.encoder import Encoder, load_encoder
from textseg.encode.encodings import Encodings, encode
from textseg.progress import SILENT, Progress

if TYPE_CHECKING:
    from textseg.config import Config
    from textseg.sentiment import Scorer, SentimentHead


@dataclass(frozen=True)
class Reader:
    """Reads texts: everything that :func:`encode` needs, in one hand.

    Attributes
    ----------
    encoder : Encoder
    scorer : Scorer
    folder : Path or None
        Where encodings are kept; None to keep none.
    read_only : bool
        Use the folder's encodings and add none.
    """

    encoder: Encoder
    scorer: Scorer
    folder: Path | None
    read_only: bool

    @classmethod
    def load(
        cls,
        config: Config,
        folder: Path | None = None,
        *,
        read_only: bool = False,
        head: SentimentHead | None = None,
    ) -> Reader:
        """Load the encoder and the sentiment.

        Parameters
        ----------
        config : Config
        folder : Path, optional
            Where encodings are kept.
        read_only : bool
            Use the folder's encodings and add none.
        head : SentimentHead, optional
            What a run has learned; default: the model's own.

        Raises
        ------
        ModelError
            One of them is missing or damaged.
        """
        from textseg.sentiment import load_scorer

        encoder = load_encoder(config.encoder, sentiment=config.sentiment.model == "default")
        return cls(encoder, load_scorer(config, encoder), folder, read_only).with_head(head)

    def with_head(self, head: SentimentHead | None) -> Reader:
        """Return a reader with another sentiment head; None keeps this one."""
        return self if head is None else replace(self, scorer=replace(self.scorer, head=head))

    def read(self, texts: Sequence[str], progress: Progress = SILENT) -> Encodings:
        """Give every text its embedding and its sentiment; see :func:`encode`."""
        cache = (
            None if self.folder is None else EncodingCache(self.folder, read_only=self.read_only)
        )
        return encode(
            texts, encoder=self.encoder, scorer=self.scorer, cache=cache, progress=progress
        )

    def embed(self, texts: Sequence[str]) -> NDArray[np.float16]:
        """Give every text its embedding, shape (n_texts, d)."""
        encodings = self.read(texts)
        return encodings.embeddings[encodings.index]
