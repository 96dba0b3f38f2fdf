"""Each format knows its own samples and none of the others'."""

from __future__ import annotations

from pathlib import Path

import pytest

from casparian.formats import Peek, all_formats, sniff

HERE = Path(__file__).parent
OWN = {
    "mtconnect/streams.xml": "mtconnect",
    "cmm/cmm_report.xlsx": "cmm",
    "production/counts.csv": "production",
    "production/german.csv": "production",
    "downtime/stops.csv": "downtime",
    "lims/results.csv": "lims",
    "alarms/journal.csv": "alarms",
    "energy/meters.csv": "energy",
    "materials/movements.csv": "materials",
    "maintenance/orders.csv": "maintenance",
    "master/machines.csv": "machines",
    "master/products.csv": "products",
    "master/ideal_cycles.csv": "ideal_cycles",
    "master/routes.csv": "routes",
    "master/shift_calendar.csv": "shift_calendar",
    "master/planned_stops.csv": "planned_stops",
    "alarms/meldearchiv.csv": "alarms",
    "alarms/meldeliste.csv": "alarm_list",
    "alarms/ignition_journal.csv": "ignition_alarms",
    "alarms/ignition_query.json": "ignition_alarms",
    "alarms/aveva_history.csv": "aveva_alarms",
    "alarms/factorytalk_log.csv": "factorytalk_alarms",
    "alarms/deltav_chronicle.csv": "deltav_alarms",
    "alarms/wincc_panel.csv": "wincc_alarms",
    "lims/analysed.csv": "lims",
    "downtime/shift_log.csv": "downtime",
    "downtime/durations.csv": "downtime",
    "downtime/nested.jsonl": "downtime",
    "downtime/machines.xlsx": "downtime",
    "audit/audit_trail.csv": "audit_trail",
    "audit/aenderungen.json": "audit_trail",
    "defects/defect_log.csv": "defects",
    "defects/fehler.csv": "defects",
    "defects/tally.xlsx": "defects",
    "alarms/history.xlsx": "alarms",
    "audit/trail.xlsx": "audit_trail",
    "lims/befunde.csv": "lims",
    "lims/samples.json": "lims",
    "lims/results_sheet.xlsx": "lims",
    "energy/zaehler.csv": "energy",
    "energy/mixed.jsonl": "energy",
    "energy/meters_sheet.xlsx": "energy",
    "materials/buchungen.jsonl": "materials",
    "materials/movements_sheet.xlsx": "materials",
    "maintenance/auftraege.csv": "maintenance",
    "maintenance/orders_sheet.xlsx": "maintenance",
    "production/schicht.csv": "production",
    "production/shifts.xlsx": "production",
}


@pytest.mark.parametrize(("sample", "name"), OWN.items())
def test_the_surest_format_is_its_own(sample: str, name: str) -> None:
    chosen, why = sniff(Peek.of(HERE / sample))
    assert chosen is not None
    assert chosen.name == name
    assert why.confidence >= 0.85


@pytest.mark.parametrize(("sample", "name"), OWN.items())
def test_the_others_are_less_sure_by_far(sample: str, name: str) -> None:
    others = {
        n: f.sniff(Peek.of(HERE / sample)).confidence for n, f in all_formats().items() if n != name
    }
    assert max(others.values()) <= 0.8, others


@pytest.mark.parametrize(
    "head", [b"", b"\0" * 300, b"\xff\xfe", b"<html>", b"%PDF-1.7", b"a,b\n1,2\n"]
)
def test_nobody_claims_what_is_none_of_theirs(head: bytes) -> None:
    assert sniff(Peek("something.bin", head))[0] is None
