"""The words of measurement reports: what a header or a line above a table means.

English, German, French, Spanish and Italian, with the abbreviations that reports use.
"""

from __future__ import annotations

import re
from functools import lru_cache

SPECIFICATION = ("nominal", "usl", "lsl", "tol", "tol_plus", "tol_minus", "units")
NUMBERS = ("nominal", "usl", "lsl", "tol", "tol_plus", "tol_minus", "actual")
WHO = (
    *("part_number", "serial", "sample", "lot", "subgroup", "measured_at", "measured_time"),
    *("operator", "machine_id", "cavity", "gage", "order_id", "event", "comment"),
)
CHARACTERISTIC = ("feature", "characteristic_id", "characteristic_type", "specification")
FIELDS = (*WHO, *CHARACTERISTIC, *SPECIFICATION[:-1], "actual", "units", "pass")
STATED = (
    *("n", "mean", "sigma", "sigma_within", "minimum", "maximum", "range_value", "cp", "cpk"),
    *("cpl", "cpu", "pp", "ppk", "ppl", "ppu", "cpm", "cm", "cmk", "out_of_limits"),
)
CONTROL = ("ucl", "cl", "lcl")
_WORDS = {
    "part_number": "planid|plan id|"
    "part number|part no|part|part name|p/n|item|item number|drawing|drawing number|"
    "drawing no|teilenummer|teilenr|teile nr|sachnummer|artikelnummer|artikel|zeichnungsnummer|"
    "zeichnung|teil|bauteil|référence|pièce|numéro de pièce|pieza|número de pieza|codice|codice "
    "particolare|particolare",
    "serial": "partnb|part nb|"
    "serial|serial number|serial no|s/n|sn|part id|part serial|part sn|unit id|"
    "seriennummer|seriennr|serien nr|teilid|teile id|werkstück|werkstücknummer|werkstücknr|"
    "numéro de série|n° de série|no de série|número de serie|n° de serie|matricola|numero di serie",
    "sample": "sample|sample no|sample number|sample id|sample #|piece|piece no|prüfling|probe|"
    "probennummer|proben nr|muster|stück|stück nr|messung nr|échantillon|"
    "n° échantillon|muestra|campione",
    "lot": "lot|lot number|lot no|batch|batch number|los|losnummer|losnr|charge|chargennummer|"
    "charge nr|lote|lotto",
    "subgroup": "subgroup|sub group|subgroup number|subgroup no|stichprobe|untergruppe|teilgruppe|"
    "sous groupe|subgrupo|sottogruppo",
    "measured_at": "measured at|measured on|measurement date|measurement time|date|date time|"
    "date/time|datetime|timestamp|time stamp|inspection date|messdatum|messzeitpunkt|gemessen am|"
    "datum|datum/uhrzeit|datum/zeit|zeitpunkt|prüfdatum|date de mesure|date/heure|fecha|"
    "fecha/hora|fecha de medición|data|data e ora|data misura",
    "measured_time": "time|uhrzeit|zeit|messzeit|heure|hora|ora",
    "operator": "operator|inspector|measured by|inspected by|bediener|prüfer|messtechniker|"
    "gemessen von|opérateur|contrôleur|operador|inspector|operatore",
    "machine_id": "machine|machine id|machine no|maschine|maschinennummer|maschinennr|anlage|"
    "máquina|macchina",
    "cavity": "cavity|cavity no|nest|nest no|kavität|nest nr|spindle|spindel|empreinte|cavidad",
    "gage": "gage|gauge|gage id|gauge id|device|instrument|measuring device|prüfmittel|messmittel|"
    "messgerät|moyen de mesure|instrumento",
    "order_id": "order|order no|work order|job|job no|auftrag|auftragsnummer|auftragsnr|"
    "ordre de fabrication|orden",
    "event": "event|ereignis|événement|evento",
    "comment": "comment|comments|remark|remarks|note|notes|kommentar|bemerkung|bemerkungen|"
    "commentaire|remarque|comentario|nota",
    "feature": "feature|features|feature name|feature id|characteristic|characteristics|dimension|"
    "characteristic name|dim|merkmal|merkmale|merkmalsname|merkmalsbezeichnung|prüfmerkmal|maß|"
    "caractéristique|cote|característica|cota|caratteristica|quota",
    "characteristic_id": "characteristic no|characteristic number|characteristic id|char no|char #|"
    "balloon|balloon no|bubble|bubble no|item id|merkmal nr|merkmalsnummer|merkmals nr|"
    "merkmalnummer|n° caractéristique|n° característica",
    "characteristic_type": "characteristic type|type|feature type|merkmalsart|merkmalstyp|"
    "type de caractéristique|tipo|tipo de característica",
    "axis": "axis|ax|achse|eje|asse|control",
    "element": "element|elements|élément|elemento",
    "specification": "specification|spec|requirement|symbol|gd&t|gdt|tolerance text|spezifikation|"
    "vorgabe|anforderung|spécification|especificación|specifica",
    "nominal": "nominal|nominal value|nom|target|target value|sollwert|soll|nennwert|nennmaß|"
    "nominale|valeur nominale|cote nominale|valor nominal|valore nominale",
    "usl": "usl|upper spec limit|upper specification limit|upper spec|upper limit|utl|max|maximum|"
    "osg|ogw|otg|oberer grenzwert|obere grenze|obere spezifikationsgrenze|oberes grenzmaß|größtmaß|"
    "höchstmaß|limite supérieure|lss|límite superior|les|limite superiore",
    "lsl": "lsl|lower spec limit|lower specification limit|lower spec|lower limit|ltl|min|minimum|"
    "usg|ugw|utgr|unterer grenzwert|untere grenze|untere spezifikationsgrenze|unteres grenzmaß|"
    "kleinstmaß|mindestmaß|limite inférieure|lsi|límite inferior|lei|limite inferiore",
    "tol": "tol|tolerance|tol ±|±|± tol|±tol|+/-|+/- tol|tol +/-|toleranz|tolérance|tolerancia|"
    "tolleranza",
    "tol_plus": "uppertol|"
    "tol+|tol +|+tol|+ tol|tol plus|plus tol|upper tol|upper tolerance|+tolerance|"
    "tolerance +|obere toleranz|obere tol|ob. toleranz|ob. tol|hi tol|high tol|"
    "oberes abmaß|toleranz +|+toleranz|plus tolerance|tol sup|"
    "tolérance supérieure|tolérance +|tolerancia superior|tolleranza superiore",
    "tol_minus": "lowertol|"
    "tol-|tol -|-tol|- tol|tol minus|minus tol|lower tol|lower tolerance|-tolerance|"
    "tolerance -|untere toleranz|untere tol|unt. toleranz|unt. tol|lo tol|low tol|"
    "unteres abmaß|toleranz -|-toleranz|minus tolerance|tol inf|"
    "tolérance inférieure|tolérance -|tolerancia inferior|tolleranza inferiore",
    "actual": "actual|actual value|measured|measured value|measurement|meas|value|result value|"
    "istwert|ist|istmaß|messwert|mesure|valeur mesurée|valeur|medido|valor|valor medido|misura|"
    "valore misurato|valore",
    "units": "units|unit|uom|einheit|einheiten|unité|unités|unidad|unidades|unità",
    "pass": "pass|pass/fail|ok|ok/nok|in tolerance|status|result|ergebnis|bewertung|i.o.|résultat|"
    "statut|conforme|resultado|estado|esito|verdict|judgement|judgment|urteil|beurteilung|test",
    "name": "name|id|label|identifier|designation|bezeichnung|bezeichner|benennung|"
    "désignation|denominación|nombre|denominazione|nome",
    "count": "no|nr|pos|index|line|row|lfd nr|zeile",
    "n": "n|number of samples|no of samples|sample size|samples|count|number of values|anzahl|"
    "anzahl werte|stichprobenumfang|nombre de mesures|número de muestras",
    "mean": "xbar|x bar|xbarbar|x̄|mean|average|avg|mittelwert|mw|moyenne|media|promedio",
    "sigma": "sigma|std dev|stddev|st dev|stdev|std|standard deviation|s|sd|standardabweichung|"
    "stabw|stdabw|écart type|desviación estándar|deviazione standard|sigma overall|overall sigma",
    "sigma_within": "sigma within|within sigma|sigma r/d2|estimated sigma|within std dev",
    "minimum": "minimum value|smallest|smallest value|min value|kleinster wert|kleinstwert",
    "maximum": "maximum value|largest|largest value|max value|größter wert|größtwert",
    "range_value": "range|spannweite|étendue|rango|r",
    **{name: name for name in STATED[7:-1]},
    "out_of_limits": "out of tolerance|# out|oot|number out|out of spec|n out|anzahl nok|ausschuss",
    "ucl": "ucl|ucl x|uclx|ucl xbar|upper control limit|oeg|obere eingriffsgrenze|og eingriff|"
    "lcs|limite de contrôle supérieure|límite de control superior",
    "lcl": "lcl|lcl x|lclx|lcl xbar|lower control limit|ueg|untere eingriffsgrenze|lci|"
    "limite de contrôle inférieure|límite de control inferior",
    "cl": "cl|center line|centre line|center|mittellinie|ligne centrale|línea central",
    "ucl_r": "ucl r|uclr|ucl range|oeg r", "lcl_r": "lcl r|lclr|lcl range|ueg r",
    "cl_r": "cl r|clr|rbar|r bar",
    "ucl_s": "ucl s|ucls|oeg s", "lcl_s": "lcl s|lcls|ueg s", "cl_s": "cl s|sbar|s bar",
    "ucl_mr": "ucl mr|uclmr", "lcl_mr": "lcl mr|lclmr", "cl_mr": "cl mr|mrbar|mr bar",
}  # fmt: skip
_UNIT_IN_BRACKETS = re.compile(r"\s*[\[(]([^\])]*)[\])]\s*$")
_ORDINAL = re.compile(
    r"(?:sample|obs|observation|part|piece|pc|trial|reading|value|measurement|meas|run|x|n|nr|no|teil|probe|"
    r"stichprobe|prüfling|messung|messwert|wert|stück|pièce|mesure|échantillon|muestra|pieza|"
    r"medida|campione|pezzo)?[\s._#:°-]*(\d{1,4})\Z"
)


