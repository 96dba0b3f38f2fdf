"""Small words that several parts of the report share."""

from __future__ import annotations

from datetime import date


def day(when: date) -> str:
    """25 October 2025."""
    return f"{when.day} {when:%B %Y}"


def plural(number: float, word: str) -> str:
    return word if number == 1 else f"{word}s"


def bare(address: str) -> str:
    """historian_values, for ops_equipment.historian_values_quarantine."""
    return address.rsplit(".", 1)[-1].removesuffix("_quarantine")
