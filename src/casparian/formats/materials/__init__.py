"""Material movements: issues, receipts and transfers between storage locations and lines."""

from casparian.formats.delimited import DelimitedFormat

FORMAT = DelimitedFormat(
    name="materials",
    table="material_movements",
    summary="Material movements: quantities between locations, with lot and order",
    contract="materials",
    header={
        "movement_id": ("movement", "document", "document_number", "id", "beleg"),
        "timestamp": ("time", "posted_at", "posting_date", "moved_at", "buchungszeit"),
        "material_id": ("material", "product", "item", "materialnummer"),
        "lot": ("batch", "charge"),
        "from_location": ("from", "source", "von_lagerort"),
        "to_location": ("to", "destination", "nach_lagerort"),
        "quantity": ("qty", "amount", "menge"),
        "unit": ("uom", "units", "einheit"),
        "order_id": ("order", "work_order", "auftrag"),
    },
    required=("movement_id", "timestamp", "material_id", "quantity"),
    times=("timestamp",),
    numbers=("quantity",),
)
