"""Production counts of an MES: what each machine made of each order, an interval a line."""

from casparian.formats.delimited import DelimitedFormat

FORMAT = DelimitedFormat(
    name="production",
    table="production_counts",
    summary="Production counts (MES): total, good, scrap and rework a machine, order and interval",
    contract="production",
    header={
        "site_id": ("site", "plant", "werk"),
        "line_id": ("line", "linie"),
        "machine_id": ("machine", "work_center", "resource", "maschine"),
        "order_id": ("order", "work_order", "production_order", "auftrag"),
        "product_id": ("product", "material", "item", "artikel"),
        "interval_start": ("start", "start_time", "from", "von"),
        "interval_end": ("end", "end_time", "to", "bis"),
        "total_count": ("total", "produced", "total_quantity", "gesamtmenge"),
        "good_count": ("good", "yield", "good_quantity", "gutmenge"),
        "scrap_count": ("scrap", "rejects", "scrap_quantity", "ausschuss"),
        "rework_count": ("rework", "rework_quantity", "nacharbeit"),
        "unit": ("uom", "units", "einheit"),
    },
    required=("machine_id", "order_id", "interval_start", "total_count", "good_count"),
    times=("interval_start", "interval_end"),
    numbers=("total_count", "good_count", "scrap_count", "rework_count"),
)
