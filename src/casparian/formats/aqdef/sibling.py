"""The description beside a file of values: Q-DAS exports come as one .dfq or as .dfd and .dfx.

Both carry one name in one folder (or one archive); the case of their extensions varies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

import pyarrow as pa
import pyarrow.fs as pafs

from casparian.reading.base import Source
from casparian.reading.packed import MEMBER, members

_SPELLED = (".dfd", ".DFD", ".Dfd")


def description_of(source: Source) -> Source | None:
    """The .dfd of a .dfx, None where there is none that can be opened."""
    base = _without_ending(source.name if source.beside else source.path)
    for path in _moved(source, base) if source.beside else _candidates(source, base):
        beside = replace(source, path=path)
        try:
            beside.open().close()
        except (OSError, pa.ArrowInvalid):
            continue
        return beside
    return None


def _without_ending(path: str) -> str:
    base = path.removesuffix(".gz")
    return base[: -len(PurePosixPath(base).suffix)] if PurePosixPath(base).suffix else base


def _moved(source: Source, base: str) -> Iterator[str]:
    wanted = (f"{base}.dfd".casefold(), f"{base}.dfd.gz".casefold())
    yield from (path for name, path in source.beside.items() if name.casefold() in wanted)


def _candidates(source: Source, base: str) -> Iterator[str]:
    for ending in ("", ".gz"):
        yield from (f"{base}{spelled}{ending}" for spelled in _SPELLED)
    wanted = f"{base}.dfd".casefold()
    yield from (path for path in _neighbours(source) if path.casefold() == wanted)


def _neighbours(source: Source) -> list[str]:
    """Paths of the files beside it; of an archive all its files."""
    outer, mark, _ = source.path.partition(MEMBER)
    try:
        if mark:
            return members(outer)
        folder = pafs.FileSelector(str(PurePosixPath(source.path).parent))
        return [each.path for each in source.filesystem.get_file_info(folder)]
    except (OSError, pa.ArrowInvalid):
        return []
