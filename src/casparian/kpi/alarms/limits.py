"""What the standards call good, as data: other limits are passed to the functions.

ANSI/ISA-18.2-2016 and IEC 62682:2022, clause 16 (monitoring and assessment), table of recommended
performance per operator position; EEMUA 191 ed. 3 for the bands of the rate.
"""

from __future__ import annotations

from casparian.kpi.intervals import MICROSECONDS

MINUTE_US = 60 * MICROSECONDS
TEN_MINUTES_US = 10 * MINUTE_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

# Band of a rate: its name and the most alarms in 10 minutes that still belong to it. About 1 is
# very likely to be acceptable, 2 manageable; more than 10 is a flood.
BANDS: tuple[tuple[str, float], ...] = (
    ("acceptable", 1.0),
    ("manageable", 2.0),
    ("over-demanding", 10.0),
    ("unacceptable", float("inf")),
)
# About 6 an hour and 150 a day are very likely to be acceptable, 12 and 300 the most manageable.
ACCEPTABLE_A_DAY, MANAGEABLE_A_DAY = 150, 300

# A flood begins with more than 10 alarms in 10 minutes and ends when fewer than 5 are left in them.
FLOOD_ABOVE, FLOOD_ENDS_BELOW = 10, 5
# Less than 1 % of the time in flood.
FLOOD_RATIO = 0.01

# Chattering: the same alarm three times or more in less than a minute.
CHATTER_COUNT, CHATTER_US = 3, MINUTE_US
# Fleeting: cleared in less than a minute, too short for an operator to act, and not chattering.
FLEETING_US = MINUTE_US
# Stale: active without a break for more than a day; fewer than 5 of them on any day.
STALE_US, STALE_COUNT = DAY_US, 5

# The ten most frequent alarms make up no more than 1 to 5 % of all.
TOP, TOP_RATIO = 10, 0.05
# Share of the annunciated alarms by priority, the most urgent first, by number of priorities.
PRIORITY_RATIOS: dict[int, tuple[float, ...]] = {
    3: (0.05, 0.15, 0.80),
    4: (0.01, 0.05, 0.15, 0.80),
}
