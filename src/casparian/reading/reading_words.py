"""Header words of historians, in the languages that they are exported in."""

from __future__ import annotations

import re
from collections.abc import Callable

from casparian.reading.header import Words

# days stand before times of day, so that `Date` and `Time` beside each other are told apart
TIME = (
    "time_stamp", "datetime", "date_time", "ts", "sample_time", "timestamp_utc", "utc_time",
    "source_timestamp", "event_time", "ip_trend_time", "zeitstempel", "datum_zeit", "datum_uhrzeit",
    "horodatage", "date_heure", "fecha_hora", "data_ora", "data_hora", "tijdstempel", "datum_tijd",
    "t_stamp", "epoch", "epoch_ms", "unix_time", "date", "datum", "jour", "fecha", "time",
    "local_time", "zeit", "uhrzeit", "heure", "hora", "tijd", "time_ms",
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
            "path", "pfad", "name", "ip_tag_name", "bezeichner", "series_name", "series",
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
_CLOCK_TIME = re.compile(r"\d{1,2}(?::\d\d|\.\d\d\.\d\d)(?:[:.,\d\s]|[AaPp]\.?\s?[Mm]\.?)*\Z")


def day_and_clock(found: dict[str, int], column: Callable[[int], list[str]]) -> dict[str, int]:
    """The roles with `clock` only where `timestamp` holds days and `clock` their times of day.

    column: what the sample has in a column. A clock that is a whole time takes the day's place.
    """
    if "clock" not in found:
        return found
    days, clocks = column(found["timestamp"]), column(found["clock"])
    alone = bool(clocks) and all(map(_CLOCK_TIME.match, clocks))
    if alone and not any(":" in day for day in days):
        return found
    whole = clocks and not alone and not any(":" in day for day in days)
    place = found["clock"] if whole else found["timestamp"]
    return {k: v for k, v in found.items() if k != "clock"} | {"timestamp": place}
