"""Measurements in subgroups of 100, charted with both sets of rules: X-bar and S, a chart a tag.

python bench/spc.py MEASUREMENTS.parquet TARGET writes the points with the rules that they break.
`measurements` makes the file; `silver` the lake from which dbt makes the same marts.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SIZE = 100  # measurements of a subgroup
POINTS = 1000  # subgroups of a chart


def measurements(path: Path, rows: int) -> None:
    """`rows` values in order of chart and subgroup."""
    number = np.arange(rows)
    columns = {
        "chart": number // (SIZE * POINTS),
        "subgroup": number // SIZE % POINTS + 1,
        "actual": np.random.default_rng(1).normal(10.0, 0.1, rows),
    }
    pq.write_table(pa.table(columns), path)


def silver(source: Path, lake: Path) -> None:
    """The same values as silver measurements of a lake, 1 M rows a file."""
    from deltalake import write_deltalake

    at, done = pa.scalar(datetime(2026, 1, 1, tzinfo=UTC), pa.timestamp("us", "UTC")), 0
    for batch in pq.ParquetFile(source).iter_batches(1_000_000):
        count = len(batch)
        constant = {
            "source_format": "cmm", "part_number": "P-1", "serial": "S", "machine_id": "M1",
            "units": "mm", "characteristic_type": "length", "quality": "Good",
            "_source_hash": "ab" * 32, "_source_path": "spc.csv",
            "_parser": "bench", "_parser_version": "1", "_contract_version": "2.0.0",
        }  # fmt: skip
        number = pa.array(np.arange(done, done + count))
        table = pa.table(
            {
                "feature": batch["chart"].cast(pa.string()),
                "subgroup": batch["subgroup"],
                "actual": batch["actual"],
                "sample": number,
                "measurement_id": number.cast(pa.string()),
                "_source_row": number,
                **{name: pa.repeat(text, count) for name, text in constant.items()},
                **{name: pa.repeat(at, count) for name in ("measured_at", "_ingested_at")},
                **{name: pa.repeat(1.0, count) for name in ("nominal", "usl", "lsl")},
            }
        )
        write_deltalake(lake / "silver/quality/spc_measurements", table, mode="append")
        done += count


def _column(source: Path, name: str) -> np.ndarray:
    """One column at a time, so that its Arrow copy is gone before the next is read."""
    return pq.read_table(source, columns=[name], use_threads=False)[name].to_numpy()


def chart(source: Path, target: Path) -> int:
    """Charts the file by the library and writes its points; answers how many break a rule."""
    from casparian.kpi import spc

    subgroups = spc.subgroups_of(*(_column(source, n) for n in ("actual", "subgroup", "chart")))
    points = spc.control_points(subgroups, spc.variables_limits(subgroups, "xbar_s"))
    broken = np.zeros(len(subgroups), dtype=bool)
    found = {"S1": points.spread_violations()}
    for rules in spc.RULE_SETS.values():
        found |= points.violations(rules)
    marks = {}
    for name, at in found.items():
        marks[name] = np.zeros(len(subgroups), dtype=bool)
        marks[name][at] = True
        broken |= marks[name]
    figures = {
        name: getattr(points, name) for name in ("chart", "label", "value", "ucl", "lcl", "spread")
    }
    pq.write_table(pa.table({**figures, **marks}), target / "points.parquet")
    return int(broken.sum())


if __name__ == "__main__":
    print(chart(Path(sys.argv[1]), Path(sys.argv[2])), "points break a rule")
