"""The wheel's dependencies are the lines of requirements/library.in: written once, there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class LibraryDependencies(MetadataHookInterface):
    """Called by hatchling while it builds."""

    def update(self, metadata: dict[str, Any]) -> None:
        lines = (Path(self.root) / "requirements" / "library.in").read_text(encoding="utf-8")
        metadata["dependencies"] = [
            line for line in lines.splitlines() if line and not line.startswith("#")
        ]
