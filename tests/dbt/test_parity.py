"""The downtime marts mirror casparian.kpi.downtime: both on the same rows."""

from __future__ import annotations

import pytest

from casparian.kpi import downtime
from tests.dbt import small_lake
from tests.dbt.conftest import Lake

pytestmark = pytest.mark.spark


def test_pareto_is_that_of_the_library(built: Lake) -> None:
    events = small_lake.downtime_events()
    until = small_lake.at("23:00")
    seconds = [((e["ends_at"] or until) - e["starts_at"]).total_seconds() for e in events]
    expected = downtime.pareto([e["reason_code"] for e in events], seconds)
    rows = [r for r in built.gold("equipment", "downtime_summary") if r["line_id"] == "L1"]
    rows.sort(key=lambda r: r["cumulative_ratio"])
    assert tuple(r["reason_code"] for r in rows) == expected.reason
    assert [r["downtime_s"] for r in rows] == expected.seconds.tolist()
    assert [r["event_count"] for r in rows] == expected.events.tolist()
    assert [r["share_ratio"] for r in rows] == pytest.approx(expected.share_ratio.tolist())
    assert [r["cumulative_ratio"] for r in rows] == pytest.approx(
        expected.cumulative_ratio.tolist()
    )
