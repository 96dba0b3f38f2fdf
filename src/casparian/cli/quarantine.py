"""`casparian quarantine`: what was refused and why, and a second chance for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.desk import Desk, command
from casparian.cli.show import many, say, table
from casparian.cli.watch import bar

if TYPE_CHECKING:
    from casparian.lake.quarantine import Choice
    from casparian.lake.replay import Replayed

EXAMPLES = """\b
Examples:
  casparian quarantine list
  casparian quarantine show --reason offline
  casparian quarantine replay --contracts my_contracts --dry-run
"""


@click.group(epilog=EXAMPLES)
def quarantine() -> None:
    """See what was refused and why; replay it.

    Records that broke a rule are kept whole, with the rule and the reason.
    """


def chosen(function: Callable[..., None]) -> Callable[..., None]:
    """The options that say which records are meant."""
    for name, text in (
        ("--tag", "Only files scanned under this tag."),
        ("--reason", "Only this reason or rule, in part or whole, as offline."),
        ("--file", "Only files whose path matches, as 'hamburg/*', or the start of a hash."),
        ("--table", "Only this table, as historian_values."),
    ):
        function = click.option(name, help=text)(function)
    return function


def _choice(table: str | None, file: str | None, reason: str | None, tag: str | None) -> Choice:
    from casparian.lake.quarantine import Choice

    return Choice(table, file, reason, tag)


@command("""
    casparian quarantine list                        by table and reason
    casparian quarantine list --by file              a line a file and reason
    casparian quarantine list --table historian_values --reason "below min"
""")
@chosen
@click.option(
    "--by",
    type=click.Choice(["reason", "file"]),
    default="reason",
    show_default=True,
    help="What a line is.",
)
def list_(
    desk: Desk, table: str | None, file: str | None, reason: str | None, tag: str | None, by: str
) -> None:
    """Count quarantined records by table, rule, reason and file."""
    from casparian.lake import quarantine as shelf

    choice = _choice(table, file, reason, tag)
    found = shelf.counts(desk.lake, choice)
    desk.answer(found, lambda: _show_counts(found, by, shelf.offline(desk.lake, choice)))


def _show_counts(found: list[dict[str, Any]], by: str, offline: list[dict[str, Any]]) -> None:
    total = sum(row["records"] for row in found)
    files = len({row["source_hash"] for row in found})
    if by == "file":
        rows = [(r["table"], r["reason"], r["source_path"], r["records"]) for r in found]
        table(("table", "reason", "file", "records"), rows, right=("records",))
    elif found:
        table(
            ("table", "reason", "records", "files", "for example"),
            _by_reason(found),
            right=(
                "records",
                "files",
            ),
        )
    say(f"{many(total, 'record')} of {many(files, 'file')} in quarantine.")
    for row in offline:
        span = f"from {row['first']} to {row['last']} (as written in {row['source_path']})"
        say(f"{row['tag_name']} was offline {span}: {many(row['records'], 'reading')}.")


def _by_reason(found: list[dict[str, Any]]) -> list[tuple[str, str, int, int, str]]:
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in found:
        groups[(row["table"], row["reason"])].append(row)
    lines = [
        (name, reason, sum(r["records"] for r in rows), len(rows), rows[0]["source_path"])
        for (name, reason), rows in groups.items()
    ]
    return sorted(lines, key=lambda line: -line[2])


@command("""
    casparian quarantine show --reason offline
    casparian quarantine show --table downtime_events --limit 0
    casparian quarantine show --file "*/HAM-MC1_20251025.csv" --json
