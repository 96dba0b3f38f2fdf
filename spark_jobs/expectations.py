"""A suite asked by Great Expectations: one pass over a table's rows for all that holds.

Great Expectations bundles what it counts by column into one query. Three things it would ask one by
one are columns of the rows here, so that they go with the rest: how many rows share a row's key
(its own `unique` sorts the table twice), whether a rule of the contract holds, and whether numbers
are finite. Who adds them is the engine that holds the rows: `spark_jobs.few_rows` in this process,
`spark_jobs.many_rows` on Spark. What failed is asked a second time, by itself, for its rows.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from casparian.contracts.expectations import Expectation

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read while it is imported: nobody is told

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

# Columns that an engine adds: a row's record, a SQL condition that chooses it, how many rows have
# its key, whether its numbers are finite, whether a rule holds, the seconds of an instant.
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
class Rows:
    """The rows to be asked, with the columns above.

    engine: `spark` or `pandas`, whose frame it is. count: of the rows. schema: of the table's own
    columns, in Spark's words.
    """

    engine: str
    frame: Any
    count: int
    schema: StructType


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


def ask(gx: Any, name: str, rows: Rows, suite: Sequence[Expectation]) -> tuple[list[Answer], Any]:
    """The answers in the suite's order, and the result as Great Expectations documents it.

    Of no rows only the columns and the table as a whole are asked. Raises SuiteError.
    """
    unasked = {place: why for place, each in enumerate(suite) if (why := _why_not(each, rows))}
    asked = {
        place: gx_expectation(each, place)
        for place, each in enumerate(suite)
        if place not in unasked
    }
    batch = _batch(gx, name, rows)
    result = _validated(batch, name, asked, "BOOLEAN_ONLY")
    found = _by_place(result)
    if failed := [place for place, one in found.items() if not one.success]:
        again = _by_place(_validated(batch, name, {p: asked[p] for p in failed}, _WITH_ROWS))
        found |= again
        result.results[:] = [found[place] for place in asked]
    answers = [
        unasked.get(place) or _answer(each, found[place], rows) for place, each in enumerate(suite)
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


def _why_not(each: Expectation, rows: Rows) -> Answer | None:
    """The answer where nothing can be asked of the rows, else None."""
    if each.kind in ("columns", "rows"):
        return None
    absent = [name for name in each.columns if name not in rows.frame.columns]
    if absent:
        return Answer(each, None, None, f"there is no column {', '.join(absent)}")
    if each.kind == "type":
        return None
    if each.kind == "fresh" and not rows.count:
        return Answer(each, False, None, "there are no rows")
    if not rows.count:
        return Answer(each, True)
    if each.kind == "rule" and HOLDS + each.called not in rows.frame.columns:
        return Answer(each, None, None, "the rule cannot be asked of these columns")
    if each.kind == "range" and rows.schema[each.columns[0]].dataType.typeName() in NO_NUMBERS:
        return Answer(each, None, None, "the column holds no numbers")
    return None


def _answer(each: Expectation, one: Any, rows: Rows) -> Answer:
    if one.success:
        return Answer(each, True)
    if each.kind == "columns":
        absent = [name for name in each.columns if name not in rows.frame.columns]
        return Answer(each, False, None, f"there is no column {', '.join(absent)}")
    if each.kind == "type":
        kind = rows.schema[each.columns[0]].dataType.simpleString()
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
        tuple(dict.fromkeys(_texts(places, ROW))),
        next(iter(_texts(places, WHERE)), None),
    )


def _texts(places: Sequence[dict[str, Any]], name: str) -> list[str]:
    """What is there under a name; engines write "nothing" in different ways."""
    return [place[name] for place in places if isinstance(place[name], str) and place[name]]


def _batch(gx: Any, name: str, rows: Rows) -> Any:
    if rows.engine == "spark":
        source = gx.data_sources.add_or_update_spark(rows.engine, persist=False)
    else:
        source = gx.data_sources.add_or_update_pandas(rows.engine)
    asset = source.add_dataframe_asset(name)
    whole = asset.add_batch_definition_whole_dataframe("rows")
    return whole.get_batch(batch_parameters={"dataframe": rows.frame})


def gx_expectation(each: Expectation, place: int = 0) -> Any:
    """The expectation as Great Expectations has it; `place` tells its answer from others'."""
    gxe: Any = import_module("great_expectations.expectations")
    kind, given = _GX[each.kind], _given(each)
    made = of_type() if each.kind == "type" else getattr(gxe, f"Expect{kind}")
    about = {"severity": each.severity, "notes": each.meaning, "meta": {"place": place}}
    return made(**given, **about)


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
            return {"column": column, "type_": spark_type(each.type)}
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


def spark_type(kind: Any) -> str:
    """What Spark calls a type of Arrow."""
    from pyspark.sql.pandas.types import from_arrow_type

    return type(from_arrow_type(kind)).__name__


@cache
def of_type() -> Any:
    """Great Expectations' own, which of pandas would know only the types of numpy."""
    gxe: Any = import_module("great_expectations.expectations")

    class ExpectColumnToBeOfType(gxe.ExpectColumnValuesToBeOfType):  # type: ignore[misc]
        def _validate_pandas(self, actual_column_type: Any, expected_type: str) -> dict[str, Any]:
            found = spark_type(actual_column_type.pyarrow_dtype)
            return {"success": found == expected_type, "result": {"observed_value": found}}

    return ExpectColumnToBeOfType
