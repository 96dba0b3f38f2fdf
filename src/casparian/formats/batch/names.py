"""What the elements of batch records mean, whatever their spelling.

Names are compared without namespace, case, hyphens and underscores.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from xml.etree.ElementTree import Element

from casparian.formats.batch.words import (
    BATCHES,
    ENTRIES,
    GROUPS,
    LEVELS,
    MATERIALS,
    PARAMETERS,
    STEPS,
)
from casparian.reading.xml_stream import local, namespace

BATCH, STEP, GROUP, PARAMETER, MATERIAL, ENTRY = (
    *("batch", "step", "group", "parameter", "material", "entry"),
)


@lru_cache(maxsize=4096)
def plain(tag: str) -> str:
    """A name as it is compared: no namespace, small letters and digits only."""
    return re.sub(r"[^a-z0-9]", "", local(tag).lower())


@lru_cache(maxsize=4096)
def role(tag: str) -> str | None:
    """What an element of that name is: BATCH, STEP, GROUP, PARAMETER, MATERIAL, ENTRY or None."""
    name = plain(tag)
    if name in BATCHES:
        return BATCH
    if name in STEPS:
        return STEP
    if name in ENTRIES:
        return ENTRY
    if name in MATERIALS:
        return MATERIAL
    if name in PARAMETERS or name.endswith("parameter"):
        return PARAMETER
    return (
        GROUP if name in GROUPS or _plural(name) or name.endswith("batchproductionrecord") else None
    )


def _plural(name: str) -> bool:
    """Whether it is a list of things that have a role, as UnitProcedures or Comments."""
    if not name.endswith("s"):
        return False
    known = {*BATCHES, *STEPS, *ENTRIES, *MATERIALS, *PARAMETERS, "parameter"}
    singular = name.removesuffix("s")
    return (
        singular in known
        or singular.endswith("parameter")
        or name.removesuffix("es") in known
        or name.removesuffix("list") in known
    )


def entry_kind(tag: str) -> str:
    """Kind of an entry, as event or comment; others by their name in small letters."""
    return ENTRIES.get(plain(tag)) or snake(local(tag))


def level(tag: str, stated: str | None) -> str:
    """Level of an element: as its RecipeElementType or like states it, else by its name."""
    word = stated or local(tag)
    return LEVELS.get(plain(word), snake(word))


def snake(word: str) -> str:
    """UnitProcedure and Unit Procedure as unit_procedure."""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word)
    return re.sub(r"[^a-z0-9]+", "_", parts.lower()).strip("_")


class Opened(Collection[str]):
    """Names of elements that come piece by piece: batches, steps, and lists of things."""

    def __contains__(self, name: object) -> bool:
        return role(str(name)) in (BATCH, STEP, GROUP)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 1


def attributes(element: Element) -> dict[str, str]:
    """Attributes that say something, without those of XML Schema."""
    return {
        local(name): text
        for name, text in element.attrib.items()
        if text.strip() and "XMLSchema-instance" not in namespace(name)
    }
