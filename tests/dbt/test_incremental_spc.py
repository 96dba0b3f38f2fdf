"""Control charts: what a build of the changed ends gives is what a build of everything gives."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from casparian.lake import store
from spark_jobs import build_marts, chart_tails
from tests.dbt import small_lake
from tests.dbt.small_lake import Row, at

pytestmark = pytest.mark.spark

MARTS = ("fct_spc_points", "spc_control_limits", "fct_capability")
MEASURED = chart_tails.MEASUREMENTS
ODD = 'P\'1 \\ "two"'  # what shells and SQL trip over


def measured(feature: str, values: list[float], **told: Any) -> list[Row]:
    """Measurements of a feature, a minute apart."""
    model = small_lake.spc_measurements()[0] | {"part_number": ODD, "feature": feature}
    start: datetime = told.pop("start", at("06:00"))
    return [
        model
        | {"measurement_id": f"{feature}-{start}-{told}-{n}", "actual": value, "subgroup": None,
           "sample": n, "measured_at": start + timedelta(minutes=n)}
        | told
        for n, value in enumerate(values)
    ]  # fmt: skip


def in_subgroups(feature: str, numbers: range, size: int, day: int) -> list[Row]:
    """Subgroups of a day, all its features between each other; a drift at the end."""
    random = np.random.default_rng([numbers.start, size])
    rows: list[Row] = []
    for number in numbers:
        values = random.normal(10.0 + 0.03 * (number > 30), 0.1, size).tolist()
        start = at("06:00", day) + timedelta(minutes=12 * (number - numbers.start))
        rows += measured(feature, values, subgroup=number, start=start)
    return rows


def alone(feature: str, day: int, count: int, seed: int = 3, **told: Any) -> list[Row]:
    values = np.random.default_rng([seed, day]).normal(5.0, 0.2, count).tolist()
    return measured(feature, values, start=at("05:00", day) + timedelta(seconds=seed), **told)


def land(folder: Path, rows: list[Row], file: str) -> None:
    table = store.Lake.at(folder).table_uri(MEASURED)
    landed = [
        row | {"_source_hash": file.ljust(64, "0")}
        for row in small_lake.landed("spc_measurements", rows)
    ]
    schema = small_lake._schema(MEASURED)
    write_deltalake(table, pa.Table.from_pylist(landed, schema), mode="append")


def history(folder: Path) -> None:
    """X-bar with R and with S, individuals, both at once, subgroups of one, a chart of few."""
    rows = [
        *in_subgroups("range", range(1, 41), 4, 3),
        *in_subgroups("deviation", range(1, 31), 12, 3),
        *in_subgroups("both", range(1, 26), 3, 3),
        *in_subgroups("ones", range(1, 31), 1, 3),
        *in_subgroups("few", range(1, 11), 4, 3),
    ]
    land(folder, [row for n in range(7) for row in rows[n::7]], "a0")
    for day in (3, 4):
        land(folder, [*alone("singles", day, 40), *alone("both", day, 30)], f"a{day}")
    land(folder, alone("untimed", 3, 30), "b0")
    land(folder, alone("untimed", 4, 3, seed=4, measured_at=None), "b1")


def another_day(folder: Path) -> None:
    """One more at each end, and a chart that nobody knew."""
    rows = [
        *in_subgroups("range", range(41, 61), 4, 5),
        *in_subgroups("deviation", range(31, 33), 12, 5),
        *in_subgroups("both", range(26, 29), 3, 5),
        *alone("singles", 5, 20),
        *alone("untimed", 5, 4),
        *in_subgroups("new", range(1, 4), 3, 5),
    ]
    land(folder, rows, "c0")


def late_rows(folder: Path) -> None:
    """A subgroup between others, more of one that was charted, individuals of a day before."""
    rows = [
        *measured("range", [10.4, 10.5], subgroup=45, start=at("20:00", 5)),
        *measured("deviation", [10.1] * 11, subgroup=500, start=at("01:00", 4)),
        *alone("singles", 4, 5, seed=9),
        *alone("both", 6, 3),
        *measured("few", [10.0, 10.1], subgroup=4, start=at("20:00", 5)),
        *measured("ones", [9.0], subgroup=31, start=at("20:00", 6)),
    ]
    land(folder, rows, "d0")


def corrected_and_taken_out(folder: Path) -> None:
    """A value that was wrong, subgroups that are gone, a whole chart, a value of phase I."""
    table = store.Lake.at(folder).delta(MEASURED)
    assert table is not None
    more = {"_source_row": "_source_row + 1000"}
    table.update(predicate="feature = 'range' and subgroup = 50", updates={"actual": "12", **more})
    table.delete("feature = 'deviation' and subgroup in (25, 32)")
    table.delete("feature = 'new'")
    table.delete("feature = 'untimed' and measured_at is null and sample = 1")
    table.update(predicate="feature = 'both' and subgroup = 3", updates={"actual": "11", **more})


def compacted(folder: Path) -> None:
    """Every file is another one, no row is."""
    table = store.Lake.at(folder).delta(MEASURED)
    assert table is not None
    table.optimize.compact()


def contents(folder: Path) -> dict[str, list[str]]:
    lake = store.Lake.at(folder)
    found = {}
    for mart in MARTS:
        table = lake.read(f"gold_quality.{mart}")
        assert table is not None
        found[mart] = sorted(map(repr, table.select(sorted(table.column_names)).to_pylist()))
    return found


@pytest.mark.slow
def test_changed_ends_give_what_everything_gives(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lake = tmp_path / "the plant's lake"
    history(lake)
    steps: tuple[tuple[Callable[[Path], None], str], ...] = (
        (another_day, "the ends of 5 charts, 1 as a whole"),
        (late_rows, "the ends of 4 charts, 2 as a whole"),
        (corrected_and_taken_out, "the ends of 3 charts, 2 as a whole"),
        (compacted, "no chart: nothing has changed"),
    )
    build_marts.build(str(lake), "+fct_capability", test=False)
    for step, expected in steps:
        step(lake)
        capsys.readouterr()
        build_marts.build(str(lake), "+fct_capability", test=step is corrected_and_taken_out)
        assert expected in capsys.readouterr().out, step.__name__
        whole = tmp_path / step.__name__
        shutil.copytree(lake, whole)
        build_marts.build(str(whole), "+fct_capability", test=False, full_refresh=True)
        before, after = contents(lake), contents(whole)
        for mart in MARTS:
            assert before[mart] == after[mart], (step.__name__, mart)
