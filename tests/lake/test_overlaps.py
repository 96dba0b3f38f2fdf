"""Which hours two files share, told from their pieces."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from casparian.lake import rollup
from casparian.lake.settle import _overlapping

HOUR = rollup.HOUR_US
STAMP = pa.timestamp("us", tz="UTC")


def pieces(rows: list[tuple[int, int, int, int]]) -> pa.Table:
    """Rows of tag, hour and the first and last reading's microseconds after it."""
    tag, hour, first, last = np.array(rows, dtype=np.int64).T
    return pa.table(
        {
            "tag_name": pa.array([f"T{t}" for t in tag]),
            "hour_start": pa.array(hour * HOUR).cast(STAMP),
            "first_at": pa.array(hour * HOUR + first).cast(STAMP),
            "last_at": pa.array(hour * HOUR + last).cast(STAMP),
        }
    )


def test_only_what_begins_before_an_earlier_piece_has_ended() -> None:
    found = _overlapping(
        pieces([(1, 5, 0, 9), (1, 5, 10, 20), (2, 5, 0, 9), (1, 6, 0, 9), (2, 5, 9, 12)])
    )
    assert found["tag_name"].to_pylist() == ["T2"]
    assert found["last_at"].cast(pa.int64()).to_pylist() == [5 * HOUR + 12]
    assert _overlapping(pieces([(1, 5, 0, 9), (1, 6, 0, 9)])).num_rows == 0
    assert _overlapping(pieces([(1, 5, 0, 9)]).slice(0, 0)).num_rows == 0


def test_many_tags_far_apart_in_time() -> None:
    """Numbers of tag and hour together beyond 32 bits."""
    span = 1_200_000
    rows = [(tag, hour, 0, 9) for tag in range(4000) for hour in (0, span)]
    assert _overlapping(pieces(rows)).num_rows == 0
    found = _overlapping(pieces([*rows, (3999, span, 3, 4)]))
    assert found["tag_name"].to_pylist() == ["T3999"]
