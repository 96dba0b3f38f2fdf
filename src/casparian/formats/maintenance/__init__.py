"""Maintenance log: work orders; one that is still open has no closing time."""

from casparian.formats.delimited import DelimitedFormat

FORMAT = DelimitedFormat(
    name="maintenance",
    table="maintenance_log",
    summary="Maintenance log: work orders with machine, times, type and cost",
    contract="maintenance",
    header={
        "work_order_id": ("work_order", "order_id", "wo", "auftrag"),
        "machine_id": ("machine", "asset", "asset_id", "equipment", "maschine"),
        "opened_at": ("opened", "created_at", "reported_at", "gemeldet_am"),
        "closed_at": ("closed", "completed_at", "finished_at", "abgeschlossen_am"),
        "type": ("work_type", "maintenance_type", "art"),
        "description": ("text", "details", "beschreibung"),
        "cost": ("total_cost", "costs", "kosten"),
    },
    required=("work_order_id", "machine_id", "opened_at", "type"),
    times=("opened_at", "closed_at"),
    numbers=("cost",),
)
