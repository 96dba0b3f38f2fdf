"""What all charts share on the command line: where they are written, and what is said then."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.desk import Desk
from casparian.cli.show import say, table

if TYPE_CHECKING:
    from casparian.charts.chart import Chart

Function = Callable[..., Any]
CURVES = {"Å": "A", "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "µ": "u"}


def out_options(function: Function) -> Function:
    """--out, --open, --title and --unit."""
    path = click.Path(dir_okay=False, path_type=Path)
    for option in (
        click.option("--open", "show", is_flag=True, help="Open it in the browser."),
        click.option("--unit", default="", help="Unit, written in the title."),
        click.option("--title", help="Title of the chart."),
        click.option(
            "--out", type=path, help="File to write, .svg or .html.  [default: one here, HTML]"
        ),
    ):
        function = option(function)
    return function


def file_argument(function: Function) -> Function:
    path = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.argument("file", required=False, type=path, metavar="[FILE]")(function)


def needs_file(file: Path | None, columns: Mapping[str, object]) -> None:
    """Options that name columns mean nothing without a FILE that has them."""
    named = [f"--{name.replace('_', '-')}" for name, given in columns.items() if given]
    if file is None and named:
        raise click.UsageError(f"{', '.join(named)} is about a FILE: give one.")


def written(desk: Desk, make: Callable[[], Chart], kind: str, out: Path | None, show: bool) -> None:
    """Draw, write and say so. A ValueError of the figures is the user's to mend."""
    if out is not None and out.suffix.lower() not in (".svg", ".html", ".htm"):
        raise click.BadParameter("give a name that ends in .svg or .html", param_hint="--out")
    try:
        chart = make()
    except ValueError as error:
        desk.fail(_sentence(str(error)))
        return
    path = chart.save(out or Path(f"{kind}-{slug(chart.figures.get('title', ''))}.html"))
    if show:
        import webbrowser

        webbrowser.open(path.resolve().as_uri())
    desk.answer(
        {"out": str(path), **chart.figures},
        lambda: say(f"{chart.drawing.label}\nWritten to {path}"),
    )


def _sentence(words: str) -> str:
    """With a capital, unless it begins with the name of a file or column."""
    if words.partition(" ")[0].isalpha():
        words = words[:1].upper() + words[1:]
    return words if words.endswith((".", "?", "!")) else f"{words}."


def slug(words: object) -> str:
    """Words as a file may be called: small letters, figures and dashes."""
    text = "".join(CURVES.get(letter, letter) for letter in str(words).lower())
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:60] or "chart"


def choose(
    desk: Desk, found: Sequence[Mapping[str, Any]], named: Mapping[str, str | None], what: str
) -> Mapping[str, Any] | None:
    """The one that fits what was named; None after a list where nothing was named.

    Fails with one sentence where none fits, or (after a list) where several do.
    """
    fits = [row for row in found if all(_fits(row[k], v) for k, v in named.items() if v)]
    if len(fits) == 1:
        return fits[0]
    given = " and ".join(f"{_option(name)} {value}" for name, value in named.items() if value)
    if not found:
        desk.fail(f"The lake has no {what} yet.")
    if not fits:
        desk.fail(f"No {what} of the lake fits {given}: without it they are listed.")
    desk.answer(
        [dict(row) for row in fits] if not given else {"error": "several fit", "fit": list(fits)},
        lambda: table(list(fits[0]), [list(row.values()) for row in fits], right=_numeric(fits)),
    )
    if given:
        click.echo(f"casparian: {len(fits)} {what}s fit {given}: name one.", err=True)
        raise click.exceptions.Exit(1)
    return None


def _option(column: str) -> str:
    """The option that names a column: --part for part_number."""
    return "--format" if column == "source_format" else f"--{column.split('_')[0]}"


def _numeric(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The columns of numbers, which stand on the right."""
    return tuple(name for name, value in rows[0].items() if isinstance(value, int | float))


def _fits(value: object, wanted: str | None) -> bool:
    return str(value if value is not None else "").casefold() == (wanted or "").casefold()
