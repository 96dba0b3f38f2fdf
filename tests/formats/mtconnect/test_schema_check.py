"""Documents against the standard's schemas: said in the books, never a reason to refuse."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from casparian.formats.mtconnect import FORMAT
from casparian.formats.mtconnect.schema_check import MOST_BYTES, check
from casparian.reading.base import Batch, Note, Source
from tests.formats.mtconnect.documents import document, sample
from tests.formats.samples import sample_folder

GOOD = document(samples=sample(1)).replace(
    'version="2.0"',
    'version="2.0" bufferSize="10" nextSequence="2" firstSequence="1" lastSequence="1"'
    ' deviceModelChangeTime="2025-10-01T00:00:00Z"',
)


def said(text: str, folder: Path | str) -> list[str]:
    return check(io.BytesIO(text.encode()), str(folder))


def test_a_document_that_fits_is_said_to_fit() -> None:
    assert said(GOOD, sample_folder("mtconnect_xsd")) == ["Fits MTConnectStreams_2.0.xsd."]


def test_a_device_model_of_a_version_with_xsd_1_1_is_checked() -> None:
    path = sample_folder("mtconnect_cppagent") / "Devices.xml"
    schemas = sample_folder("mtconnect_xsd")
    assert said(path.read_text(), schemas) == ["Fits MTConnectDevices_2.7.xsd."]
    wrong = path.read_text().replace('category="EVENT"', 'category="INCIDENT"', 2)
    (sentence,) = said(wrong, schemas)
    assert sentence.startswith("Does not fit MTConnectDevices_2.7.xsd: line ")
    assert "further" in sentence


def test_what_does_not_fit_names_its_line_and_lands(tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_text(GOOD.replace(' sequence="1"', '\nsequence="x"'))
    source = Source(str(path), path.name, schemas=str(sample_folder("mtconnect_xsd")))
    parts = list(FORMAT.read(source))
    (note,) = [part.sentence for part in parts if isinstance(part, Note)]
    assert note.startswith("Does not fit MTConnectStreams_2.0.xsd: line 2: Element 'Position'")
    assert sum(len(p.rows) for p in parts if isinstance(p, Batch) and not p.derived) == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            GOOD.replace("Streams:2.0", "Streams:9.9"),
            "MTConnectStreams_9.9.xsd is not in the folder",
        ),
        (
            GOOD.replace("urn:mtconnect.org:", "urn:acme.example:"),
            "is not the standard's namespace",
        ),
        (GOOD.replace("</Streams>", " " * MOST_BYTES + "</Streams>"), "is over 8 MiB"),
        (GOOD.replace("Streams:2.0", "Streams:../../x"), "is not the standard's namespace"),
    ],
)
def test_what_is_not_checked_is_said(text: str, sentence: str, tmp_path: Path) -> None:
    (found,) = said(text, tmp_path)
    assert found.startswith("Not checked against")
    assert sentence in found


def test_a_broken_schema_is_said(tmp_path: Path) -> None:
    (tmp_path / "MTConnectStreams_2.0.xsd").write_text("<xs:schema")
    (found,) = said(GOOD, tmp_path)
    assert found.startswith("MTConnectStreams_2.0.xsd cannot be used as a schema")


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff\xfe", GOOD[:-20].encode(), bytes(99)])
def test_what_the_reading_says_is_not_said_twice(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "MTConnectStreams_2.0.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>'
    )
    assert check(io.BytesIO(data), str(tmp_path)) == []


def test_an_archive_is_not_noted_document_by_document(tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    odd = [GOOD.replace("<Samples>", "\n" * n + "<Vendor/><Samples>") for n in range(60)]
    path.write_text("".join(odd))
    schemas = str(sample_folder("mtconnect_xsd"))
    parts = FORMAT.read(Source(str(path), path.name, schemas=schemas))
    assert 1 < len({part.sentence for part in parts if isinstance(part, Note)}) <= 20
