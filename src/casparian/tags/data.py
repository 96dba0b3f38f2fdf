"""The tables behind the suggestions, from schemas/tags: letters, words, units."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def table(name: str) -> dict[str, Any]:
    """`letters`, `words` or `units` as the YAML has it."""
    packaged = Path(__file__).parent.parent / "_schemas" / "tags"
    folder = packaged if packaged.is_dir() else Path(__file__).parents[3] / "schemas" / "tags"
    found: dict[str, Any] = yaml.safe_load((folder / f"{name}.yaml").read_text("utf-8"))
    return found


def bare(text: str) -> str:
    """Lower case without accents; German umlauts lose their dots (füllstand, fullstand)."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))
