"""A file of a plant's system as a chart's source: landed alone in a lake that is thrown away.

So a chart reads every format that the lake reads, with the same verdicts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from casparian.cli.desk import Desk

TAG = "chart"


@contextmanager
def source(
    desk: Desk, file: Path | None, *addresses: str, timezone: str | None = None
) -> Iterator[Desk | None]:
    """Where tables are read from: the desk's lake, or that of the file alone.

    None where the file is of no format that fills one of them. Raises LakeError where it is and
    holds nothing for them.
    """
    if file is None:
        yield desk
        return
    with TemporaryDirectory(prefix="casparian-chart-", ignore_cleanup_errors=True) as folder:
        yield Desk(folder, desk.as_json) if _land(folder, file, addresses, timezone) else None


def _land(folder: str, file: Path, addresses: tuple[str, ...], timezone: str | None) -> bool:
    from casparian.formats import all_formats
    from casparian.lake.process import process
    from casparian.lake.scan import scan
    from casparian.lake.store import Lake, LakeError

    lake = Lake.at(folder)
    (row,) = scan(lake, file, TAG, timezone=timezone).rows or [{"format": None}]
    form = all_formats().get(row["format"] or "")
    wanted = {address.rpartition(".")[2] for address in addresses}
    if form is None or not wanted & set(form.tables):
        return False
    landed = process(lake, TAG)
    if all(lake.dataset(address) is None for address in addresses):
        refused = sum(each["records_quarantined"] or 0 for each in landed)
        raise LakeError(f"{file.name}: {_why(landed, refused)}")
    return True


def _why(landed: list[dict[str, object]], refused: int) -> str:
    if not refused:
        return "nothing in it belongs into this chart."
    return f"all {refused} records were refused: `casparian run` lands it and says why."
