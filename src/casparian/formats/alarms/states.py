"""What vendors call the state and the urgency of an alarm.

States after ISA-18.2-2016 5.3: ACTIVE (annunciated), ACK, CLEAR (returned to normal), SHELVED,
SUPPRESSED (by design), DISABLED (out of service) and the ends of these three; EVENT is an entry of
the journal that is no alarm. Some vendors log what an alarm is rather than what changed: a Snapshot
of whether it is active and acknowledged.

Priority: 1 is the most urgent, 4 the least; 5 is a diagnostic message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite

from casparian.reading.header import normalise


@dataclass(frozen=True)
class Snapshot:
    """What an alarm is after a change of its state."""

    active: bool
    acked: bool


_CHANGES = {
    "ACTIVE": "active activated act alarm alm in on raised raise set new come came camein incoming "
    "occurred start started trip tripped kommt gekommen kommend k aktiv aktiviert ein ausgelöst "
    "apparition apparu actif activée active activa activada activo entrante 1 true",
    "ACK": "ack acked acknowledged acknowledge acknowledgement confirmed accepted quittiert "
    "quittierung quitt quit q bestätigt acquitté acquittée acquittement reconocida reconocido a",
    "CLEAR": "clear cleared rtn normal inactive out off gone went wentout outgoing reset end ended "
    "returned returntonormal returnedtonormal resolved ok geht gegangen gehend g aus inaktiv "
    "behoben beendet disparition disparu inactif inactivée inactiva desactivada normalizada 0 "
    "false",
    "SHELVED": "shelved shelve zurückgestellt",
    "UNSHELVED": "unshelved unshelve",
    "SUPPRESSED": "suppressed suppress unterdrückt",
    "UNSUPPRESSED": "unsuppressed unsuppress",
    "DISABLED": "disabled disable dis inhibited gesperrt deaktiviert",
    "ENABLED": "enabled enable freigegeben",
    "EVENT": "event evt ereignis lgc",
}
_SNAPSHOTS = {
    Snapshot(True, False): "unack unackalm activeunacked activeunacknowledged inalarmunack "
    "inalarmunacked inalarmunacknowledged unacknowledged unacked almunack unackalarm actunack",
    Snapshot(True, True): "ackalm activeacked activeacknowledged inalarmack inalarmacked "
    "inalarmacknowledged almack ackalarm actack",
    Snapshot(False, False): "unackrtn clearunacked clearunacknowledged clearedunacked "
    "normalunack normalunacked normalunacknowledged rtnunack inactiveunacked "
    "inactiveunacknowledged inactunack clearedunack",
    Snapshot(False, True): "ackrtn clearacked clearacknowledged clearedacked normalack "
    "normalacked normalacknowledged rtnack inactiveacked inactiveacknowledged "
    "inactack clearedacknowledged clearedack",
}
_MEANING: dict[str, str | Snapshot] = {
    normalise(word): state for state, words in _CHANGES.items() for word in words.split()
} | {word: snapshot for snapshot, words in _SNAPSHOTS.items() for word in words.split()}

_URGENCY = {
    1: "critical urgent emergency veryhigh highest kritisch dringend sehrhoch notfall critique "
    "critico crítica",
    2: "high hoch major élevée haute alta alto",
    3: "medium mittel warning moderate normal moyenne media medio warnung",
    4: "low niedrig gering minor faible basse baja bajo info information hinweis",
    5: "diagnostic diagnose journal event none",
}
_WORDS = {normalise(word): rank for rank, words in _URGENCY.items() for word in words.split()}
_RANKED = re.compile(r"(?:p|prio|priority|priorität|level|stufe)?\s*[-.:]?\s*(\d+)\b.*", re.I)


def meaning(text: str | None) -> str | Snapshot | None:
    """The change or the snapshot that a state's text means; an unknown one as it is, in capitals.

    None where the text is null.
    """
    if text is None:
        return None
    return _MEANING.get(normalise(text), text.strip().upper())


def rank(text: str | None) -> str | None:
    """A priority in words or as a number from 1 up, most urgent first; other words give None."""
    if text is None:
        return None
    if word := _WORDS.get(normalise(text)):
        return str(word)
    found = _RANKED.fullmatch(text.strip())
    return found[1] if found else None


def ignition_rank(text: str | None) -> str | None:
    """Ignition's 0 Diagnostic to 4 Critical, as numbers or words."""
    if text is not None and text.strip() in ("0", "1", "2", "3", "4"):
        return str(5 - int(text))
    return rank(text)


def aveva_rank(text: str | None) -> str | None:
    """AVEVA's 1 to 999 in its four bands of 250, the first the most urgent."""
    number = _number(text)
    return None if number is None or number < 1 else str(min(4, 1 + int(number) // 250))


def deltav_rank(text: str | None) -> str | None:
    """DeltaV's levels, as `15-CRITICAL` or 11, in its bands of four; 3 and less are only logged."""
    number = _number((text or "").partition("-")[0])
    if number is None:
        return rank(text)
    return "5" if number < 4 else str(max(1, 4 - int(number) // 4))


def severity_rank(text: str | None) -> str | None:
    """FactoryTalk's severity, 1 to 1000 the most urgent, in its default bands; 0 is an event."""
    number = _number(text)
    if number is None:
        return rank(text)
    return "5" if number < 1 else str(max(1, 4 - (int(number) - 1) // 250))


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text else None
    except ValueError:
        return None
    return number if number is not None and isfinite(number) else None
