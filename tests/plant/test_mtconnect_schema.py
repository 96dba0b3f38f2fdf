"""The MTConnect documents are valid under the standard's own schema, where it is at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lxml import etree

from tests.plant.conftest import WrittenPlant

SAMPLES = Path(os.environ.get("CASPARIAN_SAMPLES", Path(__file__).parents[3] / "shared" / "data"))
SCHEMA = SAMPLES / "mtconnect_xsd" / "MTConnectStreams_2.0.xsd"


@pytest.mark.skipif(not SCHEMA.exists(), reason="needs CASPARIAN_SAMPLES/mtconnect_xsd")
def test_documents_are_valid(plant: WrittenPlant) -> None:
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    whole = [p for p in plant.files("mtconnect") if not plant.truth["files"][p]["quarantined"]]
    assert len(whole) == 47
    for path in whole:
        document = etree.parse(plant.exports / path)
        assert schema.validate(document), (path, schema.error_log.last_error)


def test_one_document_ends_early(plant: WrittenPlant) -> None:
    broken = [p for p in plant.files("mtconnect") if plant.truth["files"][p]["quarantined"]]
    assert len(broken) == 1
    with pytest.raises(etree.XMLSyntaxError):
        etree.parse(plant.exports / broken[0])
