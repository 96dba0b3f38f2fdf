"""Downtime log: each stop of a machine with its reason; an open stop has no end."""

from casparian.formats.delimited import DelimitedFormat

FORMAT = DelimitedFormat(
    name="downtime",
    table="downtime_events",
    summary="Downtime log: stops of machines with start, end and reason",
    contract="downtime",
    header={
        "event_id": ("event", "stop_id", "downtime_id", "id"),
        "machine_id": ("machine", "resource", "maschine"),
        "line_id": ("line", "linie"),
        "starts_at": ("start", "start_time", "started_at", "from", "beginn", "von"),
        "ends_at": ("end", "end_time", "ended_at", "to", "ende", "bis"),
        "reason_code": ("code", "grundcode"),
        "reason": ("reason_text", "cause", "grund"),
        "category": ("class", "kategorie"),
    },
    required=("event_id", "machine_id", "starts_at", "ends_at", "reason_code"),
    times=("starts_at", "ends_at"),
)
