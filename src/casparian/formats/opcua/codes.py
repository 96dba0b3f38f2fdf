"""The list of OPC UA status codes, as the OPC Foundation publishes it: name, number, meaning."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from casparian.formats.opcua.tables import CODES, SHOWN
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source
from casparian.reading.peek import Peek
from casparian.reading.quality import of_status_code
from casparian.reading.records import Columns, Record, batches
from casparian.reading.text import HEAD_BYTES, LONGEST_RECORD, detect_encoding, utf8_chunks

_LINE = re.compile(
    r'\ufeff?"?(?P<symbol>(?:Good|Uncertain|Bad)\w*)"?\s*(?P<part>[,;\t])\s*'
    r'"?(?P<code>0[xX][0-9A-Fa-f]{8})"?\s*(?:(?P=part)|\Z)'
)
_COLUMNS = {
    CODES: Columns(
        raw=("symbol", "code", "description"),
        fields=("symbol", "code", "quality", "description"),
    )
}


class StatusCodes:
    """Opc.Ua.StatusCodes.csv to `opc_status_codes`."""

    name, version, contract = "opcua_status_codes", "1.0.0", "opcua"
    tables = (CODES,)
    summary = "list of OPC UA status codes: symbol, number, meaning"
    stage = 0

    def sniff(self, peek: Peek) -> Sniff:
        """By its lines: a symbol beginning with its severity, and eight hexadecimal digits."""
        lines = [line for line in peek.text.splitlines()[:50] if line.strip()]
        fit = sum(bool(_LINE.match(line)) for line in lines)
        return Sniff(0.99, "lines of status codes") if fit and fit >= len(lines) - 1 else NO

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every line; one that is no status code is damage."""
        with source.open() as stream:
            encoding = detect_encoding(stream.read(HEAD_BYTES))
            text = b"".join(utf8_chunks(stream, encoding, 1 << 16)).decode("utf-8", "replace")
            yield from batches(_records(text), _COLUMNS)


def _cells(text: str, delimiter: str) -> list[str]:
    """The cells of the rest of a line; what no CSV reader takes is one cell."""
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return [" ".join(text.split())]


def _records(text: str) -> Iterator[Record | Damage]:
    for line in io.StringIO(text):
        found = _LINE.match(line)
        if found and len(line) < LONGEST_RECORD:
            rest = _cells(line[found.end() :], found["part"] or ",")
            raw = {
                "symbol": found["symbol"],
                "code": found["code"],
                "description": rest[0].strip() if rest and rest[0].strip() else None,
            }
            quality = of_status_code(int(found["code"], 16))
            yield Record(CODES, raw, {**raw, "quality": quality})
        elif line.strip():
            yield Damage(CODES, 0, "damaged_record", line.strip()[:SHOWN], "no status code")
