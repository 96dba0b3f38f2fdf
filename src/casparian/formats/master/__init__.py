"""Master data of a plant: machines, ideal cycles, shift calendar, planned stops. A table a file."""

from casparian.formats.delimited import DelimitedFormat

_LINE = ("line", "linie")
_MACHINE = ("machine", "resource", "maschine")
_STARTS = ("start", "start_time", "begin", "beginn", "von")
_ENDS = ("end", "end_time", "ende", "bis")

MACHINES = DelimitedFormat(
    name="machines",
    table="machines",
    summary="Master data: machines with line, site, type and time zone",
    contract="master",
    stage=0,
    header={
        "machine_id": _MACHINE,
        "machine_name": ("name", "bezeichnung"),
        "site_id": ("site", "plant", "werk"),
        "line_id": _LINE,
        "machine_type": ("type", "maschinentyp"),
        "timezone": ("time_zone", "tz", "zeitzone"),
    },
    required=("machine_id", "machine_name", "line_id"),
)
IDEAL_CYCLES = DelimitedFormat(
    name="ideal_cycles",
    table="ideal_cycles",
    summary="Master data: ideal cycle time (planned run time a unit) a machine and product",
    contract="master",
    stage=0,
    header={
        "machine_id": _MACHINE,
        "product_id": ("product", "material", "artikel"),
        "ideal_cycle_s": ("ideal_cycle", "cycle_time_s", "pri_s", "taktzeit_s"),
        "unit": ("uom", "units", "einheit"),
    },
    required=("machine_id", "product_id", "ideal_cycle_s"),
    numbers=("ideal_cycle_s",),
)
SHIFT_CALENDAR = DelimitedFormat(
    name="shift_calendar",
    table="shift_calendar",
    summary="Master data: shift calendar, a window a line, production day and shift",
    contract="master",
    stage=0,
    header={
        "line_id": _LINE,
        "shift_date": ("date", "production_date", "datum"),
        "shift": ("shift_name", "schicht"),
        "starts_at": _STARTS,
        "ends_at": _ENDS,
    },
    required=("line_id", "shift_date", "shift", "starts_at", "ends_at"),
    times=("starts_at", "ends_at"),
)
PLANNED_STOPS = DelimitedFormat(
    name="planned_stops",
    table="planned_stops",
    summary="Master data: planned stops (breaks, cleaning) a line",
    contract="master",
    stage=0,
    header={
        "line_id": _LINE,
        "starts_at": _STARTS,
        "ends_at": _ENDS,
        "reason": ("stop_reason", "grund"),
    },
    required=("line_id", "starts_at", "ends_at", "reason"),
    times=("starts_at", "ends_at"),
)
FORMATS = (MACHINES, IDEAL_CYCLES, SHIFT_CALENDAR, PLANNED_STOPS)
