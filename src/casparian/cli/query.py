"""`casparian query`: SQL over the lake's tables."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.desk import Desk, command, plain
from casparian.cli.show import many, say, table

if TYPE_CHECKING:
    import pyarrow as pa

ON_SCREEN = 100


@command("""
    casparian query "SELECT * FROM silver_equipment.historian_values LIMIT 5"
    casparian query "SELECT status, count(*) FROM ops.files GROUP BY ALL"
    casparian query "FROM gold_production.fct_oee_day" --csv > oee.csv
    casparian query "FROM silver_quality.spc_measurements" --out measurements.parquet
""")
@click.argument("sql")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    help=f"Rows to show; 0 for all.  [default: {ON_SCREEN} on a screen]",
)
@click.option("--csv", "as_csv", is_flag=True, help="Answer in CSV.")
@click.option("--lines", is_flag=True, help="With --json: one object a line.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to a .parquet or .csv file.",
)
@click.option("--memory", default="1GB", show_default=True, help="Most memory for DuckDB, as 4GB.")
def query(
    desk: Desk,
    sql: str,
    limit: int | None,
    as_csv: bool,
    lines: bool,
    out: Path | None,
    memory: str,
) -> None:
    """Ask the tables in SQL.

    DuckDB answers over the tables by their addresses, as silver_equipment.historian_values;
    `casparian tables` lists the addresses. Only the lake can be read, nothing can be changed.
    """
    from casparian.lake.query import Query

    if out and out.suffix.lower() not in (".parquet", ".csv"):
        raise click.BadParameter("give a name that ends in .parquet or .csv", param_hint="--out")
    with Query(desk.lake, memory) as ask, ask.reader(sql) as batches:
        if out:
            count = _write(batches, out)
            desk.answer(
                {"out": str(out), "rows": count}, lambda: say(f"{many(count, 'row')} in {out}")
            )
        elif as_csv:
            _print_csv(_limited(batches, limit or 0))
        elif desk.as_json:
            _print_json(_limited(batches, limit or 0), lines)
        else:
            _print_table(batches, _screen_limit(limit))


def _screen_limit(limit: int | None) -> int:
    return limit if limit is not None else ON_SCREEN if sys.stdout.isatty() else 0


def _limited(batches: pa.RecordBatchReader, limit: int) -> Iterator[pa.RecordBatch]:
    """The batches up to so many rows; 0 for all. The first has no rows, only the headings."""
    left = limit
    yield _none(batches)
    for batch in batches:
        if limit and left <= 0:
            return
        yield batch.slice(0, left) if limit else batch
        left -= batch.num_rows


def _none(batches: pa.RecordBatchReader) -> pa.RecordBatch:
    """No rows of the answer's shape: who prints learns the headings even of an empty answer."""
    import pyarrow as pa

    return pa.RecordBatch.from_pylist([], batches.schema)


def _print_csv(parts: Iterator[pa.RecordBatch]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    for place, batch in enumerate(parts):
        if not place:
            writer.writerow(batch.schema.names)
        writer.writerows([_text(value) for value in row] for row in _rows(batch))


def _text(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=plain)
    return plain(value) if hasattr(value, "isoformat") else value


def _rows(batch: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    columns = [column.to_pylist() for column in batch.columns]
    return zip(*columns, strict=True)


def _print_json(parts: Iterator[pa.RecordBatch], lines: bool) -> None:
    """A list of objects, written as it comes; or one object a line."""
    first = True
    for batch in parts:
        for row in _rows(batch):
            text = json.dumps(
                dict(zip(batch.schema.names, row, strict=True)), ensure_ascii=False, default=plain
            )
            sys.stdout.write(text + "\n" if lines else ("[\n" if first else ",\n") + text)
            first = False
    if not lines:
        sys.stdout.write("[]\n" if first else "\n]\n")


def _print_table(batches: pa.RecordBatchReader, limit: int) -> None:
    import pyarrow as pa

    parts = list(_limited(batches, limit + 1 if limit else 0))
    rows = [row for batch in parts for row in _rows(batch)]
    shown = rows[:limit] if limit else rows
    numeric = [
        f.name
        for f in batches.schema
        if pa.types.is_floating(f.type) or pa.types.is_integer(f.type)
    ]
    table(batches.schema.names, shown, right=numeric)
    if len(shown) < len(rows):
        say(f"The first {limit:,} rows; --limit 0 shows all.")
    else:
        say(many(len(rows), "row"))


def _write(batches: pa.RecordBatchReader, out: Path) -> int:
    """Write all rows in a stream; how many."""
    import pyarrow.csv as pacsv
    import pyarrow.parquet as pq

    out.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    parquet = out.suffix.lower() == ".parquet"
    with (pq.ParquetWriter if parquet else pacsv.CSVWriter)(out, batches.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            count += batch.num_rows
    return count
