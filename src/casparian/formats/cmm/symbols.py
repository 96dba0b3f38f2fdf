"""Geometric tolerances in symbol fonts: what their letters mean where the font says so.

Reports write feature control frames in fonts whose letters look like GD&T symbols. Excel knows the
font of a cell and of a run of text; the letters alone say nothing. Unicode's own symbols need no
font.

Source: ASME Y14.5-2018, table 3-1 (names of characteristics); Unicode Miscellaneous Technical.
"""

from __future__ import annotations

import re
import zipfile
from typing import BinaryIO, cast
from xml.etree.ElementTree import Element

from casparian.reading.base import UnreadableFile
from casparian.reading.workbook import BROKEN_ARCHIVE
from casparian.reading.xml_stream import child, children, elements, local

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
    except (*BROKEN_ARCHIVE, KeyError, OSError, UnreadableFile):
        return {}


def _found(archive: zipfile.ZipFile) -> dict[str, str]:
    names = archive.namelist()
    styles = _symbol_styles(archive) if "xl/styles.xml" in names else {}
    fonts: dict[int, str] = {}
    texts: dict[str, str] = {}
    for name in names if styles else ():
        if name.lower().startswith("xl/worksheets/") and name.lower().endswith(".xml"):
            with archive.open(name) as member:
                _note_cells(cast(BinaryIO, member), styles, fonts, texts)
    shared = next((n for n in names if n.lower() == "xl/sharedstrings.xml"), None)
    if shared is not None:
        with archive.open(shared) as member:
            for place, (_, item) in enumerate(elements(cast(BinaryIO, member), ("si",))):
                _note_text(item, fonts.get(place), texts)
    return texts


def _note_text(item: Element, font: str | None, texts: dict[str, str]) -> None:
    """Take a string's text and translation where its cell or one of its runs has such a font."""
    if len(texts) >= MOST_TEXTS:
        return
    text = _text(item)
    if font:
        texts[text.strip()] = translated(text.strip(), font)
        return
    runs = [(_text(run), _run_font(run)) for run in children(item, "r")]
    if any(named for _, named in runs):
        shown = (translated(part, named) if named else part for part, named in runs)
        texts[text.strip()] = "".join(shown).strip()


def _text(element: Element) -> str:
    return "".join(each.text or "" for each in element.iter() if local(each.tag) == "t")


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


def _run_font(run: Element) -> str | None:
    """The symbol font of a run of text."""
    properties = child(run, "rPr")
    name = _font_name(properties) if properties is not None else ""
    return name if _FONT.search(name) else None


def _note_cells(
    member: BinaryIO, styles: dict[str, str], fonts: dict[int, str], texts: dict[str, str]
) -> None:
    """Shared strings in a symbol style, and the texts that stand in the cells themselves."""
    for _, cell in elements(member, ("c",)):
        font = styles.get(cell.get("s") or "")
        value, inline = child(cell, "v"), child(cell, "is")
        if inline is not None:
            _note_text(inline, font, texts)
        elif font and cell.get("t") == "s" and len(fonts) < MOST_TEXTS:
            number = (value.text or "") if value is not None else ""
            fonts |= {int(number): font} if number.isdecimal() else {}
