"""A suite asked by Great Expectations on Spark: one pass over a table for all that holds.

Great Expectations bundles what it counts by column into one query. Three things it would ask one by
one are columns of the frame here, so that they go with the rest: how many rows share a row's key
(its own `unique` sorts the table twice), whether a rule of the contract holds, and whether numbers
are finite. What failed is asked a second time, by itself, for its rows.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from casparian.contracts.expectations import Expectation
from casparian.lake.suites import key_of

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read while it is imported: nobody is told

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

ROW, WHERE, SHARED = "_row", "_where", "_rows_of_key"
FINITE, HOLDS, SECONDS = "_finite", "_holds_", "_seconds_of_"
EXAMPLES = 20
NO_NUMBERS = ("string", "boolean", "array", "binary", "map", "struct")
_WITH_ROWS = {
    "result_format": "SUMMARY",
    "partial_unexpected_count": EXAMPLES,
    "unexpected_index_column_names": [ROW, WHERE],
}


@dataclass(frozen=True)
class Answer:
    """What one expectation came to; see `casparian.lake.checks.Check`."""

    expectation: Expectation
    success: bool | None
    unexpected: int | None = 0
    found: str | None = None
    examples: tuple[str, ...] = ()
    first_row: str | None = None


class SuiteError(RuntimeError):
    """Great Expectations could not evaluate an expectation: our code is wrong, not the data."""


def context() -> Any:
    """Great Expectations with nothing on disk and nobody called."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    made = gx.get_context(mode="ephemeral")
    made.variables.progress_bars = ProgressBarsConfig(globally=False)
    return made


def ask(
    gx: Any, name: str, frame: DataFrame, rows: int, suite: Sequence[Expectation]
) -> tuple[list[Answer], Any]:
    """The answers in the suite's order, and the result as Great Expectations documents it.

    rows: of the frame; of an empty one only the columns and the table as a whole are asked.
    Raises SuiteError.
    """
    ready = enriched(frame, suite)
    unasked = {
        place: why for place, each in enumerate(suite) if (why := _why_not(each, ready, rows))
    }
    asked = {
        place: gx_expectation(each, place)
        for place, each in enumerate(suite)
        if place not in unasked
    }
    batch = _batch(gx, name, ready)
    result = _validated(batch, name, asked, "BOOLEAN_ONLY")
    found = _by_place(result)
    if failed := [place for place, one in found.items() if not one.success]:
        again = _by_place(_validated(batch, name, {p: asked[p] for p in failed}, _WITH_ROWS))
        found |= again
        result.results[:] = [found[place] for place in asked]
    answers = [
        unasked.get(place) or _answer(each, found[place], ready) for place, each in enumerate(suite)
    ]
    return answers, result


def _validated(batch: Any, name: str, asked: dict[int, Any], form: Any) -> Any:
    from great_expectations import ExpectationSuite

    suite = ExpectationSuite(name=name, expectations=list(asked.values()))
    result = batch.validate(suite, result_format=form)
    for one in result.results:
        if one.exception_info and one.exception_info.get("raised_exception", True):
            kind = one.expectation_config.type
            raise SuiteError(f"{name}: {kind} could not be evaluated: {_last(one.exception_info)}")
    return result


def _last(info: dict[str, Any]) -> str:
    said = info.get("exception_message") or next(
        (each.get("exception_message") for each in info.values() if isinstance(each, dict)), None
    )
    return " ".join(str(said).split())[:300]


def _by_place(result: Any) -> dict[int, Any]:
    return {one.expectation_config.meta["place"]: one for one in result.results}


def _why_not(each: Expectation, frame: DataFrame, rows: int) -> Answer | None:
    """The answer where nothing can be asked of the rows, else None."""
    if each.kind in ("columns", "rows"):
        return None
    absent = [name for name in each.columns if name not in frame.columns]
    if absent:
        return Answer(each, None, None, f"there is no column {', '.join(absent)}")
    if each.kind == "type":
        return None
    if each.kind == "fresh" and not rows:
        return Answer(each, False, None, "there are no rows")
    if not rows:
        return Answer(each, True)
    if each.kind == "rule" and HOLDS + each.called not in frame.columns:
        return Answer(each, None, None, "Spark does not understand the rule")
    if each.kind == "range" and frame.schema[each.columns[0]].dataType.typeName() in NO_NUMBERS:
        return Answer(each, None, None, "the column holds no numbers")
    return None


def _answer(each: Expectation, one: Any, frame: DataFrame) -> Answer:
    if one.success:
        return Answer(each, True)
    if each.kind == "columns":
        absent = [name for name in each.columns if name not in frame.columns]
        return Answer(each, False, None, f"there is no column {', '.join(absent)}")
    if each.kind == "type":
        kind = frame.schema[each.columns[0]].dataType.simpleString()
        return Answer(each, False, None, f"it is of type {kind}")
    if each.of_table:
        return Answer(each, False, None, f"it is {one.result.get('observed_value')}")
    places = one.result.get("partial_unexpected_index_list") or []
    values = [str(value) for value in one.result.get("partial_unexpected_list") or []]
    plain = each.kind in ("range", "allowed", "pattern")
    return Answer(
        each,
        False,
        one.result["unexpected_count"],
        ", ".join(dict.fromkeys(values)) if plain else None,
        tuple(dict.fromkeys(place[ROW] for place in places if place[ROW])),
        next((place[WHERE] for place in places if place[WHERE]), None),
    )


