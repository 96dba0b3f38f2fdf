"""Compacting: many small files of a table become few, so that the next landing stays quick.

Each landing adds a file to a table. Who lands every few seconds would soon spend the time on
opening files. The rows and the log's transactions stay; old files stay on disk for older versions.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from deltalake.exceptions import CommitFailedError

from casparian.lake import rollup
from casparian.lake.store import Lake

SMALL_BYTES = 16 << 20  # files of this size and more are left as they are
MANY = 50  # small files that a table may have
MADE_WHOLE = (rollup.HOURLY, rollup.DAILY)  # a file a month, made anew whenever its month changes


def compact(lake: Lake, many: int = MANY) -> list[str]:
    """Compact the tables of more than `many` small files; their addresses.

    A table that another process writes meanwhile is left for the next time. Raises LakeError as
    any commit.
    """
    return [address for address in lake.addresses() if _compacted(lake, address, many)]


def _compacted(lake: Lake, address: str, many: int) -> bool:
    table = lake.delta(address)
    if table is None or address in MADE_WHOLE or address.startswith("gold"):
        return False
    sizes = pa.table(table.get_add_actions())["size_bytes"]
    if (pc.sum(pc.less(sizes, SMALL_BYTES)).as_py() or 0) <= many:
        return False
    with lake.alone():
        fresh = lake.delta(address)
        try:
            if fresh is not None:
                fresh.optimize.compact(target_size=SMALL_BYTES)
        except CommitFailedError:
            return False
    return True
