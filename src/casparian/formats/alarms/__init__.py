"""Alarm and event journals: each change of an alarm's state is a record, paired by occurrence.

Ignition, AVEVA (Wonderware) and FactoryTalk by their own columns, any other journal by its words;
as text, workbook or JSON.
"""

from casparian.formats.alarms.dialects import aveva, factorytalk, ignition
from casparian.formats.alarms.occurrences import Occurrences
from casparian.formats.alarms.pairing import Pairing
from casparian.formats.alarms.states import aveva_rank, ignition_rank, severity_rank
from casparian.reading.table import TableFormat

_SHARED = {
    "operator": ("user", "user_name", "ack_by", "acked_by", "ackd_by", "acknowledged_by",
                 "bediener", "benutzer", "quittiert_von", "opérateur", "operador"),
    "comment": ("notes", "ack_notes", "remark", "note", "kommentar", "bemerkung"),
    "shelved": ("is_shelved", "zurückgestellt"),
    "area": ("alarm_area", "alarm_group", "group", "group_name", "plant_area", "bereich",
             "anlagenbereich", "zone", "área"),
    "value": ("event_value", "alarm_value", "current_value", "process_value", "wert", "messwert",
              "istwert", "valeur", "valor"),
    "limit_value": ("limit", "setpoint", "threshold", "check_value", "grenzwert", "grenze",
              "seuil", "límite"),
}  # fmt: skip

_IGNITION = (
    "eventid",
    "eventtime",
    ("source", "sourcepath", "displaypath"),
    ("displaypath", "eventflags", "eventtype", "eventstate"),
)
_AVEVA = (("eventstamp", "eventstamputc"), "alarmstate", "tagname")
_FACTORYTALK = (
    "conditionname",
    "severity",
    ("sourcename", "alarmname", "eventsource"),
    ("eventtimestamp", "eventtime"),
)
_AUDIT = (
    ("user", "username", "userid", "operator", "benutzer", "bediener"),
    ("event", "eventtype", "action", "aktion", "vorgang"),
    ("node", "workstation", "computer", "computername", "host", "rechner"),
)

