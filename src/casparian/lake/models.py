"""What the dbt project says of a gold table: its description, and what it is made from."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

_REF = re.compile(r"\bref\(\s*'(\w+)'\s*\)")
_SOURCE = re.compile(r"\bsource\(\s*'(\w+)'\s*,\s*'(\w+)'\s*\)")


@dataclass(frozen=True)
class Models:
    """The models below a folder; none where it is not there (a laptop without the repository)."""

    folder: Path

    @classmethod
    def find(cls) -> Models:
        """In $CASPARIAN_DBT, else beside the library in its repository."""
        named = os.environ.get("CASPARIAN_DBT")
        return cls((Path(named) if named else Path(__file__).parents[3] / "dbt") / "models")

    @cached_property
    def _files(self) -> dict[str, Path]:
        return (
            {path.stem: path for path in self.folder.rglob("*.sql")} if self.folder.is_dir() else {}
        )

    def description(self, name: str) -> str | None:
        """The model's description; its first line is the grain."""
        model = self.document(name)
        return model.get("description", "").strip() if model is not None else None

    def document(self, name: str) -> dict[str, Any] | None:
        """What the YAML beside the model says of it."""
        path = self._files.get(name)
        beside = path.with_suffix(".yml") if path else None
        if beside is None or not beside.is_file():
            return None
        models = (yaml.safe_load(beside.read_text("utf-8")) or {}).get("models", [])
        return next((model for model in models if model["name"] == name), None)

    def sources(self, name: str) -> list[str]:
        """Addresses of the silver tables that the model is made from, over all models between."""
        found: set[str] = set()
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            model = waiting.pop()
            if model in seen or model not in self._files:
                continue
            seen.add(model)
            text = self._files[model].read_text("utf-8")
            waiting += _REF.findall(text)
            found |= {f"{schema}.{table}" for schema, table in _SOURCE.findall(text)}
        return sorted(found)
