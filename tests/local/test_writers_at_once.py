"""Trino, Spark and the laptop engine write one table at once: each commit is there, once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError

from casparian.lake.store import Lake
from local.stack import Stack
from local.trino import Trino
from spark_jobs.session import table_path
from spark_jobs.trino import trino_session

pytestmark = [pytest.mark.stack, pytest.mark.spark, pytest.mark.slow]
ADDRESS = "silver_equipment.written_at_once"  # of this test alone: tests share the metastore
COMMITS, MOST, TRIES = 20, 60, 200
ENGINES = {"laptop": "delta-rs", "spark": "apache-spark", "trino": "trino"}  # as the log has them
TOLD = "Failed to write Delta Lake transaction log entry|TransactionConflict|onflicting"


@pytest.fixture
def shared(lake: str) -> Iterator[Lake]:
    """A table with a row that is counted up, known to Trino."""
    found = Lake.at(lake)
    write_deltalake(found.table_uri(ADDRESS), rows("counter", 0), storage_options=found.options)
    session = trino_session(lake, {ADDRESS: ""})
    yield found
    session.sql(f"DROP TABLE {ADDRESS}")
    session.stop()


def rows(writer: str, number: int) -> pa.Table:
    return pa.table({"writer": [writer], "number": pa.array([number], pa.int32())})


def by_laptop(lake: Lake, others: Sequence[Future[int]]) -> int:
    """New rows, one after another, as long as another writes, but not for ever: who changes rows
    has to begin anew each time. How many."""
    uri, number = lake.table_uri(ADDRESS), 0
    while number < COMMITS or (number < MOST and not all(other.done() for other in others)):
        row = rows("laptop", number)
        again(partial(write_deltalake, uri, row, mode="append", storage_options=lake.options),
              CommitFailedError)  # fmt: skip
        number += 1
        time.sleep(0.5)
    return number


def by_spark(lake: Lake, spark: Any) -> int:
    for number in range(COMMITS):
        frame = spark.sql(f"SELECT 'spark' AS writer, {number} AS number")
        frame.write.format("delta").mode("append").save(table_path(lake.uri, ADDRESS))
    return 0


def by_trino(stack: Stack) -> int:
    """New rows and a changed one in turn; how often it was told that another was faster."""
    from trino.dbapi import connect
    from trino.exceptions import TrinoQueryError

    server = stack.servers["trino"]
    assert isinstance(server, Trino)
    cursor = connect(**server.client(), catalog="lake").cursor()

    def asked(sql: str) -> None:
        cursor.execute(sql)
        cursor.fetchall()

    count = f"UPDATE {ADDRESS} SET number = number + 1 WHERE writer = 'counter'"
    told = 0
    for number in range(COMMITS // 2):
        insert = f"INSERT INTO {ADDRESS} VALUES ('trino', {number})"
        for sql in (insert, count):
            told += again(partial(asked, sql), TrinoQueryError, TOLD)
    return told


def again(commit: Callable[[], Any], refused: type[Exception], words: str = "") -> int:
    """Commit, as any client does that is told that another was faster; how often it was told."""
    for tried in range(TRIES):
        try:
            commit()
        except refused as error:
            assert any(word in str(error) for word in words.split("|")), error
        else:
            return tried
    raise AssertionError(f"{TRIES} times another was faster")


def test_no_commit_is_lost(shared: Lake, stack: Stack, spark: Any) -> None:
    with ThreadPoolExecutor(3) as pool:
        others = [pool.submit(by_spark, shared, spark), pool.submit(by_trino, stack)]
        appended = pool.submit(by_laptop, shared, others).result()
        print(f"{appended} by the laptop; Trino was told {others[1].result()} times")
    found = shared.read(ADDRESS)
    assert found is not None
    written = {
        writer: sorted(numbers(found, writer)) for writer in set(found["writer"].to_pylist())
    }
    half = COMMITS // 2
    counts = {"laptop": appended, "spark": COMMITS, "trino": half}
    assert written == {w: list(range(n)) for w, n in counts.items()} | {"counter": [half]}
    assert order(shared)[0] == "laptop"
    assert Counter(order(shared)) == {"laptop": appended + 1, "spark": COMMITS, "trino": COMMITS}
    assert at_once(order(shared))


def numbers(found: pa.Table, writer: str) -> list[int]:
    return list(found.filter(pc.equal(found["writer"], writer))["number"].to_pylist())


def order(lake: Lake) -> list[str]:
    """Who made each version."""
    table = DeltaTable(lake.table_uri(ADDRESS), storage_options=lake.options)
    found = [str(each).lower() for each in reversed(table.history())]
    return [next(name for name in ("spark", "trino", "laptop") if ENGINES[name] in each)
            for each in found]  # fmt: skip


def at_once(order: Sequence[str]) -> bool:
    """Whether each of the three wrote while both of the others did."""
    places = [[at for at, name in enumerate(order) if name == one] for one in ENGINES]
    return max(map(min, places)) < min(map(max, places))
