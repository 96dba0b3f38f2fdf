"""References between the parts of a QIF document: ids, and lists of them.

An id with `xId` is that of something in another document.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from casparian.formats.qif.document import Document
from casparian.reading.xml_stream import child, local, text_of


def ids_in(element: Element, *names: str) -> list[str]:
    """Ids of the first of these lists that is there (its name differs by version)."""
    return next((found for name in names if (found := _ids(element, name))), [])


def _ids(element: Element, name: str) -> list[str]:
    """Ids in a list of references, directly or in an Ids element."""
    found = child(element, name)
    within = found.iter() if found is not None else ()
    return [text for each in within if local(each.tag) == "Id" and (text := text_of(each))]


def ids_of_statistics(document: Document) -> set[str]:
    """Ids of the measurements that statistics refer to."""
    return {text for _, stats in document.stats for each in stats.iter() if (text := own_id(each))}


def item_id_of(element: Element) -> str | None:
    """The characteristic item that is referred to; one of another document by both its ids."""
    reference = child(element, "CharacteristicItemId")
    item = text_of(reference)
    elsewhere = reference.get("xId") if reference is not None else None
    return f"{item}.{elsewhere}" if elsewhere else item


def own_id(element: Element) -> str | None:
    """The id in an element Id; None for other elements and for ids of another document (xId)."""
    own = local(element.tag) == "Id" and not element.get("xId")
    return text_of(element) if own else None


def subgroups(document: Document) -> dict[str, str]:
    """Measurement id → number of its subgroup, of the first study that has one."""
    found: dict[str, str] = {}
    for _, stats in document.stats:
        groups = [each for each in stats.iter() if local(each.tag) == "Subgroup"]
        for number_, group in enumerate(groups, 1):
            for each in group.iter():
                if text := own_id(each):
                    found.setdefault(text, str(number_))
    return found
