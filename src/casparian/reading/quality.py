"""Quality of a reading: one enum, Good, Uncertain or Bad, from every vendor's way of saying it.

The code as written stays beside it. A code that says nothing, or nothing that anybody knows, is
Uncertain: nobody vouched for it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

GOOD, UNCERTAIN, BAD = "Good", "Uncertain", "Bad"
QUALITIES = (GOOD, UNCERTAIN, BAD)

_TOP_BITS = (BAD, UNCERTAIN, BAD, GOOD)  # OPC DA: 00, 01, 10 (reserved), 11
_WORDS = {
    GOOD: "good g ok okay true t yes y ja oui si valid v normal raw interpolated calculated "
    "annotated gut gueltig bon bonne valide bueno buena valido valida buono buona goed bom boa",
    UNCERTAIN: "uncertain u questionable q suspect substituted doubtful stale initial estimated "
    "manual edited modified unreliable lastknown lastusable subnormal egu "
    "ungewiss unsicher fraglich zweifelhaft incertain incertaine douteux douteuse incierto "
    "incierta dudoso incerto incerta onzeker duvidoso ?",
    BAD: "bad b error err fail failed failure fault false f no n nein non nodata invalid "
    "unavailable notavailable disconnected notconnected timeout iotimeout badinput scanoff "
    "shutdown offline commfail commfailure outofservice overrange underrange null nan none "
    "configure ptcreated "
    "schlecht ungueltig fehler gestoert stoerung mauvais mauvaise invalide erreur defaut malo mala "
    "invalido invalida cattivo cattiva slecht ongeldig ruim mau",
}
_MEANING = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}
_MEANING["invalide"] = BAD
_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_NOT = re.compile(r"(?:not|no|nicht|non|pas|keine?)\s*[-_ ]\s*(\w+)|not(good|valid|ok)\b")
_HEX = re.compile(r"(?:0x|#|&h|16#)([0-9a-f]{1,8})h?\b")
_NUMBER = re.compile(r"[-+]?\d{1,18}(?:[.,]\d{1,18})?\s*%?")


def of_opc_da(code: int) -> str:
    """From OPC DA's quality word: its two top bits of the low byte.

    Source: OPC Data Access 3.00, 6.8 (limit and substatus bits do not change it).
    """
    return _TOP_BITS[code >> 6 & 3]


def of_status_code(code: int) -> str:
    """From an OPC UA StatusCode of 32 bits: 00 Good, 01 Uncertain, else Bad.

    Negative numbers are the same bits, signed. Source: OPC UA Part 4, 7.39 (severity is in bits 30
    and 31).
    """
    return (GOOD, UNCERTAIN, BAD, BAD)[code >> 30 & 3]


def of_percent(percent: float) -> str:
    """From Proficy's confidence: 100 Good, 50 and more Uncertain, less Bad."""
    if percent >= 100:
        return GOOD
    return UNCERTAIN if percent >= 50 else BAD


def of_pi(
    status: str | None = None,
    questionable: str | None = None,
    substituted: str | None = None,
    good: str | None = None,
) -> str:
    """From PI's flags as text, null or empty where one is not exported.

    status: 0 or a word for a value, the number of a digital state for none. A questionable or
    substituted value is Uncertain; an annotation changes nothing.
    Source: PI Web API and PI SDK, attributes Good, Questionable and Substituted of a value.
    """
    code = (status or "").strip()
    if is_no(good) or (_whole(code) != 0 if _whole(code) is not None else of_text(code) == BAD):
        return BAD
    if is_yes(questionable) or is_yes(substituted) or (code and _whole(code) is None):
        return UNCERTAIN if is_yes(questionable) or is_yes(substituted) else of_text(code)
    return GOOD


def of_aveva_detail(code: int) -> str:
    """From AVEVA Historian's QualityDetail: the low byte is an OPC DA quality but for its own.

    249 is no number and 65536 says that nothing is stored. Source: AVEVA Historian, QualityMap.
    """
    return BAD if code in (249, 65536) else of_opc_da(code)


