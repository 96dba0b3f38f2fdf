"""A small table's rows in this process, with a column for each thing that a suite asks besides.

To start Spark for some thousand rows takes longer than to ask them. DuckDB adds the columns, as it
judges the rules of contracts when records land; pandas holds the rows, in Arrow's types, for Great
Expectations. The same columns as `spark_jobs.many_rows` adds on Spark.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from casparian.contracts.expectations import RECORD, Expectation
from casparian.lake.query import Query
from casparian.lake.store import Lake
from casparian.lake.suites import key_of
from spark_jobs.expectations import FINITE, HOLDS, ROW, SECONDS, SHARED, WHERE, Rows

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Keys that were checked before are counted with the new rows, and left out again.
SQL = """
SELECT * EXCLUDE (_is_new) FROM (
    SELECT *{more} FROM (
        SELECT *, true AS _is_new FROM new_rows
        UNION ALL BY NAME SELECT *, false AS _is_new FROM old_keys
    )
) WHERE _is_new
"""


def few_rows(lake: Lake, new: pa.Table, old: pa.Table | None, suite: Sequence[Expectation]) -> Rows:
    """The new rows, ready to be asked.

    old: the keys of rows that were checked before, of columns that `new` has too, counted where
    they are those of new ones.
    """
    import pandas as pd
    from pyspark.sql.pandas.types import from_arrow_schema

    with Query(lake) as query:
        query.connection.register("new_rows", new)
        query.connection.register("old_keys", new.slice(0, 0) if old is None else old)
        more = "".join(f", {column}" for column in _more(query.connection, new.schema, suite))
        ready = query.connection.sql(SQL.format(more=more)).to_arrow_table()
    frame = ready.to_pandas(types_mapper=pd.ArrowDtype)
    return Rows("pandas", frame, new.num_rows, from_arrow_schema(new.schema))


def _more(
    connection: DuckDBPyConnection, schema: pa.Schema, suite: Sequence[Expectation]
) -> Iterator[str]:
    yield from _lead(schema, key_of(list(suite)))
    for each in suite:
        if not set(each.columns) <= set(schema.names):
            continue
        if each.kind == "unique":
            key = ", ".join(map(_name, each.columns))
            yield f"count(*) OVER (PARTITION BY {key}) AS {SHARED}"
        elif each.kind == "finite":
            yield f"{_finite(schema, each.columns)} AS {FINITE}"
        elif each.kind == "rule" and _understood(connection, each):
            yield f"coalesce(({each.condition}), true) AS {_name(HOLDS + each.called)}"
        elif each.kind == "fresh":
            column = each.columns[0]
            yield f"epoch({_name(column)})::DOUBLE AS {_name(SECONDS + column)}"


def _finite(schema: pa.Schema, names: Sequence[str]) -> str:
    numbers = [name for name in names if pa.types.is_floating(schema.field(name).type)]
    return " AND ".join(["true", *(f"coalesce(isfinite({_name(n)}), true)" for n in numbers)])


def _understood(connection: DuckDBPyConnection, rule: Expectation) -> bool:
    """Whether a rule is a condition on these columns."""
    try:
        asked = connection.sql(f"SELECT *, coalesce(({rule.condition}), true) FROM new_rows")
    except duckdb.Error:
        return False
    return str(asked.types[-1]) == "BOOLEAN"


def _lead(schema: pa.Schema, key: Sequence[str]) -> tuple[str, str]:
    """What leads from a row back: its record, and a SQL condition that chooses it."""
    if set(RECORD) <= set(schema.names):
        record = " || '#' || ".join(f"{_name(name)}::VARCHAR" for name in RECORD)
        return f"{record} AS {ROW}", f"{_condition(RECORD)} AS {WHERE}"
    named = [name for name in key if name in schema.names]
    first = "_source_rows[1]" if "_source_rows" in schema.names else "NULL"
    where = _condition(named) if named else "NULL"
    return f"{first}::VARCHAR AS {ROW}", f"{where}::VARCHAR AS {WHERE}"


def _condition(names: Sequence[str]) -> str:
    parts = []
    for name in names:
        text = f"replace({_name(name)}::VARCHAR, '''', '''''')"
        parts.append(f"coalesce('{name} = ''' || {text} || '''', '{name} IS NULL')")
    return f"concat_ws(' AND ', {', '.join(parts)})"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
