"""What happens to files on their way: cut, torn, doubled, edited, converted, packed."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable
from random import Random

LONGEST = 256 << 10
_TOKEN = re.compile(rb"[A-Za-z_][\w.:-]*")
_NUMBER = re.compile(rb"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?")
_DATE = re.compile(rb"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[T /]\d{1,2}:\d{2}(?::\d{2})?)?")
_NUMBERS = (
    b"", b"-0", b"1e999", b"NaN", b"Infinity", b"0x10", b"99999999999999999999", b"1,5",
    b"1.2.3", b"-", b"2147483648", b"1e-400", b"\xd9\xa1\xd9\xa2", b"true",
)  # fmt: skip
_DATES = (
    b"2025-02-30", b"31.12.9999 23:59:60", b"0001-01-01", b"now", b"2025-10-26T02:30:00",
    b"9999999999999", b"1/1/70", b"2025-13-01T25:61:61Z", b"12:00",
    b"2025-03-01T00:00:00+99:99", b"31/12/9999", b"99999-01-01",
)  # fmt: skip
_ODD = (
    b"\x00", b'"', b'""', b"\n", b"\r", b"\r\n", b"\t", b";", b",", b"<", b">", b"&#0;",
    b"<![CDATA[", b"]]>", b"{", b"]", b"\\", b"\x14", b"\x0f", b"\x1a", b"\xff\xfe",
    b"\xef\xbb\xbf", b"\xed\xa0\x80", b"K2001/999999999 x\n", b"'", b"=1+1", b"\xe2\x80\xa8",
    b"-->", b"/0",
)  # fmt: skip
_ENCODINGS = ("utf-16", "utf-16-be", "utf-16-le", "utf-8-sig", "latin-1", "cp1252", "utf-32")
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, OSError),
    ValueError,
)


def mutate(random: Random, data: bytes, other: bytes = b"") -> bytes:
    """One to four accidents; inside the members of a zip archive where it is one."""
    if data.startswith(b"PK\x03\x04") and random.random() < 0.7:
        return _in_archive(random, data, other)
    for _ in range(random.randint(1, 4)):
        data = random.choice(ACCIDENTS)(random, data, other)[:LONGEST]
    if random.random() < 0.02:
        packed = gzip.compress(data, 1)
        data = packed if random.random() < 0.5 else packed[: random.randrange(len(packed))]
    return data


def _span(random: Random, data: bytes, most: int = 200) -> tuple[int, int]:
    start = random.randrange(len(data) + 1)
    return start, min(len(data), start + random.randint(1, most))


def _flip(random: Random, data: bytes, other: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(random.randint(1, 8) if data else 0):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _cut(random: Random, data: bytes, other: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _drop(random: Random, data: bytes, other: bytes) -> bytes:
    start, end = _span(random, data)
    return data[:start] + data[end:]


def _repeat(random: Random, data: bytes, other: bytes) -> bytes:
    start, end = _span(random, data)
    times = random.choice((2, 3, 50, 500))
    return data[:start] + data[start:end] * times + data[end:]


def _splice(random: Random, data: bytes, other: bytes) -> bytes:
    start, end = _span(random, other, 2000)
    place = random.randrange(len(data) + 1)
    return data[:place] + other[start:end] + data[place:]


def _insert(random: Random, data: bytes, other: bytes) -> bytes:
    place = random.randrange(len(data) + 1)
    return data[:place] + random.choice(_ODD) * random.choice((1, 1, 1, 2, 600)) + data[place:]


def _replaced(pattern: re.Pattern[bytes], by: tuple[bytes, ...]) -> Callable[..., bytes]:
    def replaced(random: Random, data: bytes, other: bytes) -> bytes:
        places = [match.span() for match in pattern.finditer(data)]
        if not places:
            return data
        start, end = random.choice(places)
        return data[:start] + random.choice(by) + data[end:]

    return replaced


def _swap(random: Random, data: bytes, other: bytes) -> bytes:
    """Two names change places."""
    places = [match.span() for match in _TOKEN.finditer(data)]
    if len(places) < 2:
        return data
    (a, b), (c, d) = sorted(random.sample(places, 2))
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def _lines(random: Random, data: bytes, other: bytes) -> bytes:
    """Lines in another order, or one of them twice."""
    lines = data.splitlines(keepends=True)
    if len(lines) < 2:
        return data
    first, second = random.randrange(len(lines)), random.randrange(len(lines))
    lines[first], lines[second] = lines[second], random.choice((lines[first], lines[second]))
    return b"".join(lines)


def _encode(random: Random, data: bytes, other: bytes) -> bytes:
    text = data.decode("utf-8", errors="replace")
    return text.encode(random.choice(_ENCODINGS), errors="replace")


ACCIDENTS = (
    _flip, _cut, _drop, _repeat, _splice, _insert, _swap, _lines, _encode,
    _replaced(_NUMBER, _NUMBERS), _replaced(_DATE, _DATES), _replaced(_NUMBER, _DATES),
)  # fmt: skip


def _in_archive(random: Random, data: bytes, other: bytes) -> bytes:
    """The same inside one member, with sums that are right: a workbook that opens."""
    made = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
            chosen = random.choice(old.namelist() or [""])
            for name in old.namelist():
                content = old.read(name)
                new.writestr(name, mutate(random, content, other) if name == chosen else content)
    except _BROKEN:
        return _flip(random, data, other)
    return made.getvalue()
