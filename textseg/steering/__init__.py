"""Editing the topics of a run: the model, and everything in the workspace that follows from it."""

from textseg.steering.edit import change_topics, edit_topics
from textseg.steering.warning import lost_edits

__all__ = ["change_topics", "edit_topics", "lost_edits"]
