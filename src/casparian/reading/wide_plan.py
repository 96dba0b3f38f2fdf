"""What the columns of a wide export are: times, tags, their units and their qualities."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from casparian.reading.header import normalise, unit_of
from casparian.reading.header_line import typed
from casparian.reading.quality import is_quality
from casparian.reading.reading_words import CLOCK, QUALITY, WIDE_TIME
from casparian.reading.text import Table
from casparian.reading.time_text import parse
from casparian.reading.times import detect_layout
from casparian.reading.wide_names import VALUES, apart, asset_columns, names_above

MOST_COLUMNS = 20_000
_LEAD_IN = 3
_TIME_OF_DAY = re.compile(r"(?:\A|(?<=[Tt ,-]))\d{1,2}(?::\d\d|\.\d\d\.\d\d(?!\d))")
_NUMERIC = re.compile(r"[-+]?[\d.,'’\s]*\d(?:[eE][-+]?\d+)?")
_BRACKET = re.compile(r"\s*[\[(][^\[\]()]*[\])]\s*$")
_QUALITIES = frozenset(map(normalise, QUALITY))
_CLOCKS = frozenset(map(normalise, CLOCK))
_COUNTERS = frozenset(("", "index", "no", "nr", "row", "record", "recordno", "lfdnr", "id"))
_SWITCHED = frozenset(
    "true false on off open opened closed run running stop stopped ein aus auf zu".split()  # noqa: SIM905
)
# what brackets hold that is no unit
_AGGREGATES = frozenset(
    """
    avg average mean min max minimum maximum total sum count range std stddev stdev value last first
    interpolated actual raw pv sp op mv cv quality status good time mittel mittelwert moyenne
    """.split()  # noqa: SIM905
)
_PARTNER = re.compile(
    r"(?P<base>.+?)(?:[\s._:|/\\-]+|\s*[\[(])"
    r"(?P<kind>quality|qual|status|q|quality ?code|opc ?quality|confidence|validity|good|is ?good|"
    r"qualität|qualité|calidad|statut|"
    r"value|val|wert|valeur|valor|"
    r"time|timestamp|time ?stamp|date ?time|zeit|zeitstempel|horodatage|date|ts)[\])]?\s*\Z",
    re.IGNORECASE,
)
_TAG_LIKE = re.compile(r"[^\W\d_]+[\W_]?\d|\d[\W_]?[^\W\d_]|[.:|\\/]\S|\[.+\]|\(.+\)")
# columns of words that make a table a list of something else than readings: of parts and samples
# in any case, of others where few columns are named like tags
_PIECES = re.compile(r"(?:sample|serial|part|probe|teil)(?:s|id|no|nr|name|number|nummer|code)?")
_LISTED = re.compile(
    r"(?:batch|lot|order|product|material|operator|user|customer|charge|auftrag|produkt|bediener)"
    r"(?:s|id|no|nr|name|number|nummer|code)?"
)
_ABOVE = re.compile(
    r"\W*(?:tag|tag ?name|point|point ?name|pen|messstelle|signal|variable)"
    r"\s*[:=;,\t|]\s*(\S.*?)[;,\t\s\"]*\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Pen:
    """A tag's columns, by their places. quality: None where it has none of its own."""

    tag: str
    value: int
    time: int
    quality: int | None = None
    unit: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class WidePlan:
    """times: places of time columns, each with that of its time of day, or None.

    lead_in: lines of units and descriptions under the header. left: columns that are nothing of a
    tag. named_by_file: the only tag has no name in the file. assets: places of columns that say
    which asset a line is of; its name goes before that of the tag.
    """

    times: dict[int, int | None]
    pens: tuple[Pen, ...]
    lead_in: int = 0
    left: tuple[str, ...] = ()
    named_by_file: bool = False
    assets: tuple[int, ...] = ()
    sure: float = field(default=0.0, compare=False)


def plan(table: Table, stem: str = "") -> WidePlan | None:
    """How to read the table, None where it has no column of times or none of values."""
    if len(table.columns) > MOST_COLUMNS:
        return None
    rows = [row for row in table.sample if len(row) == len(table.columns)]
    times = _times(table.columns, rows)
    if not times or not rows:
        return None
    first = min(times)
    lead_in = _lead_in(rows, first)
    rows = rows[lead_in:]
    taken = {*times, *(clock for clock in times.values() if clock is not None)}
    others = [place for place in range(len(table.columns)) if place not in taken]
    assets = asset_columns(table.columns, rows, others, first)
    others = [place for place in others if place not in assets]
    pens, left = _pens(table.columns, rows, others, sorted(times))
    if not pens or not rows or any(typed(table.columns[time]) for time in times):
        return None  # a header with a time in it is a record
    pens = _apart(pens, table)
    lines = table.sample[:lead_in]
    units = _units_line(lines, pens)
    pens = [_described(pen, lines, units) for pen in pens]
    sure = _sure(table, rows, pens)
    found = WidePlan(times, tuple(pens), lead_in, tuple(left), assets=tuple(assets), sure=sure)
    return _named(found, table, stem)


