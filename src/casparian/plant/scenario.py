"""Where and when each fault is planted. Days count from 0 = Saturday 2025-10-25, local time."""

from __future__ import annotations

from dataclasses import dataclass

# Sensor offline: logs 0 as Good from 03:00 to 04:00 on Tuesday 2025-10-28.
OFFLINE_LINE, OFFLINE_TAG, OFFLINE_DAY, OFFLINE_HOUR = "HAM-BR1", "TT-3102.PV", 3, 3
# One historian file in UTF-16 with semicolons and decimal commas.
UTF16_LINE, UTF16_DAY = "HAM-PK1", 2
# Half an hour that is exported twice within one file.
WINDOW_LINE, WINDOW_DAY, WINDOW_HOUR, WINDOW_S = "HAM-BR1", 2, 10, 1800
# The last minutes of the day before, once more at the start of a file.
TAIL_LINE, TAIL_DAY, TAIL_S = "AUS-PK1", 3, 600
# The logger's clock steps back and is set right later. The odd milliseconds keep stepped
# times apart from the times of real readings.
STEP_LINE, STEP_DAY, STEP_HOUR, STEP_BACK_MS, STEP_LASTS_S = "AUS-MC1", 2, 13, 420_317, 1200
# Lines with the wrong number of columns: (line, day, hour, text of the columns after the time).
DAMAGED_LINES = (
    ("AUS-PK1", 1, 11, "SI-5101.PV"),
    ("HAM-MC1", 2, 9, "TT-1103.PV,41.2,Good,0x00,0x00"),
)
# Readings with an unreadable time, and one without a tag name.
GARBLED_LINE, GARBLED_DAY, GARBLED_TIMES = "AUS-BR1", 2, 2
# The bearing.
BEARING_LINE, BEARING_MACHINE, BEARING_TAG = "AUS-MC1", "AUS-CNC-02", "VT-4204.PV"
BEARING_AT, BEARING_TAU, BEARING_GAIN = 0.8, 0.12, 10.0
BEARING_REPAIR_S = 6 * 3600
# MTConnect: restart of an agent, a clock step, a document that ends early.
RESTART_MACHINE, RESTART_DAY, RESTART_HOUR = "HAM-CNC-02", 2, 9
MTC_STEP_MACHINE, MTC_STEP_DAY, MTC_STEP_HOUR, MTC_STEP_MS = "AUS-CNC-03", 1, 15, 1_800_000
TRUNCATED_MACHINE, TRUNCATED_DAY, TRUNCATED_HALF = "AUS-CNC-01", 2, 1
# Rows that contradict themselves.
END_BEFORE_START = ("HAM-PK1", "HAM-PKG-02", 2)
GOOD_ABOVE_TOTAL = ("AUS-PK1", "AUS-PKG-01", 2)
# SPC signals start only after the 20 subgroups that make the limits.
BASELINE_SUBGROUPS, SUBGROUP_SIZE = 20, 5
SHIFT_FEATURE, SHIFT_SIGMAS = ("P-100", "Bore diameter"), 1.5
# The shift's cause: the chiller of the machine fails an hour before, so its coolant, 6.5 K over the
# room while it cuts, warms up to 19 K over it.
CAUSE_TAG, CAUSE_BEFORE_S, CAUSE_TAU_S, CAUSE_ROOM = "TT-1103.PV", 3600, 1200.0, 21.0
CAUSE_MACHINE, CAUSE_RISE, CAUSE_GAIN = "HAM-CNC-01", 12.5, 19.0 / 6.5
TREND_FEATURE, TREND_SIGMAS = ("P-500", "Flange thickness"), 2.0
MISSING_ACTUALS_PER_SITE = 3
LIMS_MISSING = (("HAM", 2, 2), ("AUS", 3, 1))  # site, day, rows
# Raw material that vanishes between two stock counts: from 06:00 of the day to 06:00 of the next.
LOST_MATERIAL, LOST_DAY, LOST_QUANTITY = "RAW-RESIN-A", 1, 420.0


@dataclass(frozen=True)
class Fault:
    """One planted fault as truth.json lists it."""

    kind: str
    file: str
    detail: str
