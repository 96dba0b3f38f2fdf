"""The words of gage studies: English, German, French, Spanish and Italian."""

from __future__ import annotations

import re
from functools import lru_cache

_WORDS = {
    "part": "part|part no|part number|part #|part id|parts|sample|sample no|sample number|"
    "specimen|piece|unit id|teil|teile|teil nr|teilenr|teilenummer|prüfling|muster|werkstück|pièce|"
    "n° pièce|échantillon|pieza|muestra|parte|pezzo|campione",
    "appraiser": "appraiser|appraisers|operator|operators|inspector|evaluator|technician|prüfer|"
    "bediener|prüfername|opérateur|contrôleur|évaluateur|operador|evaluador|operatore|valutatore",
    "trial": "trial|trials|trial no|trial #|replicate|replication|repeat|repetition|rep|run|"
    "measurement no|wiederholung|wiederholmessung|wdh|messung|messreihe|durchgang|essai|"
    "répétition|mesure no|ensayo|repetición|replica|réplique|prova|ripetizione",
    "value": "measurement|measured value|value|measured|reading|result|actual|response|messwert|"
    "wert|istwert|ergebnis|mesure|valeur|résultat|medición|valor|resultado|misura|valore|"
    "risultato|data",
    "rating": "rating|decision|assessment|appraisal|pass/fail|bewertung|entscheidung|décision|"
    "decisión|calificación",
    "reference": "reference|reference value|ref|ref value|master|master value|standard|"
    "standard value|true value|referenz|referenzwert|meisterwert|normal|valeur de référence|"
    "référence|referencia|valor de referencia|riferimento",
    "tolerance": "tolerance|tol|tolerance width|total tolerance|toleranz|toleranzbreite|tolérance|"
    "intervalle de tolérance|tolerancia|tolleranza",
    "usl": "usl|upper spec limit|upper specification limit|upper limit|osg|ogw|"
    "oberer grenzwert|limite supérieure|límite superior",
    "lsl": "lsl|lower spec limit|lower specification limit|lower limit|usg|ugw|"
    "unterer grenzwert|limite inférieure|límite inferior",
    "units": "units|unit|uom|unit of measure|einheit|unité|unidad|unità",
    "gage": "gage|gauge|gage no|gage number|gage name|gage id|gauge no|gage type|instrument|"
    "measuring equipment|prüfmittel|prüfmittel nr|messmittel|messgerät|moyen de mesure|"
    "instrumento|strumento",
    "characteristic": "characteristic|characteristics|feature|dimension|parameter|merkmal|"
    "prüfmerkmal|caractéristique|característica|caratteristica",
    "study_id": "study|study id|study no|study number|study name|report no|msa no|studie|"
    "studien nr|untersuchung|étude|estudio|studio",
    "study_date": "study date|date performed|date of study|performed on|prüfdatum|"
    "date de l'étude|fecha de estudio",
    "measured_at": "measured at|date|date time|datetime|timestamp|time|datum|zeit|zeitpunkt|"
    "date/heure|fecha|data e ora",
    "part_number": "part name|part no & name|part number and name|product|drawing|bauteil|"
    "teilebezeichnung|sachnummer|artikel|produit|producto",
    "comment": "comment|remark|note|kommentar|bemerkung|commentaire|comentario",
    "_order": "std order|stdorder|run order|runorder|row|nr|no|#|lfd nr|index",
}  # fmt: skip
_BRACKET = re.compile(r"\s*[\[(]([^\])]*)[\])]\s*$")
_SKIPPED = re.compile(
    r"(?:\d+\.?\s*)?(?:ave|avg|average|mean|range|x ?-?bar|x̄|r ?bar|r|sum|total|mittelwert|"
    r"spannweite|moyenne|étendue|media|rango|part ave.*|xdiff|ucl.*|lcl.*|std.*|s)\.?\s*\Z"
)
_COUNT = r"[\s._#:°-]*([0-9]{1,4})"


