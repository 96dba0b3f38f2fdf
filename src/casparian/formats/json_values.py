"""JSON cut into values at C speed: lines of documents, and the elements of one large array.

Numbers come as the text that stands there. A line that is no JSON costs that line alone; an array
that breaks off ends the file.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from casparian.formats.base import UnreadableFile
from casparian.formats.text import (
    HEAD_BYTES,
    LONGEST_RECORD,
    SHOWN_BYTES,
    Ragged,
    detect_encoding,
    utf8_chunks,
)

CHUNK_BYTES = 1 << 22
_SPACE = " \t\r\n"
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
_BAD = (ValueError, RecursionError)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    encoding = detect_encoding(stream.read(HEAD_BYTES))
    return utf8_chunks(stream, encoding, CHUNK_BYTES)


def lines(stream: BinaryIO) -> Iterator[Any]:
    """The document of each line that is not blank; Ragged (row 0) for one that is none."""
    rest, skipping = b"", False
    for chunk in _chunks(stream):
        *whole, rest = (rest + chunk).split(b"\n")
        if skipping and whole:
            whole, skipping = whole[1:], False
        for line in whole:
            if line := line.strip(b" \t\r\x1e"):
                yield _line(line)
        if skipping:
            rest = b""
        elif len(rest) > LONGEST_RECORD:
            yield _ragged(rest, f"a line longer than {LONGEST_RECORD >> 20} MiB")
            rest, skipping = b"", True
    if not skipping and (rest := rest.strip(b" \t\r\x1e")):
        yield _line(rest)


def _line(line: bytes) -> Any:
    try:
        return _DECODER.decode(line.decode("utf-8", errors="replace"))
    except _BAD as error:
        return _ragged(line, f"no JSON: {error}")


def _ragged(data: bytes, detail: str) -> Ragged:
    return Ragged(0, data[:SHOWN_BYTES].decode("utf-8", errors="replace"), detail)


def elements(stream: BinaryIO) -> Iterator[Any]:
    """The elements of the array that the file is, or of several that follow one another.

    Raises UnreadableFile where it stops being one, with all before it given.
    """
    decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
    buffer, place, state = "", 0, "["
    for chunk in _chunks(stream):
        buffer, place = buffer[place:] + decode(chunk), 0
        while True:
            place = _skip(buffer, place)
            if place == len(buffer):
                break
            if state != "value":
                state, place = _mark(buffer, place, state), place + 1
                continue
            if buffer[place] == "]":
                state, place = "[", place + 1
                continue
            try:
                value, end = _DECODER.raw_decode(buffer, place)
            except _BAD as error:
                if len(buffer) - place > LONGEST_RECORD or isinstance(error, RecursionError):
                    raise _damaged(str(error)) from error
                break  # it may go on in the next chunk
            if end == len(buffer) and not isinstance(value, dict | list):
                break  # a number may go on in the next chunk
            yield value
            place, state = end, ","
    if state == "value" and place < len(buffer):
        raise _damaged("the last record is not whole")
    if state != "[":
        raise _damaged("the array is not closed")


def _skip(text: str, place: int) -> int:
    while place < len(text) and text[place] in _SPACE:
        place += 1
    return place


def _mark(text: str, place: int, state: str) -> str:
    """What comes after the mark at this place. state: "[" before an array, "," after a value."""
    mark = text[place]
    if mark == "[" == state or (mark == "," == state):
        return "value"
    if mark == "]" and state == ",":
        return "["
    raise _damaged(f"'{mark}' where '{state}' belongs")


def _damaged(words: str) -> UnreadableFile:
    return UnreadableFile(f"The JSON ends early or is damaged: {words.rstrip('.')}.")
