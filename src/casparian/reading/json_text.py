"""The text of a JSON file as a window that moves: value after value is cut out of it whole.

Each value is decoded by the standard library's C scanner, which is several times faster than
events and takes NaN and Infinity without quotes, as Python and some gateways write them.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, BinaryIO

from casparian.reading.errors import UnreadableFile
from casparian.reading.text import HEAD_BYTES, detect_encoding

CHUNK = 1 << 20  # bytes read at a time
AHEAD = 1 << 16  # characters at hand before a value is tried
LARGEST = 8 << 20  # characters of one value: a larger one is no record but a file of its own
MOST_DEPTH = 200
INCOMPLETE = object()  # instead of a value: it does not end within the characters allowed

_BLANK = re.compile(r"[ \t\r\n\x1e\ufeff]*")  # RS parts the texts of a sequence (RFC 7464)
_LONE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_decode = json.JSONDecoder().raw_decode


class JsonText:
    """Where reading stands in the text. `at`: the place in `text` of what is not read yet."""

    def __init__(self, stream: BinaryIO):
        encoding = detect_encoding(stream.read(HEAD_BYTES))
        stream.seek(encoding.bom)
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding.name)("strict")
        self._ended = self._lone = False
        self.text, self.at = "", 0

    def has(self, count: int) -> bool:
        """Reads on until `count` characters are at hand; False where the file ends before."""
        while len(self.text) - self.at < count and not self._ended:
            chunk = self._stream.read(CHUNK)
            self._ended = not chunk
            joint = self.text[self.at :]
            self.text, self.at = joint + self._decoder.decode(chunk, final=not chunk), 0
            self._lone |= bool(_LONE.search(self.text, max(0, len(joint) - 6)))
        return len(self.text) - self.at >= count

    def next(self) -> str:
        """The first character that is not blank, left unread; "" at the end of the file."""
        if self.at < len(self.text) and self.text[self.at] in ',:{}[]"':
            return self.text[self.at]  # nearly always
        while True:
            self.at = _BLANK.match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.has(1):
                return ""

    def value(self, most: int) -> Any:
        """The value here, or INCOMPLETE where it is longer than `most` characters.

        Raises ValueError where no JSON stands here.
        """
        size = min(AHEAD, most)
        while True:
            whole = not self.has(size)
            try:
                value, end = _decode(self.text, self.at)
            except json.JSONDecodeError as error:
                if whole or self._is_damage(error):
                    raise
            except RecursionError as error:
                raise UnreadableFile("The JSON is nested too deep.") from error
            else:
                if whole or end < len(self.text):  # a number may go on
                    self._check_depth(value, end)
                    self.at = end
                    return _mended(value) if self._lone else value
            if size >= most:
                return INCOMPLETE
            size = min(size * 4, most)

    def _check_depth(self, value: Any, end: int) -> None:
        """What is nested too deep for those who work on it; the brackets alone tell nearly always.

        Raises UnreadableFile.
        """
        opened = self.text.count("[", self.at, end) + self.text.count("{", self.at, end)
        if opened > MOST_DEPTH and _depth(value) > MOST_DEPTH:
            raise UnreadableFile(f"The JSON is nested deeper than {MOST_DEPTH} levels.")

    def _is_damage(self, error: json.JSONDecodeError) -> bool:
        """Not merely the end of what is at hand."""
        open_string = error.msg.startswith("Unterminated string")
        return not open_string and error.pos < len(self.text) - 16

    def skip_line(self) -> str | None:
        """Passes over a line that is no JSON, where the next one is a JSON text by itself.

        Returns the line; None, with nothing passed over, where the lines are no JSON texts.
        """
        self.has(LARGEST)
        end = self.text.find("\n", self.at)
        start = _BLANK.match(self.text, end + 1).end() if end >= 0 else 0  # type: ignore[union-attr]
        try:
            _, stop = _decode(self.text, start)
        except (ValueError, RecursionError):
            return None
        if end < 0 or self.text[start] not in "{[" or not _ends_line(self.text, stop):
            return None
        line, self.at = self.text[self.at : end], start
        return line.strip()


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [each for each in level if isinstance(each, dict | list) and each]:
        depth += 1
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
        if depth > MOST_DEPTH:
            break
    return depth


def _ends_line(text: str, stop: int) -> bool:
    return re.compile(r"[ \t\r]*(?:\n|\Z)").match(text, stop) is not None


def _mended(value: Any) -> Any:
    """The value with half surrogates, which no text can hold, as U+FFFD."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_mended(each) for each in value]
    if isinstance(value, dict):
        return {_mended(name): _mended(each) for name, each in value.items()}
    return value
