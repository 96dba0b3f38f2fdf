"""What every command has: `--lake`, `--json`, errors in one sentence, and a way to answer.

A command is a function whose first argument is a `Desk`. What it raises as LakeError,
ContractError, UnreadableFile, ValueError of the plant or OSError becomes one sentence on stderr
(and `{"error": ...}` on stdout with `--json`) and exit 1.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from casparian.lake.store import Lake

DEFAULT_LAKE = "lake"


@dataclass(frozen=True)
class Desk:
    """Where the command works (`uri` of the lake) and how it answers."""

    uri: str
    as_json: bool

    @property
    def lake(self) -> Lake:
        from casparian.lake.store import Lake

        return Lake.at(self.uri)

    def answer(self, data: Any, show: Callable[[], None]) -> None:
        """Print `data` as JSON, or let `show` print it for people."""
        if self.as_json:
            click.echo(json.dumps(data, ensure_ascii=False, default=plain, indent=1))
        else:
            show()

    def fail(self, sentence: str) -> None:
        """Say what went wrong and leave with 1."""
        if self.as_json:
            click.echo(json.dumps({"error": sentence}, ensure_ascii=False))
        click.echo(f"casparian: {sentence}", err=True)
        raise click.exceptions.Exit(1)


def nobody_reads() -> None:
    """The reader of our output has gone (`| head`): end quietly, also at the last flush."""
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def plain(value: object) -> object:
    """What JSON has no word for, as text."""
    if isinstance(value, datetime | date):
        return value.isoformat().replace("+00:00", "Z")
    return str(value)


def command(examples: str) -> Callable[[Callable[..., None]], click.Command]:
    """Make a click command of `function(desk, ...)`; its docstring is its help."""

    def decorate(function: Callable[..., None]) -> click.Command:
        @functools.wraps(function)
        def run(lake: str | None, as_json: bool, **given: Any) -> None:
            desk = Desk(lake or os.environ.get("CASPARIAN_LAKE") or DEFAULT_LAKE, as_json)
            try:
                function(desk, **given)
                sys.stdout.flush()
            except BrokenPipeError:
                nobody_reads()
            except _known_errors() as error:
                desk.fail(words_of(error))

        options = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")(
            _lake_option(run)
        )
        return click.command(epilog=f"\b\nExamples:\n{_indented(examples)}")(options)

    return decorate


def _lake_option(function: Callable[..., None]) -> Callable[..., None]:
    text = "Folder or s3://bucket/prefix of the lake (or $CASPARIAN_LAKE).  [default: ./lake]"
    return click.option("--lake", metavar="DIR|s3://…", help=text)(function)


def _indented(examples: str) -> str:
    return "\n".join(f"  {line.strip()}" for line in examples.strip().splitlines())


def _known_errors() -> tuple[type[Exception], ...]:
    """The errors that are the user's to mend. Looked up only when something was raised."""
    from deltalake.exceptions import DeltaError

    from casparian.contracts.model import ContractError
    from casparian.lake.store import LakeError
    from casparian.reading.base import UnreadableFile

    return (LakeError, ContractError, UnreadableFile, DeltaError, OSError)


def words_of(error: Exception) -> str:
    """One sentence, the system's own reason where there is one."""
    if isinstance(error, OSError) and error.errno:
        reason = os.strerror(error.errno).lower()
        return f"{error.filename}: {reason}." if error.filename else f"{reason.capitalize()}."
    text = str(error).strip().split("\n")[0]
    return text if text.endswith((".", "?", "!")) else f"{text}."
