"""The mart of gage studies says what the library says of the same rows."""

from __future__ import annotations

from typing import Any

import pytest

from casparian.kpi import msa
from tests.dbt import rows_msa
from tests.dbt.conftest import Lake

pytestmark = pytest.mark.spark


def study_row(built: Lake, study: str) -> dict[str, Any]:
    (row,) = [r for r in built.gold("quality", "fct_msa") if r["study_id"] == study]
    return row


def close(value: float | None) -> Any:
    return None if value is None else pytest.approx(value, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("study", rows_msa.studies())
def test_anova_is_that_of_the_library(built: Lake, study: str) -> None:
    row = study_row(built, study)
    result = msa.anova(rows_msa.studies()[study], rows_msa.TOLERANCES.get(study))
    wanted = result.study
    assert row["is_pooled"] == result.pooled
    squares = {source.source: source for source in result.table}
    for name, source in squares.items():
        assert row[f"ss_{name}"] == close(source.ss), name
    assert row["p_interaction"] == close(result.p_interaction)
    for source in result.tested[:2]:
        assert row[f"f_{source.source}"] == close(source.f)
        assert row[f"p_{source.source}"] == (
            None if source.p is None else pytest.approx(source.p, rel=1e-7)
        )
    for name in msa.COMPONENTS:
        assert row[f"anova_{name}"] == close(wanted.sigma(name)), name
    for name in ("ev", "av", "grr", "pv"):
        assert row[f"anova_{name}_study_ratio"] == close(wanted.study_ratio(name)), name
    assert row["anova_grr_contribution_ratio"] == close(wanted.contribution_ratio("grr"))
    assert row["anova_grr_tolerance_ratio"] == close(wanted.tolerance_ratio("grr"))
    assert row["anova_ndc"] == wanted.ndc
    assert row["anova_ndc_unrounded"] == close(wanted.ndc_unrounded)
    assert (row["anova_zeroed"] or "") == ", ".join(wanted.zeroed)
    for said in wanted.missing:
        assert said in row["missing"]


@pytest.mark.parametrize("study", [name for name in rows_msa.studies() if name != "once"])
def test_average_range_is_that_of_the_library(built: Lake, study: str) -> None:
    row = study_row(built, study)
    wanted = msa.average_range(rows_msa.studies()[study], rows_msa.TOLERANCES.get(study))
    for name in ("ev", "av", "grr", "pv", "tv"):
        assert row[f"range_{name}"] == close(wanted.sigma(name)), name
    assert row["range_grr_study_ratio"] == close(wanted.study_ratio("grr"))
    assert row["range_grr_tolerance_ratio"] == close(wanted.tolerance_ratio("grr"))
    assert row["range_ndc"] == wanted.ndc


def test_aiag_is_in_the_mart_as_published(built: Lake) -> None:
    row = study_row(built, "AIAG")
    got = [round(row[f"anova_{name}"], 6) for name in ("ev", "av", "pv")]
    assert got == [0.199933, 0.226838, 1.042327] and row["anova_ndc"] == 4
    assert row["range_ndc"] == 5 and row["is_pooled"]


def test_what_is_refused(built: Lake) -> None:
    assert study_row(built, "once")["range_ev"] is None
    for study, why in (("hole", "not balanced"), ("rated", "ratings, no values")):
        row = study_row(built, study)
        assert row["missing"] == why and row["anova_grr"] is None and row["range_grr"] is None
