"""Expiring: quarantined records that are older than their contract keeps them go.

They are in bronze as they were read. The books keep their counts: what goes is noted in the
ledger, by table (`expired`) and in all (`records_expired`), with a note of the reasons.

The rows of a file were quarantined at one instant, so they go together. They go first, in a commit
whose application transaction holds the instant before which all went; the ledger follows. A run
cut short between the two is finished by the next: it finds a file of before that instant whose rows
are gone and whose books do not say so. A file whose rows are not as many as its books say is left
as it is, and told.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, Transaction

from casparian.lake.ledger import Ledger
from casparian.lake.quarantine import name_of
from casparian.lake.rewrite import DataFile, files, is_plain, swap, write, writer
from casparian.lake.settle import FRUGAL
from casparian.lake.store import Lake, LakeError

APP = "casparian-expired"  # application transaction: its version is an instant [s since 1970]
AT, SOURCE = "_ingested_at", "_source_hash"
SHOWN = 3


@dataclass
class Expired:
    """rows: that went. books: files whose ledger rows say so now. problems: sentences."""

    rows: int = 0
    books: int = 0
    problems: list[str] = field(default_factory=list)


def expire(lake: Lake, address: str, days: int, now: datetime) -> Expired:
    """Let the records of one quarantine table go that were landed more than `days` ago.

    Safe to run twice, and beside landings: it takes a turn. Raises LakeError as any commit.
    """
    before = (now - timedelta(days=days)).replace(microsecond=0)
    with lake.alone():
        table = lake.delta(address)
        if table is None or not is_plain(table):
            return Expired()
        old, found = due(lake, address, table, before), Expired()
        ledger = Ledger(lake).known()
        right = {
            source for source, count in old.items() if _as_booked(ledger, source, address, count)
        }
        found.problems = _problems(ledger, address, old, right)
        gone = _gone_before(lake, address, table)
        if right:
            found.rows = _take_out(lake, address, table, right, before)
            gone = max(gone, before)
        found.books = _book(lake, ledger, address, right, gone, days, now)
    return found


def due(lake: Lake, address: str, table: DeltaTable, before: datetime) -> Counter[str]:
    """Records by file, of those from before."""
    found: Counter[str] = Counter()
    old = pc.field(AT) < pa.scalar(before, pa.timestamp("us", tz="UTC"))
    data = lake.files_of(address, table)
    for batch in data.scanner(columns=[SOURCE], filter=old, **FRUGAL).to_batches():
        for each in batch[SOURCE].value_counts().to_pylist():
            found[each["values"]] += each["counts"]
    return found


def _booked(row: dict[str, Any], address: str) -> int:
    return int(json.loads(row["tables"] or "{}").get(address, 0))


def _expired(row: dict[str, Any]) -> dict[str, int]:
    return dict(json.loads(row.get("expired") or "{}"))


def _as_booked(ledger: dict[str, dict[str, Any]], source: str, address: str, count: int) -> bool:
    row = ledger.get(source)
    done = row is not None and row["status"] in ("landed", "rejected")
    return done and row is not None and _booked(row, address) == count


def _problems(
    ledger: dict[str, dict[str, Any]], address: str, old: Counter[str], right: set[str]
) -> list[str]:
    wrong = sorted(old.keys() - right)
    if not wrong:
        return []
    names = [str(ledger[s]["source_path"]) if s in ledger else s[:12] for s in wrong]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return [
        f"{address} keeps records past their time of {', '.join(names[:SHOWN])}{more}:"
        " they are not as many as the books say."
    ]


def _gone_before(lake: Lake, address: str, table: DeltaTable) -> datetime:
    """The instant before which a run has let all go."""
    return datetime.fromtimestamp(table.transaction_version(APP) or 0, UTC)


def _take_out(
    lake: Lake, address: str, table: DeltaTable, sources: set[str], before: datetime
) -> int:
    """Write the files that hold records of these sources anew without them; how many went."""
    mine = pa.array(sorted(sources))
    hit, went = [], 0
    for file in files(table):
        data = lake.files_of(address, table, [file.path])
        batches = data.scanner(columns=[SOURCE], **FRUGAL).to_batches()
        if count := sum(pc.sum(_among(batch, mine)).as_py() or 0 for batch in batches):
            hit.append(file)
            went += count
    into = writer(lake, address, table, hit, target_bytes=sum(file.size for file in hit))
    parts = write(into, _kept(lake, address, table, hit, mine))
    stamp = Transaction(APP, int(before.timestamp()), int(datetime.now(UTC).timestamp() * 1000))
    about = {"casparian.expire": before.isoformat()}
    if not swap(lake, address, hit, parts, about, changes=True, transaction=stamp):
        raise LakeError(f"{address} is being written by others: run again later.")
    return went


def _among(batch: pa.RecordBatch, sources: pa.Array) -> pa.BooleanArray:
    # asked here and not of the dataset: texts that delta-rs wrote are of a type that it cannot sift
    return pc.is_in(batch[SOURCE], sources)


def _kept(
    lake: Lake, address: str, table: DeltaTable, hit: list[DataFile], sources: pa.Array
) -> Iterator[pa.RecordBatch]:
    data = lake.files_of(address, table, [file.path for file in hit])
    for batch in data.scanner(**FRUGAL).to_batches():
        yield batch.filter(pc.invert(_among(batch, sources)))


def _book(
    lake: Lake,
    ledger: dict[str, dict[str, Any]],
    address: str,
    right: set[str],
    gone: datetime,
    days: int,
    now: datetime,
) -> int:
    """Note in the ledger what has gone, now and by a run cut short; the number of files."""
    cut = _cut_short(lake, ledger, address, gone)
    rows = [_noted(ledger[source], address, days, now) for source in sorted(right | cut)]
    Ledger(lake).write(rows)
    return len(rows)


def _cut_short(
    lake: Lake, ledger: dict[str, dict[str, Any]], address: str, gone: datetime
) -> set[str]:
    """Files from before whose records have gone, and whose books do not say so yet."""
    unsaid = {
        source
        for source, row in ledger.items()
        if row["landed_at"] and row["landed_at"] < gone and row["status"] in ("landed", "rejected")
        if _booked(row, address) and address not in _expired(row)
    }
    data = lake.dataset(address) if unsaid else None
    if data is None:
        return set()
    for batch in data.scanner(columns=[SOURCE], **FRUGAL).to_batches():
        unsaid -= set(pc.unique(batch[SOURCE]).to_pylist())
    return unsaid


def _noted(row: dict[str, Any], address: str, days: int, now: datetime) -> dict[str, Any]:
    expired = _expired(row) | {address: _booked(row, address)}
    note = f"{now:%Y-%m-%d}: {_booked(row, address):,} quarantined records of {name_of(address)}"
    note += f" expired, {days:,} days after they were landed."
    notes = [*json.loads(row["notes"] or "[]"), note]
    return row | {
        "expired": json.dumps(dict(sorted(expired.items()))),
        "records_expired": sum(expired.values()),
        "notes": json.dumps(notes, ensure_ascii=False),
    }
