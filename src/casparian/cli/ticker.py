"""A command that runs for long: lines that stay, and on a terminal one line that changes."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from typing import Any

import click

from casparian.cli.desk import plain
from casparian.cli.show import say


class Ticker:
    """Lines on stdout as text, or with `--json` one object a line; `status` on stderr."""

    def __init__(self, as_json: bool):
        self.as_json = as_json
        self._live = sys.stderr.isatty() and not as_json
        self._status = ""

    def line(self, text: str, style: str | None = None, /, **data: Any) -> None:
        """One line for people, or `data` as JSON."""
        self._clear()
        if self.as_json:
            click.echo(json.dumps(data, ensure_ascii=False, default=plain))
        else:
            say(f"{datetime.now():%H:%M:%S} {text}", style)
        sys.stdout.flush()
        self._draw()

    def status(self, text: str) -> None:
        """What goes on, in one line that the next one replaces."""
        if self._live and text != self._status:
            self._clear()
            self._status = text
            self._draw()

    def close(self) -> None:
        """Take the status away."""
        self._clear()
        self._status = ""

    def _clear(self) -> None:
        if self._live and self._status:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _draw(self) -> None:
        if self._live and self._status:
            sys.stderr.write(self._status[: shutil.get_terminal_size().columns - 1])
            sys.stderr.flush()


@contextmanager
def ended_by_signals(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM set `stop`, so that what is in hand is finished; a second one interrupts.

    Outside the main thread, where no signals come, nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    names = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(name, end) for name in names]
    try:
        yield
    finally:
        for name, handler in zip(names, before, strict=True):
            signal.signal(name, handler)


class Span(click.ParamType[Any]):
    """A length of time as 30, 30s, 500ms, 5m or 2h; in seconds."""

    name = "time"
    units = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "": 1.0}  # noqa: RUF012

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        if isinstance(value, int | float):
            return float(value)
        number = value.strip().rstrip("smhd")
        unit = self.units.get(value.strip()[len(number) :])
        try:
            seconds = float(number) * unit if unit else -1.0
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds < 1e9:
            self.fail(f"'{value}' is no time: write it like 10s, 500ms, 5m or 2h.", param, ctx)
        return seconds


SPAN = Span()
