"""Committing what landed: tables first, each once a source, and the ledger last.

A run that is cut short anywhere is repaired by running again: the application transactions tell
which tables have a source's rows already, and a file is done only when the ledger says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake.transaction import RemoveAction

from casparian.contracts.model import TableContract
from casparian.lake import rollup
from casparian.lake.derived import settle_derived
from casparian.lake.landed import Landed
from casparian.lake.ledger import DONE, Ledger, close
from casparian.lake.originals import originals_of
from casparian.lake.settle import (
    FRUGAL,
    Place,
    begun_before,
    in_hours,
    settle,
    take_out,
    without,
    write_parts,
)
from casparian.lake.store import Lake, Part


def commit(
    lake: Lake,
    landed: Landed,
    contracts: dict[str, TableContract],
    rows: dict[str, dict[str, Any]],
    engine: str,
    at: datetime,
) -> list[dict[str, Any]]:
    """Settle, commit every table, close the books; the ledger rows as written, none of files that
    another run landed meanwhile. Raises Overtaken where a table changed under the settling.

    contracts: by silver address. rows: ledger rows of the files by source hash.
    """
    with lake.alone():
        leave_known(lake, landed)
        begun = begun_before(lake, landed)
        counted = _hours_counted(lake, landed, begun)
        landed = settle(lake, landed, contracts, begun)
        settle_derived(lake, landed, contracts, begun)
        _forget_committed(lake, landed, begun)
        _commit_tables(lake, landed)
        if counted is not None:
            _count_again(lake, counted)
        _note_landed(lake, landed, at)
        closed = [close(rows[b.export.source_hash], b, engine, at) for b in landed.books]
        Ledger(lake).write(closed)
    return closed


def _note_landed(lake: Lake, landed: Landed, at: datetime) -> None:
    """In the lake's chronicle beside its originals, if it keeps any."""
    if originals := originals_of(lake):
        done = [each.export.source_hash for each in landed.books if each.status in DONE]
        originals.landed(done, at, Ledger(lake).written())


def leave_known(lake: Lake, landed: Landed) -> None:
    """Leave out files that another run has landed since they were read."""
    mine = [books.export.source_hash for books in landed.books]
    known = {source for source, status in Ledger(lake).status(mine).items() if status in DONE}
    if known:
        take_out(lake, landed, known)
        landed.books = [each for each in landed.books if each.export.source_hash not in known]


def _commit_tables(lake: Lake, landed: Landed) -> None:
    """Bronze, which says what was read; the roll-ups, by whose hours settling finds readings;
    silver, which fixes the outcome of a file; quarantine, which follows from it."""
    for layer in ("bronze_", "silver_", "ops_"):
        if layer == "silver_" and landed.hourly is not None:
            merge_hours(lake, landed.hourly)
        for address in sorted({part.address for part in landed.parts}):
            if address.startswith(layer):
                _commit_table(lake, landed, address)


def _hours_counted(lake: Lake, landed: Landed, begun: set[str]) -> pa.Table | None:
    """Tags and hours that a run cut short counted, perhaps of readings that others landed since."""
    done = lake.landed(rollup.HOURLY, begun) if begun else set()
    if landed.hourly is None or not done:
        return None
    mine = pc.is_in(landed.hourly["_source_hash"], pa.array(sorted(done)))
    return (
        landed.hourly.filter(mine)
        .select(["tag_name", "hour_start"])
        .group_by(["tag_name", "hour_start"])
        .aggregate([])
    )


def _count_again(lake: Lake, hours: pa.Table) -> None:
    """Put what silver holds in place of the roll-ups of these hours."""
    roll = rollup.Hourly("")
    silver = lake.dataset(rollup.VALUES)
    for batch in (
        [] if silver is None else silver.scanner(filter=in_hours(hours), **FRUGAL).to_batches()
    ):
        if batch.num_rows:
            roll.add(batch)
    found = roll.table()
    keys = hours.column_names
    replace_hours(
        lake, hours, None if found is None else found.join(hours, keys=keys, join_type="left semi")
    )


def _commit_table(lake: Lake, landed: Landed, address: str) -> None:
    parts = [part for part in landed.parts if part.address == address]
    sources = sorted({source for part in parts for source in part.hashes})
    kept, removes = _without_replaced(lake, address, landed.replaced.get(address, set()))
    lake.commit(address, landed.schemas[address], parts + kept, sources, removes)


def _without_replaced(
    lake: Lake, address: str, places: set[Place]
) -> tuple[list[Part], list[RemoveAction]]:
    """The table's rows but these, as new parts, and the actions that remove its files; reference
    tables are small, so they are written whole."""
    table = lake.delta(address) if places else None
    if table is None:
        return [], []
    rows = without(lake.files_of(address, table).to_table(), places)
    paths = table.get_add_actions()["path"].to_pylist()
    return write_parts(lake, address, rows), _removing(paths)


