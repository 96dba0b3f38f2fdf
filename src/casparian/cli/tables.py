"""`casparian tables`: what the lake holds, and in which health."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.desk import Desk, command
from casparian.cli.show import many, say, size, table

if TYPE_CHECKING:
    from casparian.lake.health import Health


@command("""
    casparian tables                                      every table with its rows
    casparian tables silver_equipment.historian_values    its columns, units and meaning
    casparian tables --health                             files, sizes, skew, age, and what to do
    casparian tables --health --prometheus /var/lib/node_exporter/casparian.prom
""")
@click.argument("address", required=False)
@click.option("--health", "healthy", is_flag=True, help="How the tables lie, and what to do.")
@click.option(
    "--prometheus",
    "metrics",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="With --health: also write metrics for node_exporter's textfile collector.",
)
@click.option(
    "--contracts",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="Folder of contracts that come before the shipped ones.",
)
def tables(
    desk: Desk,
    address: str | None,
    healthy: bool,
    metrics: Path | None,
    contracts: tuple[Path, ...],
) -> None:
    """List the tables, or describe one.

    Without ADDRESS, every table of the lake with its rows, files and size; with it, the columns
    with types, units, limits and meaning. With --health, how the tables' files lie, told from
    their Delta logs alone.
    """
    from casparian.lake import catalog

    if healthy:
        _health(desk, address, metrics, contracts)
        return
    if metrics:
        raise click.UsageError("--prometheus writes what --health finds: give both.")
    if address:
        about = catalog.columns(desk.lake, address, contracts)
        desk.answer(about, lambda: _describe(about))
        return
    rows = catalog.tables(desk.lake)
    desk.answer(rows, lambda: _show(desk, rows))


def _health(
    desk: Desk, address: str | None, metrics: Path | None, contracts: tuple[Path, ...]
) -> None:
    from dataclasses import asdict
    from datetime import UTC, datetime

    from casparian.lake.health import health

    now = datetime.now(UTC)
    found = health(desk.lake, [address] if address else (), contracts)
    if metrics:
        from casparian.lake.metrics import write_metrics

        write_metrics(metrics, found, now)
    data = [asdict(each) | {"verdict": each.verdict} for each in found]
    desk.answer(data, lambda: _show_health(desk, found, now))


def _show_health(desk: Desk, found: list[Health], now: Any) -> None:
    if not found:
        _nothing(desk)
        return
    heads = (
        "table", "rows", "files", "size", "median file", "small", "skew", "deleted", "log",
        "removed", "written", "optimized", "vacuumed", "what to do",
    )  # fmt: skip
    table(heads, [_line(each, now) for each in found], right=heads[1:10])
    wrong = sum(bool(each.advice) for each in found)
    say(
        f"{many(len(found), 'table')}, {wrong:,} to look after: `casparian maintain` does."
        if wrong
        else f"{many(len(found), 'table')}, all in order."
    )


def _line(each: Health, now: Any) -> tuple[Any, ...]:
    median = None if each.file_median_bytes is None else size(each.file_median_bytes)
    skew = None if each.skew_ratio is None else f"{each.skew_ratio:.1f}"
    deleted = None if each.deleted_ratio is None else f"{each.deleted_ratio:.0%}"
    ages = (_ago(at, now) for at in (each.last_write, each.optimized_at, each.vacuumed_at))
    return (
        each.address, each.rows, each.files, size(each.size_bytes), median,
        f"{each.small_ratio:.0%}", skew, deleted, each.log_commits, each.removed_files, *ages,
        each.verdict,
    )  # fmt: skip


def _ago(at: Any, now: Any) -> str:
    """`3 d ago`, `5 h ago`; nothing for never."""
    if at is None:
        return "never"
    hours = (now - at).total_seconds() / 3600
    if hours < 1:
        return "just now"
    return f"{hours:.0f} h ago" if hours < 48 else f"{hours / 24:.0f} d ago"


def _nothing(desk: Desk) -> None:
    say(f"There is no table in {desk.lake.uri}: give --lake, or scan and process a folder first.")


def _show(desk: Desk, rows: list[dict[str, Any]]) -> None:
    if not rows:
        _nothing(desk)
        return
    lines = [
        (r["address"], r["rows"], r["files"], size(r["size_bytes"]), r["last_commit"]) for r in rows
    ]
    table(
        ("table", "rows", "files", "size", "last commit"),
        lines,
        right=(
            "rows",
            "files",
            "size",
        ),
    )


def _describe(about: dict[str, Any]) -> None:
    rows = "" if about["rows"] is None else f", {many(about['rows'], 'row')}"
    say(f"{about['address']}{rows}, {size(about['size_bytes'])}")
    if about.get("description"):
        say(f"{about['description']} (contract {about['contract_version']})")
    names = ("name", "type", "key", "unit", "limits", "description")
    shown = [
        [c["name"], c["type"], "key" if c["key"] else "", c["unit"], c["limits"], c["description"]]
        for c in about["columns"]
    ]
    table(names, shown)
