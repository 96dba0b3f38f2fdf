"""What a tag's name, description and unit say: its quantity, unit, asset and a readable alias."""

from __future__ import annotations

from casparian.tags.suggest import Known, Rules, Suggester, Suggestion, suggest

__all__ = ["Known", "Rules", "Suggester", "Suggestion", "suggest"]
