"""One export a family, big enough to be timed, with what a script by hand would read it with.

`FAMILIES` names them: a writer of `count` records and the kind of peer in `peers/plain.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

START = datetime(2026, 1, 1, tzinfo=UTC)
Writer = Callable[[Path, int], None]


@dataclass(frozen=True)
class Family:
    """file: the export's name. peer: how a script by hand reads it."""

    name: str
    file: str
    write: Writer
    peer: str


def instant(number: int, step_ms: int = 1000) -> str:
    """ISO 8601 with milliseconds and Z."""
    at = START + timedelta(milliseconds=number * step_ms)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _value(number: int) -> float:
    return number * 7919 % 100000 / 1000


def _lines(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        out.writelines(line + "\n" for line in lines)


def wide_csv(path: Path, count: int) -> None:
    """100 tags a line: `count` cells."""

    def lines() -> Iterator[str]:
        yield "Timestamp," + ",".join(f"TI-{tag}.PV" for tag in range(100))
        for row in range(count // 100):
            yield instant(row) + "," + ",".join(f"{_value(row + t):.3f}" for t in range(100))

    _lines(path, lines())


def long_parquet(path: Path, count: int) -> None:
    """Readings of 100 tags, typed."""
    at = pa.array([START + timedelta(seconds=n // 100) for n in range(count)])
    table = {
        "timestamp": at.cast(pa.timestamp("us", tz="UTC")),
        "tag_name": pa.array([f"TI-{n % 100}.PV" for n in range(count)]).dictionary_encode(),
        "value": pa.array([_value(n) for n in range(count)]),
        "quality": pa.array(["Good"] * count).dictionary_encode(),
    }
    pq.write_table(pa.table(table), path)


def pi_json(path: Path, count: int) -> None:
    """A StreamSet of 100 points."""

    def lines() -> Iterator[str]:
        yield '{"Links": {}, "Items": ['
        for tag in range(100):
            known = {"WebId": f"W{tag}", "Name": f"TI-{tag}.PV", "Path": f"\\\\PI\\TI-{tag}.PV"}
            yield json.dumps(known)[:-1] + ', "Items": ['
            yield ",\n".join(_pi_item(n) for n in range(count // 100))
            yield "]}" + ("," if tag < 99 else "")
        yield "]}"

    _lines(path, lines())


def _pi_item(number: int) -> str:
    return json.dumps(
        {
            "Timestamp": instant(number)[:-1] + "4567Z",
            "Value": _value(number),
            "UnitsAbbreviation": "degC",
            "Good": True,
            "Questionable": False,
            "Substituted": False,
            "Annotated": False,
        }
    )


def aveva_json(path: Path, count: int) -> None:
    """ProcessValues of 100 tags."""

    def item(n: int) -> str:
        fields = {"FQN": f"Plant.TI-{n % 100}", "DateTime": instant(n // 100)}
        return json.dumps(fields | {"OpcQuality": 192, "Value": _value(n), "Text": f"{_value(n)}"})

    values = ",\n".join(map(item, range(count)))
    path.write_text(f'{{"@odata.context": "$metadata#ProcessValues", "value": [{values}]}}')


def opcua_json(path: Path, count: int) -> None:
    """Part 14 messages of 20 fields, as JSON lines."""

    def field(n: int) -> dict[str, object]:
        return {"Value": {"Type": 11, "Body": _value(n)}, "SourceTimestamp": instant(n // 20)}

    def message(n: int) -> str:
        payload = {f"ns=2;s=Line1.T{k}": field(n * 20 + k) for k in range(20)}
        body = {"DataSetWriterId": 1, "SequenceNumber": n, "Payload": payload}
        whole = {"MessageId": f"m{n}", "MessageType": "ua-data", "PublisherId": "P"}
        return json.dumps(whole | {"Messages": [body]})

    _lines(path, map(message, range(count // 20)))


def mtconnect_json(path: Path, count: int) -> None:
    """JSON of version 2 of the agent: observations by type."""

    def observation(n: int) -> str:
        fields = {"dataItemId": f"x{n % 10}", "timestamp": instant(n, 40), "sequence": n + 1}
        return json.dumps(fields | {"name": "Xact", "subType": "ACTUAL", "value": _value(n)})

    head = {
        "instanceId": 1767225600, "version": "2.0.0.12", "creationTime": instant(0), "sender": "b",
        "firstSequence": 1, "lastSequence": count, "nextSequence": count + 1, "bufferSize": 131072,
    }  # fmt: skip

    def lines() -> Iterator[str]:
        yield '{"MTConnectStreams": {"jsonVersion": 2, "schemaVersion": "2.0", "Header":'
        yield json.dumps(head) + ', "Streams": {"DeviceStream": [{"name": "CNC-01", "uuid": "b-1",'
        yield '"ComponentStream": [{"component": "Linear", "componentId": "x", "name": "X",'
        yield '"Samples": {"Position": ['
        yield ",\n".join(map(observation, range(count)))
        yield "]}}]}]}}}"

    _lines(path, lines())


def shdr(path: Path, count: int) -> None:
    """Adapter lines of four observations each."""
    items = ("Xact", "Yact", "Sload", "Srpm")
    _lines(
        path,
        (
            instant(n, 100) + "".join(f"|{item}|{_value(n + k)}" for k, item in enumerate(items))
            for n in range(count // 4)
        ),
    )


def cmm_workbook(path: Path, count: int) -> None:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("P-100")
        sheet.write_row(0, 0, ("Part number", "P-100"))
        header = ("Serial", "Feature", "Nominal", "USL", "LSL", "Actual", "Unit", "Measured at")
        sheet.write_row(2, 0, header)
        for n in range(count):
            row = (f"S{n // 10}", f"F{n % 10}", 50, 100, 0, _value(n), "mm")
            sheet.write_row(n + 3, 0, row)
            sheet.write_string(n + 3, 7, instant(n)[:19].replace("T", " "))


_QIF_UNITS = """<FileUnits><PrimaryUnits><LinearUnit><SIUnitName>meter</SIUnitName>
<UnitName>mm</UnitName><UnitConversion><Factor>0.001</Factor></UnitConversion></LinearUnit>
</PrimaryUnits></FileUnits>"""
_QIF_DEFINITION = """<DiameterCharacteristicDefinition id="{0}"><Tolerance><MaxValue>0.1</MaxValue>
<MinValue>-0.1</MinValue></Tolerance></DiameterCharacteristicDefinition>"""
_QIF_NOMINAL = """<DiameterCharacteristicNominal id="{0}"><CharacteristicDefinitionId>{1}
</CharacteristicDefinitionId><TargetValue>50</TargetValue></DiameterCharacteristicNominal>"""
_QIF_ITEM = """<DiameterCharacteristicItem id="{0}"><Name>D{0}</Name><CharacteristicNominalId>{1}
</CharacteristicNominalId></DiameterCharacteristicItem>"""
_QIF_MEASUREMENT = """<DiameterCharacteristicMeasurement id="{0}"><Status>
<CharacteristicStatusEnum>PASS</CharacteristicStatusEnum></Status><CharacteristicItemId>{1}
</CharacteristicItemId><Value>{2}</Value></DiameterCharacteristicMeasurement>"""


def qif(path: Path, count: int) -> None:
    """Ten diameters a part."""

    def lines() -> Iterator[str]:
        yield '<QIFDocument xmlns="http://qifstandards.org/xsd/qif3" versionQIF="3.0.0">'
        yield _QIF_UNITS + "<Characteristics><CharacteristicDefinitions>"
        yield from (_QIF_DEFINITION.format(100 + k) for k in range(10))
        yield "</CharacteristicDefinitions><CharacteristicNominals>"
        yield from (_QIF_NOMINAL.format(200 + k, 100 + k) for k in range(10))
        yield "</CharacteristicNominals><CharacteristicItems>"
        yield from (_QIF_ITEM.format(300 + k, 200 + k) for k in range(10))
        yield "</CharacteristicItems></Characteristics><MeasurementsResults>"
        for part in range(count // 10):
            yield f'<MeasurementResults id="{1000 + part}"><MeasuredCharacteristics>'
            yield "<CharacteristicMeasurements>"
            for k in range(10):
                number = 1_000_000 + part * 10 + k
                yield _QIF_MEASUREMENT.format(number, 300 + k, _value(part + k))
            yield "</CharacteristicMeasurements></MeasuredCharacteristics></MeasurementResults>"
        yield "</MeasurementsResults></QIFDocument>"

    _lines(path, lines())


def aqdef(path: Path, count: int) -> None:
    def lines() -> Iterator[str]:
        yield from ("K0100 10", "K1001/1 P-100", "K1002/1 Housing")
        for k in range(1, 11):
            yield from (f"K2001/{k} {k}", f"K2002/{k} D{k}", f"K2101/{k} 50", f"K2110/{k} 0")
            yield f"K2111/{k} 100"
        for part in range(count // 10):
            stamp = (START + timedelta(seconds=part)).strftime("%d.%m.%Y/%H:%M:%S")
            cells = (f"{_value(part + k)}\x140\x14{stamp}\x14\x14#{part}" for k in range(10))
            yield "\x0f".join(cells)

    _lines(path, lines())


def gage_csv(path: Path, count: int) -> None:
    """Crossed studies of ten parts, three appraisers and three trials."""

    def line(n: int) -> str:
        study, rest = divmod(n, 90)
        part, appraiser, trial = rest % 10 + 1, "ABC"[rest // 10 % 3], rest // 30 + 1
        return f"G{study},{part},{appraiser},{trial},{_value(n)},mm"

    _lines(path, chain(["Study,Part,Appraiser,Trial,Measurement,Unit"], map(line, range(count))))


_ALARMS = "EventStamp,AlarmState,TagName,Description,Area,Type,Value,CheckValue,Priority,Operator"
_STOPS = "event_id,machine_id,line_id,starts_at,ends_at,reason_code,reason,category"


def alarms_csv(path: Path, count: int) -> None:
    """Wonderware's view of alarm history."""
    states = ("UNACK_ALM", "ACK_ALM", "ACK_RTN")

    def line(n: int) -> str:
        stamp = instant(n)[:-1].replace("T", " ")
        return f"{stamp},{states[n % 3]},TI-{n // 3 % 500},High,Line1,HI,{_value(n)},80,250,op"

    _lines(path, chain([_ALARMS], map(line, range(count))))


def downtime_csv(path: Path, count: int) -> None:
    """Stops of 20 machines."""

    def line(n: int) -> str:
        start, end = instant(n * 600), instant(n * 600 + 300)
        return f"E{n},M-{n % 20},L1,{start},{end},R{n % 9},Jam,mechanical"

    _lines(path, chain([_STOPS], map(line, range(count))))


_PARAMETER = """<Parameter><ID>P{0}</ID><Value><ValueString>{1}</ValueString>
<DataType>double</DataType><UnitOfMeasure>degC</UnitOfMeasure></Value></Parameter>"""


def batch_xml(path: Path, count: int) -> None:
    """One batch of many phases with four parameters each."""

    def lines() -> Iterator[str]:
        yield "<BatchProductionRecord><EntryID>R1</EntryID><BatchID>B1</BatchID>"
        for n in range(count // 5):
            yield f"<RecipeElement><ID>PH{n}</ID><RecipeElementType>Phase</RecipeElementType>"
            yield from (_PARAMETER.format(f"{n}-{k}", _value(n + k)) for k in range(4))
            yield "</RecipeElement>"
        yield "</BatchProductionRecord>"

    _lines(path, lines())


LIMS = ("sample_id", "test", "result", "unit", "lower_limit", "upper_limit", "sampled_at", "lot")


def _lims(n: int) -> tuple[object, ...]:
    return (f"S{n}", "pH", _value(n), "pH", 0, 100, instant(n), f"L{n // 50}")


def lims_workbook(path: Path, count: int) -> None:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Results")
        sheet.write_row(0, 0, LIMS)
        for n in range(count):
            sheet.write_row(n + 1, 0, _lims(n))


def lims_json(path: Path, count: int) -> None:
    rows = (dict(zip(LIMS, _lims(n), strict=True)) for n in range(count))
    _lines(path, (json.dumps(row) for row in rows))


def _table(header: str, line: Callable[[int], str]) -> Writer:
    """A CSV with that header and a line a record."""
    return lambda path, count: _lines(path, chain([header], map(line, range(count))))


scada_csv = _table(
    "Date,Time,Millitm,TagName,Value,Status,Marker",
    lambda n: (
        f"{START + timedelta(seconds=n // 50):%m/%d/%Y,%I:%M:%S %p},{n % 50},"
        f"Line1\\Speed{n % 50},{_value(n)}, ,"
    ),
)
audit_csv = _table(
    "Timestamp,User,Workstation,Action,Tag,Old Value,New Value,Reason for Change",
    lambda n: (
        f"{instant(n)},op{n % 9},OWS-01,Setpoint change,TIC{n % 300}.SP,75.0,{_value(n)},step"
    ),
)
defects_csv = _table(
    "Date,Part Number,Serial Number,Lot,Defect Code,Defect Description,Qty,Station",
    lambda n: f"{instant(n)},P-{n % 20},SN-{n},L-{n // 500},D{n % 9},Scratch,1,Final inspection",
)
energy_csv = _table(
    "Meter ID,Line,Start,End,kWh",
    lambda n: (
        f"E-{n % 50},HAM-MC1,{instant(n // 50 * 3600000)},{instant(n // 50 * 3600000 + 3600000)},"
        f"{_value(n)}"
    ),
)
materials_csv = _table(
    "movement_id,timestamp,material_id,lot,from_location,to_location,quantity,unit,order_id",
    lambda n: (
        f"M-{n},{instant(n)},STEEL-{n % 20},L-{n // 99},WH1,HAM-MC1,{_value(n)},kg,O-{n // 500}"
    ),
)
maintenance_csv = _table(
    "work_order_id,machine_id,opened_at,closed_at,type,description,cost",
    lambda n: (
        f"W-{n},M-{n % 50},{instant(n)},{instant(n + 3600)},corrective,Bearing worn,{_value(n)}"
    ),
)
production_csv = _table(
    "site_id,line_id,machine_id,order_id,product_id,interval_start,interval_end,total_count,"
    "good_count,scrap_count,rework_count,unit",
    lambda n: (
        f"HAM,L1,M-{n % 20},O-{n // 500},P-100,{instant(n // 20 * 3600000)},"
        f"{instant(n // 20 * 3600000 + 3600000)},60,58,2,0,pcs"
    ),
)


FAMILIES = (
    Family("historian wide CSV, cells", "wide.csv", wide_csv, "csv"),
    Family("historian Parquet, rows", "long.parquet", long_parquet, "parquet"),
    Family("PI Web API JSON, values", "pi.json", pi_json, "json"),
    Family("AVEVA REST JSON, values", "aveva.json", aveva_json, "json"),
    Family("OPC UA Part 14 JSON, values", "opcua.jsonl", opcua_json, "jsonl"),
    Family("MTConnect JSON, observations", "sample.json", mtconnect_json, "json"),
    Family("MTConnect SHDR, observations", "machine.log", shdr, "lines"),
    Family("CMM workbook, measurements", "cmm.xlsx", cmm_workbook, "excel"),
    Family("QIF, measurements", "results.qif", qif, "xml"),
    Family("AQDEF, values", "values.dfq", aqdef, "lines"),
    Family("gage studies CSV, values", "gage.csv", gage_csv, "csv"),
    Family("alarms (Wonderware), rows", "alarms.csv", alarms_csv, "csv"),
    Family("downtime CSV, rows", "stops.csv", downtime_csv, "csv"),
    Family("SCADA trend CSV, values", "trend.csv", scada_csv, "csv"),
    Family("audit trail CSV, rows", "audit.csv", audit_csv, "csv"),
    Family("defect log CSV, rows", "defects.csv", defects_csv, "csv"),
    Family("production counts CSV, rows", "counts.csv", production_csv, "csv"),
    Family("energy CSV, intervals", "energy.csv", energy_csv, "csv"),
    Family("material movements CSV, rows", "movements.csv", materials_csv, "csv"),
    Family("maintenance CSV, orders", "orders.csv", maintenance_csv, "csv"),
    Family("batch XML, records", "batch.xml", batch_xml, "xml"),
    Family("LIMS workbook, rows", "lims.xlsx", lims_workbook, "excel"),
    Family("LIMS JSON lines, rows", "lims.jsonl", lims_json, "jsonl"),
)
