"""How the trends of each SCADA system are laid out, by the header words that only it uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from casparian.reading.header import Words
from casparian.reading.quality import BAD, GOOD, UNCERTAIN, of_opc_da, of_text, reader_for
from casparian.reading.reading_words import CLOCK, QUALITY, TIME

Read = Callable[[str | None], str]


def of_wincc(code: str | None) -> str:
    """WinCC's Validity: 1 valid, 0 not; 2 marks lines of the runtime itself ($RT_OFF$)."""
    return {"1": GOOD, "0": BAD, "2": GOOD}.get((code or "").strip(), of_text(code))


def of_factorytalk(code: str | None) -> str:
    """FactoryTalk's Status: blank is good, S stale; D disconnected, E error, U uninitialised."""
    word = (code or "").strip().upper()
    return {"": GOOD, "S": UNCERTAIN, "D": BAD, "E": BAD, "U": BAD, "0": GOOD}.get(
        word, of_text(code)
    )


def of_integrity(code: str | None) -> str:
    """Ignition's dataintegrity: an OPC DA quality."""
    word = (code or "").strip()
    return of_opc_da(int(word)) if word.isdecimal() and len(word) < 9 else of_text(code)


@dataclass(frozen=True)
class Dialect:
    """One system's long trends.

    words: fields by header word; value, further (more value columns) and text give the value, the
    first that is filled. serial: days since 1899-12-30, times a million. sure: if it is this.
    """

    name: str
    words: Words
    sure: float = 0.97
    read_quality: Read | None = None

    def places(self, columns: tuple[str, ...]) -> dict[str, int] | None:
        """Each field's column, None for another system's header."""
        found = self.words.fields(columns)
        return None if self.words.missing(found) else found

    def quality(self, column: str | None) -> Read:
        """How the codes under that header are read."""
        return self.read_quality or reader_for(column or "")


def _words(required: tuple[str, ...], header: Mapping[str, tuple[str, ...]]) -> Words:
    return Words(header, required)


_PEN = (
    "pen_name", "trend", "trend_tag", "trend_name", "curve", "kurve", "stift", "plume", "var_name",
    "variable_name", "archive_tag", "value_id", "trace",
)  # fmt: skip
DIALECTS = (
    Dialect(
        "WinCC",
        _words(
            ("VarName", "TimeString", "VarValue", "Validity"),
            {"VarName": (), "TimeString": (), "VarValue": (), "Validity": (), "Time_ms": ()},
        ),
        read_quality=of_wincc,
    ),
    Dialect(
        "Ignition",
        _words(
            ("tagid", "floatvalue", "t_stamp"),
            {"tagid": (), "intvalue": (), "floatvalue": (), "stringvalue": (), "datevalue": (),
             "dataintegrity": (), "t_stamp": ()},
        ),
        read_quality=of_integrity,
    ),
    Dialect(
        "FactoryTalk View",
        _words(
            ("timestamp", "millitm", "tag", "value"),
            {"timestamp": ("date_and_time", "datetime", "date", "time"), "clock": ("time",),
             "millitm": (), "tag": ("tag_name", "tag_index"), "value": ("val",), "status": (),
             "marker": ()},
        ),
        read_quality=of_factorytalk,
    ),
    Dialect(
        "pens",
        _words(
            ("timestamp", "pen", "value"),
            {"timestamp": TIME, "clock": CLOCK, "millitm": ("milliseconds", "millis", "msec", "ms"),
             "pen": _PEN, "value": ("val", "wert", "valeur", "sample", "y"), "quality": QUALITY},
        ),
        sure=0.9,
    ),
)  # fmt: skip
# what each dialect calls our fields
FIELDS: Mapping[str, str] = {
    "TimeString": "timestamp", "t_stamp": "timestamp", "Time_ms": "serial",
    "VarName": "tag", "tagid": "tag", "pen": "tag",
    "VarValue": "value", "floatvalue": "value", "intvalue": "whole", "stringvalue": "text",
    "Validity": "quality", "dataintegrity": "quality", "status": "quality",
}  # fmt: skip
# wide trends: a header word that only these exports have
WIDE_SIGNS = {"t_stamp": "Ignition", "$date": "InTouch", "millitm": "FactoryTalk View"}


@dataclass(frozen=True)
class Found:
    """A dialect with the column of each of our fields."""

    dialect: Dialect
    places: Mapping[str, int] = field(default_factory=dict)


def find(columns: tuple[str, ...]) -> Found | None:
    """The first dialect whose words a header has."""
    for dialect in DIALECTS:
        places = dialect.places(columns)
        if places is not None:
            return Found(dialect, {FIELDS.get(name, name): at for name, at in places.items()})
    return None


def wide_sign(columns: tuple[str, ...]) -> str | None:
    """The system whose wide trends have such a header."""
    lowered = [column.strip().lower() for column in columns]
    return next((system for word, system in WIDE_SIGNS.items() if word in lowered), None)
