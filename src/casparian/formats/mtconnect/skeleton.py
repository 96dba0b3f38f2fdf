"""The parts of a Streams document that need a real XML parser, read by expat.

Follows the document's frame (header, devices, components, categories) and reads every observation
that is fed to it as text. A caller that has read a run of observations by itself leaves those
bytes out and asks `enter` instead where in the document they stood.

Source: MTConnect Standard Part 1.0 (document structure) and Part 2.0 (observations); XML 1.0.
"""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from xml.parsers import expat

from casparian.formats.mtconnect.loose import Loose, Place, local
from casparian.reading.base import UnreadableFile

LONGEST = 16 << 20  # bytes; a tag, text or observation beyond this ends the reading of the file
CATEGORIES = ("Samples", "Events", "Condition")
ROOT = "MTConnectStreams"
_MARK = b"<?casparian here?>"
_ROOT, _SECTION, _DEVICE, _COMPONENT, _CATEGORY, _OBSERVATION = range(6)


class BrokenXmlError(Exception):
    """The document cannot be read further. Carries the reason."""


class Skeleton:
    """Reads a document fed in pieces. `count`: observations so far, also those entered."""

    def __init__(self) -> None:
        self.count = 0
        self.done: list[Loose] = []
        self.rooted = False
        self._level = 0
        self._place = Place("")
        self._here: dict[str, str | None] = {}
        self._other: dict[str, str] = {}
        self._open: Loose | None = None
        self._opened_at = self._fed = 0
        self._inner: list[tuple[str, dict[str, str], list[str]]] = []
        self._text: list[str] = []
        self._marked = False
        self._last = b""
        self._parser = self._make_parser()

    def _make_parser(self, encoding: str | None = None) -> expat.XMLParserType:
        parser = expat.ParserCreate(encoding)
        parser.buffer_text = True
        parser.buffer_size = 1 << 16
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartDoctypeDeclHandler = _refuse_doctype
        return parser

    def feed(self, data: bytes, final: bool = False) -> None:
        """Parse the next bytes. Raises BrokenXmlError at the first thing that is not XML."""
        if not self._fed and data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            self._parser = self._make_parser("UTF-16")  # whatever its declaration says
        self._last = (self._last + data)[-4096:] if len(data) < 4096 else data
        self._fed += len(data)
        try:
            self._parser.Parse(data, final)
        except expat.ExpatError as error:
            raise BrokenXmlError(expat.ErrorString(error.code)) from error
        except (LookupError, ValueError) as error:  # an encoding that Python does not know
            raise BrokenXmlError(str(error)) from error
        if self._open is None:
            self._text.clear()
        elif self._fed - self._opened_at > LONGEST:
            raise BrokenXmlError(f"an observation longer than {LONGEST >> 20} MiB")
        if self._fed - max(self._parser.CurrentByteIndex, 0) > LONGEST:
            raise BrokenXmlError(f"a tag or text longer than {LONGEST >> 20} MiB")

    def enter(self, observations: int) -> Place | None:
        """Count observations read elsewhere at this point of the document and say where it is.

        None, and nothing counted, where observations cannot stand here.
        """
        self._marked = False
        self.feed(_MARK)
        at_category = self._level == _OBSERVATION and self._place.category in CATEGORIES
        if not (self._marked and at_category):
            return None
        self.count += observations
        return self._place

    def take(self) -> list[Loose]:
        """The observations finished since the last call."""
        done, self.done = self.done, []
        return done

    def tail(self, before: int = 500, after: int = 1500) -> str:
        """The text around the byte where reading ended."""
        at = self._parser.ErrorByteIndex - (self._fed - len(self._last))
        shown = self._last[max(at - before, 0) : max(at, 0) + after]
        return shown.replace(_MARK, b"").replace(b"\0", b"").decode("utf-8", errors="replace")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        level, self._level = self._level, self._level + 1
        if level > _OBSERVATION:
            self._inner.append((name, attributes, []))
            self._flush_text(1)
        elif level == _OBSERVATION:
            self._text.clear()
            self._opened_at = self._fed
            self._open = Loose(self.count + 1, self._place, local(name), attributes)
        else:
            self._frame(level, local(name), attributes)

    def _flush_text(self, above: int = 0) -> None:
        """Give the text read so far to the innermost open child, or to the observation."""
        text = "".join(self._text)
        self._text.clear()
        if len(self._inner) > above:
            self._inner[-1 - above][2].append(text)
        elif self._open is not None:
            self._open.text += text

    def _frame(self, level: int, name: str, attributes: dict[str, str]) -> None:
        here = self._here
        if level == _ROOT:
            self._check_root(name)
        elif level == _SECTION and name == "Header":
            here["instance_id"] = attributes.get("instanceId")
        elif level == _DEVICE:
            here["device_uuid"] = attributes.get("uuid")
            here["device_name"] = attributes.get("name")
        elif level == _COMPONENT:
            rest = dict(attributes)
            here["component"] = rest.pop("component", None)
            here["component_id"] = rest.pop("componentId", None)
            here["component_name"] = rest.pop("name", None)
            self._other = rest
        elif level == _CATEGORY:
            self._place = Place(name, other=self._other, **here)

    def _check_root(self, name: str) -> None:
        if name != ROOT:
            raise UnreadableFile(f"This is XML of <{name}>, no MTConnect document.")
        self.rooted = True

    def _end(self, name: str) -> None:
        self._level -= 1
        if self._level > _OBSERVATION:
            self._flush_text()
            child, attributes, text = self._inner.pop()
            assert self._open is not None
            self._open.children.append((child, attributes, "".join(text)))
        elif self._level == _OBSERVATION and self._open is not None:
            self._flush_text()
            self.count += 1
            self.done.append(self._open)
            self._open = None

    def _instruction(self, target: str, data: str) -> None:
        self._marked = target == "casparian"


def _refuse_doctype(*_: object) -> None:
    raise UnreadableFile(
        "The document declares a DTD, which MTConnect never needs and attackers use: refused."
    )
