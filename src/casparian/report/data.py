"""What a report is made of: plain values, so that pages and charts need no lake.

Units: seconds [s], ratios 0 to 1, instants as aware datetimes in UTC, days of the plant as dates.
Missing: a ratio that could not be computed is None and `missing` names what lacks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class OeeRow:
    """Time elements and ratios of one line over one day (or, with `day` None, over all days)."""

    line_id: str
    site_id: str
    day: date | None
    pbt_s: float
    apt_s: float
    pri_pq_s: float
    pq: float
    gq: float
    availability_ratio: float | None
    effectiveness_ratio: float | None
    quality_ratio: float | None
    oee_ratio: float | None
    missing: str = ""


@dataclass(frozen=True)
class DowntimeRow:
    """Time lost on one line for one reason."""

    line_id: str
    reason_code: str
    reason: str
    category: str
    events: int
    seconds: float


@dataclass(frozen=True)
class SpcPoint:
    """One point on a control chart. rules: names of the rules that it breaks.

    subgroup: its number, of individuals their place in time. spread: range, s or moving range; NaN
    where there is none.
    """

    subgroup: int
    measured_at: datetime | None
    xbar: float
    spread: float
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class SpcChart:
    """Limits, points and capability of one feature, in the unit of the measurement.

    cp, cpk, pp, ppk: None where there is no specification to hold it against.
    """

    part_number: str
    feature: str
    machine_id: str
    subgroup_size: int
    baseline_subgroups: int
    center: float
    sigma: float
    xbar_ucl: float
    xbar_lcl: float
    range_center: float
    range_ucl: float
    range_lcl: float
    points: tuple[SpcPoint, ...] = ()
    cp: float | None = None
    cpk: float | None = None
    pp: float | None = None
    ppk: float | None = None

    @property
    def title(self) -> str:
        return f"{self.part_number} · {self.feature}"

    @property
    def broken(self) -> dict[str, int]:
        """How many points break each rule: those of X-bar by name, then those of R."""
        found = {rule for point in self.points for rule in point.rules}
        rules = sorted(found, key=lambda rule: (rule.startswith("R"), rule))
        return {rule: sum(rule in point.rules for point in self.points) for rule in rules}


@dataclass(frozen=True)
class QuarantineRow:
    """Records of one table kept out for one reason, with one of them as an example.

    example_row: 1-based number of the record in the example file, None where it is not known.
    """

    table: str
    rule: str
    reason: str
    count: int
    files: int
    example_path: str = ""
    example_row: int | None = None


@dataclass(frozen=True)
class BooksRow:
    """The account of the files of one format: read = valid + quarantined + duplicate.

    unclosed: files for which that does not hold.
    """

    format: str
    files: int
    read: int
    valid: int
    quarantined: int
    duplicate: int
    unclosed: int = 0

    @property
    def closed(self) -> bool:
        kept = self.valid + self.quarantined + self.duplicate
        return self.read == kept and not self.unclosed


@dataclass(frozen=True)
class OpenFile:
    """A file that needs a look: of no known format, unreadable, or with books that do not close."""

    source_path: str
    status: str
    note: str


@dataclass(frozen=True)
class FailedCheck:
    """One expectation that a table does not meet. critical: nothing may be built on the table.

    unexpected: rows of `evaluated` that are not as expected, None where it is no matter of rows.
    """

    table: str
    meaning: str
    critical: bool
    unexpected: int | None
    evaluated: int
    found: str = ""


@dataclass(frozen=True)
class Checks:
    """The last check of each table. not_asked: expectations that could not be asked."""

    tables: int
    expectations: int
    not_asked: int
    checked_at: datetime
    failed: tuple[FailedCheck, ...] = ()

    @property
    def critical(self) -> int:
        return sum(each.critical for each in self.failed)


@dataclass(frozen=True)
class ReportData:
    """All that the report shows. Anything may be empty; the report then says so.

    absent: one sentence for each table that was not there. checks: None where no table was ever
    checked; of that the report says nothing.
    """

    oee_lines: tuple[OeeRow, ...] = ()
    oee_days: tuple[OeeRow, ...] = ()
    downtime: tuple[DowntimeRow, ...] = ()
    spc: tuple[SpcChart, ...] = ()
    quarantine: tuple[QuarantineRow, ...] = ()
    books: tuple[BooksRow, ...] = ()
    open_files: tuple[OpenFile, ...] = ()
    size_bytes: int = 0
    made_at: datetime | None = None
    version: str = ""
    absent: tuple[str, ...] = field(default=())
    checks: Checks | None = None

    @property
    def total(self) -> BooksRow:
        """The books of all files together."""
        names = ("files", "read", "valid", "quarantined", "duplicate", "unclosed")
        return BooksRow("all", *(sum(getattr(row, name) for row in self.books) for name in names))

    @property
    def days(self) -> tuple[date, date] | None:
        """First and last plant day with an OEE figure."""
        found = [row.day for row in self.oee_days if row.day is not None]
        return (min(found), max(found)) if found else None

    @property
    def violations(self) -> int:
        """Points on control charts that break at least one rule."""
        return sum(bool(point.rules) for chart in self.spc for point in chart.points)
