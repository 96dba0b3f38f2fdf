"""Maintenance: keep every table of a lake in order, by the policies of the contracts.

Five jobs, a table after the other: quarantine past its time expires, rows are Z-ordered, small
files are compacted, files that nobody needs are deleted, the log is trimmed. Journals lose what is
old. Each job can be done at any time, beside running landings, and again; no row changes but those
that expire. What was done is in the journal `ops.maintenance`.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from casparian.contracts.upkeep import Upkeep
from casparian.lake import maintained, z_order
from casparian.lake.compact import MADE_WHOLE, bins, compact_table
from casparian.lake.expire import due, expire
from casparian.lake.journal import TIMES, forget
from casparian.lake.maintained import Done
from casparian.lake.policies import DEFAULT, policies
from casparian.lake.query_columns import asked_for, columns_to_order
from casparian.lake.rewrite import DataFile, files, is_plain
from casparian.lake.store import Lake, LakeError
from casparian.lake.vacuum import trim_log, unneeded, vacuum

JOBS = ("expire", "z_order", "compact", "vacuum", "log")
JOURNAL_DAYS = 400  # more than a year, so that a year can be compared with the one before
Tell = Callable[[str, str], None]


@dataclass
class Plan:
    """What one table needs now.

    order: columns to sort by. cubes, bins: files to sort, and to merge. unneeded: files to delete.
    due: records to expire.
    """

    order: tuple[str, ...] = ()
    cubes: list[list[DataFile]] = field(default_factory=list)
    bins: list[list[DataFile]] = field(default_factory=list)
    unneeded: int = 0
    due: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.cubes or self.bins or self.unneeded or self.due)


@dataclass
class Maintenance:
    """One run over a lake: `Maintenance(lake).run()`.

    contracts: folders whose contracts come before the shipped ones. jobs: of JOBS, in their order.
    journal_days: age at which rows of journals go [days]. tell: is called before a job of a table.
    """

    lake: Lake
    contracts: Sequence[Path] = ()
    jobs: Sequence[str] = JOBS
    journal_days: int = JOURNAL_DAYS
    tell: Tell = lambda address, job: None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self.run_id = f"{self.now:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
        self.policies = policies(self.lake, self.contracts)
        self.asked = asked_for(self.lake, self.now)

    def run(self, addresses: Sequence[str] = ()) -> list[Done]:
        """Do all jobs on these tables, or on all; what was done, also kept in the journal.

        A table that cannot be kept has its problem in the answer; the others are done. Raises
        LakeError where the journal cannot be written.
        """
        wanted = addresses or self.lake.addresses()
        done = [each for address in wanted for each in self._table(address)]
        maintained.keep(self.lake, done)
        return done

    def _table(self, address: str) -> Iterator[Done]:
        for job in self.jobs:
            self.tell(address, job)
            began = time.monotonic()
            blank = Done(self.run_id, datetime.now(UTC), address, job)
            try:
                done = self._job(address, job, blank)
            except (LakeError, DeltaError, OSError) as error:
                done = replace(blank, problem=str(error).split("\n")[0])
            if done is not None:
                yield replace(done, seconds=round(time.monotonic() - began, 3))

    def _job(self, address: str, job: str, blank: Done) -> Done | None:
        """The job done; None where it has nothing to say of such a table."""
        table = self.lake.delta(address)
        if table is None:
            return None
        kept = self.policies.get(address, DEFAULT)
        job_of = {
            "expire": self._expire, "z_order": self._z_order, "compact": self._compact,
            "vacuum": self._vacuum, "log": self._log,
        }[job]  # fmt: skip
        before = files(table)
        done = job_of(address, table, kept, blank)
        after = self.lake.delta(address) if done else None
        if done is None or after is None:
            return None
        now = files(after)
        return replace(
            done, files_before=len(before), files_after=len(now),
            bytes_before=sum(each.size for each in before),
            bytes_after=sum(each.size for each in now),
        )  # fmt: skip

    def _expire(self, address: str, table: DeltaTable, kept: Upkeep, done: Done) -> Done | None:
        if address in TIMES:
            rows = forget(self.lake, address, self.now - timedelta(days=self.journal_days))
            return replace(done, rows_expired=rows)
        if kept.quarantine_days is None:
            return None
        found = expire(self.lake, address, kept.quarantine_days, self.now)
        problem = " ".join(found.problems) or None
        return replace(done, rows_expired=found.rows, problem=problem)

    def _z_order(self, address: str, table: DeltaTable, kept: Upkeep, done: Done) -> Done | None:
        columns = self.order(address, table, kept)
        if not columns:
            return None
        for cube in z_order.cubes(files(table), kept.target_bytes, columns):
            z_order.z_order(self.lake, address, table, cube, columns, kept.target_bytes)
        return replace(done, columns=", ".join(columns))

    def order(self, address: str, table: DeltaTable, kept: Upkeep) -> tuple[str, ...]:
        """The columns to sort by: the contract's, else those that queries ask for; () for none."""
        if not address.startswith("silver_") or address in MADE_WHOLE or not is_plain(table):
            return ()
        names = {item.name for item in table.schema().fields}
        if kept.z_order is not None:
            return tuple(name for name in kept.z_order if name in names)
        return columns_to_order(self.asked.get(address, Counter()), names)

    def _compact(self, address: str, table: DeltaTable, kept: Upkeep, done: Done) -> Done | None:
        if address in MADE_WHOLE:
            return None
        compact_table(
            self.lake, address, kept.target_bytes, by=self.sorted_by(address, table, kept)
        )
        return done

    def sorted_by(self, address: str, table: DeltaTable, kept: Upkeep) -> tuple[str, ...]:
        """The columns by which compacting sorts; () where a Z-order does, or none can."""
        return () if not is_plain(table) or self.order(address, table, kept) else kept.key

    def _vacuum(self, address: str, table: DeltaTable, kept: Upkeep, done: Done) -> Done | None:
        gone = vacuum(self.lake, address, table, kept.vacuum_hours)
        return replace(done, files_deleted=gone)

    def _log(self, address: str, table: DeltaTable, kept: Upkeep, done: Done) -> Done | None:
        return replace(done, files_deleted=trim_log(self.lake, address, table, kept.log_days))

    def plan(self, address: str) -> Plan | None:
        """What the next run would do, without doing it; None where there is no such table."""
        table = self.lake.delta(address)
        if table is None:
            return None
        kept, every, found = self.policies.get(address, DEFAULT), files(table), Plan()
        if "z_order" in self.jobs and (order := self.order(address, table, kept)):
            found.order, found.cubes = order, z_order.cubes(every, kept.target_bytes, order)
        if "compact" in self.jobs and address not in MADE_WHOLE:
            by = self.sorted_by(address, table, kept)
            found.bins = bins(every, kept.target_bytes, by=by)
        if "vacuum" in self.jobs:
            found.unneeded = len(unneeded(table, kept.vacuum_hours))
        if "expire" in self.jobs and kept.quarantine_days is not None:
            before = self.now - timedelta(days=kept.quarantine_days)
            found.due = sum(due(self.lake, address, table, before).values())
        return found
