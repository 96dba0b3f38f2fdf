"""Energy meter readings: consumption an interval."""

from casparian.formats.delimited import DelimitedFormat

FORMAT = DelimitedFormat(
    name="energy",
    table="energy_readings",
    summary="Energy meters: kilowatt hours a meter and interval",
    contract="energy",
    header={
        "meter_id": ("meter", "zähler", "zählernummer"),
        "line_id": ("line", "linie"),
        "interval_start": ("start", "start_time", "from", "timestamp", "von"),
        "interval_end": ("end", "end_time", "to", "bis"),
        "energy_kwh": ("kwh", "energy", "consumption_kwh", "verbrauch_kwh", "energie_kwh"),
    },
    required=("meter_id", "interval_start", "energy_kwh"),
    times=("interval_start", "interval_end"),
    numbers=("energy_kwh",),
)
