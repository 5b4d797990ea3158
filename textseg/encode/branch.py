"""The upper layers that go on to the sentiment, beside those that go on to the embedding."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch

FIRST = 3
"""Layers below are shared by the embedding and the sentiment."""


class Branch(torch.nn.Module):
    """Copies of a BERT's upper layers, which read the states that the shared ones give.

    Parameters
    ----------
    bert : BertModel
        The encoder whose layers are copied; it stays as it is.
    """

    def __init__(self, bert: Any) -> None:
        super().__init__()
        self.layer = copy.deepcopy(bert.encoder.layer[FIRST:])

    @classmethod
    def of(cls, bert: Any, weights: Mapping[str, torch.Tensor]) -> Branch:
        """Make a branch with trained weights, in the precision of the encoder."""
        branch = cls(bert)
        branch.load_state_dict({name: value.float() for name, value in weights.items()})
        return branch.to(device=bert.device, dtype=bert.dtype).eval()

    def forward(self, shared: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Give the token states of the last layer.

        Parameters
        ----------
        shared : Tensor, shape (batch, tokens, hidden)
            States behind the last shared layer.
        mask : Tensor, shape (batch, tokens)
            1 for tokens, 0 for padding.

        Returns
        -------
        Tensor, shape (batch, tokens, hidden)
        """
        lowest = torch.finfo(shared.dtype).min
        bias = (1.0 - mask.to(shared.dtype))[:, None, None, :] * lowest
        states = shared
        for layer in self.layer:
            result = layer(states, bias)
            # Before version 5 of transformers a layer gives a tuple.
            states = result[0] if isinstance(result, tuple) else result
        return states


def mean_over(weights: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
    """Average token states over spans.

    Parameters
    ----------
    weights : Tensor, shape (batch, spans, tokens)
        Adding up to 1 over the tokens of a span, or 0 for a span that is not there.
    states : Tensor, shape (batch, tokens, hidden)

    Returns
    -------
    Tensor, shape (batch, spans, hidden), float32
    """
    return torch.bmm(weights.float(), states.float())
