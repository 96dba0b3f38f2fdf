"""Downtime log: each stop of a machine with its reason; an open stop has no end.

A stop is given by start and end or by start and duration; the reason by code, text or as a path.
"""

from casparian.formats.downtime.stops import Stops
from casparian.reading.table import TableFormat


def _level(number: int) -> tuple[str, ...]:
    words = ("reason_level", "level", "reason", "cause_level", "tier", "grund", "grund_ebene",
             "ebene", "ursache", "cause", "motif", "causa", "downtime_reason")  # fmt: skip
    return (*(f"{word}_{number}" for word in words), f"l{number}", f"reason_l{number}")


FORMAT = TableFormat(
    name="downtime",
    table="downtime_events",
    summary="downtime log: stops of machines with start, end or duration, and reason",
    contract="downtime",
    header={
        "event_id": ("event", "stop_id", "downtime_id", "id", "record_id", "stop_no",
                     "stillstand_nr", "störung_nr", "stoernr"),
        "machine_id": ("machine", "resource", "machine_name", "machine_no", "asset", "equipment",
                       "equipment_id", "work_center", "workcenter", "station", "maschine",
                       "maschinennummer", "maschinennr", "anlage", "arbeitsplatz", "poste",
                       "équipement", "máquina", "equipo"),
        "line_id": ("line", "line_name", "production_line", "linie", "ligne", "línea"),
        "date": ("day", "stop_date", "shift_date", "datum", "tag", "jour", "fecha"),
        "starts_at": ("start", "start_time", "started_at", "started", "from", "begin", "begin_time",
                      "start_date_time", "start_datetime", "down_at", "stop_start", "stop_time",
                      "time_down", "beginn", "von", "anfang", "startzeit", "stillstand_beginn",
                      "störbeginn", "début", "heure_début", "inicio", "hora_inicio", "timestamp"),
        "ends_at": ("end", "end_time", "ended_at", "ended", "to", "finish", "end_date_time",
                    "end_datetime", "up_at", "stop_end", "time_up", "restart", "restart_time",
                    "ende", "bis", "endzeit", "stillstand_ende", "störende", "fin", "heure_fin",
                    "hora_fin"),
        "duration_s": ("seconds", "duration_seconds", "duration_sec", "downtime_s",
                       "downtime_seconds", "sekunden", "dauer_s", "dauer_sek"),
        "duration_min": ("minutes", "mins", "duration_minutes", "duration_mins", "downtime_minutes",
                         "downtime_min", "minuten", "dauer_min", "dauer_minuten", "durée_min"),
        "duration_h": ("hours", "duration_hours", "downtime_hours", "downtime_h", "stunden",
                       "dauer_h", "dauer_std"),
        "duration": ("downtime", "downtime_duration", "elapsed", "length", "time_lost",
                     "lost_time", "dauer",
                     "stillstandsdauer", "ausfallzeit", "stördauer", "durée", "duración"),
        "reason_code": ("code", "cause_code", "stop_code", "downtime_code", "fault_code",
                        "grundcode", "störcode", "grund_nr", "grundnummer", "code_arrêt",
                        "código"),
        "reason": ("reason_text", "reason_description", "cause", "stop_reason",
                   "downtime_reason", "reason_path", "reason_tree", "fault", "description", "grund",
                   "stillstandsgrund", "störgrund", "störung", "ursache", "motif", "raison",
                   "causa", "motivo"),
        **{f"reason_{number}": _level(number) for number in range(1, 6)},
        "category": ("class", "reason_group", "reason_category", "loss_category", "loss_type",
                     "kategorie", "gruppe", "catégorie", "categoría"),
        "planned": ("is_planned", "planned_unplanned", "planned_or_unplanned", "stop_type",
                    "downtime_type", "scheduled", "geplant", "geplant_ungeplant", "stillstandsart",
                    "type", "art", "planifié", "planificado"),
        "shift": ("shift_name", "crew", "schicht", "équipe", "turno"),
        "order_id": ("order", "work_order", "production_order", "job", "auftrag",
                     "fertigungsauftrag"),
        "product_id": ("product", "material", "item", "part_number", "artikel", "produkt"),
        "operator": ("user", "reported_by", "entered_by", "bediener", "mitarbeiter", "werker",
                     "opérateur", "operador"),
        "comment": ("comments", "remark", "remarks", "notes", "note", "kommentar", "bemerkung",
                    "commentaire", "comentario"),
    },
    required=(("machine_id", "line_id"), "starts_at",
              ("ends_at", "duration", "duration_s", "duration_min", "duration_h"),
              ("reason_code", "reason", "reason_1"),
              ("event_id", "reason_code", "duration", "duration_s", "duration_min", "duration_h",
               "category", "planned", "shift", "comment", "operator", "reason_1", "machine_id")),
    times=("starts_at", "ends_at"),
    days={"starts_at": "date", "ends_at": "date"},
    numbers=("duration_s", "duration_min", "duration_h"),
    above=("machine_id", "line_id", "shift", "date"),
    shaping=Stops,
)  # fmt: skip
