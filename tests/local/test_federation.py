"""Trino joins the lake with a plant's ERP, and lets PostgreSQL do what PostgreSQL does best."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from casparian.lake.store import Lake
from local.downloads import StackError
from local.erp import CUSTOMERS, FILES, load
from local.postgres import Postgres
from local.stack import Stack
from spark_jobs.trino import trino_session
from tests.conftest import Plant
from tests.local.conftest import Ask

pytestmark = [pytest.mark.stack, pytest.mark.slow]

ERP, LAKE = "postgres.public.production_orders", "lake.silver_production.production_counts"
JOINED = f"""
SELECT o.order_id, sum(c.good_count)
FROM {ERP} o JOIN {LAKE} c ON c.order_id = o.order_id
WHERE o.customer = '{CUSTOMERS[0]}'
GROUP BY o.order_id ORDER BY o.order_id
"""


@pytest.fixture(scope="module")
def database(stack: Stack) -> Postgres:
    found = stack.servers["postgres"]
    assert isinstance(found, Postgres)
    return found


@pytest.fixture(scope="module")
def orders(database: Postgres, five_days: Plant, landed: Lake, lake: str) -> list[dict[str, str]]:
    """Of the ERP, each that the plant worked on; the counts of the lake are known to Trino."""
    assert load(five_days.exports, database) == load(five_days.exports, database)
    trino_session(lake, {"silver_production.production_counts": ""}).stop()
    text = database.ask("COPY production_orders TO STDOUT (FORMAT csv, HEADER)", "erp")
    return list(csv.DictReader(text.splitlines()))


def exported(exports: Path) -> list[dict[str, str]]:
    """Rows of production as the plant exported them."""
    files = [path.read_text(encoding="utf-8") for path in sorted(exports.glob(FILES))]
    return [row for text in files for row in csv.DictReader(text.splitlines())]


def scan_of(plan: str, catalog: str) -> list[str]:
    """A plan's lines about the scan of a catalog's table, its own line first."""
    lines = plan.splitlines()
    at = next(i for i, line in enumerate(lines) if f"[table = {catalog}:" in line)
    own = re.match(r"\W*", lines[at])
    assert own is not None
    inside = [line for line in lines[at + 1 :] if len(re.match(r"\W*", line)[0]) > own.end()]  # type: ignore[index]
    return [lines[at].strip(), *inside]


def rows_read(analyzed: str, catalog: str) -> int:
    """Rows that came out of a catalog, by the plan of a query that ran."""
    said = " ".join(scan_of(analyzed, catalog))
    found = re.search(r"Input: (\d+) rows? \(", said)
    assert found is not None, said
    return int(found[1])


def test_each_order_of_the_plant_is_there(orders: list[dict[str, str]], five_days: Plant) -> None:
    made = {row["order_id"] for row in exported(five_days.exports)}
    assert [order["order_id"] for order in orders] == sorted(made)
    assert {order["customer"] for order in orders} == {*CUSTOMERS}


def test_the_join_is_right(orders: list[dict[str, str]], trino: Ask, landed: Lake) -> None:
    asked = {o["order_id"] for o in orders if o["customer"] == CUSTOMERS[0]}
    counts = landed.read("silver_production.production_counts")
    assert counts is not None
    good = dict.fromkeys(sorted(asked), 0)
    for row in counts.select(["order_id", "good_count"]).to_pylist():
        if row["order_id"] in asked:
            good[row["order_id"]] += int(row["good_count"])
    assert trino(JOINED) == [[order, count] for order, count in good.items()]


def test_a_predicate_is_postgresqls_work(orders: list[dict[str, str]], trino: Ask) -> None:
    """Only the customer's orders leave PostgreSQL, and what they are narrows the lake's scan."""
    plan = trino(f"EXPLAIN {JOINED}")[0][0]
    assert "constraint on [customer]" in scan_of(plan, "postgres")[0]
    assert re.search(r"dynamicFilters = \{order_id", scan_of(plan, "lake")[0])
    asked = [order for order in orders if order["customer"] == CUSTOMERS[0]]
    analyzed = trino(f"EXPLAIN ANALYZE {JOINED}")[0][0]
    assert rows_read(analyzed, "postgres") == len(asked) < len(orders)


def test_without_a_predicate_all_orders_are_read(orders: list[dict[str, str]], trino: Ask) -> None:
    """What the figure of the test above is measured by."""
    every = JOINED.replace(f"WHERE o.customer = '{CUSTOMERS[0]}'", "")
    assert rows_read(trino(f"EXPLAIN ANALYZE {every}")[0][0], "postgres") == len(orders)


def test_a_predicate_on_time_is_postgresqls_work(orders: list[dict[str, str]], trino: Ask) -> None:
    due = sorted(order["due_at"] for order in orders)[len(orders) // 2][:19]
    asked = f"SELECT order_id FROM {ERP} WHERE due_at > TIMESTAMP '{due} UTC'"
    assert "constraint on [due_at]" in trino(f"EXPLAIN {asked}")[0][0]
    found = [order for order in orders if order["due_at"][:19] > due]
    assert rows_read(trino(f"EXPLAIN ANALYZE {asked}")[0][0], "postgres") == len(found)
    assert 0 < len(found) < len(orders)


@pytest.mark.parametrize("asked", [
    f"SELECT count(*), sum(ordered_quantity), max(due_at) FROM {ERP}",
    f"SELECT priority, count(*), sum(ordered_quantity) FROM {ERP} GROUP BY priority",
    f"SELECT order_id FROM {ERP} LIMIT 3",
    f"SELECT order_id FROM {ERP} ORDER BY due_at DESC, priority LIMIT 3",
])  # fmt: skip
def test_sums_and_limits_are_postgresqls_work(
    asked: str, orders: list[dict[str, str]], trino: Ask
) -> None:
    """Trino has nothing left to add up, sort or cut, and no more rows come than are answered."""
    plan = trino(f"EXPLAIN {asked}")[0][0]
    assert not re.search(r"Aggregate|TopN|Limit\[|Sort", plan), plan
    answer = trino(asked)
    assert rows_read(trino(f"EXPLAIN ANALYZE {asked}")[0][0], "postgres") == len(answer) <= 3


def test_exports_without_production_load_nothing(
    tmp_path: Path, database: Postgres, orders: list[dict[str, str]]
) -> None:
    with pytest.raises(StackError, match="has no production exports"):
        load(tmp_path, database)
    assert database.ask("SELECT count(*) FROM production_orders", "erp").strip() == str(len(orders))
