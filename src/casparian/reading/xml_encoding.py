"""XML whose declaration names an encoding that expat cannot read, or that it is not in, as UTF-8.

Expat reads UTF-8, UTF-16, Latin-1, ASCII and, with Python's help, what has a byte a character: not
the encodings of Chinese, Japanese and Korean machines, nor `UTF8` beyond ASCII. .NET programs
declare `utf-16` in files that they then write as UTF-8.

Source: XML 1.0 section 4.3.3 and appendix F; the Encoding Standard for what such names mean.
"""

from __future__ import annotations

import codecs
import io
import re
from typing import BinaryIO, cast

_HEAD = 400  # bytes that hold a declaration
_DECLARED = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<\?xml\s[^>]{0,200}?\bencoding\s*=\s*[\"']([A-Za-z][\w.-]{0,40})(?=[\"'])"
)
_UNICODE = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
_BYTES_A_CHARACTER = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "cp950",
    "big5hkscs": "big5hkscs", "cp950": "cp950", "shift_jis": "cp932", "cp932": "cp932",
    "euc_jp": "euc_jp", "euc_kr": "cp949", "cp949": "cp949", "johab": "johab",
}  # fmt: skip


def parsable(stream: BinaryIO) -> BinaryIO:
    """The document for expat, to be read from front to back.

    Bytes that its encoding has no character for stay as they are, so that expat names their place.
    """
    head = stream.read(_HEAD)
    found = _DECLARED.match(head)
    codec = _codec(found[1].decode(), head.startswith(codecs.BOM_UTF8)) if found else None
    if found and codec:
        head = head[: found.start(1)] + b"UTF-8" + head[found.end(1) :]
    again = cast("BinaryIO", _Again(head, stream))
    return again if codec in (None, "utf-8") else cast("BinaryIO", _AsUtf8(again, str(codec)))


def _codec(declared: str, marked: bool) -> str | None:
    """What the text is in, None where expat does as declared. marked: as UTF-8, by its first bytes.

    A declaration that can be read byte by byte is in no UTF-16.
    """
    if declared.upper() == "UTF-8":
        return None
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        return None
    return "utf-8" if marked or name in _UNICODE else _BYTES_A_CHARACTER.get(name)


class _Again(io.RawIOBase):
    """A stream with its first bytes put back."""

    def __init__(self, head: bytes, rest: BinaryIO):
        self._head, self._rest = head, rest

    def read(self, size: int = -1, /) -> bytes:
        head, self._head = self._head, b""
        return head + self._rest.read(size) if size < 0 else head or self._rest.read(size)


class _AsUtf8(io.RawIOBase):
    """A stream in another encoding."""

    def __init__(self, stream: BinaryIO, codec: str):
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(codec)("surrogateescape")

    def read(self, size: int = -1, /) -> bytes:
        while raw := self._stream.read(size):
            if text := self._decoder.decode(raw, final=size < 0):
                return text.encode("utf-8", "surrogateescape")
        return self._decoder.decode(b"", final=True).encode("utf-8", "surrogateescape")
