"""Where the measurements stand on a sheet: header and preamble words, English and German.

A measurement table is recognised by a header row that names at least a feature and an actual
value; lines above it such as `Part number | P-100` give what the columns do not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from casparian.formats.workbook import Row, cell_text

FIELDS = (
    *("part_number", "serial", "lot", "subgroup", "measured_at", "measured_time", "operator"),
    *("machine_id", "feature", "nominal", "usl", "lsl", "tol", "tol_plus", "tol_minus"),
    *("actual", "units", "pass"),
)
NUMBERS = ("nominal", "usl", "lsl", "tol", "tol_plus", "tol_minus", "actual")
REQUIRED = ("feature", "actual")
_WORDS = {
    "part_number": "part number|part no|part|part name|p/n|item|item number|drawing|drawing number|"
    "teilenummer|teilenr|teile nr|sachnummer|artikelnummer|artikel|zeichnungsnummer|"
    "zeichnung",
    "serial": "serial|serial number|serial no|s/n|sn|part id|part serial|seriennummer|seriennr|"
    "serien nr|teilid|werkstück|werkstücknummer|werkstücknr",
    "lot": "lot|lot number|lot no|batch|batch number|los|losnummer|losnr|charge|chargennummer",
    "subgroup": "subgroup|sub group|subgroup number|stichprobe|untergruppe|teilgruppe",
    "measured_at": "measured at|measured on|measurement date|measurement time|date|date time|"
    "date/time|datetime|timestamp|inspection date|messdatum|messzeitpunkt|gemessen am|datum|"
    "datum/uhrzeit|datum/zeit|zeitpunkt",
    "measured_time": "time|uhrzeit|zeit|messzeit",
    "operator": "operator|inspector|measured by|bediener|prüfer|messtechniker|gemessen von",
    "machine_id": "machine|machine id|machine no|maschine|maschinennummer|maschinennr|anlage",
    "feature": "feature|feature name|feature id|characteristic|dimension|merkmal|merkmalsname|"
    "prüfmerkmal|maß",
    "nominal": "nominal|nominal value|nom|target|target value|sollwert|soll|nennwert|nennmaß",
    "usl": "usl|upper spec limit|upper specification limit|upper limit|utl|max|maximum|osg|ogw|"
    "oberer grenzwert|obere grenze|obere spezifikationsgrenze|oberes grenzmaß|größtmaß|"
    "höchstmaß",
    "lsl": "lsl|lower spec limit|lower specification limit|lower limit|ltl|min|minimum|usg|ugw|"
    "unterer grenzwert|untere grenze|untere spezifikationsgrenze|unteres grenzmaß|"
    "kleinstmaß|mindestmaß",
    "tol": "tol|tolerance|tol ±|±|± tol|±tol|+/-|+/- tol|tol +/-|toleranz",
    "tol_plus": "tol+|tol +|+tol|+ tol|tol plus|plus tol|upper tol|upper tolerance|+tolerance|"
    "tolerance +|obere toleranz|oberes abmaß|toleranz +|+toleranz",
    "tol_minus": "tol-|tol -|-tol|- tol|tol minus|minus tol|lower tol|lower tolerance|-tolerance|"
    "tolerance -|untere toleranz|unteres abmaß|toleranz -|-toleranz",
    "actual": "actual|actual value|measured|measured value|measurement|meas|value|istwert|ist|"
    "istmaß|messwert",
    "units": "units|unit|uom|einheit|einheiten",
    "pass": "pass|pass/fail|ok|ok/nok|in tolerance|status|result|ergebnis|bewertung|i.o.",
}
_FIELD_OF = {word: name for name, words in _WORDS.items() for word in words.split("|")}
_UNIT_IN_BRACKETS = re.compile(r"\s*[\[(]([^\])]*)[\])]\s*$")


@dataclass
class Table:
    """One table of a sheet. `columns`: field to column number; the others by their header.

    given: what the lines above the table say. units: those written beside or under the header.
    """

    columns: dict[str, int]
    others: dict[str, int]
    given: dict[str, str] = field(default_factory=dict)
    units: str | None = None


def normalise(text: str) -> str:
    """A header word without case, underscores, inner hyphens, brackets and double spaces."""
    bare = _UNIT_IN_BRACKETS.sub("", text.strip().rstrip(":").strip())
    bare = re.sub(r"(?<=\w)-(?=\w)", "", bare.replace("_", " ").casefold().replace("ß", "ss"))
    return re.sub(r"\s+", " ", bare).strip(" :#") or text.strip().casefold()


_FIELD_OF = {normalise(word): name for word, name in _FIELD_OF.items()}


@lru_cache(maxsize=4096)
def field_of(text: str | None) -> str | None:
    """The field that a header or preamble word means."""
    if not text:
        return None
    word = normalise(text)
    return _FIELD_OF.get(word) or _FIELD_OF.get(word.rstrip("."))


def read_header(row: Row) -> Table | None:
    """The table if this row is its header, else None. The first column of a field counts."""
    columns: dict[str, int] = {}
    others: dict[str, int] = {}
    units = None
    for place, cell in enumerate(row):
        text = cell_text(cell) if isinstance(cell, str) else None
        name = field_of(text)
        if name and name not in columns:
            columns[name] = place
            bracket = _UNIT_IN_BRACKETS.search(text or "")
            units = bracket[1] if bracket and name == "actual" else units
        elif text:
            others[text] = place
    if not all(name in columns for name in REQUIRED):
        return None
    return Table(columns, others, units=units)


def read_preamble(row: Row) -> dict[str, str]:
    """Pairs of a known word and the next filled cell."""
    filled = [text for text in map(cell_text, row) if text is not None]
    pairs = {}
    place = 0
    while place + 1 < len(filled):
        if name := field_of(filled[place]):
            pairs[name] = filled[place + 1]
            place += 1
        place += 1
    return pairs


def is_units_row(row: Row, table: Table) -> bool:
    """Whether the row under the header says units: text where numbers belong, and no feature."""
    numbers = [row[table.columns[name]] for name in NUMBERS if name in table.columns]
    texts = [cell for cell in numbers if isinstance(cell, str) and cell.strip()]
    return (
        bool(texts)
        and len(texts) == sum(cell != "" for cell in numbers)
        and not any(map(_has_digit, texts))
    )


def _has_digit(text: str) -> bool:
    return any(letter.isdigit() for letter in text)
