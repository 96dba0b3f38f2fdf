"""Table health as Prometheus metrics: a text file for node_exporter's textfile collector.

Names follow Prometheus' conventions: base units, the unit in the name, ratios from 0 to 1, instants
as seconds since 1970. What is not known has no sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from casparian.lake.health import Health

PREFIX = "casparian_table_"


def _seconds(at: datetime | None) -> float | None:
    return at.timestamp() if at else None


# name after PREFIX, what it means, how a table's health tells it
GAUGES: tuple[tuple[str, str, Callable[[Health], float | None]], ...] = (
    ("files", "Files of the newest version.", lambda h: h.files),
    ("size_bytes", "Bytes of these files.", lambda h: h.size_bytes),
    ("file_size_min_bytes", "Bytes of the smallest of them.", lambda h: h.file_min_bytes),
    ("file_size_median_bytes", "Bytes of the median one.", lambda h: h.file_median_bytes),
    ("file_size_max_bytes", "Bytes of the largest.", lambda h: h.file_max_bytes),
    ("small_files", "Files below half the target size.", lambda h: h.small_files),
    (
        "small_files_ratio",
        "Share of the files below half the target size.",
        lambda h: h.small_ratio,
    ),
    ("rows", "Rows of the newest version.", lambda h: h.rows),
    ("deleted_rows_ratio", "Share of rows only marked deleted.", lambda h: h.deleted_ratio),
    ("partitions", "Partitions that hold files.", lambda h: h.partitions),
    ("partition_skew_ratio", "Largest partition over the median one.", lambda h: h.skew_ratio),
    ("log_commits", "Commits since the last checkpoint.", lambda h: h.log_commits),
    ("log_files", "Files of the Delta log.", lambda h: h.log_files),
    ("removed_files", "Files that went and are kept.", lambda h: h.removed_files),
    ("removed_bytes", "Their bytes, as far as the log has them.", lambda h: h.removed_bytes),
    ("last_write_timestamp_seconds", "Newest file.", lambda h: _seconds(h.last_write)),
    ("last_optimize_timestamp_seconds", "Last compacted.", lambda h: _seconds(h.optimized_at)),
    ("last_vacuum_timestamp_seconds", "Last vacuumed.", lambda h: _seconds(h.vacuumed_at)),
    ("advice", "Things worth doing; 0 is in order.", lambda h: len(h.advice)),
)


def registry(found: Iterable[Health], now: datetime) -> CollectorRegistry:
    """The metrics of these tables, and when they were taken."""
    made, tables = CollectorRegistry(), list(found)
    for name, meaning, value in GAUGES:
        gauge = Gauge(PREFIX + name, meaning, ["table"], registry=made)
        for each in tables:
            if (number := value(each)) is not None:
                gauge.labels(table=each.address).set(number)
    taken = Gauge("casparian_health_timestamp_seconds", "When health was taken.", registry=made)
    taken.set(now.timestamp())
    return made


def write_metrics(path: Path, found: Iterable[Health], now: datetime) -> None:
    """Put the metrics into a file, whole or not at all. Raises OSError where it cannot."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(path), registry(found, now))
