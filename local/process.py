"""A server's process: started apart from its starter, known again, ended with its children."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

PATIENCE_S = 20.0  # for a server that was asked to end


@dataclass(frozen=True)
class Process:
    """A process that cannot be mistaken for another: its id and when it began (epoch s)."""

    pid: int
    began: float

    @staticmethod
    def start(
        command: Sequence[str], log: Path, environment: Mapping[str, str], folder: Path,
        user: str | None = None,
    ) -> Process:  # fmt: skip
        """Start it in a session of its own, so that no Ctrl-C of its starter's reaches it.

        user: whom it runs as, where the starter may choose (root). What it says goes to `log`.
        """
        with log.open("ab") as said:
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=folder,
                env=dict(environment), start_new_session=True, user=user, group=user,
                extra_groups=[] if user else None,
            )  # fmt: skip
        return Process(child.pid, psutil.Process(child.pid).create_time())

    @staticmethod
    def load(path: Path) -> Process | None:
        """The process that `keep` noted, whether it still runs or not."""
        try:
            return Process(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def keep(self, path: Path) -> None:
        """Note it in a file."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    def runs(self) -> bool:
        """Whether this very process is alive."""
        try:
            return self._is_same() and _is_alive(psutil.Process(self.pid))
        except psutil.NoSuchProcess:
            return False

    def _is_same(self) -> bool:
        try:
            return bool(psutil.Process(self.pid).create_time() == self.began)
        except psutil.NoSuchProcess:
            return False

    def memory(self) -> int:
        """Resident bytes of it and its children; what they share is counted once by Linux' PSS."""
        return sum(_resident(each) for each in self._family())

    def end(self, how: signal.Signals = signal.SIGTERM, patience: float = PATIENCE_S) -> None:
        """Ask it to end; after `patience` seconds end by force what is left of it and its own.

        Where it is dead already, what it left behind is ended at once.
        """
        family = self._family()
        if self.runs():
            _send(psutil.Process(self.pid), how)
            psutil.wait_procs(family, timeout=patience)
        left = {*filter(_is_alive, family), *self._family()}
        for each in left:
            _send(each, signal.SIGKILL)
        psutil.wait_procs(left, timeout=5)

    def _family(self) -> set[psutil.Process]:
        """It, the members of its session, which outlive it, and the children of all of these.

        No other process gets its number as long as a session has it, but after the machine's next
        start one may.
        """
        if self.began < psutil.boot_time():
            return set()
        members = {each for each in psutil.process_iter() if _session(each.pid) == self.pid}
        if any(each.pid == self.pid for each in members) and not self._is_same():
            return set()
        return members.union(*map(_children, members))


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return -1


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _is_alive(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


def _send(process: psutil.Process, how: signal.Signals) -> None:
    try:
        process.send_signal(how)
    except psutil.NoSuchProcess:
        pass


def _resident(process: psutil.Process) -> int:
    try:
        found = process.memory_full_info()
        return int(getattr(found, "pss", found.rss))
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def answers(port: int) -> bool:
    """Whether somebody listens on a port of loopback."""
    with socket.socket() as asked:
        asked.settimeout(0.5)
        return asked.connect_ex(("127.0.0.1", port)) == 0


def tail(log: Path, lines: int = 3) -> str:
    """The last words of a log, on one line."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 8192))
            said = file.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return " | ".join(said[-lines:])
