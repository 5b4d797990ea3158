"""The report: one HTML file that opens offline, JSON, and the display in a notebook."""

from textseg.report.html import Report

__all__ = ["Report"]
