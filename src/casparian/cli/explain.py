"""`casparian explain`: from a row back to the file, the record, the parser and the contract."""

from __future__ import annotations

from typing import Any

import click

from casparian.cli.desk import Desk, command
from casparian.cli.show import cell, many, moment, say, short, size

ROWS_SHOWN = 60  # characters of record numbers before they are cut


@command("""
    casparian explain silver_equipment.historian_values --where "tag_name = 'TT-1101.PV'" --limit 1
    casparian explain fct_oee_shift --where "line_id = 'HAM-MC1' AND shift = 'Early'"
    casparian explain ops_equipment.historian_values_quarantine --where "rule = 'sensor_offline'"
""")
@click.argument("table")
@click.option("--where", metavar="SQL", help="Condition that chooses the rows.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=5, show_default=True, help="Rows to explain."
)
def explain(desk: Desk, table: str, where: str | None, limit: int) -> None:
    """Follow a row back to its file and line.

    Each row is followed back to its files with their hashes, to record numbers, parser and contract
    version; a gold row to all the records that it was made from.
    """
    from casparian.lake.explain import explain as follow

    data = follow(desk.lake, table, where, limit)
    desk.answer(data, lambda: _show(data))


def _show(data: dict[str, Any]) -> None:
    if data["description"]:
        say(data["description"].split("\n")[0], "italic")
    if data["made_from"]:
        say(f"Made from {', '.join(data['made_from'])}.")
    for place, row in enumerate(data["rows"], 1):
        say("")
        say(f"{data['table']}, row {place} of {len(data['rows'])}", "bold")
        _pairs(row["values"])
        if "record" in row:
            _record(row["record"])
        elif "readings" in row:
            _readings(row["readings"])
        elif "sources" in row:
            _sources(row["sources"])
        elif "file" in row:
            _file(row["file"])
        else:
            say(row["nothing"])
    if not data["rows"]:
        say(f"No row of {data['table']} meets the condition.")


def _pairs(values: dict[str, Any], indent: str = "  ") -> None:
    width = max((len(name) for name in values), default=0)
    for name, value in values.items():
        say(f"{indent}{name:<{width}}  {'–' if value is None else cell(value)}")


def _record(record: dict[str, Any]) -> None:
    say(f"is record {record['_source_row']:,} of")
    _file(record["file"])
    say(
        f"read by {record['_parser']} {record['_parser_version']}, judged by contract version "
        f"{record['_contract_version']}, landed {moment(record['_ingested_at'])}"
    )
    if record.get("as_read"):
        say("as it was read:")
        _pairs(record["as_read"], "    ")
    if record.get("became"):
        say(f"It was {record['became']}.")


def _file(file: dict[str, Any]) -> None:
    if file["source_path"] is None:
        say(f"    {short(file['source_hash'])}: {file['state']}")
        return
    say(
        f"    {file['source_path']}  "
        f"({file['format']}, {size(file['size_bytes'])}, tag {file['tag']})"
    )
    say(f"    {file['full_path']}: {file['state']}")
    say(f"    sha256 {file['source_hash']}")
    for note in file["notes"]:
        say(f"    {note}")


def _readings(readings: dict[str, Any]) -> None:
    say(f"is made from {many(readings['count'], 'reading')} of {readings['table']}:")
    for row in readings["first"]:
        say(
            f"    {moment(row['timestamp'])}  {cell(row['value'])}  {row['quality']}  "
            f"(record {row['_source_row']:,})"
        )
    if readings["count"] > len(readings["first"]):
        say("    …")
    _sources(readings["sources"])


def _sources(sources: list[dict[str, Any]]) -> None:
    total = sum(source["records"] for source in sources)
    say(f"made from {many(total, 'record')} of {many(len(sources), 'file')}:")
    for source in sources:
        _file(source["file"])
        rows = (
            source["rows"]
            if len(source["rows"]) <= ROWS_SHOWN
            else f"{source['rows'][:ROWS_SHOWN]}…"
        )
        say(f"    {many(source['records'], 'record')}: {rows}")
        for one in source["versions"]:
            words = f"read by {one['_parser']} {one['_parser_version']}"
            say(f"    {words}, judged by contract version {one['_contract_version']}")
        for record in source["first"]:
            say("      " + ", ".join(f"{k}={cell(v)}" for k, v in record.items() if v is not None))
