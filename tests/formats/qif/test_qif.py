"""QIF documents: golden pairs of both versions, real samples, plans, damage."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from casparian.formats.qif import FORMAT
from casparian.formats.qif.document import MOST_KEPT, survey
from casparian.reading.base import Batch, Note, Source, UnreadableFile
from casparian.reading.peek import Peek
from casparian.reading.spc import ATTRIBUTES, CAPABILITY, CHARACTERISTICS, CONTROL_LIMITS
from casparian.reading.spc import MEASUREMENTS as TABLE
from tests.formats.golden import check, read
from tests.formats.samples import sample_folder

HERE = Path(__file__).parent
ITEM = (
    '<Characteristics><CharacteristicItems><DiameterCharacteristicItem id="1"><Name>D</Name>'
    "</DiameterCharacteristicItem></CharacteristicItems></Characteristics>"
)


def rows(path: Path, table: str = TABLE) -> list[dict[str, Any]]:
    found = (b for b in read(FORMAT, path) if isinstance(b, Batch) and b.table == table)
    return [row for batch in found for row in batch.fields.to_pylist()]


def document(folder: Path, body: str) -> Path:
    path = folder / "document.qif"
    path.write_text(f'<QIFDocument xmlns="http://qifstandards.org/xsd/qif3">{body}</QIFDocument>')
    return path


@pytest.mark.parametrize("name", ["results_3.0", "statistics_2.1", "study_2.0"])
def test_golden(name: str) -> None:
    check(FORMAT, HERE / f"{name}.qif")


def limits(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["nominal"], row["usl"], row["lsl"], row["units"]


def test_limits_of_every_form() -> None:
    first = rows(HERE / "results_3.0.qif")
    found = {(row["feature"], row["units"]): row for row in first if row["serial"] == "SN-90"}
    assert limits(found["HOLE1/1", "mm"]) == ("8", "8.1", "7.95", "mm")
    assert limits(found["HOLE2/1", "mm"]) == ("12", "12.1", "11.95", "mm")  # its own diameter
    inches = found["L", "mm"]
    assert (float(inches["usl"]), float(inches["lsl"])) == pytest.approx((25.654, 25.146))
    assert float(found["L", "thou"]["usl"]) == pytest.approx(1010)
    assert limits(found["A", "degree"]) == ("90", "90.5", None, "degree")  # one side is open
    assert limits(found["HOLE1/P", "mm"]) == (None, "0.2", None, "mm")  # a zone's width
    assert limits(found["S", "mm"]) == (None, "1", "-0.5", "mm")  # an offset zone's sides
    assert limits(found["T", "mm"]) == (None, None, None, "mm")


def test_a_stated_verdict_stands_beside_the_recomputed_one() -> None:
    found = {row["feature"]: row for row in rows(HERE / "results_3.0.qif") if row["serial"]}
    position = found["HOLE1/P"]  # a bonus of the material condition lets it pass
    assert [position[n] for n in ("stated_status", "pass", "within_limits")] == [
        "PASS", "true", "false",
    ]  # fmt: skip
    assert [found["T"][name] for name in ("stated_status", "pass")] == ["BASIC", None]


def test_parts_serials_times_and_identity() -> None:
    found = rows(HERE / "results_3.0.qif")
    first = found[0]
    assert (first["part_number"], first["serial"], first["operator"]) == ("HSG-1", "SN-90", "Ann")
    assert first["measured_at"].isoformat() == "2025-03-01T06:31:00+00:00"
    assert found[1]["measured_at"].isoformat() == "2025-03-01T06:30:00+00:00"  # GMT by standard
    assert first["characteristic_id"] == "1f000000-0000-4000-8000-000000000040"
    ids = [(row["part_number"], row["feature"], row["measurement_id"]) for row in found]
    assert len(set(ids)) == len(ids)
    whole = rows(HERE / "results_3.0.qif", ATTRIBUTES)[-1]
    assert (whole["part_number"], whole["serial"], whole["pass"]) == ("LID-2", "SN-91", "false")


def test_attributive_results_have_their_own_table() -> None:
    burr = rows(HERE / "results_3.0.qif", ATTRIBUTES)[0]
    assert [burr[n] for n in ("feature", "value_text", "defects", "pass")] == [
        "Burr", "2", "2", "false",
    ]  # fmt: skip


def test_subgroups_capability_and_control_limits_as_stated() -> None:
    path = HERE / "statistics_2.1.qif"
    assert [row["subgroup"] for row in rows(path)] == ["1", "1", "2", "2"]
    (stated,) = rows(path, CAPABILITY)
    assert [stated[n] for n in ("feature", "n", "mean", "cpk", "out_of_limits", "units")] == [
        "Pin diameter/7", "4", "1.008", "0.27", "1", "inch",
    ]  # fmt: skip
    (chart,) = rows(path, CONTROL_LIMITS)
    assert [chart[n] for n in ("chart", "ucl", "cl", "lcl")] == ["xbar", "1.03", "1.008", "0.986"]


def test_a_plan_has_characteristics_and_says_that_it_has_no_measurement(tmp_path: Path) -> None:
    path = document(tmp_path, ITEM)
    assert [row["feature"] for row in rows(path, CHARACTERISTICS)] == ["D"]
    (note,) = [part for part in read(FORMAT, path) if isinstance(part, Note)]
    assert note.sentence == "The QIF document holds no measurement; it defines 1 characteristics."


def test_what_is_no_qif_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "x.qif"
    for body, word in (
        ("<Other><QIFDocument/></Other>", "root element"),
        ("", "ends early"),
        ("no xml", "damaged"),
        ("<QIFDocument><Characteristics>", "ends early"),
    ):
        path.write_text(body)
        with pytest.raises(UnreadableFile, match=word):
            read(FORMAT, path)


def test_what_a_cut_document_holds_is_kept_or_refused_whole(tmp_path: Path) -> None:
    whole = (HERE / "results_3.0.qif").read_bytes()
    path = tmp_path / "cut.qif"
    for size in range(0, len(whole) - 20, 997):
        path.write_bytes(whole[:size])
        with pytest.raises(UnreadableFile):
            read(FORMAT, path)


def test_a_document_of_too_many_definitions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("casparian.formats.qif.document.MOST_KEPT", 3)
    assert MOST_KEPT > 3
    with pytest.raises(UnreadableFile, match="more than 3 things"):
        survey(io.BytesIO((HERE / "results_3.0.qif").read_bytes()))


@pytest.mark.parametrize(
    ("head", "sure"),
    [
        ('<QIFDocument xmlns="http://qifstandards.org/xsd/qif2">', 1.0),
        ("<!-- x --><q:QIFDocument xmlns:q='http://qifstandards.org/xsd/qif3'>", 1.0),
        ("<QIFDocument>", 0.9),
        ('<MTConnectStreams xmlns="urn:mtconnect.org:MTConnectStreams:1.3">', 0.0),
        ("QIFDocument", 0.0),
    ],
)  # fmt: skip
def test_sniff(head: str, sure: float) -> None:
    assert FORMAT.sniff(Peek("x", head.encode())).confidence == sure


def test_widget() -> None:
    """50 values, 42 of them with a tolerance; the other 8 are reference dimensions."""
    found = rows(sample_folder("qif") / "widget_results_2.0.qif")
    assert len(found) == 50
    assert Counter(row["stated_status"] for row in found) == {"FAIL": 24, "PASS": 18, "BASIC": 8}
    assert sum(row["pass"] is not None for row in found) == 42
    assert {row["units"] for row in found} == {"mm"}


def test_box_of_nist() -> None:
    found = rows(next(sample_folder("nist_box").glob("*.QIF")))
    assert len(found) == 893
    assert Counter(row["stated_status"] for row in found) == {"PASS": 892, "FAIL": 1}
    assert all(row["pass"] == row["within_limits"] for row in found)
    assert len({row["serial"] for row in found}) == 19  # one part has none
    assert len({(row["feature"], row["measurement_id"]) for row in found}) == 893


def test_memory_of_the_source_is_bounded_by_definitions() -> None:
    """The second pass holds one measurement at a time."""
    path = HERE / "results_3.0.qif"
    parts = list(FORMAT.read(Source(str(path), path.name)))
    assert (
        sum(len(part.rows) for part in parts if isinstance(part, Batch) and not part.derived) == 12
    )
