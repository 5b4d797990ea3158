"""The table of all mishaps, by what they are about."""

from __future__ import annotations

from mishaps import of_inputs, of_settings
from mishaps.mishap import Mishap

CASES: dict[str, list[Mishap]] = {
    "Files": of_inputs.FILES,
    "Columns": of_inputs.COLUMNS,
    "Values": of_inputs.VALUES,
    "Settings": of_settings.SETTINGS,
    "Models": of_settings.MODELS,
    "Workspaces": of_settings.WORKSPACES,
    "The machine": of_settings.MACHINE,
}
