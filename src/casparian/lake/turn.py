"""A turn: the time in which one process settles and commits, and what it has seen of the tables.

What is settled rests on the tables as they were read. A commit made in a turn therefore takes only
the version that follows the one first read: another's commit between the two, by an engine that
takes no turns or by a process that slept through its own, is noticed, and nothing is written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deltalake import DeltaTable

ABSENT = -1
_own = threading.local()


@dataclass
class Turn:
    """lost: asks whether the lock or lease is known to be gone.

    tables: by address, opened once: from then on only newer commits are read. absent: by address,
    sources that the table does not have at its version: each costs a look through the log.
    """

    lost: Callable[[], bool]
    versions: dict[str, int] = field(default_factory=dict)  # by address, as first read
    tables: dict[str, DeltaTable] = field(default_factory=dict)
    absent: dict[str, set[str]] = field(default_factory=dict)

    def saw(self, address: str, version: int) -> None:
        """A table was read at this version (ABSENT: it was not there)."""
        self.versions.setdefault(address, version)

    def wrote(self, address: str, version: int) -> None:
        """A commit of this turn made this version."""
        self.versions[address] = version
        self.absent.pop(address, None)

    def overtaken(self, address: str, version: int) -> bool:
        """Whether a commit upon this version would rest on what is no longer so."""
        return self.lost() or self.versions.get(address, version) != version


def turn_of(uri: str) -> Turn | None:
    """This thread's turn at a lake, None where it has none."""
    found: dict[str, Turn] = _own.__dict__.get("turns", {})
    return found.get(uri)


@contextmanager
def begun(uri: str, turn: Turn) -> Iterator[None]:
    """Take the turn."""
    turns: dict[str, Turn] = _own.__dict__.setdefault("turns", {})
    turns[uri] = turn
    try:
        yield
    finally:
        del turns[uri]
