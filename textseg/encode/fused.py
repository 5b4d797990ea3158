"""A sentence-transformers model as one PyTorch module: texts and clauses, embedding and sentiment.

Imported only where PyTorch is needed anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from textseg.encode.branch import FIRST, Branch, mean_over


class Fused(torch.nn.Module):
    """All modules of a model, with tensors in and tensors out.

    Parameters
    ----------
    model : SentenceTransformer
        The modules, the first of which is a transformer.
    inputs : sequence of str
        Names of the tensors that the transformer takes, in order.
    constants : mapping of str
        What the modules want besides, the same for every batch.
    branch : Branch, optional
        Goes on from the shared layers to the sentiment; only for a model that pools.
    pools : bool
        Whether to average tokens over spans, behind which the other modules run.
    """

    def __init__(
        self,
        model: Any,
        inputs: tuple[str, ...],
        constants: Mapping[str, Any],
        branch: Branch | None = None,
        *,
        pools: bool,
    ) -> None:
        super().__init__()
        self.model = model
        self.branch = branch
        self.inputs = inputs
        self.constants = dict(constants)
        self.pools = pools

    def forward(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Run one batch.

        Parameters
        ----------
        *tensors : Tensor
            The inputs; behind them, where the model pools, the span weights, shape
            (batch, spans, tokens).

        Returns
        -------
        tuple of Tensor
            The embeddings, shape (batch, spans, dim) where the model pools, else (batch, dim); and
            with a branch the features, shape (batch, spans, hidden).
        """
        features = {**self.constants, **dict(zip(self.inputs, tensors, strict=False))}
        if not self.pools:
            for module in self.model:
                features = module(features)
            return (features["sentence_embedding"],)
        weights = tensors[len(self.inputs)]
        features = self.model[0](features)
        pooled = mean_over(weights, features["token_embeddings"])
        embedding = self._behind_pooling(pooled)
        if self.branch is None:
            return (embedding,)
        shared = features["all_layer_embeddings"][FIRST]
        states = self.branch(shared, features["attention_mask"])
        return embedding, mean_over(weights, states)

    def _behind_pooling(self, pooled: torch.Tensor) -> torch.Tensor:
        dtype = next(self.model.parameters()).dtype
        features = {"sentence_embedding": pooled.flatten(0, 1).to(dtype)}
        for module in list(self.model)[2:]:
            features = module(features)
        flat: torch.Tensor = features["sentence_embedding"]
        return flat.reshape(*pooled.shape[:2], -1)


def averages_tokens(model: Any) -> bool:
    """Tell whether a model averages its tokens, prompt included, right behind the transformer."""
    if len(model) < 2 or type(model[0]).__name__ != "Transformer":
        return False
    pooling = model[1]
    if type(pooling).__name__ != "Pooling" or not getattr(pooling, "include_prompt", True):
        return False
    settings = pooling.get_config_dict()
    # Before version 6 of sentence-transformers each mode is a switch of its own.
    switches = {name for name, on in settings.items() if name.startswith("pooling_mode_") and on}
    return settings.get("pooling_mode") == "mean" or switches == {"pooling_mode_mean_tokens"}
