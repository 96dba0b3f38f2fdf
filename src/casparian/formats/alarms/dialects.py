"""What vendors write in their own way."""

from __future__ import annotations

import re
from typing import Any

from casparian.formats.alarms.states import Snapshot

_IGNITION_SOURCE = re.compile(r"(?:prov:[^:]*:/)?(?:tag:)?(?P<tag>.*?)(?::/alm:(?P<alarm>.*))?")
_IGNITION_TYPE = {"0": "ACTIVE", "1": "CLEAR", "2": "ACK"}
SHELVED_BIT = 2
TRUE = ("1", "true", "yes", "y", "t", "-1")
Record = dict[str, Any]


def ignition(record: Record) -> None:
    """Source paths as `prov:default:/tag:A/Level:/alm:High`; event types 0 to 2; a flag word.

    Source: Ignition User Manual 8.1, Alarm Journal: tables alarm_events and alarm_event_data.
    """
    found = _IGNITION_SOURCE.fullmatch(record.get("source") or "")
    if found and found["tag"]:
        record["tag_name"] = found["tag"]
        record["condition"] = record.get("condition") or found["alarm"]
    record["tag_name"] = record.get("tag_name") or record.get("display_path")
    record["message"] = record.get("message") or record.get("display_path")
    state = (record["state"] or "").strip()
    record["state"] = _IGNITION_TYPE.get(state, record["state"])
    flags = (record.get("flags") or "").strip()
    if record.get("shelved") is None and flags.isdecimal():
        record["shelved"] = str(bool(int(flags[:9]) & SHELVED_BIT)).lower()


def aveva(record: Record) -> None:
    """The UTC stamp before the local one; entries without a state are events.

    Source: AVEVA InTouch HMI, alarm database views v_AlarmHistory and v_AlarmEventHistory.
    """
    record["timestamp"] = record.get("timestamp_utc") or record["timestamp"]
    words = (record["state"] or "").upper().split()
    state = "".join(words)
    if not state or state == "NONE":
        record["state"] = "EVENT"
    elif state == "ACK":
        record["state"] = Snapshot(active=True, acked=True)


def factorytalk(record: Record) -> None:
    """Active and Acked as two columns; the log of the database is in UTC.

    Source: FactoryTalk Alarms and Events, historical log database schema (ConditionEvent,
    AllEvent), and the Alarm and Event Log Viewer's columns.
    """
    record["timestamp"] = record.get("timestamp_utc") or record["timestamp"]
    record["priority"] = record.get("severity") or record["priority"]
    record["priority_code"] = record["priority"]
    active, acked = record.get("active"), record.get("acked")
    if active is not None:
        record["state"] = Snapshot(_true(active), _true(acked))
        record["state_code"] = f"Active={active}, Acked={acked}"
    elif not record["state"]:
        record["state"] = "EVENT"
    for word, change in (("shelved", "SHELVED"), ("suppressed", "SUPPRESSED")):
        text = (record.get("message") or "").casefold()
        if text.startswith((f"alarm {word}", f"{word} by")):
            record["state"] = change


def deltav(record: Record) -> None:
    """What is no alarm has no state of one: changes, downloads and logins are events.

    Source: DeltaV Books Online, Event Chronicle: event types and the states of alarms.
    """
    if "alarm" not in (record.get("kind") or "alarm").casefold() or not record["state"]:
        record["state"] = "EVENT"
    record["message"] = record.get("message") or record.get("title")


def wincc(record: Record) -> None:
    """StateAfter in bits: 1 is there, 2 acknowledged, 4 acknowledged only after it had gone.

    Source: SIMATIC WinCC Comfort/Advanced, structure of a *.csv file with alarms.
    """
    state = (record["state"] or "").strip()
    if state.isdecimal():
        record["state"] = Snapshot(bool(int(state[:4]) & 1), bool(int(state[:4]) & 2))


def _true(text: str | None) -> bool:
    return (text or "").strip().casefold() in TRUE
