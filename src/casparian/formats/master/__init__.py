"""Master data of a plant: machines, products, cycles, routes, shifts, planned stops; one a file."""

from casparian.formats.master.cycles import Cycles
from casparian.reading.table import TableFormat

_LINE = ("line", "production_line", "linie", "ligne", "línea")
_MACHINE = ("machine", "resource", "machine_no", "work_center", "equipment_id", "asset_id",
            "maschine", "maschinennummer", "anlage", "máquina")  # fmt: skip
_PRODUCT = ("product", "material", "part_number", "item", "artikel", "produkt")
_UNIT = ("uom", "units", "einheit")
_STARTS = ("start", "start_time", "begin", "from", "starts", "beginn", "von", "début", "inicio")
_ENDS = ("end", "end_time", "to", "ends", "ende", "bis", "fin")

MACHINES = TableFormat(
    name="machines",
    table="machines",
    summary="Master data: machines with line, site, type and time zone",
    contract="master",
    stage=0,
    header={
        "machine_id": _MACHINE,
        "machine_name": ("name", "description", "bezeichnung", "désignation", "nombre"),
        "site_id": ("site", "plant", "werk", "usine", "planta"),
        "line_id": _LINE,
        "machine_type": ("type", "model", "maschinentyp", "typ"),
        "timezone": ("time_zone", "tz", "zeitzone", "fuseau_horaire", "zona_horaria"),
    },
    required=("machine_id", "machine_name", "line_id"),
)
PRODUCTS = TableFormat(
    name="products",
    table="products",
    summary="Master data: products and the ways in which one unit can fail (opportunities)",
    contract="master",
    stage=0,
    header={
        "product_id": _PRODUCT,
        "product_name": ("name", "description", "bezeichnung", "désignation", "nombre"),
        "unit": _UNIT,
        "opportunities": ("opportunities_per_unit", "defect_opportunities",
                          "opportunities_for_defects", "opportunity_count",
                          "fehlermöglichkeiten", "opportunités", "oportunidades"),
    },
    required=("product_id", "opportunities"),
    numbers=("opportunities",),
)  # fmt: skip
IDEAL_CYCLES = TableFormat(
    name="ideal_cycles",
    table="ideal_cycles",
    summary="Master data: ideal cycle time (planned run time a unit) a machine and product",
    contract="master",
    stage=0,
    header={
        "machine_id": _MACHINE,
        "product_id": _PRODUCT,
        "ideal_cycle_s": ("ideal_cycle", "ideal_cycle_time", "ideal_cycle_time_s", "cycle_time_s",
                          "cycle_time", "pri_s", "taktzeit_s", "taktzeit", "zykluszeit",
                          "temps_de_cycle_s"),
        "unit": _UNIT,
    },
    required=("machine_id", "product_id", "ideal_cycle_s"),
    numbers=("ideal_cycle_s",),
    shaping=Cycles,
)  # fmt: skip
ROUTES = TableFormat(
    name="routes",
    table="routes",
    summary="Master data: routes, the machines of each step through which a product goes",
    contract="master",
    stage=0,
    header={
        "product_id": _PRODUCT,
        "step": ("step_no", "step_number", "operation_no", "operation_number", "op_no", "sequence",
                 "arbeitsgangnummer", "vorgang"),
        "operation": ("operation_name", "operation_description", "step_name", "description",
                      "arbeitsgang", "bezeichnung"),
        "machine_id": _MACHINE,
    },
    required=("product_id", "step", "machine_id"),
    numbers=("step",),
)  # fmt: skip
SHIFT_CALENDAR = TableFormat(
    name="shift_calendar",
    table="shift_calendar",
    summary="Master data: shift calendar, a window a line, production day and shift",
    contract="master",
    stage=0,
    header={
        "line_id": _LINE,
        "shift_date": ("date", "production_date", "day", "datum", "fecha"),
        "shift": ("shift_name", "shift_code", "schicht", "équipe", "turno"),
        "starts_at": _STARTS,
        "ends_at": _ENDS,
    },
    required=("line_id", "shift_date", "shift", "starts_at", "ends_at"),
    times=("starts_at", "ends_at"),
)
PLANNED_STOPS = TableFormat(
    name="planned_stops",
    table="planned_stops",
    summary="Master data: planned stops (breaks, cleaning) a line",
    contract="master",
    stage=0,
    header={
        "line_id": _LINE,
        "starts_at": _STARTS,
        "ends_at": _ENDS,
        "reason": ("stop_reason", "description", "stop_type", "grund", "motif", "motivo"),
    },
    required=("line_id", "starts_at", "ends_at", "reason"),
    times=("starts_at", "ends_at"),
)
FORMATS = (MACHINES, PRODUCTS, IDEAL_CYCLES, ROUTES, SHIFT_CALENDAR, PLANNED_STOPS)
