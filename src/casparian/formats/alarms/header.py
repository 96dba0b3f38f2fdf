"""Header words that journals share, and those that only one vendor's files have together."""

SHARED = {
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

OF_IGNITION = (
    "eventid",
    "eventtime",
    ("source", "sourcepath", "displaypath"),
    ("displaypath", "eventflags", "eventtype", "eventstate"),
)
OF_AVEVA = (("eventstamp", "eventstamputc"), "alarmstate", "tagname")
OF_FACTORYTALK = (
    "conditionname",
    "severity",
    ("sourcename", "alarmname", "eventsource"),
    ("eventtimestamp", "eventtime"),
)
OF_AUDIT = (
    ("user", "username", "userid", "operator", "benutzer", "bediener"),
    ("event", "eventtype", "action", "aktion", "vorgang"),
    ("node", "workstation", "computer", "computername", "host", "rechner"),
)
OF_DELTAV = ("eventtype", "module", "attribute", "state", ("desc1", "desc2", "level"))
OF_WINCC = ("msgproc", "stateafter", "msgnumber", "timestring")
