"""Does a document fit the standard's XML schema of its version? Asked only where a folder of
schemas is given; what does not fit is said, and its records land all the same.

Schemas are files as the MTConnect Institute names them, `MTConnectStreams_1.5.xsd`, with
`xlink.xsd` beside them. Nothing is fetched. What XSD 1.1 adds (a wildcard that excludes the own
namespace, assertions) is read as its nearest XSD 1.0, which is what libxml2 knows.

Source: MTConnect Standard Part 1.0, schema names and namespaces; W3C XML Schema 1.0 and 1.1.
"""

from __future__ import annotations

import io
import re
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from casparian.formats.mtconnect.documents import Document
from casparian.reading.peek import Peek, Root
from casparian.reading.text import HEAD_BYTES

MOST_BYTES = 8 << 20  # a document's tree needs eight times its size
_STANDARD = re.compile(r"urn:mtconnect\.org:(MTConnect[A-Za-z]+):(\d+\.\d+)")
_XSD = "{http://www.w3.org/2001/XMLSchema}"
_SHOWN = 160  # characters of a message


class Kept:
    """A document that is read as ever, and kept for a check afterwards as far as one is made."""

    def __init__(self, document: Document):
        self.head, self._document, self._data = document.head, document, b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size` of them; none at the end."""
        chunk = self._document.read(size)
        if len(self._data) <= MOST_BYTES:
            self._data += chunk
        return chunk

    def check(self, folder: str) -> list[str]:
        """As `check`, once the document is read."""
        return check(io.BytesIO(self._data), folder)


def check(stream: BinaryIO, folder: str) -> list[str]:
    """Sentences: the schema that it fits, what does not fit, or why it was not checked.

    Reads no more than MOST_BYTES of the document. Never raises for what is in the files.
    """
    data = b""
    while len(data) <= MOST_BYTES and (chunk := stream.read(MOST_BYTES + 1 - len(data))):
        data += chunk
    root = Peek("", data[:HEAD_BYTES]).root
    if root is None:
        return []  # the reading says what it is
    named = _STANDARD.fullmatch(root.namespace)
    if named is None:
        return [f"Not checked against a schema: {_space(root)} is not the standard's namespace."]
    name = f"{named[1]}_{named[2]}.xsd"
    if len(data) > MOST_BYTES:
        return [f"Not checked against {name}: the document is over {MOST_BYTES >> 20} MiB."]
    return _checked(data, Path(folder) / name)


def _space(root: Root) -> str:
    return f"'{root.namespace}'" if root.namespace else "no namespace"


def _checked(data: bytes, path: Path) -> list[str]:
    etree = _lxml()
    if not path.is_file():
        return [f"Not checked against a schema: {path.name} is not in the folder of schemas."]
    schema = _schema(path, path.stat().st_mtime_ns)
    if isinstance(schema, str):
        return [schema]
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    try:
        document = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return []  # the reading says where it breaks off
    if schema.validate(document):
        return [f"Fits {path.name}."]
    first, *others = list(schema.error_log)
    further = f"; {len(others)} further" if others else ""
    return [f"Does not fit {path.name}: line {first.line}: {_message(first.message)}{further}."]


def _message(text: str) -> str:
    """libxml2's words without the namespaces in front of names."""
    return re.sub(r"\{[^{}]*\}", "", text).rstrip(".")[:_SHOWN]


def _lxml() -> Any:
    """lxml, which nothing else of a run needs."""
    return import_module("lxml.etree")


@lru_cache(maxsize=8)
def _schema(path: Path, _changed: int) -> Any:
    """The schema, or the sentence why it cannot be used."""
    etree = _lxml()
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    try:
        document = etree.parse(str(path), parser)
        _simplify(document.getroot(), path)
        return etree.XMLSchema(document)
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError, OSError) as error:
        return f"{path.name} cannot be used as a schema: {_message(str(error))}."


def _simplify(root: Any, path: Path) -> None:
    """Imports of files beside it alone, and XSD 1.1 as XSD 1.0."""
    for imported in root.iter(f"{_XSD}import"):
        beside = path.with_name(Path(imported.get("schemaLocation", "")).name or "none")
        if beside.is_file():
            imported.set("schemaLocation", beside.as_uri())
        else:
            imported.attrib.pop("schemaLocation", None)
    for wildcard in root.iter(f"{_XSD}any", f"{_XSD}anyAttribute"):
        if wildcard.attrib.pop("notNamespace", None) is not None:
            wildcard.set("namespace", "##other")
    for assertion in [*root.iter(f"{_XSD}assert", f"{_XSD}assertion", f"{_XSD}alternative")]:
        parent = assertion.getparent()
        if parent is not None:
            parent.remove(assertion)
