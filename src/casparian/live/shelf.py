"""The shelf of one agent: its answers as immutable files, and how far it has been read.

    <landing>/<agent>/2026-11-21/0000000042_1763700000_1201-1288.xml

A file's name says its place in the order of arrival, the agent's instance and the sequences it was
asked for. A file is there whole or not at all, and what is told by the newest one is where reading
goes on: so no kill loses an observation or lands it twice.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from casparian.lake.gaps import Gap
from casparian.live.agent import Answer

INCOMING, NOTE, POSITION, ADDRESS = ".incoming", ".gap-", ".position.json", ".agent.json"
NAME = re.compile(r"^(?P<order>\d{10,})_(?P<instance>\d+)_(?P<first>\d+|current)-(?P<last>\d+)\.")
NEAR_DAYS = 3
_TIMES = ("from_time", "to_time", "noticed_at")


@dataclass(frozen=True)
class Position:
    """How far an agent has been read. order: number of the newest file; next: sequence to ask for;
    at: when the answer came, ISO 8601 in UTC."""

    order: int
    instance_id: int
    next: int
    at: str


def folder_name(agent: str, scope: str) -> str:
    """A folder's name for the agent at this URL; what is asked of it tells folders apart."""
    found = urlsplit(agent)
    words = re.sub(r"[^A-Za-z0-9.]+", "-", f"{found.netloc}{found.path}").strip("-.")
    exact = hashlib.sha256(f"{agent} {scope}".encode()).hexdigest()[:6]
    return f"{words[:80]}-{exact}"


class Shelf:
    """landing: the folder of all agents. agent, scope: as `Agent.name` and `Agent.scope`."""

    def __init__(self, landing: Path, agent: str, scope: str = ""):
        self.landing, self.agent, self.scope = landing, agent, scope
        self.folder = landing / folder_name(agent, scope)
        self.temporary = self.folder / INCOMING
        self._file: BinaryIO | None = None

    def open(self) -> None:
        """Make the folder; one process may write to it. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(self.folder / ADDRESS, {"agent": self.agent, "scope": self.scope})

    def begin(self) -> BinaryIO:
        """The file to write the next answer to; what was begun before it is thrown away."""
        self.close()
        self._file = self.temporary.open("wb")
        return self._file

    def close(self) -> None:
        """Throw away what was begun and not kept."""
        if self._file is not None:
            self._file.close()
        self.temporary.unlink(missing_ok=True)

    def keep(self, answer: Answer, first: int | None, position: Position) -> Path:
        """Put the answer on the shelf; only then does reading go on behind it.

        first: the sequence it was asked from, None for `current`.
        """
        day = self.folder / position.at[:10]
        day.mkdir(exist_ok=True)
        asked = "current" if first is None else str(first)
        name = f"{position.order:010d}_{position.instance_id}_{asked}-{position.next - 1}"
        path = day / f"{name}.{answer.kind}"
        _flush(answer.path)
        answer.path.replace(path)
        _flush(day)
        return path

    def advance(self, position: Position) -> None:
        """Note a position behind which there is nothing to keep."""
        _write(self.folder / POSITION, asdict(position))

    def position(self) -> Position | None:
        """Where reading goes on; None on an empty shelf."""
        noted = _read(self.folder / POSITION)
        kept = self._newest()
        known = [Position(**noted)] if noted else []
        return max([*known, *([kept] if kept else [])], key=lambda p: p.order, default=None)

    def _newest(self) -> Position | None:
        days = sorted(self._days())[-NEAR_DAYS:]  # more than one: a clock may have been set back
        found = [each for day in days for path in day.iterdir() if (each := position_of(path))]
        return max(found, key=lambda position: position.order, default=None)

    def _days(self) -> list[Path]:
        return [path for path in self.folder.glob("????-??-??") if path.is_dir()]

    def documents(self) -> Iterator[Path]:
        """Every answer kept, in the order of arrival."""
        for day in sorted(self._days()):
            yield from sorted(path for path in day.iterdir() if NAME.match(path.name))

    def note_gap(self, gap: Gap) -> None:
        """Keep the gap until it is in the lake."""
        told = asdict(gap) | {
            name: value.isoformat() for name in _TIMES if (value := getattr(gap, name))
        }
        _write(self.folder / f"{NOTE}{gap.instance_id}-{gap.from_sequence}-{gap.reason}.json", told)

    def gaps(self) -> list[tuple[Path, Gap]]:
        """Gaps that are not in the lake yet, each with the file to delete when it is."""
        found = []
        for path in sorted(self.folder.glob(f"{NOTE}*.json")):
            told = _read(path)
            if told is not None:
                times = {name: datetime.fromisoformat(told[name]) for name in _TIMES if told[name]}
                found.append((path, Gap(**(told | times))))
        return found


def shelves(landing: Path) -> list[Shelf]:
    """The shelves of all agents below a landing folder."""
    found = [told for path in sorted(landing.glob(f"*/{ADDRESS}")) if (told := _read(path))]
    return [Shelf(landing, told["agent"], told["scope"]) for told in found]


def position_of(path: Path | str) -> Position | None:
    """What the name of a kept answer tells; None for other names."""
    found = NAME.match(Path(path).name)
    if found is None:
        return None
    order, instance, last = (int(found[name]) for name in ("order", "instance", "last"))
    return Position(order, instance, last + 1, moment_of(Path(path)))


def moment_of(path: Path) -> str:
    """When the answer was kept; its day where the file is gone."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat()
    except OSError:
        return f"{path.parent.name}T00:00:00+00:00"


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _write(path: Path, told: dict[str, Any]) -> None:
    """Write it whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    _flush(fresh)
    fresh.replace(path)


def _flush(path: Path) -> None:
    """To the disk, so that a power cut keeps it; a folder only where the system allows."""
    try:
        handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass  # no such thing on this file system
    finally:
        os.close(handle)
