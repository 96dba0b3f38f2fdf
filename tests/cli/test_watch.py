"""Progress: drawn on a terminal, silent elsewhere."""

from __future__ import annotations

import io
import sys

import pytest

from casparian.cli.watch import bar
from casparian.lake.process import Progress


class Screen(io.StringIO):
    """A stderr that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def work() -> None:
    with bar("landing") as progress:
        progress.event(Progress("file", 1, 2, "a.csv"))
        progress.event(Progress("rows", 5000))
        progress.event(Progress("file", 2, 2, "b.csv"))
        progress.event(Progress("commit", 2))
        progress.step(2, 2, "done")


def test_drawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    work()
    assert "landing" in screen.getvalue()
    assert "2/2" in screen.getvalue()
    assert "\x1b[3" not in screen.getvalue()  # no colour


def test_silent_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    work()
    assert capsys.readouterr() == ("", "")
