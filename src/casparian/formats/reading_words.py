"""Header words of historians, in the languages that they are exported in."""

from __future__ import annotations

from casparian.formats.header import Words

TIME = (
    "time_stamp", "datetime", "date_time", "ts", "sample_time", "timestamp_utc", "utc_time",
    "source_timestamp", "event_time", "ip_trend_time", "local_time", "time", "date", "zeitstempel",
    "datum_zeit", "datum_uhrzeit", "datum", "zeit", "horodatage", "date_heure", "heure", "jour",
    "fecha_hora", "fecha", "hora", "data_ora", "data_hora", "tijdstempel", "tijd", "epoch",
    "epoch_ms", "unix_time", "time_ms", "datum_tijd", "t_stamp",
)  # fmt: skip
CLOCK = (
    "time", "zeit", "uhrzeit", "time_of_day", "heure", "hora", "ora", "tijd", "local_time",
)  # fmt: skip
QUALITY = (
    "opc_quality", "opc_da_quality", "quality_detail", "quality", "quality_code", "data_quality",
    "value_quality", "qualitaet", "qualite", "calidad", "qualita", "kwaliteit", "qualidade",
    "is_good", "good", "status_code", "status", "q_status", "ip_trend_qstatus", "confidence",
    "percent_good", "validity", "statut", "estado", "qual",
)  # fmt: skip
LONG = Words(
    {
        "timestamp": TIME,
        "clock": CLOCK,
        "tag_name": (
            "tag", "tagname", "tag_id", "full_tag_name", "tag_path", "point", "point_name",
            "point_id", "point_path", "item_id", "item", "fqn", "variable", "signal", "messstelle",
            "kennzeichen", "messpunkt", "repere", "etiquette", "etiqueta", "punto", "punto_misura",
            "path", "pfad", "name", "ip_tag_name", "bezeichner",
        ),
        "value": (
            "val", "reading", "pv", "tag_value", "process_value", "ip_trend_value", "wert",
            "messwert", "valeur", "mesure", "valor", "valore", "waarde",
        ),
        "quality": QUALITY,
        "questionable": ("is_questionable",),
        "substituted": ("is_substituted",),
    },
    ("timestamp", "tag_name", "value"),
)  # fmt: skip
WIDE_TIME = Words({"timestamp": TIME})
