"""Watching a folder: what is finished is landed, file by file told, until somebody says stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from casparian.lake.arrivals import Arrived, land_arrivals, noted_below
from casparian.lake.compact import compact
from casparian.lake.ledger import WAITING
from casparian.lake.store import Lake, LakeError
from casparian.live.folder import Folder, Look, Stamp, look
from casparian.reading.packed import MEMBER

MOST_FILES, MOST_BYTES = 200, 256 << 20  # landed at once
COMPACT_EVERY = 50  # landings
SHARE = 10  # a look may take this part of the time: slow shares are looked at less often
AGAIN_S, LONGEST_AGAIN_S = 5.0, 300.0  # waits for a file or a lake that cannot be had
TICK_S = 0.2


@dataclass(frozen=True)
class Seen:
    """What watching tells.

    event: landed (also rejected; row: with its books), known (row: of the same bytes), unknown
        (row: of a file that no format reads), problem, gone (before it was finished), offline,
        online, lake (cannot be written, or can again).
    path: below the folder. text: what a person should know.
    """

    event: str
    path: str = ""
    text: str = ""
    row: dict[str, Any] | None = None
    seconds: float = 0.0


@dataclass
class Watch:
    """Watches `root` into a lake. every: seconds between looks; settle: as Folder.

    tell: told of every Seen, in the thread of `run`. idle: called after every look.
    """

    lake: Lake
    root: Path
    tag: str
    tell: Callable[[Seen], None]
    every: float = 5.0
    settle: float = 10.0
    timezone: str | None = None
    contracts: tuple[Path, ...] = ()
    idle: Callable[[], None] = lambda: None
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.folder = Folder(self.settle, time.monotonic)
        self.offline = False
        self._problems: set[tuple[str, str]] = set()
        self._lake_waits, self._landings = 0.0, 0
        self._fails: dict[str, float] = {}

    def run(self, once: bool = False) -> None:
        """Until `stop` is set; once: what is there and finished. Raises LakeError where there is
        no such folder, and, once, where the lake cannot be written."""
        self._remember()
        if not (self.root.exists() or self.folder.done):
            raise LakeError(f"There is nothing at '{self.root}': check the path.")
        if once:
            self._look()
            self.stop.wait(self.settle)
            self._look()
            while not self.stop.is_set() and self._land():
                pass
            return
        while not self.stop.is_set():
            begun = time.monotonic()
            self._look()
            took = time.monotonic() - begun
            self._land_all()
            self.idle()
            self.stop.wait(max(self.every, SHARE * took))

    @property
    def waiting(self) -> dict[str, str]:
        """Files that are there and not landed, and why."""
        return {self._name(path): each.why for path, each in self.folder.waiting.items()}

    def _remember(self) -> None:
        """What an earlier run has landed, by the ledger; archives by their time alone."""
        open_: set[str] = set()
        for noted in noted_below(self.lake, self.root):
            outer, mark, _ = noted.path.partition(MEMBER)
            if noted.status in (*WAITING, "unknown", "replaced"):
                open_.add(outer)
            else:
                self.folder.done[outer] = Stamp(-1 if mark else noted.size, noted.modified_ns)
        for path in open_:
            self.folder.done.pop(path, None)

    def _look(self) -> None:
        try:
            leave = None if "://" in self.lake.uri else Path(self.lake.uri)
            found = look(self.root, leave)
            if not found.files and self.folder.done:
                raise OSError("it is empty")
        except OSError as error:
            if not self.offline:
                words = error.strerror or str(error)
                self.tell(Seen("offline", text=f"{self.root} is away: {words.lower()}."))
            self.offline = True
            return
        if self.offline:
            self.tell(Seen("online", text=f"{self.root} is back."))
        self.offline = False
        self._take_in(found)

    def _take_in(self, found: Look) -> None:
        for path in self.folder.see(found):
            self.tell(Seen("gone", self._name(path), "gone before it was finished"))
        for problem in found.problems:
            if problem not in self._problems:
                self.tell(Seen("problem", self._name(problem[0]), problem[1]))
        self._problems = set(found.problems)

    def _land_all(self) -> None:
        """What is finished, and again as long as there is more. A lake in trouble is waited for."""
        try:
            while not (self.stop.is_set() or self.offline) and self._land():
                self.idle()
        except LakeError as error:
            if not self._lake_waits:
                self.tell(Seen("lake", text=str(error)))
            self._lake_waits = min(self._lake_waits * 2 or AGAIN_S, LONGEST_AGAIN_S)
            self.stop.wait(self._lake_waits)

    def _land(self) -> bool:
        """Land some finished files; whether there may be more."""
        ready = _some(self.folder.finished())
        if not ready:
            return False
        begun = time.monotonic()
        arrived = land_arrivals(
            self.lake, self._base, [Path(path) for path in ready], self.tag,
            timezone=self.timezone, contracts=self.contracts,
        )  # fmt: skip
        self._landings += 1
        if self._landings % COMPACT_EVERY == 0:
            compact(self.lake)
        if self._lake_waits:
            self.tell(Seen("lake", text="The lake takes data again."))
            self._lake_waits = 0.0
        for path, stamp in ready.items():
            self.folder.taken(path, stamp)
        self._tell(arrived, ready, time.monotonic() - begun)
        return True

    @property
    def _base(self) -> Path:
        root = self.root.absolute()
        return root.parent if root.is_file() else root

    def _tell(self, arrived: Arrived, ready: dict[str, Stamp], seconds: float) -> None:
        for row in arrived.landed:
            if row["status"] == "failed":
                self._failed(row["source_path"], row["notes"], ready)
            else:
                self._fails.pop(row["source_path"], None)
                self.tell(Seen("landed", row["source_path"], row=row, seconds=seconds))
        for row in arrived.known:
            self.tell(Seen("known", row["source_path"], "the same bytes have landed", row))
        for row in arrived.unknown:
            self.tell(Seen("unknown", row["source_path"], row["why"] or "no format reads it", row))
        for name, why in arrived.problems:
            self._failed(name, why, ready)

    def _failed(self, name: str, why: str, ready: dict[str, Stamp]) -> None:
        """A file that could not be had now stays; it is told once, until it changes its reason."""
        path = (self._base / name).as_posix().partition(MEMBER)[0]
        if path in ready:
            self.folder.done.pop(path, None)
            self.folder.see_again(path, ready[path])
        wait = self._fails.get(name, 0.0)
        if not wait:
            self.tell(Seen("problem", name, why))
        self._fails[name] = min(wait * 2 or AGAIN_S, LONGEST_AGAIN_S)
        self.folder.put_off(path, why, self._fails[name])

    def _name(self, path: str) -> str:
        found = Path(path)
        return (
            found.relative_to(self._base).as_posix()
            if found.is_relative_to(self._base)
            else found.as_posix()
        )


def _some(ready: dict[str, Stamp]) -> dict[str, Stamp]:
    """The first of them: as many as are landed at once."""
    chosen: dict[str, Stamp] = {}
    size = 0
    for path, stamp in ready.items():
        if chosen and (len(chosen) >= MOST_FILES or size + stamp.size > MOST_BYTES):
            break
        chosen[path] = stamp
        size += stamp.size
    return chosen
