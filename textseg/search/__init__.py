"""Feedback by meaning: the texts of a run that are nearest to a query."""

from textseg.search.filters import Filters
from textseg.search.find import Found, Search, search_workspace

__all__ = ["Filters", "Found", "Search", "search_workspace"]
