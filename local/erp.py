"""A plant's ERP orders in PostgreSQL, to join with the lake: ``python -m local.erp EXPORTS``.

The plant exports no ERP, so its orders are made up around what its production exports say: one row
of ``production_orders`` for each order that they name, the same for the same exports.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from local.downloads import StackError
from local.postgres import Postgres
from local.stack import HOME

DATABASE = "erp"
FILES = "*/production/production_*.csv"
CUSTOMERS = ("Alder Pumps", "Borealis Rail", "Cedar Valves", "Delta Gears", "Elm Turbines")
LOT = 50  # orders are for whole lots
TABLE = """
BEGIN;
DROP TABLE IF EXISTS production_orders;
CREATE TABLE production_orders (
  order_id text PRIMARY KEY,
  product_id text NOT NULL,
  line_id text NOT NULL,
  customer text NOT NULL,
  ordered_quantity bigint NOT NULL,
  unit text NOT NULL,
  priority smallint NOT NULL,
  released_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL
);
COPY production_orders FROM STDIN (FORMAT csv);
{rows}\\.
COMMIT;
ANALYZE production_orders;
"""
Order = tuple[str, str, str, str, int, str, int, str, str]


def load(exports: Path, database: Postgres) -> int:
    """Put the orders of a plant's exports in place of those that were there; how many.

    Raises StackError where the exports name none.
    """
    orders = list(orders_of(exports))
    if not orders:
        raise StackError(f"{exports} has no production exports ({FILES}): no order was loaded.")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(orders)
    database.ask(TABLE.format(rows=text.getvalue()), DATABASE)
    return len(orders)


def orders_of(exports: Path) -> Iterator[Order]:
    """One a production order, in the table's columns."""
    counts: dict[str, list[dict[str, str]]] = {}
    for row in _rows(sorted(exports.glob(FILES))):
        counts.setdefault(row["order_id"], []).append(row)
    for order_id, rows in sorted(counts.items()):
        yield _order(order_id, rows)


def _order(order_id: str, rows: list[dict[str, str]]) -> Order:
    first, chance = rows[0], zlib.crc32(order_id.encode())
    begun = min(datetime.fromisoformat(row["interval_start"]) for row in rows)
    ended = max(datetime.fromisoformat(row["interval_end"]) for row in rows)
    lots = -(-sum(int(row["good_count"]) for row in rows) // LOT)
    return (
        order_id, first["product_id"], first["line_id"], CUSTOMERS[chance % len(CUSTOMERS)],
        lots * LOT, first["unit"], 1 + chance % 3, (begun - timedelta(days=1)).isoformat(),
        (ended + timedelta(days=chance % 3)).isoformat(),
    )  # fmt: skip


def _rows(files: Iterable[Path]) -> Iterator[dict[str, str]]:
    for path in files:
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def main() -> None:
    """Parse the command line and load; a StackError is one sentence and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m local.erp", description=__doc__)
    parser.add_argument("exports", type=Path, help="a plant's exports, as casparian plant writes")
    try:
        found = load(parser.parse_args().exports, Postgres(HOME))
    except StackError as error:
        sys.exit(f"local.erp: {error}")
    print(f"{found} orders are in postgres.public.production_orders.")


if __name__ == "__main__":
    main()
