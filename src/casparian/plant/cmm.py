"""CMM exports: measured features of machined parts, one workbook a day, one sheet a part number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from casparian.plant import scenario, streams
from casparian.plant.site import LineRun, SiteRun
from casparian.plant.truth import Books
from casparian.plant.workbook import Sheet, write_workbook

COLUMNS = (
    "Serial", "Lot", "Subgroup", "Measured at", "Operator", "Feature", "Nominal", "USL", "LSL",
    "Actual",
)  # fmt: skip
_PER_DAY = 10
_OPERATORS = {"HAM": ("K. Brandt", "S. Yilmaz"), "AUS": ("J. Ortega", "M. Whitfield")}


@dataclass(frozen=True)
class Feature:
    """A measured feature [mm]; sigma is its process spread."""

    name: str
    nominal: float
    usl: float
    lsl: float
    sigma: float


FEATURES = {
    "P-100": (
        Feature("Bore diameter", 24.0, 24.021, 23.979, 0.0046),
        Feature("Bore depth", 38.5, 38.58, 38.42, 0.019),
        Feature("Pin distance", 62.0, 62.03, 61.97, 0.0072),
    ),
    "P-200": (
        Feature("Slot width", 8.0, 8.022, 7.978, 0.0051),
        Feature("Slot position", 15.25, 15.3, 15.2, 0.012),
    ),
    "P-300": (
        Feature("Shaft diameter", 17.98, 17.993, 17.967, 0.0029),
        Feature("Shoulder length", 44.0, 44.1, 43.9, 0.024),
    ),
    "P-400": (
        Feature("Bore diameter", 31.75, 31.775, 31.725, 0.0058),
        Feature("Face height", 12.7, 12.76, 12.64, 0.0145),
    ),
    "P-500": (
        Feature("Flange thickness", 9.525, 9.565, 9.485, 0.0088),
        Feature("Hole position", 50.8, 50.85, 50.75, 0.0115),
    ),
    "P-600": (
        Feature("Journal diameter", 25.39, 25.403, 25.377, 0.0031),
        Feature("Groove width", 3.175, 3.215, 3.135, 0.0094),
    ),
}


@dataclass(frozen=True)
class Measurement:
    """One cell that counts: actual is null where the CMM left it empty. at: UTC seconds."""

    part: str
    machine_id: str
    serial: str
    lot: str
    subgroup: int
    day: int
    at: int
    operator: str
    feature: Feature
    actual: float | None


def measurements_of(run: SiteRun) -> list[Measurement]:
    """All measurements of a site, part by part, subgroup by subgroup, piece by piece."""
    found: list[Measurement] = []
    for line_run in run.lines:
        if line_run.line.kind == "machining":
            for index in range(len(line_run.line.machines)):
                found += _of_machine(run, line_run, index)
    return _with_missing(found, run)


def write_cmm(exports: Path, run: SiteRun, found: list[Measurement], books: Books) -> None:
    """One workbook a production day of the machining line."""
    for day in sorted({measured.day for measured in found}):
        today = [measured for measured in found if measured.day == day]
        site = run.site
        path = f"{site.folder}/quality/CMM_{site.site_id}_{run.clock.date_of(day):%Y%m%d}.xlsx"
        parts = sorted({measured.part for measured in today})
        write_workbook(exports / path, [_sheet(run, part, today) for part in parts])
        books.file(path, len(today))
        missing = [measured for measured in today if measured.actual is None]
        books.reject("quality.spc_measurements", path, "missing", "Missing actual", len(missing))
        for one in missing:
            books.fault("missing_actual", path, f"{one.serial}, {one.feature.name}")


def _subgroup_slots(run: SiteRun, line_run: LineRun) -> list[tuple[int, int]]:
    """(day, UTC second) of each subgroup; the CMM room works from 06:30 to 21:30."""
    days = sorted({s.day for s in line_run.shifts if s.shift == "Late"})
    return [
        (day, run.clock.at(day, 6, 30) + slot * 15 * 3600 // _PER_DAY)
        for day in days
        for slot in range(_PER_DAY)
    ]


def _of_machine(run: SiteRun, line_run: LineRun, index: int) -> list[Measurement]:
    machine = line_run.line.machines[index]
    part = machine.products[0].product_id
    rng = streams.stream(run.seed, streams.CMM, line_run.line.number, index)
    slots = _subgroup_slots(run, line_run)
    operators = _OPERATORS[run.site.site_id]
    found: list[Measurement] = []
    for subgroup, (day, at) in enumerate(slots, 1):
        lot = f"L{run.clock.date_of(day):%y%m%d}-{index + 1}"
        for piece in range(scenario.SUBGROUP_SIZE):
            serial = f"{part}-{(subgroup - 1) * scenario.SUBGROUP_SIZE + piece + 1:06d}"
            for i, feature in enumerate(FEATURES[part]):
                drift = _signal(part, feature, subgroup, len(slots))
                value = feature.nominal + feature.sigma * (drift + float(rng.standard_normal()))
                found.append(
                    Measurement(part, machine.machine_id, serial, lot, subgroup, day,
                                at + 150 * piece + 40 * i + index * 5, operators[day % 2],
                                feature, round(value, 4))
                )  # fmt: skip
    return found


def signals_of(found: list[Measurement]) -> list[dict[str, object]]:
    """The planted SPC signals that the period is long enough to hold: kind, part, feature and
    the first subgroup that shows it."""
    signals: list[dict[str, object]] = []
    planted = (("mean_shift", scenario.SHIFT_FEATURE), ("trend", scenario.TREND_FEATURE))
    for kind, (part, feature) in planted:
        last = max((m.subgroup for m in found if m.part == part), default=0)
        first = _shift_starts(last) if kind == "mean_shift" else scenario.BASELINE_SUBGROUPS + 1
        if first <= last:
            signals.append({"kind": kind, "part_number": part, "feature": feature,
                            "first_subgroup": first})  # fmt: skip
    return signals


def _shift_starts(subgroups: int) -> int:
    return max(scenario.BASELINE_SUBGROUPS + 3, int(0.7 * subgroups)) + 1


def _signal(part: str, feature: Feature, subgroup: int, subgroups: int) -> float:
    """Planted change of the mean in sigmas, none within the subgroups that make the limits."""
    after = subgroup - scenario.BASELINE_SUBGROUPS
    if (part, feature.name) == scenario.SHIFT_FEATURE:
        return scenario.SHIFT_SIGMAS if subgroup >= _shift_starts(subgroups) else 0.0
    if (part, feature.name) == scenario.TREND_FEATURE and after > 0:
        return scenario.TREND_SIGMAS * after / max(1, subgroups - scenario.BASELINE_SUBGROUPS)
    return 0.0


def _with_missing(found: list[Measurement], run: SiteRun) -> list[Measurement]:
    """Empty a few actuals, all after the subgroups that make the limits."""
    late = [i for i, m in enumerate(found) if m.subgroup > scenario.BASELINE_SUBGROUPS + 1]
    rng = streams.stream(run.seed, streams.CMM, 99, len(run.site.site_id), ord(run.site.site_id[0]))
    count = min(scenario.MISSING_ACTUALS_PER_SITE, len(late))
    for i in rng.choice(late, count, replace=False).tolist() if count else ():
        found[i] = replace(found[i], actual=None)
    return found


def _sheet(run: SiteRun, part: str, today: list[Measurement]) -> Sheet:
    rows = [m for m in today if m.part == part]
    first = rows[0]
    preamble: list[list[object]] = [
        ["Part number", part],
        ["Program", f"{part.replace('-', '')}_REV3.PRG"],
        ["Machine", first.machine_id],
        ["Units", "mm"],
        ["Date", f"{run.clock.date_of(first.day):%Y-%m-%d}"],
        [],
        list(COLUMNS),
    ]
    cells: list[list[object]] = [
        [m.serial, m.lot, m.subgroup, run.clock.naive(m.at), m.operator, m.feature.name,
         m.feature.nominal, m.feature.usl, m.feature.lsl, m.actual]
        for m in rows
    ]  # fmt: skip
    return part, preamble + cells
