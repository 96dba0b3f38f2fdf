"""Drafted contracts: any carrier, each guess with its evidence; a draft is valid and usable."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casparian.contracts.draft import Draft, draft
from casparian.contracts.draft.columns import names_of
from casparian.contracts.draft.document import table_name
from casparian.contracts.model import ContractError, load
from casparian.contracts.verdict import Judge
from casparian.formats.declared import load_declared
from casparian.reading.base import Batch, Source, UnreadableFile
from tests.formats.samples import sample_folder

START = datetime(2025, 10, 20, 6, tzinfo=UTC)
ROWS = [
    {
        "id": f"S{n:05d}", "at": START + timedelta(minutes=n), "torque": round(11 + n % 40 / 20, 2),
        "result": "NOK" if n % 9 == 0 else "OK", "station": n % 3 + 1,
    }
    for n in range(300)
]  # fmt: skip


def drafted(path: Path, **more: Any) -> Draft:
    return draft(Source(path.as_posix(), path.name), **more)


def write_csv(path: Path) -> Path:
    lines = ["Protokoll Linie 3", "", "Schrauben-Nr.;Zeit;Drehmoment [Nm];Ergebnis;Prüfstand"]
    lines += [
        f"{r['id']};{r['at']:%d.%m.%Y %H:%M:%S};{str(r['torque']).replace('.', ',')};"
        f"{r['result']};{r['station']}"
        for r in ROWS
    ]
    path.write_bytes("\r\n".join(lines).encode("cp1252"))
    return path


def write_excel(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Notes").write(0, 0, "nothing here")
        sheet = book.add_worksheet("Data")
        sheet.write(0, 0, "Report of line 3")
        sheet.write_row(2, 0, ["Serial", "Time", "Torque", "Result", "Station"])
        sheet.write(3, 2, "Nm")
        form = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for n, row in enumerate(ROWS, 4):
            sheet.write(n, 0, row["id"])
            sheet.write_datetime(n, 1, row["at"].replace(tzinfo=None), form)
            sheet.write_row(n, 2, [row["torque"], row["result"], row["station"]])
    return path


def write_json(path: Path) -> Path:
    records = [
        {"serial": r["id"], "at": r["at"].isoformat(), "ok": r["result"] == "OK",
         "torque": {"value": r["torque"], "unit": "Nm"}}
        for r in ROWS
    ]  # fmt: skip
    path.write_text(json.dumps({"line": "L3", "export": {"screws": records}}), "utf-8")
    return path


def write_lines(path: Path) -> Path:
    lines = [
        json.dumps(
            {"serial": r["id"], "at": int(r["at"].timestamp() * 1000), "torque_Nm": r["torque"]}
        )
        for r in ROWS
    ]
    path.write_text("\n".join(lines), "utf-8")
    return path


def write_xml(path: Path) -> Path:
    screws = "".join(
        f'<x:Screw nr="{r["id"]}"><x:Time>{r["at"].isoformat()}</x:Time>'
        f'<x:Torque unit="Nm">{r["torque"]}</x:Torque><x:Result>{r["result"]}</x:Result></x:Screw>'
        for r in ROWS
    )
    text = f'<x:Export xmlns:x="urn:screws"><x:Made>2025</x:Made><x:Screws station="7">{screws}'
    path.write_text(f"{text}</x:Screws></x:Export>", "utf-8")
    return path


def write_parquet(path: Path) -> Path:
    at = pa.array([r["at"] for r in ROWS], pa.timestamp("ms", tz="UTC"))
    columns = {
        "serial": [r["id"] for r in ROWS], "at": at, "torque_nm": [r["torque"] for r in ROWS],
        "station": pa.array([str(r["station"]) for r in ROWS]).dictionary_encode(),
        "trace": [[1, 2]] * len(ROWS),
    }  # fmt: skip
    pq.write_table(pa.table(columns), path)
    return path


WRITERS = {
    "csv": (write_csv, "screws.csv"), "excel": (write_excel, "screws.xlsx"),
    "json": (write_json, "screws.json"), "lines": (write_lines, "screws.jsonl"),
    "xml": (write_xml, "screws.xml"), "parquet": (write_parquet, "screws.parquet"),
}  # fmt: skip


@pytest.fixture(params=WRITERS)
def export(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    write, name = WRITERS[request.param]
    return write(tmp_path / name)


def test_every_carrier_gives_the_same_table(export: Path) -> None:
    found = drafted(export)
    assert found.records == 300 and found.damaged == 0
    assert found.key == (found.columns[0 if found.columns[0].name != "line" else 1].name,)
    kinds = [column.kind for column in found.columns]
    assert kinds.count("timestamp") == 1
    (torque,) = (c for c in found.columns if c.kind == "number")
    assert torque.unit == "N·m"
    assert (torque.facts.low, torque.facts.high) == (11, 12.95)
    assert (torque.minimum, torque.maximum) == (10, 14)
    assert all(column.evidence and column.required for column in found.columns)


def test_a_draft_is_valid_and_loads(export: Path, tmp_path: Path) -> None:
    found = drafted(export)
    path = tmp_path / "screws.odcs.yaml"
    path.write_text(found.yaml(), "utf-8")
    schema = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    document = yaml.safe_load(path.read_text("utf-8"))
    assert not [error.message for error in validator.iter_errors(document)]
    table = load("screws", tmp_path).tables["screws"]
    assert table.primary_key == found.key
    assert table.silver == "silver_equipment.screws"


def test_evidence_is_said(tmp_path: Path) -> None:
    found = drafted(write_csv(tmp_path / "a.csv"))
    said = {column.name: "; ".join(column.evidence) for column in found.columns}
    assert found.found.how == "text in cp1252, columns parted by semicolon, header in line 3"
    assert "all 300 distinct: key candidate" in said["schrauben_nr"]
    assert "day before month (proved by a day above 12)" in said["zeit"]
    assert "--timezone" in said["zeit"]
    assert "300 with a decimal comma" in said["drehmoment"]
    assert "unit from header 'Drehmoment [Nm]'" in said["drehmoment"]
    assert "observed 11 … 12.95" in said["drehmoment"]
    assert "only 2 different values: OK (266), NOK (34)" in said["ergebnis"]
    assert next(c for c in found.columns if c.name == "ergebnis").allowed == ("NOK", "OK")


def column(tmp_path: Path, values: list[str], header: str = "x"):  # type: ignore[no-untyped-def]
    path = tmp_path / "one.csv"
    path.write_text("\n".join([f"{header};other", *(f"{v};a" for v in values)]) + "\n", "utf-8")
    return drafted(path).columns[0]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2", "-3"], "integer"),
        (["1.5", "2", "1e3"], "number"),
        (["1.234,5", "7,25"], "number"),
        (["00471", "00472"], "string"),
        (["0.5", "0"], "number"),
        (["true", "FALSE"], "boolean"),
        (["ja", "nein"], "boolean"),
        (["1", "0"], "integer"),
        (["2025-10-28", "2025-10-29"], "date"),
        (["28.10.2025 07:00", "29.10.2025 08:00"], "timestamp"),
        (["2025-10-28T07:00:00Z", "2025-10-28T08:00:00Z"], "timestamp"),
        (["1761634800000", "1761634860000"], "timestamp"),
        (["1761634800", "1761634860"], "integer"),
        (["AB-1", "AB-2"], "string"),
        (["", ""], "string"),
        (["9" * 30, "1"], "number"),
    ],
)
def test_types(tmp_path: Path, values: list[str], kind: str) -> None:
    assert column(tmp_path, values).kind == kind


def test_seconds_are_times_where_the_header_says_so(tmp_path: Path) -> None:
    values = ["1761634800", "1761634860"]
    assert column(tmp_path, values, "timestamp").kind == "timestamp"


def test_a_few_words_among_numbers_are_left_to_quarantine(tmp_path: Path) -> None:
    found = column(tmp_path, [*(str(n / 10) for n in range(99)), "Bad Input"])
    assert found.kind == "number" and 0.9 < found.confidence < 0.98
    assert "others as 'Bad Input' are quarantined" in "; ".join(found.evidence)


def test_the_day_of_another_column(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"28.10.2025;{6 + n // 60:02d}:{n % 60:02d}:00;{n}" for n in range(100)]
    path.write_text("Datum;Uhrzeit;Wert\n" + "\n".join(rows) + "\n", "utf-8")
    found = drafted(path)
    time = found.columns[1]
    assert (time.kind, time.day) == ("timestamp", "datum")
    assert found.notes


def test_columns_that_no_word_tells_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = "".join(f"{n},x{n},{n}.5,{n}\n" for n in range(40))
    path.write_text(f"#,Temp [°C],temp,TEMP\n{rows}", "utf-8")
    found = drafted(path)
    kept = {column.name: column.header for column in found.columns}
    assert kept == {"temp_at_2": "Temp [°C]", "temp_2": "temp"}
    assert any("'#', 'TEMP'; left out" in note for note in found.notes)


def test_a_number_called_quality(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id;quality\n" + "".join(f"A{n};{n % 2 * 100}\n" for n in range(40)), "utf-8")
    found = drafted(path, table="own")
    (tmp_path / "own.odcs.yaml").write_text(found.yaml(), "utf-8")
    judge = Judge(load("own", tmp_path).tables["own"])
    (batch,) = load_declared(tmp_path / "own.odcs.yaml").read(Source(path.as_posix(), "a.csv"))
    assert isinstance(batch, Batch) and judge.judge(batch).valid.all()


def test_a_key_of_several_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"2025-10-28T06:{n // 4:02d}:00Z,T{n % 4},{n % 7}.5" for n in range(200)]
    path.write_text("time,tag,value\n" + "\n".join(rows) + "\n", "utf-8")
    found = drafted(path)
    assert found.key == ("time", "tag")
    assert "together are distinct in the first 200 records" in found.key_evidence


def test_a_sample_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(f'{{"n": {n}, "m": "x"}}' for n in range(20_000)), "utf-8")
    found = drafted(path, sample=5000)
    assert found.sampled and 5000 <= found.records < 20_000
    assert "(a sample)" in found.yaml()


def test_names() -> None:
    assert names_of(["Temp [°C]", "TempC", "Anzahl Stück", "2nd", "%", "", "temp"]) == [
        "temp", "temp_c", "anzahl_stueck", "c_2nd", "percent", "column_6", "temp_2",
    ]  # fmt: skip
    assert table_name("Torque_2025-10-28.csv") == "torque"
    assert table_name("2025.csv") == "table"


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"a;b\n", "names the columns"),
        ("a.txt", b"just some words\nand more\n", "no table"),
        ("a.csv", b"1,2,3\n4,5,6\n", "names the columns|looks like a header"),
        ("a.xml", b"<a><b>1</b></a>", "Nothing repeats"),
        ("a.json", b"[1, 2, 3]", "no objects"),
        ("a.parquet", b"PAR1xxxxPAR1", "damaged"),
        ("a.xlsx", b"PK\x03\x04[Content_Types].xml", "workbook|table"),
        ("a.bin", bytes(range(256)) * 10, "table|header|binary"),
    ],
)
def test_what_holds_no_table_says_so(tmp_path: Path, name: str, body: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(body)
    with pytest.raises(UnreadableFile, match=said):
        drafted(tmp_path / name)


TAILS = st.one_of(st.binary(max_size=400), st.text(max_size=300).map(str.encode))
HEADS = (b"", b"a;b\n", b'[{"a":', b"<a><b c='1'/><b c='2'/>", b"PAR1", b"x,y\n1,2\n")


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(TAILS, st.sampled_from(HEADS))
def test_any_bytes_draft_or_say_why(tmp_path: Path, tail: bytes, head: bytes) -> None:
    path = tmp_path / "any.dat"
    path.write_bytes(head + tail)
    try:
        found = drafted(path)
    except UnreadableFile as error:
        assert str(error).strip()
        return
    assert found.columns and yaml.safe_load(found.yaml())


def test_a_name_that_no_table_can_have(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv")
    with pytest.raises(ContractError, match="no table name"):
        drafted(path, table="9 lives")
    with pytest.raises(ContractError, match="no domain"):
        drafted(path, domain="heaven")


def test_a_predictive_maintenance_table_others_made() -> None:
    found = drafted(sample_folder("ai4i2020") / "ai4i2020.csv")
    assert found.records == 10_000 and found.key in (("udi",), ("product_id",))
    units = {c.name: c.unit for c in found.columns if c.unit}
    assert units == {
        "air_temperature": "K", "process_temperature": "K", "rotational_speed": "rpm",
        "torque": "N·m", "tool_wear": "min",
    }  # fmt: skip
    flags = [c for c in found.columns if "only 0 and 1: a flag" in c.evidence]
    assert len(flags) == 6


OWN = sorted(p for p in (Path(__file__).parents[1] / "formats").glob("*/*.csv"))


@pytest.mark.parametrize("path", OWN, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_lands_whole_by_its_own_draft(path: Path, tmp_path: Path) -> None:
    """Every CSV of the formats' tests: as many records as were measured, and none refused but what
    calls itself Bad, or what the draft said would be."""
    try:
        found = drafted(path, table="own")
    except UnreadableFile:
        pytest.skip("holds no table with a header")
    (tmp_path / "own.odcs.yaml").write_text(found.yaml(), "utf-8")
    judge = Judge(load("own", tmp_path).tables["own"])
    read, refused = 0, 0
    for part in load_declared(tmp_path / "own.odcs.yaml").read(Source(path.as_posix(), path.name)):
        if isinstance(part, Batch):
            verdict = judge.judge(part)
            read += len(verdict.codes)
            refused += sum(
                verdict.reasons[code - 1][0] != "bad_quality" for code in verdict.codes if code > 0
            )
    assert read == found.records
    said = sum("are quarantined" in "; ".join(column.evidence) for column in found.columns)
    assert refused <= 0.02 * read * max(said, 1)
