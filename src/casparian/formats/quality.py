"""Quality of a reading: one enum, Good, Uncertain or Bad, from every vendor's way of saying it.

The code as written stays beside it. A code that says nothing is Uncertain: nobody vouched for it.
"""

from __future__ import annotations

import re

GOOD, UNCERTAIN, BAD = "Good", "Uncertain", "Bad"
QUALITIES = (GOOD, UNCERTAIN, BAD)

_GOOD = frozenset(["good", "g", "ok", "true", "1", "valid"])
_UNCERTAIN = frozenset(["uncertain", "u", "questionable", "substituted", "?", "suspect"])
_TOP_BITS = (BAD, UNCERTAIN, BAD, GOOD)  # OPC DA: 00, 01, 10 (reserved), 11


def of_opc_da(code: int) -> str:
    """From OPC DA's quality word: its two top bits of the low byte.

    Source: OPC Data Access 3.00, 6.8 (limit and substatus bits do not change it).
    """
    return _TOP_BITS[code >> 6 & 3]


def of_status_code(code: int) -> str:
    """From an OPC UA StatusCode of 32 bits: 00 Good, 01 Uncertain, else Bad.

    Source: OPC UA Part 4, 7.39 (severity is in bits 30 and 31).
    """
    return (GOOD, UNCERTAIN, BAD, BAD)[code >> 30 & 3]


def of_percent(percent: float) -> str:
    """From Proficy's confidence: 100 Good, 50 and more Uncertain, less Bad."""
    if percent >= 100:
        return GOOD
    return UNCERTAIN if percent >= 50 else BAD


def of_text(code: str | None) -> str:
    """From a code whose vendor is not known, as CSV files have it.

    Words (Good, GOOD, true, Uncertain, …) and numbers: 1 and 100 are a boolean and Proficy's
    percent; numbers above 0xFFFF are OPC UA StatusCodes; others above 100 are OPC DA words, those
    below are percents. No code at all is Uncertain.
    """
    if code is None:
        return UNCERTAIN
    word = re.sub(r"\.0+\Z", "", code.strip().lower())
    if word.isdigit():
        return _of_number(int(word))
    if word in _GOOD or word.startswith("good"):
        return GOOD
    return UNCERTAIN if word in _UNCERTAIN or word.startswith("uncertain") else BAD


def _of_number(number: int) -> str:
    if number in (1, 100):
        return GOOD
    if number > 0xFFFF:
        return of_status_code(number)
    if number == 64:
        return UNCERTAIN
    return of_opc_da(number) if number > 100 else of_percent(number)
