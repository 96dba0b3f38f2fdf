"""AQDEF: golden pairs, notations of values, limits, K0002, pairs of files, real samples."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from casparian.formats import Peek, sniff
from casparian.formats.aqdef import FORMAT
from casparian.formats.aqdef.moments import iso
from casparian.formats.aqdef.rows import quality
from casparian.reading.base import Batch, Damage, Note, Source, UnreadableFile
from tests.formats.golden import check
from tests.formats.samples import sample_folder
from tests.formats.verdicts import reasons

HERE = Path(__file__).parent
GOLDEN = ("compact.dfq", "fields.dfq", "placed.dfq", "pair.dfx")
HEAD = "K0100 2\nK1001/1 P\nK2001/1 1\nK2002/1 a\nK2001/2 2\nK2002/2 b\n"


def read(path: Path, name: str = "") -> list[Batch | Damage | Note]:
    return list(FORMAT.read(Source(str(path), name or path.name, "Europe/Berlin")))


def rows(parts: list[Batch | Damage | Note], table: str) -> list[dict[str, Any]]:
    found = [part for part in parts if isinstance(part, Batch) and part.table == table]
    return [row for part in found for row in part.fields.to_pylist()]


def measured(folder: Path, text: str, table: str = "spc_measurements") -> list[dict[str, Any]]:
    path = folder / "x.dfq"
    path.write_text(text, "utf-8", newline="")
    return rows(read(path), table)


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name: str) -> None:
    check(FORMAT, HERE / name, "Europe/Berlin")


@pytest.mark.parametrize("name", (*GOLDEN, "pair.dfd"))
def test_it_is_the_surest_whatever_the_name(name: str) -> None:
    head = (HERE / name).read_bytes()
    for called in (name, "data.txt", ""):
        chosen, why = sniff(Peek(called, head))
        assert chosen is FORMAT
        assert why.confidence >= 0.8


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("17.5.2002/15:38:8", "2002-05-17T15:38:08"),
        ("17.05.02 15:38", "2002-05-17T15:38:00"),
        ("17.05.99/00:00:00", "1999-05-17T00:00:00"),
        ("5/17/2002/3:38:08 PM", "2002-05-17T15:38:08"),
        ("17/5/2002/15:38:08", "2002-05-17T15:38:08"),
        ("02-05-17/15:38:08", "2002-05-17T15:38:08"),
        ("2002-05-17T15:38:08.250+02:00", "2002-05-17T15:38:08.250+02:00"),
        ("17.05.2002", "2002-05-17T00:00:00"),
        ("soon", None),
    ],
)
def test_times(written: str, expected: str | None) -> None:
    assert iso(written) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [(None, "Good"), ("0", "Good"), ("129", "Uncertain"), ("290", "Uncertain"), ("256", "Bad")],
)
def test_quality_of_k0002(code: str | None, expected: str) -> None:
    assert quality(code) == expected


def test_what_is_deleted_or_has_no_time_is_quarantined() -> None:
    found = reasons(FORMAT, HERE / "compact.dfq", "Europe/Berlin")
    assert sorted(found.values()) == ["Bad measured_at", "damaged_record", "damaged_record"]


def test_fields_stand_before_or_after_their_value(tmp_path: Path) -> None:
    before = "K0014/1 S1\nK0001/1 1\nK0014/1 S2\nK0001/1 2\n"
    after = "K0001/1 1\nK0014/1 S1\nK0001/1 2\nK0014/1 S2\n"
    for text in (before, after):
        found = measured(tmp_path, HEAD + text)
        assert [(row["actual"], row["serial"]) for row in found] == [("1", "S1"), ("2", "S2")]


def test_index_zero_is_for_all_characteristics(tmp_path: Path) -> None:
    text = "K0014/0 S1\nK0001/1 1\nK0001/2 2\nK0014/0 S2\nK0001/1 3\nK0001/2 4\n"
    found = measured(tmp_path, HEAD + text)
    assert [(r["feature"], r["actual"], r["serial"]) for r in found] == [
        ("a", "1", "S1"),
        ("b", "2", "S1"),
        ("a", "3", "S2"),
        ("b", "4", "S2"),
    ]


def test_an_empty_portion_keeps_the_place(tmp_path: Path) -> None:
    found = measured(tmp_path, HEAD + "1\x0f2\n\x0f3\n4\x0f5\n")
    assert [(r["feature"], r["sample"], r["actual"]) for r in found] == [
        ("a", "1", "1"),
        ("b", "1", "2"),
        ("b", "2", "3"),
        ("a", "3", "4"),
        ("b", "3", "5"),
    ]


@pytest.mark.parametrize(
    ("fields", "limits"),
    [
        ("K2110/1 1\nK2111/1 3", ("1", "3")),
        ("K2101/1 2\nK2112/1 -0,5\nK2113/1 0,25", ("1.5", "2.25")),
        ("K2110/1 0\nK2111/1 3\nK2120/1 2", (None, "3")),
        ("K2110/0 1\nK2111/1 3\nK2121/1 2", ("1", None)),
    ],
)
def test_limits(tmp_path: Path, fields: str, limits: tuple[str | None, str | None]) -> None:
    found = measured(tmp_path, f"{HEAD}{fields}\n2\n")
    assert (found[0]["lsl"], found[0]["usl"]) == limits


def test_thousandths_of_a_sample_but_not_where_the_plan_says_so(tmp_path: Path) -> None:
    head = HEAD + "K2004/1 1\nK2004/2 1\nK8505/2 2000\n"
    found = measured(
        tmp_path, head + "K0020/1 20000\nK0021/1 2\nK0020/2 2000\nK0021/2 1\n", "spc_attributes"
    )
    assert [(r["sample_size"], r["defects"]) for r in found] == [("20", "2"), ("2000", "1")]


def test_sets_of_data_that_were_appended(tmp_path: Path) -> None:
    other = HEAD.replace("1001/1 P", "1001/1 Q")
    found = measured(tmp_path, f"{HEAD}1\x0f2\n{other}3\x0f4\n")
    assert [(r["part_number"], r["actual"]) for r in found] == [
        ("P", "1"),
        ("P", "2"),
        ("Q", "3"),
        ("Q", "4"),
    ]


def test_a_pair_in_an_archive_with_extensions_in_capitals(tmp_path: Path) -> None:
    archive = tmp_path / "runs.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(HERE / "pair.dfd", "a/Run.DFD")
        packed.write(HERE / "pair.dfx", "a/Run.DFX")
    found = list(FORMAT.read(Source(f"{archive}!/a/Run.DFX", "runs.zip/a/Run.DFX")))
    assert {row["part_number"] for row in rows(found, "spc_measurements")} == {"W-9"}


def test_values_without_their_description_wait_for_it(tmp_path: Path) -> None:
    (tmp_path / "alone.dfx").write_bytes((HERE / "pair.dfx").read_bytes())
    with pytest.raises(OSError, match=r"its description alone\.dfd does not lie beside it"):
        read(tmp_path / "alone.dfx")
    (tmp_path / "ALONE.DFD").write_bytes((HERE / "pair.dfd").read_bytes())
    assert len(rows(read(tmp_path / "alone.dfx"), "spc_measurements")) == 4


def test_a_description_alone_says_so() -> None:
    found = read(HERE / "pair.dfd")
    assert len(rows(found, "spc_characteristics")) == 2
    assert Note("The file holds a description (characteristics: 2) and no values.") in found


@pytest.mark.parametrize("content", [b"", b"hello\nworld\n", b"\0\1\2\3" * 200, b"K0100 0\n"])
def test_what_is_none_of_it_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.dfq").write_bytes(content)
    with pytest.raises(UnreadableFile):
        read(tmp_path / "x.dfq")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = HEAD.replace("1001/1 P", "1001/1 Größe") + "1\x0f2\n"
    (tmp_path / "x.dfq").write_bytes(text.encode(encoding))
    found = rows(read(tmp_path / "x.dfq"), "spc_measurements")
    assert {row["part_number"] for row in found} == {"Größe"}


def test_sample_of_the_reader() -> None:
    found = read(sample_folder("aqdef_reader") / "testmeasures.dfq")
    assert len(rows(found, "spc_measurements")) == 10  # K0100 = 2, five value lines
    assert len(rows(found, "spc_characteristics")) == 2
    first = rows(found, "spc_measurements")[0]
    assert float(first["actual"]) == 249.96
    assert (first["lsl"], first["usl"], first["units"]) == ("200", "300", "cm")
    assert not [part for part in found if isinstance(part, Damage)]


def test_samples_of_the_tools() -> None:
    folder = sample_folder("aqdef_diribet")
    files = sorted(folder.glob("*.dfq"))
    assert len(files) == 11
    for path in files:
        found = read(path)
        assert not [part for part in found if isinstance(part, Damage)]
        declared = int(path.read_text("utf-8").split("\n")[0].split()[1])
        assert len(rows(found, "spc_characteristics")) == declared
    groups = read(folder / "characteristicHierarchy_twoParts_singleGroup_twoCharacteristics.dfq")
    names = [row["feature"] for row in rows(groups, "spc_characteristics")]
    assert names[-1] == "<group_4>/<characteristic_code_5>/<characteristic_code_7>"