def _apart(pens: list[Pen], table: Table) -> list[Pen]:
    """Columns that only say `Value` take their names from a line above, else numbers."""
    bare = [pen.value for pen in pens if normalise(pen.tag) in VALUES]
    above = names_above(table, bare) if len(bare) > 1 else {}
    tags = apart([above.get(pen.value, pen.tag) for pen in pens])
    return [replace(pen, tag=tag) for pen, tag in zip(pens, tags, strict=True)]


def _column(rows: Sequence[Sequence[str]], place: int) -> list[str]:
    return [row[place] for row in rows if row[place]]


def _times(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[int, int | None]:
    """The columns of times, with the times of day beside them."""
    found: dict[int, int | None] = {}
    for place, header in enumerate(columns):
        texts = _column(rows, place)
        if place in found.values() or not texts or not _is_time(header, texts, place):
            continue
        after = place + 1
        clocks = _column(rows, after) if after < len(columns) else []
        days = clocks and not any(":" in text for text in texts[_LEAD_IN:])
        is_clock = days and all(map(_TIME_OF_DAY.match, clocks[-5:]))
        found[place] = after if is_clock and normalise(columns[after]) in _CLOCKS else None
    return found


def _is_time(header: str, texts: Sequence[str], place: int) -> bool:
    """By the samples, and for numbers by the header too. The first and the last lines may be words:
    units, descriptions, totals."""
    texts = dated(texts)
    if not texts:
        return False
    layout = detect_layout(texts)
    if layout.number or all(map(str.isdecimal, texts)):
        partner = _PARTNER.match(header)
        named = bool(WIDE_TIME.fields((header,)))
        named |= bool(partner and WIDE_TIME.fields((partner["kind"],)))
        dates = bool(layout.number) or all(parse(text, "ymd")[1] for text in texts)
        return dates and (named or (place == 0 and not header))
    return all(parse(text, layout.order)[1] for text in texts)


def dated(texts: Sequence[str]) -> Sequence[str]:
    """Without the first and the last ones, a few at most, that hold no digit and so no time."""
    start, end = 0, len(texts)
    while start < min(_LEAD_IN, end) and not any(map(str.isdecimal, texts[start])):
        start += 1
    while end > max(start, len(texts) - _LEAD_IN) and not any(map(str.isdecimal, texts[end - 1])):
        end -= 1
    return texts[start:end]


def _lead_in(rows: Sequence[Sequence[str]], time: int) -> int:
    """How many lines under the header are none: without a time and without any number."""
    count = 0
    for row in rows[:_LEAD_IN]:
        dashes = all(set(cell) <= {"-", "=", " "} for cell in row)
        worded = not typed(row[time]) and not any(map(_NUMERIC.fullmatch, row))
        if not (any(row) and (dashes or worded)):
            break
        count += 1
    return count


def _pens(
    columns: Sequence[str], rows: Sequence[Sequence[str]], others: list[int], times: list[int]
) -> tuple[list[Pen], list[str]]:
    qualities = _qualities(columns, rows, others)
    paired = set(qualities.values())
    pens, left = [], []
    for place in others:
        header, texts = columns[place], _column(rows, place)
        if place in paired:
            continue
        counter = normalise(header) in _COUNTERS and (place < times[0] or not texts)
        if counter or (not header and not texts):
            left += [header] if header else []
            continue
        time = max((each for each in times if each < place), default=times[0])
        pens.append(_pen(header or f"column {place + 1}", place, time, qualities.get(place)))
    return pens, left


def _qualities(
    columns: Sequence[str], rows: Sequence[Sequence[str]], others: list[int]
) -> dict[int, int]:
    """Value column to its quality column: by a common name, or because it stands behind it and
    says what a quality says."""
    bases = {_base(columns[place]): place for place in reversed(others)}
    found: dict[int, int] = {}
    for place in others:
        header = columns[place]
        partner = _PARTNER.match(header)
        if partner and normalise(partner["kind"]) in _QUALITIES | {"q"}:
            value = bases.get(normalise(partner["base"]))
            if value is not None and value != place:
                found[value] = place
        elif normalise(header.rstrip("0123456789.'_ ")) in _QUALITIES:
            before, texts = place - 1, _column(rows, place)
            said = 2 * sum(map(is_quality, texts)) >= len(texts)
            if said and before in others and before not in found.values():
                found[before] = place
    return found


def _base(header: str) -> str:
    """The tag that a value column is of, normalised."""
    partner = _PARTNER.match(header)
    if partner and normalise(partner["kind"]) in VALUES:
        return normalise(partner["base"])
    return normalise(_without_unit(header)[0])


def _pen(header: str, place: int, time: int, quality: int | None) -> Pen:
    tag, unit = _without_unit(header)
    partner = _PARTNER.match(tag)
    if partner and normalise(partner["kind"]) in VALUES:
        tag = partner["base"]
    return Pen(tag.strip(), place, time, quality, unit)


def _without_unit(header: str) -> tuple[str, str | None]:
    unit = unit_of(header)
    if unit is None or unit.isdecimal() or normalise(unit) in _AGGREGATES:
        return header, None
    bare = _BRACKET.sub("", header)
    return (bare, unit) if bare else (header, None)


def _said(lines: Sequence[Sequence[str]], place: int) -> list[str]:
    texts = [row[place].strip(" []()") if place < len(row) else "" for row in lines]
    return [text if set(text) - set("-= ") else "" for text in texts]


def _units_line(lines: Sequence[Sequence[str]], pens: Sequence[Pen]) -> int | None:
    """Which of the lines under the header states units: the one of the shortest words."""
    longest = [max((len(_said([row], pen.value)[0]) for pen in pens), default=0) for row in lines]
    worded = [place for place, length in enumerate(longest) if length]
    if not worded:
        return None
    best = min(worded, key=lambda place: longest[place])
    words = [_said([lines[best]], pen.value)[0] for pen in pens]
    units = all(len(word) < 9 and " " not in word for word in words)
    spoken = all(re.fullmatch(r"[^\W\d_]{5,}", word) for word in words if word)
    return best if units and not spoken else None


def _described(pen: Pen, lines: Sequence[Sequence[str]], units: int | None) -> Pen:
    """With what lines under the header say of it."""
    texts = _said(lines, pen.value)
    unit = pen.unit or (texts[units] if units is not None else None) or None
    words = " ".join(text for place, text in enumerate(texts) if text and place != units)
    return replace(pen, unit=unit, description=words or None)


def _sure(table: Table, rows: list[tuple[str, ...]], pens: list[Pen]) -> float:
    """0.5 and more where columns are numbers, up to 0.95 where their names are those of tags.

    Words beside days without a time, or that name a sample, an order or the like, are rather a
    list of something else.
    """
    texts = {pen: _column(rows, pen.value) for pen in pens}
    filled = [pen for pen in pens if texts[pen] or pen.quality is not None]
    read = [pen for pen in filled if pen.quality is not None or _is_read(pen, texts[pen])]
    tags = [pen for pen in read if _TAG_LIKE.search(table.columns[pen.value])]
    share = len(read) / max(len(filled), 1)
    days = not any(_TIME_OF_DAY.search(cell) for row in rows for cell in row)
    words = [pen for pen in filled if pen not in read]
    names = [normalise(pen.tag) for pen in words]
    listed = any(map(_LISTED.fullmatch, names)) and 2 * len(tags) <= len(read)
    if share < 0.5 or listed or any(map(_PIECES.fullmatch, names)) or (words and days and not tags):
        return 0.0
    return 0.5 * share + 0.4 * len(tags) / max(len(pens), 1)


def _is_read(pen: Pen, texts: list[str]) -> bool:
    """Whether most are numbers; of what is named like a tag they may be on and off."""
    like = _TAG_LIKE.search(pen.tag)
    fits = [_is_number(text) or bool(like and text.casefold() in _SWITCHED) for text in texts]
    return 2 * sum(fits) >= len(fits)


def _is_number(text: str) -> bool:
    return bool(_NUMERIC.fullmatch(text))


def _named(found: WidePlan, table: Table, stem: str) -> WidePlan:
    """A single column `Value` takes its tag's name from above the header, or from the file."""
    only = found.pens[0]
    if len(found.pens) > 1 or normalise(_without_unit(only.tag)[0]) not in VALUES:
        return found
    above = next((said[1] for line in table.above if (said := _ABOVE.match(line))), None)
    pen = replace(only, tag=above or stem or only.tag)
    return replace(found, pens=(pen,), named_by_file=above is None)