ALARMS = TableFormat(
    name="alarms",
    table="alarms",
    summary="alarm journal of any SCADA: alarms becoming active, acknowledged and clear",
    contract="alarms",
    header={
        "alarm_id": ("event_id", "occurrence_id", "alarm_event_id", "id", "alarm_uuid"),
        "timestamp": ("time", "uhrzeit", "time_of_day", "heure", "hora", "event_time", "date_time",
                      "time_stamp", "timestamp_utc", "occurred", "event_timestamp", "alarm_time",
                      "date", "zeit", "zeitstempel", "datum_zeit", "datum_uhrzeit", "zeitpunkt",
                      "datum", "horodatage", "date_heure", "fecha", "fecha_hora"),
        "day": ("date", "event_date", "alarm_date", "datum", "fecha"),
        "tag_name": ("tag", "source", "point", "point_name", "tagname", "source_name", "object",
                     "node", "variable", "item", "messstelle", "variablenname", "quelle", "repère",
                     "etiqueta", "asset", "equipment"),
        "state": ("alarm_state", "event", "event_type", "event_state", "status", "transition",
                  "state_change", "zustand", "alarmzustand", "meldezustand", "ereignis", "statut",
                  "état", "estado"),
        "priority": ("severity", "prio", "alarm_priority", "urgency", "priorität", "dringlichkeit",
                     "priorité", "prioridad"),
        "message": ("text", "description", "alarm_text", "alarm_message", "message_text", "meldung",
                    "meldetext", "meldungstext", "alarmtext", "beschreibung", "libellé", "texte",
                    "mensaje", "texto", "descripción", "alarm"),
        "condition": ("condition_name", "alarm_type", "alarm_name", "type", "limit_type",
                      "alarmtyp", "alarmart"),
        "alarm_number": ("alarm_no", "number", "nr", "no", "message_number", "meldenummer",
                         "meldungsnummer", "alarmnummer", "alarm_nr", "numéro"),
        **_SHARED,
    },
    required=("timestamp", ("alarm_id", "tag_name", "message", "alarm_number"), "state",
              ("priority", "message", "alarm_id", "condition", "alarm_number")),
    times=("timestamp",),
    days={"timestamp": "day"},
    unlike=(_IGNITION, _AVEVA, _FACTORYTALK, _AUDIT),
    shaping=Pairing,
)  # fmt: skip
IGNITION = TableFormat(
    name="ignition_alarms",
    table="alarms",
    summary="Ignition alarm journal: query of the database, table export or JSON",
    contract="alarms",
    header={
        "alarm_id": ("event_id", "eventid", "uuid"),
        "timestamp": ("event_time", "eventtime", "time"),
        "source": ("source_path",),
        "display_path": ("display_path_or_source",),
        "state": ("event_type", "event_state", "alarm_state"),
        "priority": (),
        "message": ("label",),
        "condition": ("name", "alarm_name"),
        "flags": ("event_flags",),
        **_SHARED,
    },
    required=("timestamp", ("source", "display_path"), "state", "alarm_id"),
    vendor=_IGNITION,
    times=("timestamp",),
    shaping=lambda: Pairing(ignition, ignition_rank),
)  # fmt: skip
AVEVA = TableFormat(
    name="aveva_alarms",
    table="alarms",
    summary="AVEVA (Wonderware) alarm history: the views of the alarm database",
    contract="alarms",
    header={
        "alarm_id": ("alarm_guid", "alarm_id"),
        "timestamp": ("event_stamp",),
        "timestamp_utc": ("event_stamp_utc",),
        "tag_name": (),
        "state": ("alarm_state",),
        "priority": (),
        "message": ("description", "comment"),
        "condition": ("type", "alarm_type"),
        "operator": ("operator_name", "user_full_name"),
        **{
            field: words for field, words in _SHARED.items() if field not in ("operator", "comment")
        },
    },
    required=(("timestamp", "timestamp_utc"), "state", "tag_name"),
    vendor=_AVEVA,
    times=("timestamp", "timestamp_utc"),
    utc=("timestamp_utc",),
    shaping=lambda: Pairing(aveva, aveva_rank),
)
FACTORYTALK = TableFormat(
    name="factorytalk_alarms",
    table="alarms",
    summary="FactoryTalk Alarms and Events: the log database or the log viewer's export",
    contract="alarms",
    header={
        "alarm_id": ("event_association_id",),
        "timestamp": ("event_time",),
        "timestamp_utc": ("event_time_stamp",),
        "tag_name": ("source_name", "alarm_name", "event_source"),
        "condition": ("condition_name",),
        "state": ("alarm_state", "state_change", "state"),
        "active": ("in_alarm",),
        "acked": ("acknowledged",),
        "severity": (),
        "priority": (),
        "message": ("alarm_message",),
        "area": ("source_path", "area"),
        "limit_value": (),
        "value": ("input_value", "current_value"),
        "operator": ("user_id", "user_name", "user_full_name", "operator"),
        "comment": ("user_comment", "comments"),
        "shelved": (),
    },
    required=(("timestamp", "timestamp_utc"), "tag_name", "condition", ("active", "state")),
    vendor=_FACTORYTALK,
    times=("timestamp", "timestamp_utc"),
    utc=("timestamp_utc",),
    shaping=lambda: Pairing(factorytalk, severity_rank),
)  # fmt: skip
ALARM_LIST = TableFormat(
    name="alarm_list",
    table="alarms",
    summary="list of alarms, one record an occurrence: active, acknowledged and clear side by side",
    contract="alarms",
    header={
        "alarm_id": ("event_id", "occurrence_id"),
        "timestamp": ("active_at", "active_time", "activated_at", "in_time", "time_in", "on_time",
                      "time_on", "start_time", "started_at", "alarm_time", "in_alarm_time",
                      "raised_at", "al_start_time", "came_in", "gekommen", "kommt", "kommen",
                      "beginn", "apparition", "inicio"),
        "acked_at": ("ack_time", "acknowledge_time", "acknowledged_at", "time_acked", "al_ack_time",
                     "acknowledged", "quittiert", "quittiert_am", "quittierzeit", "acquittement",
                     "reconocido"),
        "cleared_at": ("clear_time", "cleared", "out_time", "time_out", "off_time", "time_off",
                       "rtn_time", "return_time", "norm_time", "normal_time", "al_norm_time",
                       "out_of_alarm_time", "end_time", "ended_at", "went_out", "gegangen", "geht",
                       "gehen", "ende", "disparition", "fin"),
        "tag_name": ("tag", "source", "point", "al_tag", "source_name", "variable", "messstelle",
                     "variablenname"),
        "condition": ("condition_name", "alarm_type", "alarm_name"),
        "alarm_number": ("alarm_no", "number", "nr", "meldenummer", "meldungsnummer",
                         "alarmnummer"),
        "priority": ("severity", "prio", "al_priority", "priorität", "priorité", "prioridad"),
        "message": ("text", "description", "alarm_text", "alarm_message", "al_message", "alarm",
                    "meldung", "meldetext", "meldungstext", "libellé", "mensaje"),
        **_SHARED,
    },
    required=("timestamp", "cleared_at", ("acked_at", "priority"),
              ("tag_name", "message", "alarm_number")),
    times=("timestamp", "acked_at", "cleared_at"),
    shaping=Occurrences,
)  # fmt: skip
FORMATS = (ALARMS, IGNITION, AVEVA, FACTORYTALK, ALARM_LIST)
