"""Geometric tolerances in symbol fonts: what their letters mean where the font says so.

Reports write feature control frames in fonts whose letters look like GD&T symbols. Excel knows the
font of a cell and of a run of text; the letters alone say nothing. Unicode's own symbols need no
font.

Source: ASME Y14.5-2018, table 3-1 (names of characteristics); Unicode Miscellaneous Technical.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import BinaryIO, cast
from xml.etree.ElementTree import Element

from casparian.formats.base import UnreadableFile
from casparian.formats.xml_stream import child, children, elements, local

MOST_TEXTS = 20_000  # cells in a symbol font that are looked at
_FONT = re.compile(r"gd\s*_?&?\s*t|y14|geotol|tolerancing", re.IGNORECASE)
_ORIGIN = re.compile(r"gdtunicode", re.IGNORECASE)  # Std_GDTUnicode: framed digits and letters
UNICODE = {
    "⏤": "straightness", "⏥": "flatness", "○": "circularity", "⌭": "cylindricity",
    "⌒": "profile_of_a_line", "⌓": "profile_of_a_surface", "∠": "angularity",
    "⟂": "perpendicularity", "⊥": "perpendicularity", "∥": "parallelism", "⫽": "parallelism",
    "⌖": "position", "◎": "concentricity", "⌯": "symmetry", "↗": "circular_runout",
    "⌰": "total_runout", "⌀": "diameter", "Ø": "diameter", "ø": "diameter",
}  # fmt: skip
_SHX = dict(zip("abcdefghijkrtu", (
    "angularity", "perpendicularity", "flatness", "profile_of_a_surface", "circularity",
    "parallelism", "cylindricity", "circular_runout", "symmetry", "position",
    "profile_of_a_line", "concentricity", "total_runout", "straightness"), strict=True,
))  # fmt: skip
_SHX_SIGNS = {"n": "⌀", "m": "Ⓜ", "l": "Ⓛ", "s": "Ⓢ", "p": "Ⓟ"}
_ORIGIN_TYPES = {"Å": "flatness", "ä": "position", "⟂": "perpendicularity"}
_ORIGIN_FRAMED = str.maketrans(
    {**dict(zip("!@#$%^&*(", "123456789", strict=True)), "Ɓ": "0", "?": "⌀", "é": "Ⓜ"}
)
_ORIGIN_PLAIN = str.maketrans({">": ".", "=": "±", ";": "⌀"})
_ORIGIN_SIZES = {"⌀": "diameter", "l": "length", "w": "width", "s": "distance"}
_NAMES = (
    "straightness|flatness|circularity|roundness|cylindricity|profile|angularity|perpendicularity|"
    "parallelism|position|concentricity|coaxiality|symmetry|runout|diameter|radius|length|width|"
    "depth|height|thickness|distance|angle|roughness|torque|hardness"
)
_NAME = re.compile(rf"(?:{_NAMES})", re.IGNORECASE)
_GERMAN = {"durchmesser": "diameter", "ebenheit": "flatness", "rundheit": "circularity",
           "rechtwinkligkeit": "perpendicularity", "länge": "length", "breite": "width",
           "abstand": "distance", "winkel": "angle", "geradheit": "straightness",
           "parallelität": "parallelism", "lage": "position",
           "rundlauf": "circular_runout"}  # fmt: skip


def type_of(specification: str | None, *names: str | None) -> str | None:
    """characteristic_type by a symbol in the specification, else by a word in the names."""
    for letter in specification or "":
        if letter in UNICODE and UNICODE[letter] != "diameter":
            return UNICODE[letter]
    for text in (specification, *names):
        if found := _NAME.search(text or ""):
            return found[0].lower().replace("roundness", "circularity")
        if found_word := next((w for w in _GERMAN if w in (text or "").casefold()), None):
            return _GERMAN[found_word]
    return "diameter" if specification and set(specification) & set("⌀Øø") else None


def translated(text: str, font: str) -> str:
    """The text with symbols by name, as written in that font: `flatness 0.050`, `⌀3.300 ±0.200`."""
    return _origin(text) if _ORIGIN.search(font) else _shx(text)


def _origin(text: str) -> str:
    if text.startswith("["):
        cells = text.strip("[]").split("|")
        kind = _ORIGIN_TYPES.get(cells[0], cells[0])
        return f"{kind} {'|'.join(cell.translate(_ORIGIN_FRAMED) for cell in cells[1:])}"
    plain = text.translate(_ORIGIN_PLAIN)
    size = _ORIGIN_SIZES.get(plain[:1], "")
    return plain if plain[:1] == "⌀" or not size else f"{size} {plain[1:].strip()}"


def _shx(text: str) -> str:
    """Fonts after the drawing offices' gdt.shx: a letter a symbol, capitals are datums."""
    kind = _SHX.get(text.strip("[]| ")[:1], "")
    rest = "".join(_SHX_SIGNS.get(letter, letter) for letter in text.strip("[]| ")[bool(kind) :])
    return f"{kind} {rest.strip('| ')}".strip()


