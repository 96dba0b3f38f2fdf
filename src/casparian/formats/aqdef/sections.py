"""The sets of data in a file, each with its description, or with that of the .dfd beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import PurePosixPath

from casparian.formats.aqdef.description import Description
from casparian.formats.aqdef.lines import Field, Line, Stray, lines
from casparian.formats.aqdef.sibling import description_of
from casparian.reading.base import Source, UnreadableFile


def sections(source: Source) -> Iterator[tuple[Description, Iterator[Line]]]:
    """(description, lines) of each set of data: K0100 begins one, and some systems append them.

    The description is read ahead of the lines, since groups stand behind the values.
    """
    with closing(source.open()) as first, closing(source.open()) as second:
        ahead, behind = _forgiving(lines(first)), lines(second)
        held = next(ahead, None)
        empty = held is None
        while held is not None:
            described, count = Description(), 0
            while held is not None and not (_begins(held) and described.began):
                described.began |= not _begins(held) and not isinstance(held, Stray)
                count += 1
                if isinstance(held, Field):
                    described.take(held)
                held = next(ahead, None)
            yield described, islice(behind, count)
        for _ in behind:
            break  # raises what ended the reading ahead
        if empty:
            raise UnreadableFile("The file is empty.")


def _forgiving(ahead: Iterator[Line]) -> Iterator[Line]:
    """Reading ahead ends where the file is damaged: what stands before it is read all the same."""
    try:
        yield from ahead
    except UnreadableFile:
        return


def _begins(line: Line) -> bool:
    return isinstance(line, Field) and line.key in ("K0100", "K0101")


def borrow(source: Source) -> Description:
    """The description from the .dfd beside a .dfx. Raises OSError where there is none."""
    beside = description_of(source)
    if beside is None:
        name = PurePosixPath(source.name.removesuffix(".gz")).stem
        raise OSError(f"its description {name}.dfd does not lie beside it")
    described = Description()
    with closing(beside.open()) as stream:
        for line in lines(stream):
            if isinstance(line, Field):
                described.take(line)
    return described
