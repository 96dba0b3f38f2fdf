"""What `sniff` says of a file that no format knows: enough for a person to see why."""

import pytest

from casparian.formats import Peek, sniff


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (b"", "the file is empty"),
        (b'<?xml version="1.0"?><!-- of 3 -->\n<Colours x="1">', "XML of <Colours>"),
        (b"colour;taste\nred;sweet\n", "columns colour, taste, which no format knows"),
        (b"machine,order,start,total,good\nM1,O1,2026-01-08 06:00,5,4\n",
         "('production' would, with interval_end)"),
        (b"TC-1,08-Jan-26 10:30:00,20.5\nTC-1,08-Jan-26 10:31:00,20.6\n", "which no format knows"),
        (b"PK\x03\x04rest", "a zip archive or workbook"),
        (b"\x00\x01\x02\x03" * 50, "binary"),
        (b"Dear colleague\nall is well\n", "text that is no table"),
    ],
)  # fmt: skip
def test_reason(head: bytes, why: str) -> None:
    chosen, sure = sniff(Peek("stranger.dat", head))
    assert chosen is None
    assert why in sure.why
