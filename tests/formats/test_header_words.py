"""Headers as plants write them, none of which belongs to a sample: each goes to its format."""

from __future__ import annotations

import pytest

from casparian.formats import Peek, sniff

HEADERS = [
    ("alarms", "Time;Point;Event;Priority;Description"),
    ("alarms", "Date,Time,Tag,Alarm State,Severity,Message"),
    ("alarms", "timestamp,tag,state,priority"),
    ("alarms", "Event Time,Source,State,Message"),
    (
        "ignition_alarms",
        "Event Id,Event Time,Source Path,Display Path,Event State,Priority,Event Value",
    ),
    ("ignition_alarms", "eventtime,source,displaypath,eventtype,eventid,priority,shelved"),
    (
        "aveva_alarms",
        "EventStamp,AlarmState,TagName,Description,Area,Type,Value,CheckValue,Priority,Operator",
    ),
    ("aveva_alarms", "EventStampUTC;AlarmState;TagName;Priority"),
    (
        "factorytalk_alarms",
        "EventTimeStamp,SourceName,ConditionName,InAlarm,Acked,Severity,Message",
    ),
    ("factorytalk_alarms", "Event Time,Alarm Name,Condition Name,Severity,Alarm State,Message"),
    ("downtime", "Machine,Start,End,Reason"),
    ("downtime", "Asset,Down At,Up At,Minutes,Reason Level 1,Reason Level 2"),
    (
        "downtime",
        "date,shift,line,machine,start_time,end_time,downtime_minutes,reason,operator,comments",
    ),
    ("downtime", "Line,Start Time,Duration (min),Reason Code,Comments"),
    ("downtime", "Ligne;Machine;Début;Fin;Durée;Motif;Planifié"),
    ("downtime", "Maschine;Beginn;Ende;Dauer;Störgrund;Bemerkung"),
    ("downtime", "Timestamp,Machine,Duration,Reason"),
    ("audit_trail", "Date Time,User,Action,Object,Old Value,New Value,Comment"),
    ("audit_trail", "timestamp,operator,workstation,action,tag,old_value,new_value,reason"),
    ("audit_trail", "Time,Username,Event,Description,Node"),
    (
        "audit_trail",
        "AUDIT_EVENTS_ID,EVENT_TIMESTAMP,ACTOR,ACTOR_HOS"
        "T,ACTION,ACTION_TARGET,ACTION_VALUE,STATUS_CODE",
    ),
    ("defects", "date,part_number,defect_code,quantity,station,inspector,disposition"),
    ("defects", "Timestamp,Serial Number,Defect Type,Location,Severity"),
    ("defects", "Datum;Teilenummer;Fehlerart;Anzahl"),
    ("lims", "Sample ID,Test,Result,Unit,Sampled Date,Min,Max,Pass/Fail"),
    ("lims", "SAMPLE_NUMBER,ANALYSIS,NAME,FORMATTED_ENTRY,UNITS,SAMPLED_DATE,RESULT,STATUS"),
    ("lims", "Muestra;Ensayo;Fecha;Resultado;Unidad"),
    ("energy", "Meter,Timestamp,kWh"),
    ("energy", "Compteur;Date/Heure;Consommation [kWh]"),
    ("energy", "meter_id,start,end,consumption,unit"),
    ("production", "Machine,Work Order,Part Number,Start,End,Total,Good,Scrap"),
    ("production", "Arbeitsplatz;Auftrag;Material;Beginn;Ende;Gutmenge;Ausschuss"),
    (
        "materials",
        "Document,Posting Date,Material,Movement Type,Quantity,Unit,Batch,Storage Location",
    ),
    ("maintenance", "WO Number,Asset,Created,Completed,Type,Priority,Description"),
    ("maintenance", "Work Order;Equipment;Reported;Closed;Work Type;Labor Hours;Downtime Hours"),
    ("machines", "machine_id,name,line,site"),
    ("shift_calendar", "Line,Date,Shift,Start,End"),
    ("products", "part_number,description,opportunities_per_unit"),
    ("products", "Produkt;Einheit;Fehlermöglichkeiten"),
    ("planned_stops", "line,start,end,reason"),
    ("routes", "product,sequence,machine"),
    ("ideal_cycles", "Machine,Product,Cycle Time [s]"),
]


@pytest.mark.parametrize(("name", "header"), HEADERS)
def test_a_header_is_known_by_its_words(name: str, header: str) -> None:
    chosen, why = sniff(Peek("export.csv", f"{header}\n".encode()))
    assert chosen is not None
    assert (chosen.name, why.confidence >= 0.8) == (name, True)
