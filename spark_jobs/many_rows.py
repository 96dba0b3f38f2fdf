"""Rows on Spark, with a column for each thing that Great Expectations would ask by itself.

For tables that are too long for this process; the same columns as `spark_jobs.few_rows` adds.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from casparian.contracts.expectations import RECORD, Expectation
from casparian.lake.suites import key_of
from spark_jobs.expectations import FINITE, HOLDS, ROW, SECONDS, SHARED, WHERE, Rows

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


def many_rows(
    new: DataFrame, old: DataFrame | None, suite: Sequence[Expectation], count: int
) -> Rows:
    """The new rows, ready to be asked.

    old: the keys of rows that were checked before, of columns that `new` has too, counted where
    they are those of new ones. count: of the new rows.
    """
    key = key_of(list(suite))
    if not key or not set(key) <= set(new.columns):
        frame = new
    elif not _shared_at_all(new, old, key):
        frame = _with_none_shared(new)
    elif old is None:
        frame = new.withColumn(SHARED, _shared(key))
    else:
        frame = _with_keys(new, old, key)
    return Rows("spark", _enriched(frame, suite), count, new.schema)


def _shared_at_all(new: DataFrame, old: DataFrame | None, key: Sequence[str]) -> bool:
    """Whether any two rows share a key: that is nearly always no, and told from the keys alone."""
    from pyspark.sql import functions as sql

    keys = new.select(*key) if old is None else new.select(*key).unionAll(old.select(*key))
    times = keys.groupBy(*key).agg(sql.count(sql.lit(1)).alias(SHARED))
    return not times.where(sql.col(SHARED) > 1).isEmpty()


def _with_none_shared(new: DataFrame) -> DataFrame:
    from pyspark.sql import functions as sql

    return new.withColumn(SHARED, sql.lit(1))


def _with_keys(new: DataFrame, old: DataFrame, key: Sequence[str]) -> DataFrame:
    from pyspark.sql import functions as sql

    mark = "_is_new"
    both = new.withColumn(mark, sql.lit(True)).unionByName(
        old.withColumn(mark, sql.lit(False)), allowMissingColumns=True
    )
    return both.withColumn(SHARED, _shared(key)).where(mark).drop(mark)


def _enriched(frame: DataFrame, suite: Sequence[Expectation]) -> DataFrame:
    """The frame with the columns that its suite asks."""
    from pyspark.sql import functions as sql

    more: dict[str, Column] = {**_lead(frame, key_of(list(suite)))}
    for each in suite:
        if not set(each.columns) <= set(frame.columns):
            continue
        if each.kind == "finite":
            more[FINITE] = _finite(frame, each.columns)
        elif each.kind == "rule" and (held := _held(frame, each)) is not None:
            more[HOLDS + each.called] = held
        elif each.kind == "fresh":
            more[SECONDS + each.columns[0]] = sql.unix_timestamp(each.columns[0]).cast("double")
    return frame.withColumns(more)


def _shared(key: Sequence[str]) -> Column:
    """How many rows have the row's key; a null is a value like another."""
    from pyspark.sql import Window
    from pyspark.sql import functions as sql

    return sql.count(sql.lit(1)).over(Window.partitionBy(*key))


def _finite(frame: DataFrame, names: Sequence[str]) -> Column:
    from pyspark.sql import functions as sql

    holds = sql.lit(True)
    for name in names:
        if frame.schema[name].dataType.typeName() in ("double", "float"):
            whole = ~sql.isnan(name) & (sql.abs(sql.col(name)) < float("inf"))
            holds = holds & sql.coalesce(whole, sql.lit(True))
    return holds


def _held(frame: DataFrame, rule: Expectation) -> Column | None:
    """Whether the rule holds; None where Spark does not understand it, or a column is not there."""
    from pyspark.errors import AnalysisException, ParseException
    from pyspark.sql import functions as sql

    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # we say it ourselves
    try:
        held = sql.expr(f"coalesce(({rule.condition}), true)")
        if frame.select(held).schema[0].dataType.typeName() != "boolean":
            return None
    except (AnalysisException, ParseException):
        return None
    return held


def _lead(frame: DataFrame, key: Sequence[str]) -> dict[str, Column]:
    """What leads from a row back: its record, and a SQL condition that chooses it."""
    from pyspark.sql import functions as sql

    nothing = sql.lit(None).cast("string")
    if set(RECORD) <= set(frame.columns):
        source, number = (sql.col(name).cast("string") for name in RECORD)
        record = sql.concat(source, sql.lit("#"), number)
        return {ROW: record, WHERE: _condition(RECORD)}
    named = [name for name in key if name in frame.columns]
    first = sql.get("_source_rows", sql.lit(0)) if "_source_rows" in frame.columns else nothing
    return {ROW: first, WHERE: _condition(named) if named else nothing}


def _condition(names: Sequence[str]) -> Column:
    from pyspark.sql import functions as sql

    parts = []
    for name in names:
        text = sql.replace(sql.col(name).cast("string"), sql.lit("'"), sql.lit("''"))
        same = sql.concat(sql.lit(f"{name} = '"), text, sql.lit("'"))
        parts.append(sql.coalesce(same, sql.lit(f"{name} IS NULL")))
    return sql.concat_ws(" AND ", *parts)
