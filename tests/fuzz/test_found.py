"""What fuzzing found, kept small: each of these broke a format once."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from casparian.formats import all_formats
from tests.fuzz.properties import check

DEFECTS = "timestamp,part_number,defect_code,quantity\n"
STREAMS = '<?xml version="1.0" encoding="component"?><MTConnectStreams><Header/></MTConnectStreams>'
WEDGED = b"2025-10-25 08:00:00,P-1,D\xff,1,1,1\n2025-10-25 08:01:00,P-1,D2,1\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mtconnect", STREAMS.encode()),  # an encoding that nobody knows
        ("defects", DEFECTS.encode() + WEDGED),  # a ragged line that is no UTF-8
        ("defects", (DEFECTS.strip() + ",a" * 8000 + "\n").encode()),  # equal names in thousands
        ("defects", b"\x1c\x1d\x1e\n\x1f\n"),  # odd blanks and nothing else
        ("pi_points", gzip.compress(b"Name,ObjectType\nTI-1,PI Point\n" * 500)[:60]),  # torn
        ("aqdef", b"K0100 100000\nK2001/999999999 x\n1\x0f2\n"),
        ("aqdef", b"K1001/1 P\nK2001/1 1\n" + b"K0001/1 1\nK0014/0 s\n" * 50),
        ("batch", b"<Batch>" + b"<Phase>" * 600 + b"</Phase>" * 600 + b"</Batch>"),
        ("batch", b"<Batch ID='b'><a><b><c><Parameter Name='x'/></c></b></a></Batch>"),
    ],
)
def test_bytes_that_broke_a_format(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(content)
    check(all_formats()[name], path)


def test_a_reference_longer_than_excel_knows(tmp_path: Path) -> None:
    """The reader of workbooks asked for 294 GB for the cell C9999999999999."""
    path = tmp_path / "input.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b'<c r="C9999999999999"/>')
    assert check(all_formats()["cmm"], path) == 0