def _removing(paths: Iterable[str]) -> list[RemoveAction]:
    now = int(datetime.now().timestamp() * 1000)
    return [RemoveAction(path, True, now) for path in paths]


def _forget_committed(lake: Lake, landed: Landed, begun: set[str]) -> None:
    """Take out rows that a run cut short has committed."""
    for address in sorted({part.address for part in landed.parts}) if begun else ():
        own = {source for part in landed.parts if part.address == address for source in part.hashes}
        if done := lake.landed(address, own & begun):
            take_out(lake, landed, done, [address])


def merge_hours(lake: Lake, pieces: pa.Table) -> None:
    """Merge roll-up pieces into `historian_hourly` and `historian_daily`, a whole month at once."""
    done = lake.landed(rollup.HOURLY, pc.unique(pieces["_source_hash"]).to_pylist())
    fresh = pieces
    if done:
        known = pc.is_in(pieces["_source_hash"], pa.array(sorted(done), pa.string()))
        fresh = pieces.filter(pc.invert(known))
    if fresh.num_rows:
        parts, removes = _merged(lake, fresh)
        sources = sorted(pc.unique(fresh["_source_hash"]).to_pylist())
        lake.commit(rollup.HOURLY, rollup.PIECE, parts, sources, removes)
    _refresh_days(lake, pieces)


def _merged(lake: Lake, fresh: pa.Table) -> tuple[list[Part], list[RemoveAction]]:
    """The months of these pieces with what the lake has of them, one after the other."""
    parts: list[Part] = []
    removes: list[RemoveAction] = []
    for month, own in rollup.by_month(fresh.select(rollup.PIECE.names)):
        old, gone = _touched(lake, rollup.HOURLY, pa.array([month]), "hour_start")
        hourly = rollup.combine(pa.concat_tables([old, own]))
        parts += _by_month(lake, rollup.HOURLY, hourly, "hour_start")
        removes += gone
    return parts, removes


def replace_hours(lake: Lake, hours: pa.Table, pieces: pa.Table | None) -> None:
    """Put `pieces` in place of what the roll-ups have for these hours; the days follow.

    hours: (tag_name, hour_start). pieces: their new rows; an hour without one is taken out.
    """
    months = _months(hours["hour_start"])
    old, removes = _touched(lake, rollup.HOURLY, months, "hour_start")
    other = old.join(hours, keys=["tag_name", "hour_start"], join_type="left anti")
    fresh = [] if pieces is None else [pieces.select(old.schema.names)]
    hourly = rollup.combine(pa.concat_tables([other.select(old.schema.names), *fresh]))
    lake.commit(
        rollup.HOURLY,
        hourly.schema,
        _by_month(lake, rollup.HOURLY, hourly, "hour_start"),
        removes=removes,
    )
    _days_of(lake, months, ())


def _refresh_days(lake: Lake, pieces: pa.Table) -> None:
    """Days are a function of the hours: the touched months are made anew."""
    sources = set(pc.unique(pieces["_source_hash"]).to_pylist())
    if fresh := sources - lake.landed(rollup.DAILY, sources):
        _days_of(lake, _months(pieces["hour_start"]), sorted(fresh))


def _days_of(lake: Lake, months: pa.Array, sources: Sequence[str]) -> None:
    parts: list[Part] = []
    for month in months:
        hours, _ = _touched(lake, rollup.HOURLY, pa.array([month]), "hour_start")
        parts += _by_month(lake, rollup.DAILY, rollup.daily(hours), "_date")
    _, removes = _touched(lake, rollup.DAILY, months, "_date")
    lake.commit(rollup.DAILY, rollup.DAYS, parts, sources, removes)


def _months(stamps: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Distinct months as `YYYY-MM`."""
    return pc.unique(rollup.month_of(stamps))


def _touched(
    lake: Lake, address: str, months: pa.Array, column: str
) -> tuple[pa.Table, list[RemoveAction]]:
    """Rows of the files that hold these months, and the actions that remove those files."""
    table = lake.delta(address)
    schema = rollup.PIECE if column == "hour_start" else rollup.DAYS
    if table is None:
        return schema.empty_table(), []
    actions = pa.table(table.get_add_actions(flatten=True))
    low = rollup.month_of(actions[f"min.{column}"])
    mine = actions.filter(pc.is_in(low, months))["path"].to_pylist()
    rows = lake.files_of(address, table, mine).to_table() if mine else schema.empty_table()
    return rows.select(schema.names).cast(schema), _removing(mine)


def _by_month(lake: Lake, address: str, rows: pa.Table, column: str) -> list[Part]:
    """One part a month, so that a day's data never rewrites more than its month."""
    month = rollup.month_of(rows[column])
    parts: list[Part] = []
    for name in pc.unique(month).to_pylist():
        parts += write_parts(
            lake, address, rows.filter(pc.equal(month, name)), [column, "tag_name"]
        )
    return parts