def enriched(frame: DataFrame, suite: Sequence[Expectation]) -> DataFrame:
    """The frame with a column for each thing that Great Expectations would ask by itself."""
    from pyspark.sql import functions as sql

    more: dict[str, Column] = {**_lead(frame, key_of(list(suite)))}
    for each in suite:
        if not set(each.columns) <= set(frame.columns):
            continue
        if each.kind == "unique" and SHARED not in frame.columns:
            more[SHARED] = shared(each.columns)
        elif each.kind == "finite":
            more[FINITE] = _finite(frame, each.columns)
        elif each.kind == "rule" and (held := _held(frame, each)) is not None:
            more[HOLDS + each.called] = held
        elif each.kind == "fresh":
            more[SECONDS + each.columns[0]] = sql.unix_timestamp(each.columns[0]).cast("double")
    return frame.withColumns(more)


def shared(key: Sequence[str]) -> Column:
    """How many rows have the row's key; a null is a value like another."""
    from pyspark.sql import Window
    from pyspark.sql import functions as sql

    return sql.count(sql.lit(1)).over(Window.partitionBy(*key))


def _finite(frame: DataFrame, names: Sequence[str]) -> Column:
    from pyspark.sql import functions as sql

    holds = sql.lit(True)
    for name in names:
        if frame.schema[name].dataType.typeName() == "double":
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
    if {"_source_hash", "_source_row"} <= set(frame.columns):
        number = sql.col("_source_row").cast("string")
        record = sql.concat("_source_hash", sql.lit("#"), number)
        return {ROW: record, WHERE: _condition(("_source_hash", "_source_row"))}
    first = sql.element_at("_source_rows", 1) if "_source_rows" in frame.columns else None
    named = [name for name in key if name in frame.columns]
    if first is not None:
        first = sql.when(sql.size("_source_rows") > 0, sql.col("_source_rows")[0])
    return {
        ROW: nothing if first is None else first,
        WHERE: _condition(named) if named else nothing,
    }


def _condition(names: Sequence[str]) -> Column:
    from pyspark.sql import functions as sql

    parts = []
    for name in names:
        text = sql.replace(sql.col(name).cast("string"), sql.lit("'"), sql.lit("''"))
        same = sql.concat(sql.lit(f"{name} = '"), text, sql.lit("'"))
        parts.append(sql.coalesce(same, sql.lit(f"{name} IS NULL")))
    return sql.concat_ws(" AND ", *parts)


def _batch(gx: Any, name: str, frame: DataFrame) -> Any:
    source = gx.data_sources.add_or_update_spark("lake", persist=False)
    asset = source.add_dataframe_asset(name)
    whole = asset.add_batch_definition_whole_dataframe("rows")
    return whole.get_batch(batch_parameters={"dataframe": frame})


def gx_expectation(each: Expectation, place: int = 0) -> Any:
    """The expectation as Great Expectations has it; `place` tells its answer from others'."""
    gxe: Any = import_module("great_expectations.expectations")
    kind, given = _GX[each.kind], _given(each)
    about = {"severity": each.severity, "notes": each.meaning, "meta": {"place": place}}
    return getattr(gxe, f"Expect{kind}")(**given, **about)


_GX = {
    "columns": "TableColumnsToMatchSet",
    "type": "ColumnValuesToBeOfType",
    "not_null": "ColumnValuesToNotBeNull",
    "range": "ColumnValuesToBeBetween",
    "allowed": "ColumnValuesToBeInSet",
    "pattern": "ColumnValuesToMatchRegex",
    "unique": "ColumnValuesToBeBetween",
    "finite": "ColumnValuesToBeInSet",
    "rule": "ColumnValuesToBeInSet",
    "rows": "TableRowCountToBeBetween",
    "fresh": "ColumnMaxToBeBetween",
}


def _given(each: Expectation) -> dict[str, Any]:
    column = each.columns[0] if each.columns else ""
    ends = {"min_value": each.minimum, "max_value": each.maximum}
    match each.kind:
        case "columns":
            return {"column_set": list(each.columns), "exact_match": False}
        case "type":
            return {"column": column, "type_": spark_type(each)}
        case "range":
            return {"column": column, **ends}
        case "allowed":
            return {"column": column, "value_set": list(each.allowed)}
        case "pattern":
            return {"column": column, "regex": each.pattern}
        case "unique":
            return {"column": SHARED, "min_value": 1, "max_value": 1}
        case "finite":
            return {"column": FINITE, "value_set": [True]}
        case "rule":
            return {"column": HOLDS + each.called, "value_set": [True]}
        case "rows":
            return ends
        case "fresh":
            return {"column": SECONDS + column, "min_value": time.time() - (each.minimum or 0)}
        case _:
            return {"column": column}


def spark_type(each: Expectation) -> str:
    from pyspark.sql.pandas.types import from_arrow_type

    return type(from_arrow_type(each.type)).__name__
