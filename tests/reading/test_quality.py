"""Quality: each vendor's way of saying it, and what nobody says."""

from __future__ import annotations

import csv

import pytest

from casparian.reading.quality import (
    QUALITIES,
    is_quality,
    of_aveva_detail,
    of_opc_da,
    of_percent,
    of_pi,
    of_status_code,
    of_text,
    reader_for,
)
from tests.formats.samples import sample_folder

TEXTS = {
    "Good": [
        "Good", "good", "GOOD", " good ", "G", "OK", "true", "TRUE", "1", "1.0", "valid", "100",
        "100%", "100.0", "192", "192.0", "216", "193", "194", "195", "448", "0x00C0", "0xC0",
        "#C0", "0x00000000", "0x00DB0000", "Good, Low Limited", "Good [Local Override]",
        "GOOD_LOCAL_OVERRIDE", "GoodClamped", "Good_Unspecified", "192 (Good)", "Good (192)",
        "192 - Good", "Raw", "Annotated", "gut", "gültig", "GÜLTIG", "bonne", "Bon", "buena",
        "valide", "14352384",
    ],
    "Uncertain": [
        "Uncertain", "U", "64", "68", "80", "84", "88", "75", "99.5", "0x0040", "0x0058",
        "0x40920000", "Questionable", "substituted", "?", "Suspect", "Uncertain [Last Usable]",
        "UncertainInitialValue", "UNCERTAIN_SENSOR_CAL", "unsicher", "fraglich", "douteuse",
        "Incertain", "Stale", "1083310080", "", " ", "-", "nobody knows it",
    ],
    "Bad": [
        "Bad", "BAD", "B", "0", "0.0", "4", "8", "12", "16", "20", "24", "28", "false", "No Data",
        "NoData", "I/O Timeout", "Bad Input", "Scan Off", "Comm Fail", "UNAVAILABLE", "0x0000",
        "0x0018", "0x80310000", "Bad [Not Connected]", "BAD_CONFIG_ERROR", "BadNoCommunication",
        "Bad_Stale", "-2147483133", "2150694912", "2147483648", "schlecht", "ungültig",
        "mauvaise", "Invalide", "Sensor Failure", "Shutdown", "Not Connected", "Device Failure",
    ],
}  # fmt: skip


@pytest.mark.parametrize("expected", sorted(TEXTS))
def test_texts(expected: str) -> None:
    assert {text: of_text(text) for text in TEXTS[expected]} == dict.fromkeys(
        TEXTS[expected], expected
    )
    assert of_text(None) == "Uncertain"


def test_opc_da_words_whatever_their_limit_and_substatus() -> None:
    """OPC DA 3.00, 6.8: QQSSSSLL."""
    for code in range(256):
        assert of_opc_da(code) == ("Bad", "Uncertain", "Bad", "Good")[code // 64]
        assert of_opc_da(code | 0x5A00) == of_opc_da(code), "a vendor's own byte says nothing"


def test_opc_ua_status_codes_by_their_severity() -> None:
    folder = sample_folder("opcua")
    with (folder / "Opc.Ua.StatusCodes.csv").open(encoding="utf-8", newline="") as stream:
        codes = [row for row in csv.reader(stream) if len(row) > 1]
    assert len(codes) > 200
    for name, code, *_ in codes:
        expected = next(each for each in QUALITIES if name.startswith(each))
        assert of_status_code(int(code, 16)) == expected, name
        signed = int(code, 16) - (1 << 32) * (int(code, 16) >> 31)
        assert of_status_code(signed) == expected
        assert of_text(code) == of_text(name) == expected, name


def test_percent() -> None:
    assert [of_percent(each) for each in (100, 99.9, 50, 49.9, 0)] == [
        "Good", "Uncertain", "Uncertain", "Bad", "Bad",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"status": "0"}, "Good"),
        ({"status": "0", "questionable": "False", "substituted": "False"}, "Good"),
        ({"status": "0", "questionable": "True"}, "Uncertain"),
        ({"status": "0", "substituted": "1"}, "Uncertain"),
        ({"status": "-254"}, "Bad"),
        ({"status": "248"}, "Bad"),
        ({"status": "Good"}, "Good"),
        ({"status": "No Data"}, "Bad"),
        ({"good": "true"}, "Good"),
        ({"good": "false", "questionable": "true"}, "Bad"),
        ({"good": "true", "questionable": "true"}, "Uncertain"),
        ({}, "Good"),
    ],
)
def test_pi_flags(flags: dict[str, str], expected: str) -> None:
    assert of_pi(**flags) == expected


def test_aveva_detail() -> None:
    assert [of_aveva_detail(each) for each in (192, 448, 64, 0, 24, 249, 65536, 252)] == [
        "Good", "Good", "Uncertain", "Bad", "Bad", "Bad", "Bad", "Good",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "code", "expected"),
    [
        ("OPCQuality", "100", "Uncertain"),
        ("OPC Quality", "1", "Bad"),
        ("opc_quality", "Good", "Good"),
        ("Quality Detail", "249", "Bad"),
        ("StatusCode", "0", "Good"),
        ("StatusCode", "0x80000000", "Bad"),
        ("Status_Code", "BadNoData", "Bad"),
        ("Confidence", "64", "Uncertain"),
        ("Confidence", "1", "Bad"),
        ("% Good", "100.0", "Good"),
        ("Quality", "0", "Bad"),
        ("Status", None, "Uncertain"),
    ],
)
def test_the_header_says_whose_numbers_they_are(
    header: str, code: str | None, expected: str
) -> None:
    assert reader_for(header)(code) == expected


@pytest.mark.parametrize(
    "text", ["9" * 400, "-" * 50, "0x", "1e9", "½", "²", "٣", "\0", "🙂", "1,5,5", "--1", "%"]
)
def test_any_text_has_a_quality(text: str) -> None:
    assert of_text(text) in QUALITIES
    assert reader_for("OPCQuality")(text) in QUALITIES


@pytest.mark.parametrize("code", ["Not Good", "NotGood", "nicht gut", "Not Available"])
def test_what_is_not_good_is_bad(code: str) -> None:
    assert of_text(code) == "Bad"


@pytest.mark.parametrize(("text", "expected"), [("Good", True), ("192", True), ("RUN", False)])
def test_a_state_of_a_machine_is_no_quality(text: str, expected: bool) -> None:
    assert is_quality(text) is expected
