"""The books that the generator keeps while it writes: what each file holds and what is wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from casparian.plant.scenario import Fault


@dataclass
class Books:
    """Right answers by file. `files` maps a path below exports/ to its counts of records."""

    files: dict[str, dict[str, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    rejects: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)

    def file(self, path: str, read: int, duplicate: int = 0) -> None:
        """Note a file; call it once, before or after its rejects."""
        self.files[path] = {"read": read, "valid": 0, "quarantined": 0, "duplicate": duplicate}

    def reject(self, table: str, path: str, rule: str, reason: str, count: int = 1) -> None:
        if count:
            self.rejects[table, path, rule, reason] += count

    def fault(self, kind: str, path: str, detail: str) -> None:
        self.faults.append(Fault(kind, path, detail))

    def close(self) -> dict[str, Any]:
        """`files`, `quarantine` and `faults` as truth.json holds them, in a fixed order."""
        for (_, path, _, _), count in self.rejects.items():
            self.files[path]["quarantined"] += count
        for counts in self.files.values():
            counts["valid"] = counts["read"] - counts["quarantined"] - counts["duplicate"]
        return {
            "files": self.files,
            "quarantine": [
                {"table": table, "file": path, "rule": rule, "reason": reason, "count": count}
                for (table, path, rule, reason), count in sorted(self.rejects.items())
            ],
            "faults": [vars(fault) for fault in self.faults],
        }
