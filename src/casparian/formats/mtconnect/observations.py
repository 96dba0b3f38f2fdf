"""Observations as columns, from whatever document they came."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from casparian.formats.mtconnect.loose import Child, Loose, Place, children_json
from casparian.formats.mtconnect.start_tags import UNIQUE

TEXT = pa.string()
CODED = pa.dictionary(pa.int32(), pa.string())


def type_of(attribute: str) -> pa.DataType:
    """Arrow type of an attribute's column."""
    return TEXT if attribute in UNIQUE else CODED


@dataclass(frozen=True)
class Observations:
    """Consecutive observations. All arrays have one element an observation.

    number: int64, running number in the document from 1.
    places, place: where each stands, as a list and each one's index in it.
    element: local name of the XML element, coded. text: its own text, "" where it has none.
    attributes: by name as written, of `type_of`; a name that no observation here has is absent.
    entries: children (DataSet, Table) as a JSON object, null where there are none.
    children: the same as a JSON list of [element, attributes, text], nothing left out.
    """

    number: npt.NDArray[np.int64]
    places: list[Place]
    place: npt.NDArray[np.int64]
    element: pa.Array
    text: pa.Array
    attributes: dict[str, pa.Array]
    entries: pa.Array | None = None
    children: pa.Array | None = None

    def __len__(self) -> int:
        return len(self.number)

    def take(self, rows: npt.NDArray[np.int64]) -> Observations:
        """The observations at these positions, in this order."""
        index = pa.array(rows)
        return Observations(
            self.number[rows],
            self.places,
            self.place[rows],
            self.element.take(index),
            self.text.take(index),
            {name: column.take(index) for name, column in self.attributes.items()},
            self.entries.take(index) if self.entries is not None else None,
            self.children.take(index) if self.children is not None else None,
        )


@dataclass(frozen=True)
class Broke:
    """Reading ended here. number: of the observation that could not be read; tail: text there."""

    number: int
    reason: str
    tail: str


def distinct(places: list[Place | None]) -> tuple[list[Place], npt.NDArray[np.int64]]:
    """The places without repeats, and the index of each; -1 for None."""
    known: dict[int, int] = {}
    result: list[Place] = []
    index = []
    for place in places:
        if place is not None and id(place) not in known:
            known[id(place)] = len(result)
            result.append(place)
        index.append(-1 if place is None else known[id(place)])
    return result, np.array(index, dtype=np.int64)


def from_loose(done: list[Loose]) -> Observations:
    """Observations that were read one by one, as columns."""
    places, place = distinct([one.place for one in done])
    names = dict.fromkeys(name for one in done for name in one.attributes)
    return Observations(
        np.array([one.number for one in done], dtype=np.int64),
        places,
        place,
        pa.array([one.element for one in done], CODED),
        pa.array([one.text for one in done], TEXT),
        {name: pa.array([o.attributes.get(name) for o in done], type_of(name)) for name in names},
        pa.array([children_json(o.children) if o.children else None for o in done], TEXT),
        pa.array([_listed(o.children) if o.children else None for o in done], TEXT),
    )


def _listed(children: list[Child]) -> str:
    return json.dumps(children, ensure_ascii=False)


def joined(parts: list[Observations]) -> Observations:
    """Observations that follow one another, as one."""
    if len(parts) == 1:
        return parts[0]

    def column(kind: pa.DataType, columns: list[pa.Array | None]) -> pa.Array:
        filled = [
            pa.nulls(len(part), kind) if each is None else each
            for part, each in zip(parts, columns, strict=True)
        ]
        return pa.concat_arrays(filled)

    names = dict.fromkeys(name for part in parts for name in part.attributes)
    starts = np.cumsum([0, *(len(part.places) for part in parts)])
    return Observations(
        np.concatenate([part.number for part in parts]),
        [place for part in parts for place in part.places],
        np.concatenate([part.place + start for part, start in zip(parts, starts, strict=False)]),
        column(CODED, [part.element for part in parts]),
        column(TEXT, [part.text for part in parts]),
        {name: column(type_of(name), [p.attributes.get(name) for p in parts]) for name in names},
        column(TEXT, [part.entries for part in parts]),
        column(TEXT, [part.children for part in parts]),
    )
