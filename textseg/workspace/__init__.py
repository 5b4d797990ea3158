"""The folder that keeps the store, the model, the exports and the reports of all runs."""

from textseg.workspace.model import read_model
from textseg.workspace.record import MODELS, RunRecord
from textseg.workspace.workspace import Workspace

__all__ = ["MODELS", "RunRecord", "Workspace", "read_model"]
