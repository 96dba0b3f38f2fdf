"""Overall equipment effectiveness by ISO 22400-2 and what goes with it.

elements: time elements, OEE and its ratios. Elements are added up; ratios are taken last.
times: where the time of a shift went: processing, setup, delay, down, planned stops.
products: which product a machine was on, to split the time of a shift by product.
indicators: NEE, TEEP, allocation and utilization from those times.
big_losses: the six big losses and the stops that belong to none of them.
reliability: failures, MTBF and MTTR.
states: machine states and what they mean for time (MTConnect Execution).
"""

from casparian.kpi.oee.big_losses import BigLosses, big_losses
from casparian.kpi.oee.elements import (
    EMPTY,
    NO_BUSY_TIME,
    NO_PRODUCTION_TIME,
    NO_QUANTITY,
    UNKNOWN,
    Elements,
    Losses,
    Oee,
    Ratios,
    actual_production_seconds,
    add_up,
    downtime_seconds,
    losses,
    no_calendar,
    no_ideal_cycle,
    planned_busy_seconds,
    planned_run_seconds,
    ratios,
    single,
)
from casparian.kpi.oee.indicators import Indicators, indicators
from casparian.kpi.oee.products import ProductWindows, held_at, product_windows
from casparian.kpi.oee.reliability import Reliability, reliability
from casparian.kpi.oee.states import EXECUTION_STATES, StateTimes, state_times
from casparian.kpi.oee.times import STOP_CATEGORIES, StopKind, WorkTimes, stop_kind, work_times

__all__ = [
    "EMPTY", "EXECUTION_STATES", "NO_BUSY_TIME", "NO_PRODUCTION_TIME", "NO_QUANTITY",
    "STOP_CATEGORIES", "UNKNOWN", "BigLosses", "Elements", "Indicators", "Losses", "Oee",
    "ProductWindows", "Ratios", "Reliability", "StateTimes", "StopKind", "WorkTimes",
    "actual_production_seconds", "add_up", "big_losses", "downtime_seconds", "held_at",
    "indicators", "losses",
    "no_calendar", "no_ideal_cycle", "planned_busy_seconds", "planned_run_seconds",
    "product_windows", "ratios", "reliability", "single", "state_times", "stop_kind", "work_times",
]  # fmt: skip