def symbol_texts(stream: BinaryIO) -> dict[str, str]:
    """Texts of an .xlsx that are set in a symbol font → translated. Empty where there are none.

    A text counts when its cell's style or its runs have such a font. Damage gives what was found.
    """
    try:
        stream.seek(0)
        with zipfile.ZipFile(stream) as archive:
            return _found(archive)
    except (zipfile.BadZipFile, KeyError, OSError, EOFError, UnreadableFile, RuntimeError):
        return {}
    except (NotImplementedError, ValueError):
        return {}


def _found(archive: zipfile.ZipFile) -> dict[str, str]:
    names = archive.namelist()
    shared = next((n for n in names if n.lower() == "xl/sharedstrings.xml"), None)
    if shared is None:
        return {}
    styles = _symbol_styles(archive) if "xl/styles.xml" in names else {}
    fonts = _cells(archive, styles) if styles else {}
    texts: dict[str, str] = {}
    with archive.open(shared) as member:
        for place, (_, item) in enumerate(elements(cast(BinaryIO, member), ("si",))):
            font = fonts.get(place) or _run_font(item)
            if font and len(texts) < MOST_TEXTS:
                text = "".join(t.text or "" for t in item.iter() if local(t.tag) == "t").strip()
                texts[text] = translated(text, font)
    return texts


def _symbol_styles(archive: zipfile.ZipFile) -> dict[str, str]:
    """Cell style → its symbol font."""
    fonts: list[str] = []
    styles: dict[str, str] = {}
    with archive.open("xl/styles.xml") as member:
        for _, block in elements(cast(BinaryIO, member), ("fonts", "cellXfs")):
            if local(block.tag) == "fonts":
                fonts = [_font_name(each) for each in block]
                continue
            for place, each in enumerate(block):
                identifier = int(each.get("fontId") or 0)
                name = fonts[identifier] if identifier < len(fonts) else ""
                if _FONT.search(name):
                    styles[str(place)] = name
    return styles


def _font_name(font: Element) -> str:
    named = child(font, "name")
    named = child(font, "rFont") if named is None else named
    return named.get("val") or "" if named is not None else ""


def _run_font(item: Element) -> str | None:
    """The symbol font of a shared string's runs."""
    runs = (child(run, "rPr") for run in children(item, "r"))
    names = (_font_name(properties) for properties in runs if properties is not None)
    return next((name for name in names if _FONT.search(name)), None)


def _cells(archive: zipfile.ZipFile, styles: dict[str, str]) -> dict[int, str]:
    """Shared string → symbol font, for the cells that have such a style."""
    fonts: dict[int, str] = {}
    for name in archive.namelist():
        if name.lower().startswith("xl/worksheets/") and name.lower().endswith(".xml"):
            with archive.open(name) as member:
                for place, font in _styled(cast(BinaryIO, member), styles):
                    fonts[place] = font
                    if len(fonts) >= MOST_TEXTS:
                        return fonts
    return fonts


def _styled(member: BinaryIO, styles: dict[str, str]) -> Iterator[tuple[int, str]]:
    for _, cell in elements(member, ("c",)):
        font = styles.get(cell.get("s") or "")
        value = child(cell, "v")
        if font and cell.get("t") == "s" and value is not None and (value.text or "").isdigit():
            yield int(value.text or 0), font
