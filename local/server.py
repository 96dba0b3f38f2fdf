"""What every server of the stack is: installed, started, asked whether it is ready, stopped."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from local.downloads import StackError
from local.private import write_private
from local.process import Process, answers, free_port, tail
from local.tls import authority

LEAST_FREE_BYTES = 2 << 30
TICK_S = 0.1


class Server(ABC):
    """A server whose data, settings, log and notes lie in `home`/<name>.

    name: of its folder and of its line in the status. needs: servers that must be ready before it
    starts. ports: names of the ports that it listens on; each is free when it is first chosen and
    kept from then on. wait_s: seconds in which it must be ready. end_signal, patience_s: how it is
    asked to end, and the seconds that it has for it. tls: the stack's authority where it serves
    over TLS, else None.
    """

    name: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()
    ports: ClassVar[tuple[str, ...]] = ("main",)
    wait_s: ClassVar[float] = 120.0
    end_signal: ClassVar[signal.Signals] = signal.SIGTERM
    patience_s: ClassVar[float] = 20.0

    def __init__(self, home: Path):
        self.home = home / self.name
        self.log = self.home / "server.log"
        self.tls = authority(home)

    @abstractmethod
    def install(self) -> None:
        """Fetch what it is made of; at once where that is kept already. Raises StackError."""

    @abstractmethod
    def command(self, stack: Mapping[str, Server]) -> list[str]:
        """The words that start it, after its settings were written. Holds no secret."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether it answers a real question."""

    def environment(self) -> dict[str, str]:
        """Its environment: secrets go here or into files that others cannot read."""
        return dict(os.environ)

    def user(self) -> str | None:
        """Whom it runs as, where it must not run as the starter."""
        return None

    def after_start(self) -> None:
        """What a new server needs before others use it, such as a bucket; safe to repeat."""
        return

    @property
    def process(self) -> Process | None:
        """Its running process; None where it does not run."""
        noted = self._noted()
        return noted if noted and noted.runs() else None

    def port(self, name: str = "main") -> int:
        """The port of that name."""
        return int(self._notes()["ports"][name])

    def secret(self, name: str) -> str:
        """A random secret, made once, in a file that only the starter reads."""
        path = self.home / f"{name}.secret"
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            write_private(path, secrets.token_hex(20))
        return path.read_text(encoding="utf-8")

    def prepare(self) -> None:
        """Its folder and ports, unless it runs: another server may need to know where it will be.

        Raises StackError.
        """
        if self.process is None:
            self.home.mkdir(parents=True, exist_ok=True)
            self._room()
            self._choose_ports()

    def start(self, stack: Mapping[str, Server]) -> bool:
        """Start it if it does not run; whether it was started. Raises StackError."""
        if self.process is not None:
            return False
        self.stop()  # what it left behind, if it was killed
        self.prepare()
        command = self.command(stack)
        started = Process.start(command, self.log, self.environment(), self.home, self.user())
        started.keep(self.home / "process.json")
        return True

    def wait(self) -> None:
        """Until it is ready. Raises StackError where it ends or takes too long: its last words."""
        until = time.monotonic() + self.wait_s
        while not self.ready():
            if self.process is None:
                raise StackError(f"{self.name} ended at its start ({self.log}): {tail(self.log)}")
            if time.monotonic() > until:
                raise StackError(
                    f"{self.name} is not ready after {self.wait_s:.0f} s: look at {self.log}, or"
                    " run make stack again to wait on."
                )
            time.sleep(TICK_S)
        self.after_start()

    def stop(self) -> bool:
        """End it and all that it started; whether it ran."""
        noted = self._noted()
        ran = noted is not None and noted.runs()
        if noted is not None:
            noted.end(self.end_signal, self.patience_s)
        (self.home / "process.json").unlink(missing_ok=True)
        return ran

    def _noted(self) -> Process | None:
        return Process.load(self.home / "process.json")

    def _room(self) -> None:
        free = shutil.disk_usage(self.home).free
        if free < LEAST_FREE_BYTES:
            raise StackError(
                f"{self.home} has {free >> 20} MiB left, the stack wants {LEAST_FREE_BYTES >> 20}:"
                " make room, then run make stack again."
            )

    def _choose_ports(self) -> None:
        """The ports asked for, or those noted, or, at the first start, free ones."""
        known = self._notes().get("ports", {})
        for name in self.ports:
            variable = f"STACK_{self.name}_{name}_PORT".upper().replace("-", "_")
            known[name] = _asked_port(variable) or known.get(name) or free_port()
            if answers(known[name]):
                raise StackError(
                    f"Port {known[name]} of {self.name} is in use by another program: end that, or"
                    f" name another port, as {variable}={free_port()} make stack."
                )
        (self.home / "notes.json").write_text(json.dumps({"ports": known}), encoding="utf-8")

    def _notes(self) -> dict[str, dict[str, int]]:
        path = self.home / "notes.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _asked_port(variable: str) -> int | None:
    """The port that a variable names, if it is set. Raises StackError where that is none."""
    said = os.environ.get(variable, "")
    if not said:
        return None
    if not (said.isdecimal() and 0 < int(said) < 1 << 16):
        raise StackError(f"{variable}={said} is no port: choose one from 1024 to 65535.")
    return int(said)
