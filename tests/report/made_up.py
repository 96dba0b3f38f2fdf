"""A made-up plant, large enough to look at: the report of it shows every part of the page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np

from casparian.kpi import oee
from casparian.kpi.capability import capability
from casparian.kpi.spc import xbar_and_range, xbar_r_limits, xbar_r_violations
from casparian.report.data import (
    BooksRow,
    DowntimeRow,
    OeeRow,
    OpenFile,
    QuarantineRow,
    ReportData,
    SpcChart,
    SpcPoint,
)

HISTORIAN = "hamburg/historian/HAM-BR1_20251028.csv"
FIRST = date(2025, 10, 25)
LINES = {
    "AUS-BR1": ("AUS", 7, 172_800, 0.90, 0.94, 0.991),
    "AUS-MC1": ("AUS", 7, 259_200, 0.83, 0.89, 0.978),
    "AUS-PK1": ("AUS", 6, 259_200, 0.91, 0.92, 0.988),
    "HAM-BR1": ("HAM", 7, 172_800, 0.93, 0.955, 0.994),
    "HAM-MC1": ("HAM", 6, 259_200, 0.87, 0.93, 0.986),
    "HAM-PK1": ("HAM", 5, 259_200, 0.85, 0.88, 0.992),
}
STOPS = {
    "MC1": [
        ("M-110", "Tool breakage", "Breakdown", 30.5),
        ("M-120", "Spindle alarm", "Breakdown", 51.2),
        ("M-130", "Bearing failure", "Breakdown", 6.0),
        ("M-210", "Tool change", "Minor stop", 14.1),
        ("M-310", "Changeover", "Changeover", 44.7),
        ("M-410", "No raw parts", "Material", 33.3),
        ("M-510", "First-piece inspection", "Quality", 19.9),
    ],
    "PK1": [
        ("P-110", "Film break", "Minor stop", 13.9),
        ("P-120", "Jam at infeed", "Minor stop", 11.2),
        ("P-130", "Sealing jaw fault", "Breakdown", 42.6),
        ("P-310", "Format change", "Changeover", 39.4),
        ("P-410", "No cartons", "Material", 27.0),
    ],
    "BR1": [
        ("B-110", "Agitator fault", "Breakdown", 31.7),
        ("B-120", "Steam pressure low", "Utilities", 15.4),
        ("B-210", "Waiting for laboratory", "Quality", 18.8),
        ("B-310", "Product change", "Changeover", 24.6),
        ("B-410", "Raw material late", "Material", 17.5),
    ],
}
FEATURES = [
    ("P-100", "Bore diameter", "HAM-CNC-01", 25.0, 0.012, 0.05, "shift"),
    ("P-100", "Overall length", "HAM-CNC-01", 118.4, 0.030, 0.15, ""),
    ("P-200", "Slot width", "HAM-CNC-02", 8.0, 0.006, 0.03, ""),
    ("P-400", "Bore diameter", "AUS-CNC-01", 32.0, 0.011, 0.05, ""),
    ("P-500", "Flange thickness", "AUS-CNC-02", 12.5, 0.020, 0.10, "trend"),
    ("P-600", "Shaft diameter", "AUS-CNC-03", 19.98, 0.008, 0.025, "wide"),
]
REJECTS = [
    ("ops_equipment.historian_values_quarantine", "bad_quality", "Quality Bad", 2211, 170),
    ("ops_equipment.historian_values_quarantine", "missing_value", "Missing value", 1440, 168),
    ("ops_equipment.historian_values_quarantine", "below_min", "Below min (-40)", 488, 61),
    ("ops_equipment.historian_values_quarantine", "below_min", "Below min (0)", 1301, 122),
    ("ops_equipment.historian_values_quarantine", "above_max", "Above max (150)", 402, 58),
    ("ops_equipment.historian_values_quarantine", "above_max", "Above max (25)", 77, 31),
    ("ops_equipment.historian_values_quarantine", "sensor_offline", "Sensor offline", 721, 1),
    ("ops_equipment.historian_values_quarantine", "clock_back", "Clock went back", 3300, 1),
    ("ops_equipment.historian_values_quarantine", "bad_timestamp", "Bad timestamp", 2, 1),
    ("ops_equipment.historian_values_quarantine", "damaged_record", "Damaged record", 2, 2),
    ("ops_equipment.mtc_samples_quarantine", "damaged_file", "Damaged file", 1, 1),
    ("ops_equipment.downtime_events_quarantine", "end_before_start", "End before start", 1, 1),
    (
        "ops_production.production_counts_quarantine",
        "good_above_total",
        "Good count above total count",
        1,
        1,
    ),
    ("ops_quality.lims_results_quarantine", "missing_result", "Missing result", 3, 2),
    ("ops_quality.spc_measurements_quarantine", "missing_actual", "Missing actual", 6, 4),
]


def oee_row(
    line: str, site: str, day: date | None, elements: oee.Elements, missing: str = ""
) -> OeeRow:
    found = oee.single(oee.ratios(elements, (missing,) if missing else ()))
    figures = (elements.pbt_s, elements.apt_s, elements.pri_pq_s, elements.pq, elements.gq)
    return OeeRow(
        line,
        site,
        day,
        *(float(figure[0]) for figure in figures),
        found.availability,
        found.effectiveness,
        found.quality,
        found.oee,
        "; ".join(found.missing),
    )


def oee_rows(days: int, rng: np.random.Generator) -> tuple[list[OeeRow], list[OeeRow]]:
    """(a row a line, a row a line and day)."""
    lines, by_day = [], []
    for line, (site, week, planned, *levels) in LINES.items():
        own = []
        for i in range(days):
            day = FIRST + timedelta(days=i)
            wobble = [level + rng.normal(0, 0.025) for level in levels[:2]]
            pbt = float(planned) * (0.93 if day.weekday() < week else 0.0)
            apt, pq = pbt * wobble[0], pbt / 50
            own.append((pbt, apt, apt * wobble[1], pq, pq * (levels[2] + rng.normal(0, 0.002))))
            by_day.append(oee_row(line, site, day, oee.Elements(*np.array([own[-1]]).T)))
        lines.append(oee_row(line, site, None, oee.Elements(*np.array([own]).sum(axis=1).T)))
    return lines, by_day


def spc_chart(spec: tuple, count: int, rng: np.random.Generator) -> SpcChart:
    part, feature, machine, nominal, sigma, half, fault = spec
    values = rng.normal(nominal, sigma, (count, 5))
    changed = max(count // 2, 21)
    if fault == "shift":
        values[changed:] += 1.5 * sigma
    if fault == "trend":
        values += np.maximum(np.arange(count) - changed, 0)[:, None] / count * 6 * sigma
    if fault == "wide":
        values[count // 3 * 2] += np.array([-4, 0, 0, 0, 4]) * sigma
    limits = xbar_r_limits(values, 20)
    broken = xbar_r_violations(values, limits)
    index = capability(values, nominal - half, nominal + half)
    mean, spread = xbar_and_range(values)
    start = datetime(2025, 10, 27, 6, tzinfo=UTC)
    points = tuple(
        SpcPoint(
            i + 1,
            start + timedelta(hours=6 * i),
            float(mean[i]),
            float(spread[i]),
            tuple(rule for rule, at in broken.items() if i in at),
        )
        for i in range(count)
    )
    return SpcChart(
        part, feature, machine, limits.subgroup_size, limits.baseline_subgroups, limits.center,
        limits.sigma, limits.xbar_ucl, limits.xbar_lcl, limits.range_center, limits.range_ucl,
        limits.range_lcl, points, index.cp, index.cpk, index.pp, index.ppk,
    )  # fmt: skip


def plant(days: int = 30, subgroups: int = 96, seed: int = 7) -> ReportData:
    rng = np.random.default_rng(seed)
    lines, by_day = oee_rows(days, rng)
    stops = [
        DowntimeRow(f"{site}-{kind}", code, reason, category, int(h * 1.6), h * 3600 * factor)
        for kind, reasons in STOPS.items()
        for code, reason, category, h in reasons
        for site, factor in (("HAM", 0.9), ("AUS", 1.2))
    ]
    quarantine = tuple(
        QuarantineRow(
            table, rule, reason, n, files,
            HISTORIAN if "historian" in table else "austin/quality/CMM_AUS_20251029.xlsx",
            10_811,
        )
        for table, rule, reason, n, files in REJECTS
    )  # fmt: skip
    rejected = sum(row.count for row in quarantine)
    books = (
        BooksRow("cmm_excel", 60, 14_400, 14_394, 6, 0),
        BooksRow("historian_csv", 180, 5_012_345, 5_000_000, rejected - 12, 12_357 - rejected),
        BooksRow("lims_csv", 60, 960, 957, 3, 0),
        BooksRow("mtconnect_streams", 360, 482_212, 431_003, 1, 51_208),
        BooksRow("production_csv", 180, 6_120, 6_118, 2, 0),
    )
    spc = tuple(spc_chart(spec, subgroups, rng) for spec in FEATURES)
    return ReportData(
        tuple(lines), tuple(by_day), tuple(stops), spc, quarantine, books,
        (OpenFile("austin/scada/unknown_dump.bin", "unknown", "No format recognises it."),),
        612_000_000, datetime(2026, 1, 5, 9, 30, tzinfo=UTC), "0.1.0",
    )  # fmt: skip
