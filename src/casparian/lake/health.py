"""Table health: how a table lies, and what to do about it, told from Delta's log alone.

No data file is opened and no folder of files is listed: a table of a hundred thousand files is
looked at in seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from casparian.contracts.upkeep import Upkeep
from casparian.lake.compact import MADE_WHOLE, bins, is_small
from casparian.lake.delta_log import DeltaLog
from casparian.lake.maintained import last_done
from casparian.lake.policies import DEFAULT, policies
from casparian.lake.query import UnknownTableError, unknown_table
from casparian.lake.rewrite import DataFile, files
from casparian.lake.store import Lake

MUCH_DELETED = 0.1  # share of rows that are read and thrown away
MUCH_REMOVED = 2.0  # files that went, for each that is there
FEW_REMOVED = 50
SKEWED = 10.0  # the largest partition, in medians
FEW_PARTITIONS = 5
THIN_PARTITION = 1_000_000  # bytes of the median one
MANY_PARTITIONS = 100
MANY_COMMITS = 200  # since the last checkpoint
IN_ORDER = "in order"


@dataclass(frozen=True)
class Advice:
    """job: that mends it, of `lake.maintain.JOBS`; None where only a person can."""

    job: str | None
    words: str


@dataclass(frozen=True)
class Health:
    """How one table lies.

    file sizes in bytes. small_ratio: share of files below half the contract's target size.
    skew_ratio: bytes of the largest partition over those of the median one; None without
    partitions. rows: less those that are marked deleted; None where a writer did not count.
    deleted_ratio: share of the rows in files that are marked deleted. last_write: the newest file.
    optimized_at, vacuumed_at: last, by the journal or by Delta's newest commits.
    log_commits: since the last checkpoint. removed_files, removed_bytes: that went and that the
    log still names; None where its checkpoint cannot be read.
    """

    address: str
    files: int
    size_bytes: int
    file_min_bytes: int | None
    file_median_bytes: int | None
    file_max_bytes: int | None
    small_files: int
    small_ratio: float
    partitions: int | None
    skew_ratio: float | None
    rows: int | None
    deleted_ratio: float | None
    last_write: datetime | None
    optimized_at: datetime | None
    vacuumed_at: datetime | None
    log_commits: int
    log_files: int
    removed_files: int | None
    removed_bytes: int | None
    target_bytes: int
    advice: list[Advice] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """What to do, in words."""
        return "; ".join(each.words for each in self.advice) or IN_ORDER


def health(
    lake: Lake, addresses: Sequence[str] = (), contracts: Sequence[Path] = ()
) -> list[Health]:
    """The health of these tables, or of all. Raises UnknownTableError with the nearest names."""
    kept, done = policies(lake, contracts), last_done(lake)
    return [
        _health(lake, address, kept.get(address, DEFAULT), done.get(address, {}))
        for address in addresses or lake.addresses()
    ]


def _health(lake: Lake, address: str, kept: Upkeep, done: dict[str, datetime]) -> Health:
    table = lake.delta(address)
    if table is None:
        raise UnknownTableError(unknown_table(lake, address))
    every, log = files(table), lake.log(address)
    sizes = np.array([file.size for file in every], dtype=np.int64)
    small = [file for file in every if is_small(file, kept.target_bytes)]
    partitions = _partitions(every)
    rows = _rows(every)
    found = Health(
        address=address,
        files=len(every),
        size_bytes=int(sizes.sum()),
        file_min_bytes=int(sizes.min()) if every else None,
        file_median_bytes=int(np.median(sizes)) if every else None,
        file_max_bytes=int(sizes.max()) if every else None,
        small_files=len(small),
        small_ratio=len(small) / len(every) if every else 0.0,
        partitions=len(partitions) if partitions else None,
        skew_ratio=_skew(partitions),
        rows=None if rows is None or log.deleted_rows is None else rows - log.deleted_rows,
        deleted_ratio=_deleted(rows, log),
        last_write=_at(every[-1].modified_ms) if every else None,
        optimized_at=_latest(done, log, "compact", "z_order", "optimize"),
        vacuumed_at=_latest(done, log, "vacuum"),
        log_commits=log.commits,
        log_files=log.log_files,
        removed_files=log.removed_files,
        removed_bytes=log.removed_bytes,
        target_bytes=kept.target_bytes,
    )
    found.advice.extend(_advice(found, every, kept, partitions))
    return found


def _partitions(every: Sequence[DataFile]) -> Counter[tuple[tuple[str, str | None], ...]]:
    """Bytes by partition; none where the table has no partitions."""
    found: Counter[tuple[tuple[str, str | None], ...]] = Counter()
    for file in every:
        if file.partition:
            found[file.partition] += file.size
    return found


def _skew(partitions: Counter[tuple[tuple[str, str | None], ...]]) -> float | None:
    if not partitions:
        return None
    sizes = list(partitions.values())
    return float(max(sizes) / max(float(np.median(sizes)), 1.0))


def _rows(every: Sequence[DataFile]) -> int | None:
    counts = [file.rows for file in every if file.rows is not None]
    return sum(counts) if len(counts) == len(every) else None


def _deleted(rows: int | None, log: DeltaLog) -> float | None:
    if rows is None or log.deleted_rows is None:
        return None
    return log.deleted_rows / rows if rows else 0.0


def _at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _latest(done: dict[str, datetime], log: DeltaLog, *jobs: str) -> datetime | None:
    found = [at for job in jobs for at in (done.get(job), log.done.get(job)) if at]
    return max(found, default=None)


def _advice(
    found: Health,
    every: Sequence[DataFile],
    kept: Upkeep,
    partitions: Counter[tuple[tuple[str, str | None], ...]],
) -> Iterator[Advice]:
    """What is worth doing, the most urgent first."""
    groups = bins(every, kept.target_bytes) if found.address not in MADE_WHOLE else []
    if groups:
        left = found.files - sum(len(group) - 1 for group in groups)
        yield Advice("compact", f"compact: {found.files:,} files could be {left:,}")
    if (found.deleted_ratio or 0.0) > MUCH_DELETED:
        words = f"{found.deleted_ratio:.0%} of its rows are only marked deleted: REORG it in Spark"
        yield Advice(None, words)
    if (found.removed_files or 0) > max(FEW_REMOVED, MUCH_REMOVED * found.files):
        words = f"vacuum: {found.removed_files:,} files went and are kept for old versions"
        yield Advice("vacuum", words)
    if found.log_commits > MANY_COMMITS:
        yield Advice("log", f"checkpoint: a reader goes through {found.log_commits:,} commits")
    yield from _of_partitions(found, partitions)


def _of_partitions(
    found: Health, partitions: Counter[tuple[tuple[str, str | None], ...]]
) -> Iterator[Advice]:
    count, skew = len(partitions), found.skew_ratio or 0.0
    if count >= FEW_PARTITIONS and skew > SKEWED:
        name = ", ".join(f"{key}={value}" for key, value in partitions.most_common(1)[0][0])
        yield Advice(None, f"skewed: {name} has {skew:.0f} times the bytes of the median partition")
    if count > MANY_PARTITIONS and np.median(list(partitions.values())) < THIN_PARTITION:
        yield Advice(None, f"thin: {count:,} partitions, half of them below 1 MB: use fewer")
