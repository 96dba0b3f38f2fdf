"""Historian readings in Parquet: long and wide, typed columns, zones, dictionaries, damage."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from casparian.formats import Peek, sniff
from casparian.formats.historian import HISTORIAN_PARQUET
from casparian.reading.base import Batch, Note, Source, UnreadableFile

AT = [datetime(2026, 7, 8, 10, 30), datetime(2026, 7, 8, 10, 31), datetime(2026, 7, 8, 10, 32)]


def written(tmp_path: Path, columns: dict[str, Any], **options: Any) -> Path:
    path = tmp_path / "TI-9.dat"
    pq.write_table(pa.table(columns), path, **options)
    return path


def read(path: Path, timezone: str | None = None) -> tuple[list[dict[str, Any]], list[str]]:
    rows, notes = [], []
    for part in HISTORIAN_PARQUET.read(Source(str(path), path.name, timezone)):
        if isinstance(part, Note):
            notes.append(part.sentence)
        elif isinstance(part, Batch) and not part.derived:
            assert all(
                pa.types.is_string(t) or pa.types.is_dictionary(t) for t in part.raw.schema.types
            )
            numbers = part.rows.to_pylist()
            rows += [{"row": n} | r for n, r in zip(numbers, part.fields.to_pylist(), strict=True)]
    return rows, notes


TAGS = pa.array(["A.1", "B.2", "A.1"])
NAIVE = pa.array(AT, pa.timestamp("us"))
TOKYO = pa.timestamp("us", "Asia/Tokyo")
TIMES = {
    "naive": (NAIVE, "Europe/Berlin", 8),
    "utc": (pa.array(AT, pa.timestamp("ms", "UTC")), "Europe/Berlin", 10),
    "zoned": (pa.array(AT, pa.timestamp("us", "UTC")).cast(TOKYO), None, 10),
    "ns": (pa.array(np.array(AT, "M8[ns]") + 999, pa.timestamp("ns")), None, 10),
    "text": (pa.array([f"{at:%d.%m.%Y %H:%M:%S}" for at in AT]), "Europe/Berlin", 8),
    "ms": (pa.array([int(at.replace(tzinfo=UTC).timestamp() * 1000) for at in AT]), "Japan", 10),
    "coded": (pa.array([at.isoformat() for at in AT]).dictionary_encode(), None, 10),
}  # fmt: skip


@pytest.mark.parametrize("kind", TIMES)
def test_long_with_any_time(kind: str, tmp_path: Path) -> None:
    times, zone, hour = TIMES[kind]
    columns = {
        "Timestamp": times,
        "Tag": TAGS,
        "Value": pa.array([1.5, np.nan, None]),
        "Quality": [192, 0, 192],
    }
    path = written(tmp_path, columns)
    chosen, _ = sniff(Peek.of(path))
    assert chosen is HISTORIAN_PARQUET
    rows, _ = read(path, zone)
    assert [r["timestamp"] for r in rows] == [at.replace(hour=hour, tzinfo=UTC) for at in AT]
    assert [r["value"] for r in rows] == ["1.5", None, None], "NaN is no value"
    assert [r["quality"] for r in rows] == ["Good", "Bad", "Good"]
    assert [r["row"] for r in rows] == [1, 2, 3]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1, 2, 3], pa.int32()),
        pa.array([1, 2, 3], pa.float32()),
        pa.array([1, 2, 3], pa.decimal128(9, 0)),
        pa.array(["1", "2", "3"], pa.large_string()),
        pa.array(["1", "2", "3"]).dictionary_encode(),
        pa.array([b"1", b"2", b"3"]),
    ],
)
def test_values_of_any_type(values: pa.Array, tmp_path: Path) -> None:
    rows, _ = read(
        written(tmp_path, {"time": NAIVE, "tag": TAGS.dictionary_encode(), "value": values})
    )
    assert [r["value"] for r in rows] == ["1", "2", "3"]


def test_states_booleans_and_other_columns(tmp_path: Path) -> None:
    columns = {
        "time": NAIVE, "tag": TAGS, "value": ["RUN", "No Data", "5"],
        "is_good": [True, True, False],
        "more": pa.array([{"a": 1}, None, {"a": 2}]),
    }  # fmt: skip
    rows, _ = read(written(tmp_path, columns))
    assert [r.get("value_text") for r in rows] == ["RUN", "No Data", None]
    assert [r["quality"] for r in rows] == ["Good", "Bad", "Bad"]


def test_wide_as_pandas_writes_it(tmp_path: Path) -> None:
    columns = {
        "TI-101 [°C]": pa.array([1.5, np.nan, 2.5]),
        "PI-2.PV": pa.array([1, None, 3]),
        "__index_level_0__": NAIVE,
    }
    path = written(tmp_path, columns)
    assert sniff(Peek.of(path))[0] is HISTORIAN_PARQUET
    rows, notes = read(path, "Europe/Berlin")
    assert [(r["row"], r["tag_name"], r["value"]) for r in rows] == [
        (1, "TI-101", "1.5"), (2, "PI-2.PV", "1"), (3, "TI-101", "2.5"), (4, "PI-2.PV", "3"),
    ]  # fmt: skip
    assert rows[0]["timestamp"] == datetime(2026, 7, 8, 8, 30, tzinfo=UTC)
    assert notes == ["2 cells are empty and no readings."]


def test_wide_by_day(tmp_path: Path) -> None:
    rows, _ = read(written(tmp_path, {"day": [date(2026, 1, 8), date(2026, 1, 9)], "A.1": [1, 2]}))
    assert [r["timestamp"].isoformat() for r in rows] == [
        "2026-01-08T00:00:00+00:00", "2026-01-09T00:00:00+00:00",
    ]  # fmt: skip


def test_none_of_readings(tmp_path: Path) -> None:
    path = written(tmp_path, {"a": [1], "b": ["x"]})
    assert sniff(Peek.of(path))[0] is not HISTORIAN_PARQUET
    with pytest.raises(UnreadableFile, match="Parquet without time, tag and value"):
        read(path)


def test_an_empty_table(tmp_path: Path) -> None:
    empty = {
        "time": pa.array([], pa.timestamp("us")),
        "tag": pa.array([], pa.string()),
        "value": pa.array([], pa.float64()),
    }
    assert read(written(tmp_path, empty)) == ([], [])


def test_damage_is_said_and_never_a_crash(tmp_path: Path) -> None:
    columns = {"time": NAIVE, "tag": TAGS, "value": [1.0, 2.0, 3.0]}
    whole = written(tmp_path, columns).read_bytes()
    rng, said = random.Random(7), 0
    for _ in range(300):
        broken = bytearray(whole)
        for _ in range(rng.randint(1, 6)):
            broken[rng.randrange(4, len(broken))] = rng.randrange(256)
        path = tmp_path / "broken"
        path.write_bytes(broken[: rng.choice([len(broken), rng.randrange(len(broken))])])
        HISTORIAN_PARQUET.sniff(Peek.of(path))
        try:
            read(path)
        except UnreadableFile as error:
            said += 1
            assert str(error).endswith(".")
            assert "\n" not in str(error)
    assert said > 100


def test_text_that_is_no_utf8_is_hex(tmp_path: Path) -> None:
    """A writer may say that bytes are text: nothing is lost and nothing breaks."""
    wrong = pa.array([b"TI-9", b"\xad\xad", None], pa.binary()).view(pa.string())
    path = written(tmp_path, {"timestamp": AT, "tag": wrong, "value": [1.0, 2.0, 3.0]})
    assert sniff(Peek.of(path))[0] is HISTORIAN_PARQUET
    rows, _ = read(path)
    assert [row.get("tag_name") for row in rows] == ["TI-9", "adad", None]