def normalise(text: str) -> str:
    bare = re.sub(r"^[A-Z]:(?=\w)", "", text.strip())  # A:Operator, as R's packages write it
    bare = _BRACKET.sub("", bare.rstrip(":").strip())
    bare = bare.replace("_", " ").replace("-", " ").casefold().replace("ß", "ss")
    return re.sub(r"\s+", " ", bare).strip(" :.")


_FIELD_OF: dict[str, str] = {}
for _name, _text in _WORDS.items():
    for _word in _text.split("|"):
        _FIELD_OF.setdefault(normalise(_word), _name)
_TRIAL_WORDS = [w for w, name in _FIELD_OF.items() if name in ("trial", "value")]
_PART_WORDS = [w for w, name in _FIELD_OF.items() if name == "part"]
_APPRAISER_WORDS = [w for w, name in _FIELD_OF.items() if name == "appraiser"]


def _of(words: list[str], tail: str) -> re.Pattern[str]:
    named = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    return re.compile(rf"(?:{named}){tail}\Z")


_TRIAL = _of(_TRIAL_WORDS, _COUNT)
_PART = _of(_PART_WORDS, r"(?:[\s._#:°-]+(\S{1,20})|(\d{1,5}))")
_APPRAISER = _of(_APPRAISER_WORDS, r"[\s._#:°-]*(\S.{0,40})")
_TRIAL_WORD = "|".join(sorted(map(re.escape, _TRIAL_WORDS), key=len, reverse=True))
_SAID = re.compile(rf"(?:\b|_)(?:{_TRIAL_WORD})(?:\b|_|\d)")
_BOTH = re.compile(rf"(.{{1,60}}?)[\s._/,;:#-]+(?:(?:{_TRIAL_WORD})[\s._#:°-]*)?([0-9]{{1,4}})\Z")


@lru_cache(maxsize=4096)
def field_of(text: str | None) -> str | None:
    """The field that a heading or a line above the table means."""
    if not text or len(text) > 99 or text[0].isdecimal():  # no word begins with a digit
        return None
    return _FIELD_OF.get(normalise(text))


@lru_cache(maxsize=4096)
def unit_of(text: str) -> str | None:
    found = _BRACKET.search(text)
    return found[1].strip() or None if found else None


def skipped(text: str | None) -> bool:
    """A row or column of results: average, range …"""
    return bool(text) and _SKIPPED.match((text or "").strip().casefold()) is not None


def trial_of(text: str) -> str | None:
    """The number in `Trial 2`, `Messung 2` or `2`."""
    found = _TRIAL.match(normalise(text))
    bare = text.strip()
    return found[1] if found else bare if bare.isdecimal() and len(bare) < 5 else None


def part_of(text: str) -> str | None:
    """The label in `Part 7`, `Teil 7` or `7`."""
    found = _PART.match(normalise(text))
    bare = text.strip()
    if found:
        return found[1] or found[2]
    return bare if bare.isdecimal() and len(bare) < 6 else None


def appraiser_of(text: str) -> str | None:
    """The name in `Operator A` or `Prüfer: Maier`."""
    found = _APPRAISER.match(normalise(text))
    return text.strip()[-len(found[1]) :].strip() if found else None


def appraiser_and_trial(text: str) -> tuple[str, str] | None:
    """`A-1`, `Operator A Trial 1`, `Maier / 2` → (appraiser, trial)."""
    found = _BOTH.match(text.strip().casefold())
    if found is None:
        short = re.match(r"([A-Za-z])(\d{1,2})\Z", text.strip())
        return (short[1], short[2]) if short else None
    name = text.strip()[: len(found[1])].strip()
    if not name[:1].isalpha() or sum(map(str.isdecimal, name)) > 4:
        return None  # a date, a number
    return (appraiser_of(name) or name, found[2]) if not trial_of(text) else None


def says_trial(text: str) -> bool:
    """Whether a heading has a word for a trial, as `Maier Trial 1`."""
    return _SAID.search(text.casefold()) is not None
