"""SCADA alarm journal: each change of an alarm's state is a line."""

from casparian.formats.delimited import DelimitedFormat

FORMAT = DelimitedFormat(
    name="alarms",
    table="alarms",
    summary="SCADA alarm journal: alarms becoming active, acknowledged and clear",
    contract="alarms",
    header={
        "alarm_id": ("alarm", "event_id", "id"),
        "timestamp": ("time", "event_time", "zeit", "zeitstempel"),
        "tag_name": ("tag", "source", "point"),
        "state": ("alarm_state", "event", "zustand"),
        "priority": ("severity", "prio", "priorität"),
        "message": ("text", "description", "meldung", "meldetext"),
    },
    required=("alarm_id", "timestamp", "tag_name", "state"),
    times=("timestamp",),
)
