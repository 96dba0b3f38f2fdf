"""Columns of a table in a file, as charts need them: numbers, and labels in their order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

MOST_NAMED = 12  # columns listed in a message


@dataclass(frozen=True)
class Columns:
    """The text columns of a file, by their headings."""

    name: str
    table: pa.Table

    def find(self, wanted: str | None, role: str, *usual: str) -> str:
        """The heading meant by an option, else the first of its usual names."""
        names = self.table.column_names
        for each in (wanted,) if wanted else usual:
            for name in names:
                if name.casefold() == each.casefold():
                    return str(name)
        listed = ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
        said = f"has no column '{wanted}'" if wanted else f"needs --{role} COLUMN"
        raise ValueError(f"{self.name} {said}; its columns are {listed}")

    def numbers(self, wanted: str | None, role: str, *usual: str) -> np.ndarray:
        """A column as float64, NaN where a cell is empty. Raises ValueError for other cells."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        from casparian.reading.cells import clean, with_point

        name = self.find(wanted, role, *usual)
        text = clean(self.table[name].combine_chunks())
        try:
            cast = pc.cast(with_point(text), pa.float64())
        except pa.ArrowInvalid as error:
            bad = next(v for v in text.to_pylist() if v is not None and not _number(v))
            raise ValueError(f"column {name} of {self.name} holds '{bad}', no number") from error
        found = np.asarray(cast.to_numpy(zero_copy_only=False), dtype=np.float64)
        endless = np.flatnonzero(np.isinf(found))
        if len(endless):
            bad = text[int(endless[0])].as_py()
            raise ValueError(f"column {name} of {self.name} holds '{bad}', no number")
        return found

    def filled_numbers(self, wanted: str | None, role: str) -> np.ndarray:
        """The same where each cell must have one."""
        found = self.numbers(wanted, role)
        empty = int((found != found).sum())
        if empty:
            raise ValueError(f"column {wanted} of {self.name} has {empty} empty cells")
        return found

    def labels(self, wanted: str | None, role: str, *usual: str) -> list[str]:
        """A column as text, empty where a cell is."""
        name = self.find(wanted, role, *usual)
        return ["" if value is None else str(value) for value in self.table[name].to_pylist()]

    def with_numbers(self) -> list[str]:
        """Columns whose first cells are numbers, as far as they are filled."""
        found = []
        for name in self.table.column_names:
            known = [v for v in self.table[name].slice(0, 200).to_pylist() if v is not None]
            if known and all(_number(v) for v in known):
                found.append(str(name))
        return found

    def only_number(self) -> str | None:
        """The column of numbers where there is one alone, or the only column."""
        names = self.table.column_names
        found = self.with_numbers() if len(names) > 1 else names
        return found[0] if len(found) == 1 else None


def read(path: Path) -> Columns:
    """The table of a file. Raises UnreadableFile, with the file's name, for none."""
    import pyarrow as pa

    from casparian.reading import any_table
    from casparian.reading.base import UnreadableFile
    from casparian.reading.block import Block

    with path.open("rb") as stream:
        try:
            found = any_table.find(stream, path.name)
        except UnreadableFile as error:
            single = _single_column(path)
            if single is None:
                words = str(error)
                raise UnreadableFile(f"{path.name}: {words[:1].lower()}{words[1:]}") from error
            return Columns(path.name, single)
        parts = any_table.blocks(stream, found.carrier, found.words, found.record)
        batches = [part.columns for part in parts if isinstance(part, Block)]
    if not batches:
        raise UnreadableFile(f"{path.name} has a header and no record.")
    tables = [pa.Table.from_batches([batch]) for batch in batches]
    return Columns(path.name, pa.concat_tables(tables, promote_options="default"))


def _single_column(path: Path) -> pa.Table | None:
    """A list of numbers, one a line, with or without a heading; None where most are none."""
    import pyarrow as pa

    try:
        lines = [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
    except UnicodeDecodeError:
        return None
    lines = [line for line in lines if line]
    name = "value" if lines and _number(lines[0]) else lines.pop(0) if lines else ""
    # a few words among numbers are for `numbers` to name
    if not lines or sum(map(_number, lines)) * 2 < len(lines):
        return None
    return pa.table({name: lines})


def _number(text: Any) -> bool:
    try:
        float(str(text).replace(",", "."))
    except ValueError:
        return False
    return True


def sortable(labels: list[str]) -> Any:
    """Labels as numbers where all of them are, else numbered in the order in which they come."""
    import numpy as np

    if all(label.lstrip("-").isdecimal() for label in labels):
        return np.array([int(label) for label in labels], dtype=np.int64)
    place = {label: i for i, label in enumerate(dict.fromkeys(labels))}
    return np.array([place[label] for label in labels], dtype=np.int64)