""")
@chosen
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="Records to show; 0 for all.",
)
def show(
    desk: Desk, table: str | None, file: str | None, reason: str | None, tag: str | None, limit: int
) -> None:
    """Show quarantined records as they were read, with reason, file and record number."""
    from casparian.lake import quarantine as shelf

    found = list(shelf.rows(desk.lake, _choice(table, file, reason, tag), limit))
    data = [{"table": name} | row for name, rows in found for row in rows.to_pylist()]
    desk.answer(data, lambda: _show_rows(found, limit))


def _show_rows(found: list[tuple[str, Any]], limit: int) -> None:
    for name, rows in found:
        raw = [n for n in rows.column_names if _has_text(rows, n)]
        columns = ["reason", *raw, "detail", "_source_path", "_source_row"]
        columns = [n for n in columns if n != "detail" or rows["detail"].null_count < rows.num_rows]
        table(columns, _lines(rows, columns), title=name, right=("_source_row",))
    total = sum(rows.num_rows for _, rows in found)
    say(f"{many(total, 'record')}." + (" --limit 0 shows all." if limit and total == limit else ""))


def _has_text(rows: Any, name: str) -> bool:
    """Raw columns that say something in these rows."""
    if name in ("rule", "reason", "detail") or (
        name.startswith("_") and name not in ("_raw", "_extra")
    ):
        return False
    return bool(rows[name].null_count < rows.num_rows)


def _lines(rows: Any, columns: list[str]) -> list[list[Any]]:
    return [[row[name] for name in columns] for row in rows.select(columns).to_pylist()]


@command("""
    casparian quarantine replay --dry-run --contracts my_contracts
    casparian quarantine replay --table historian_values --reason "above max"
    casparian quarantine replay --parser historian_parser.py
""")
@chosen
@click.option(
    "--contracts",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="Folder of corrected contracts; they come before the shipped ones.",
)
@click.option(
    "--parser",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="Own parser that read some of the files.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
def replay(
    desk: Desk, table: str | None, file: str | None, reason: str | None, tag: str | None,
    contracts: tuple[Path, ...], parser: tuple[Path, ...], dry_run: bool,
) -> None:  # fmt: skip
    """Judge quarantined records again, after a contract or the tag list was corrected.

    Records that are valid now go to silver with the new contract version noted, and the books and
    roll-ups follow. The rest stays. Safe to run twice.
    """
    from casparian.lake.own import own_formats
    from casparian.lake.replay import replay as again
    from casparian.lake.sinks import sweep

    lake = desk.lake
    formats, folders = own_formats(lake, parser, contracts)
    with bar("replaying") as progress:
        outcomes = again(
            lake, _choice(table, file, reason, tag), contracts=folders, formats=formats,
            dry_run=dry_run, progress=progress.step,
        )  # fmt: skip
    sweep(lake)
    data = [_replayed(outcome) for outcome in outcomes]
    desk.answer(data, lambda: _show_replay(data, dry_run))
    if any(row["problem"] for row in data):
        raise click.exceptions.Exit(1)


def _replayed(outcome: Replayed) -> dict[str, Any]:
    names = ("chosen", "valid", "duplicate", "kept", "contract", "contract_version", "problem")
    paths = {name: outcome.row[name] for name in ("source_path", "source_hash")}
    return paths | {name: getattr(outcome, name) for name in names}


def _show_replay(data: list[dict[str, Any]], dry_run: bool) -> None:
    changed = [row for row in data if row["valid"] or row["duplicate"]]
    if changed:
        head = ("file", "judged", "valid now", "duplicate", "kept", "contract")
        lines = [
            (
                r["source_path"],
                r["chosen"],
                r["valid"],
                r["duplicate"],
                r["kept"],
                f"{r['contract']} {r['contract_version']}",
            )
            for r in changed
        ]
        table(
            head,
            lines,
            right=(
                "judged",
                "kept",
                "duplicate",
            ),
        )
    for row in data:
        if row["problem"]:
            say(f"{row['source_path']}: {row['problem']}", "red")
    valid, judged = sum(row["valid"] for row in data), sum(row["chosen"] for row in data)
    words = "would go" if dry_run else "went"
    say(f"{many(judged, 'record')} judged again: {valid:,} {words} to silver.")


for name, each in (("list", list_), ("show", show), ("replay", replay)):
    quarantine.add_command(each, name)