def of_text(code: str | None) -> str:
    """From a code whose vendor is not known, as CSV files have it.

    Words in several languages, alone or before a detail (`Good, Low Limited`, `BadNoData`,
    `Bad [Not Connected]`), hexadecimal OPC codes (`0x00C0`, `0x80310000`) and numbers: 1 and 100
    are a boolean and Proficy's percent; numbers above 0xFFFF or below 0 are OPC UA StatusCodes;
    others above 100 are OPC DA words, those below are percents. No code at all is Uncertain.
    """
    text = "" if code is None else code.strip().lower()
    if found := _HEX.match(text):
        number = int(found[1], 16)
        return of_status_code(number) if len(found[1]) > 4 else of_opc_da(number)
    if _NUMBER.fullmatch(text):
        return _of_number(float(text.rstrip(" %").replace(",", ".")))
    return _of_words(text)


def _of_number(number: float) -> str:
    if number in (1, 100):
        return GOOD
    if number == 64:
        return UNCERTAIN
    if number != int(number) or 0 <= number <= 100:
        return of_percent(number)
    return of_opc_da(int(number)) if 0 < number <= 0xFFFF else of_status_code(int(number))


def _of_words(text: str) -> str:
    return _known(text) or UNCERTAIN


def _known(text: str) -> str | None:
    """By the whole, by its beginning (OPC UA runs words together), by its first known word."""
    folded = unicodedata.normalize("NFKD", text.translate(_FOLDED))
    folded = "".join(each for each in folded if not unicodedata.combining(each))
    squeezed = re.sub(r"[^a-z?]", "", folded)
    if squeezed in _MEANING:
        return _MEANING[squeezed]
    if (denied := _NOT.match(folded)) and _MEANING.get(denied[1] or denied[2]) == GOOD:
        return BAD
    for start, meaning in (("uncertain", UNCERTAIN), ("good", GOOD), ("bad", BAD)):
        if squeezed.startswith(start):
            return meaning
    words = (_MEANING.get(word) for word in re.findall(r"[a-z]{2,}", folded))
    return next((meaning for meaning in words if meaning), None)


def is_quality(text: str) -> bool:
    """Whether a text is a quality's code or word, and no state of a machine (`RUN`)."""
    bare = text.strip().lower()
    return bool(_HEX.match(bare) or _NUMBER.fullmatch(bare)) or _known(bare) is not None


_BY_HEADER: dict[str, Callable[[int], str]] = {
    "opcquality": of_opc_da,
    "opcdaquality": of_opc_da,
    "qualitydetail": of_aveva_detail,
    "statuscode": of_status_code,
    "opcuastatus": of_status_code,
    "confidence": of_percent,
    "percentgood": of_percent,
    "pctgood": of_percent,
}


def reader_for(header: str) -> Callable[[str | None], str]:
    """How codes under that header are read: numbers as its vendor means them, words as ever."""
    own = _BY_HEADER.get(re.sub(r"[^a-z]", "", header.lower().replace("%", "percent")))
    if own is None:
        return of_text

    def read(code: str | None) -> str:
        number = _whole((code or "").strip())
        return of_text(code) if number is None else own(number)

    return read


def is_yes(text: str | None) -> bool:
    """Whether a flag is set, however it is written."""
    return (text or "").strip().lower() in ("true", "1", "-1", "yes", "y", "t", "ja", "oui", "x")


def is_no(text: str | None) -> bool:
    """Whether a flag is there and not set."""
    return (text or "").strip().lower() in ("false", "0", "no", "n", "f", "nein", "non")


def _whole(text: str) -> int | None:
    """The whole part of a number, also a hexadecimal one; None for any other text."""
    if found := _HEX.fullmatch(text.lower()):
        return int(found[1], 16)
    if not _NUMBER.fullmatch(text):
        return None
    return int(float(text.rstrip(" %").replace(",", ".")))
