"""MTConnect Streams: golden pair, hostile documents, clock steps, quality, real samples."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from casparian.formats import Peek
from casparian.formats.mtconnect import FORMAT
from casparian.reading.base import Batch, Damage, UnreadableFile
from tests.formats.golden import check, read
from tests.formats.mtconnect.documents import document, sample
from tests.formats.samples import sample_folder

HERE = Path(__file__).parent
BILLION_LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


def write(folder: Path, text: str) -> Path:
    path = folder / "stream.xml"
    path.write_bytes(text.encode())
    return path


def fields(path: Path, table: str) -> list[dict[str, object]]:
    found = (b for b in read(FORMAT, path) if isinstance(b, Batch) and b.table == table)
    return [row for batch in found for row in batch.fields.to_pylist()]


@pytest.mark.parametrize("name", ["streams", "devices", "assets", "one_asset", "errors"])
def test_golden(name: str) -> None:
    check(FORMAT, HERE / f"{name}.xml")


def test_one_asset_is_known_by_its_id(tmp_path: Path) -> None:
    assert FORMAT.sniff(Peek.of(HERE / "one_asset.xml")).confidence == 0.95
    vendor = '<v:Gauge xmlns:v="urn:mtconnect.org:VendorAssets:2.0" assetId="G1"/>'
    (asset,) = fields(write(tmp_path, vendor), "mtc_assets")
    assert (asset["type"], asset["asset_id"]) == ("Gauge", "G1")
    for other in ('<File name="a.nc"/>', '<Machine assetId="7"/>', '<Part id="1" assetId=""/>'):
        assert FORMAT.sniff(Peek("x.xml", other.encode())).confidence == 0


@pytest.mark.parametrize("doctype", [BILLION_LAUGHS, EXTERNAL, "<!DOCTYPE MTConnectStreams>"])
def test_a_dtd_is_refused_and_never_expanded(tmp_path: Path, doctype: str) -> None:
    path = write(tmp_path, document(samples=sample(1, "&b;"), before=doctype))
    with pytest.raises(UnreadableFile, match="declares a DTD"):
        read(FORMAT, path)


@pytest.mark.parametrize("root", ["MTConnectDevices", "MTConnectError", "MTConnectAssets"])
def test_an_answer_that_holds_nothing_has_no_records(tmp_path: Path, root: str) -> None:
    path = write(tmp_path, f'<?xml version="1.0"?><{root} xmlns="urn:x"><Header/></{root}>')
    assert FORMAT.sniff(Peek.of(path)).confidence == 1.0
    assert read(FORMAT, path) == []


def test_xml_of_others_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "<QIFDocument/>")
    assert FORMAT.sniff(Peek.of(path)).confidence == 0
    with pytest.raises(UnreadableFile, match="XML of <QIFDocument>, no MTConnect document"):
        read(FORMAT, path)


def test_no_xml_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no XML document"):
        read(FORMAT, write(tmp_path, "Timestamp,Tag\n1,2\n"))


def test_clock_step_is_flagged_by_data_item(tmp_path: Path) -> None:
    steps = [
        sample(1, second=100),
        sample(2, second=99),
        sample(3, second=40),
        sample(4, second=41),
    ]
    other = [sample(5, item="other", second=10)]
    rows = fields(write(tmp_path, document(samples="".join(steps + other))), "mtc_samples")
    assert [row["clock_step"] for row in rows] == [False, False, True, False, False]


def test_unavailable_has_no_value_and_is_bad(tmp_path: Path) -> None:
    both = sample(1, "UNAVAILABLE") + sample(2, "1 2 3")
    rows = fields(write(tmp_path, document(samples=both)), "mtc_samples")
    shown = [(row["value"], row["value_text"], row["quality"]) for row in rows]
    assert shown == [(None, None, "Bad"), (None, "1 2 3", "Good")]


def test_seven_digits_of_a_second_are_cut(tmp_path: Path) -> None:
    fine = sample(1).replace("00Z", "00.1234567Z")
    (row,) = fields(write(tmp_path, document(samples=fine)), "mtc_samples")
    assert str(row["timestamp"]) == "2025-10-25 06:00:00.123456+00:00"


def test_stray_observation_is_damage(tmp_path: Path) -> None:
    text = document(samples=sample(1)).replace("Samples>", "Vendor>")
    (damage,) = read(FORMAT, write(tmp_path, text))
    assert isinstance(damage, Damage)
    assert (damage.rule, damage.row) == ("damaged_record", 1)


def test_damage_shows_the_text_where_reading_ended(tmp_path: Path) -> None:
    text = document(samples=sample(1) + "<Load" + sample(2))
    *_, damage, _devices = read(FORMAT, write(tmp_path, text))
    assert isinstance(damage, Damage)
    assert (damage.rule, damage.row) == ("damaged_file", 2)
    assert "<Load" in damage.raw
    assert "casparian" not in damage.raw


def test_a_tag_without_end_is_given_up(tmp_path: Path) -> None:
    text = (
        document(samples=sample(1)).partition("</Samples>")[0] + '<Load name="' + "x" * (20 << 20)
    )
    *_, damage, _devices = read(FORMAT, write(tmp_path, text))
    assert isinstance(damage, Damage)
    assert "longer than 16 MiB" in damage.detail


@pytest.mark.parametrize("name", ["current.xml", "demo/current.xml", "demo/sample.xml"])
def test_every_observation_of_a_real_agent_lands_once(name: str) -> None:
    path = sample_folder("mtconnect_ladder99") / name
    parts = [part for part in read(FORMAT, path) if isinstance(part, Batch) and not part.derived]
    rows = sorted(row for part in parts for row in part.rows.to_pylist())
    assert rows == list(range(1, path.read_text().count(" sequence=") + 1))


MODELS = (
    "mtconnect_ladder99/probe.xml",
    "mtconnect_ladder99/demo/probe.xml",
    "mtconnect_cppagent/Devices.xml",
)


@pytest.mark.parametrize("name", MODELS)
def test_every_data_item_and_component_of_a_real_device_model_lands_once(name: str) -> None:
    folder, _, file = name.partition("/")
    path = sample_folder(folder) / file
    tree = etree.parse(str(path))
    items = tree.xpath("count(//*[local-name()='DataItem'])")
    others = "//*[local-name()='Components']/* | //*[local-name()='Devices']/*[@uuid]"
    assert len(fields(path, "mtc_data_items")) == items
    assert len(fields(path, "mtc_components")) == len(tree.xpath(others))
    devices = tree.xpath("//*[local-name()='Devices']/*/@uuid")
    assert [row["device_uuid"] for row in fields(path, "mtc_devices")] == devices