def normalise(text: str) -> str:
    """A header word without case, underscores, inner hyphens, brackets and double spaces."""
    bare = _UNIT_IN_BRACKETS.sub("", text.strip().rstrip(":").strip())
    bare = re.sub(r"(?<=\w)-(?=\w)", "", bare.replace("_", " ").casefold().replace("ß", "ss"))
    return re.sub(r"\s+", " ", bare).strip(" :#") or text.strip().casefold()


_FIELD_OF: dict[str, str] = {}
for _name, _text in _WORDS.items():
    for _word in _text.split("|"):
        _FIELD_OF.setdefault(normalise(_word), _name)


@lru_cache(maxsize=4096)
def field_of(text: str | None) -> str | None:
    """The field, statistic or control limit that a header or preamble word means."""
    if not text or len(text) > 100:
        return None
    word = normalise(text)
    found = _FIELD_OF.get(word) or _FIELD_OF.get(word.rstrip("."))
    if found is None and "/" in word:  # bilingual headers: Merkmal / Characteristic
        parts = {_FIELD_OF.get(part.strip()) for part in word.split("/")} - {None}
        found = parts.pop() if len(parts) == 1 else None
    return found


@lru_cache(maxsize=4096)
def unit_of(text: str) -> str | None:
    """The unit in brackets behind a header word."""
    bracket = _UNIT_IN_BRACKETS.search(text)
    return bracket[1].strip() or None if bracket else None


@lru_cache(maxsize=4096)
def ordinal_of(text: str) -> int | None:
    """The number in a heading that only counts, as `Sample 3`, `x3` or `3`; else None."""
    found = _ORDINAL.match(text.strip().casefold())
    return int(found[1]) if found else None
