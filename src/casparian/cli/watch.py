"""Progress on the screen while files are worked on; silent where nobody looks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from casparian.cli.show import console

if TYPE_CHECKING:
    from rich.progress import Progress

    from casparian.lake.process import Progress as Event


class Bar:
    """One bar: how many of how many, what is in hand, and rows a second once rows are told."""

    def __init__(self, progress: Progress | None, what: str):
        self.progress = progress
        self.task = progress.add_task(what, total=None, rows="", name="") if progress else None
        self.rows = 0

    def step(self, done: int, total: int, name: str) -> None:
        """`done` of `total` begun or finished; `name` is the one in hand."""
        if self.progress is not None and self.task is not None:
            self.progress.update(self.task, completed=done, total=total, name=name[-40:])

    def count(self, rows: int) -> None:
        """More rows have passed."""
        self.rows += rows
        if self.progress is not None and self.task is not None:
            elapsed = self.progress.tasks[0].elapsed or 0.0
            rate = f"{self.rows / elapsed:,.0f} rows/s" if elapsed > 0.5 else ""
            self.progress.update(self.task, rows=rate)

    def event(self, event: Event) -> None:
        """What the laptop engine tells."""
        if event.event == "rows":
            self.count(event.count)
        elif event.event == "file":
            self.step(event.count - 1, event.total, event.name)
        elif self.progress is not None and self.task is not None:
            self.progress.update(self.task, name="committing")


@contextmanager
def bar(what: str) -> Iterator[Bar]:
    """A bar on stderr while the block runs; none where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield Bar(None, what)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(),
        TimeElapsedColumn(), TextColumn("{task.fields[rows]}"),
        TextColumn("{task.fields[name]}", style="dim"),
    )  # fmt: skip
    with Progress(*columns, console=console(err=True), transient=True) as progress:
        yield Bar(progress, what)
