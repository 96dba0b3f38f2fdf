"""Keys of sources: what dbt asks in a build of some days, and what it asks of the whole table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dbt.cli.main import dbtRunner

from spark_jobs import build_marts
from spark_jobs.changed_days import Plan

COUNTS, DEFECTS = "silver_production.production_counts", "silver_quality.defects"
READ = {address: frozenset({20_000}) for address in (COUNTS, DEFECTS)}  # 2024-10-04


@pytest.fixture(scope="module")
def manifest(state: Path) -> Any:
    return build_marts._run(dbtRunner(), build_marts.dbt_arguments("parse")).result


def asked(manifest: Any, plan: Plan) -> dict[str, str]:
    """The query of the key of each source; nothing of it is run."""
    chosen = [f"test_type:generic,source:{address}" for address in READ]
    compiled = [*build_marts.dbt_arguments("compile", plan), "--no-populate-cache"]
    done = dbtRunner(manifest=manifest).invoke([*compiled, "--select", *chosen])
    assert done.success, done.exception
    found: Any = done.result
    return {".".join(r.node.sources[0]): r.node.compiled_code for r in found.results}


def test_a_key_with_a_time_is_asked_of_the_days_of_the_build(manifest: Any) -> None:
    queries = asked(manifest, Plan({}, {}, READ))
    assert "interval_start >= timestamp '2024-10-02" in queries[COUNTS]
    assert "interval_start < timestamp '2024-10-07" in queries[COUNTS]
    assert "interval_start is null or" in queries[COUNTS], "a row without a time breaks the key"
    assert f"from {DEFECTS}\n" in queries[DEFECTS], "the same defect may stand on another day"


@pytest.mark.parametrize(
    "plan",
    [Plan({}, {}), Plan({}, {}, READ, untested=frozenset({"fct_oee_day"}))],
    ids=["everything", "not tested before"],
)
def test_a_key_is_asked_of_all_rows(manifest: Any, plan: Plan) -> None:
    queries = asked(manifest, plan)
    assert all(f"from {address}\n" in query for address, query in queries.items())
