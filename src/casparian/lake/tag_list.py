"""The tag list of a lake: what is known of its tags, suggestions for the rest, and landing a list
that a person has edited, by the same road as any export.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from casparian.formats import historian
from casparian.formats.historian.tags import TAG_LIST as LIST_FORMAT
from casparian.lake import rollup
from casparian.lake.ledger import Ledger
from casparian.lake.process import TAG_ALIASES, TAG_LIST
from casparian.lake.run import from_paths, land
from casparian.lake.series import names, shape_of
from casparian.lake.sinks import Sink
from casparian.lake.store import Lake, LakeError
from casparian.reading.base import Batch, Damage, Format, Source, UnreadableFile
from casparian.reading.peek import Peek
from casparian.reading.table import TableFormat
from casparian.reading.text import HEAD_BYTES, detect_encoding, utf8_chunks
from casparian.tags import Known, Rules, Suggester, Suggestion, suggest, units

SYNONYMS = "tag_synonyms"  # several names a tag: nothing in it is to be unique
FACTS = (
    "range_low", "range_high", "zero_allowed", "data_type", "interval_s", "site_id", "line_id",
)  # fmt: skip
COLUMNS = (
    "tag_name", "tag_alias", "description", "quantity", "units", "asset_id", *FACTS, "confidence",
    "reason",
)  # fmt: skip
APPLIED = (LIST_FORMAT.name, "tag_aliases", SYNONYMS)
LONGEST_TAG = 256
KNOWN = ("description", "units", "tag_alias", "asset_id")
_ANY_LIST = TableFormat(
    name="tags", table="historian_tags", summary="any list of tags", contract="historian",
    header=LIST_FORMAT.header, required=("tag_name",),
)  # fmt: skip
Row = dict[str, Any]


@dataclass(frozen=True)
class Checked:
    """A list that may be landed. errors forbid it, warnings do not. form: the format that reads it.
    rows: as read."""

    form: Format
    rows: list[Row]
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def listed(lake: Lake) -> dict[str, Row]:
    """The newest row of each tag in the lake's tag list, with the alias map's alias."""
    table = lake.read(TAG_LIST)
    rows: dict[str, Row] = {}
    if table is not None:
        order = [name for name in ("_ingested_at", "_source_row") if name in table.column_names]
        table = table.sort_by([(name, "ascending") for name in order])
        rows = {row["tag_name"]: row for row in table.to_pylist()}
    aliases = lake.read(TAG_ALIASES, ["tag_name", "tag_alias"])
    for row in [] if aliases is None else aliases.to_pylist():
        rows.setdefault(row["tag_name"], {"tag_name": row["tag_name"]})["tag_alias"] = row[
            "tag_alias"
        ]
    return rows


def of_lake(lake: Lake) -> list[Row]:
    """A row a tag that the lake has readings of or lists, by name. `read`: it has readings."""
    rows = listed(lake)
    seen = set(names(lake, shape_of(lake))) if lake.delta(rollup.VALUES) is not None else set()
    for name in seen:
        rows.setdefault(name, {"tag_name": name})
    return [rows[name] | {"read": name in seen} for name in sorted(rows)]


def of_file(path: Path) -> list[Row]:
    """A row a tag of a list: a table with a column of tags, or plain text of one tag a line.

    Raises UnreadableFile where neither is there.
    """
    source = Source(path.absolute().as_posix(), path.name)
    rows: dict[str, Row] = {}
    try:
        for batch in _ANY_LIST.read(source):
            if isinstance(batch, Batch):
                _collect(rows, batch)
    except UnreadableFile:
        rows = {name: {"tag_name": name} for name in _lines(source)}
    if not rows:
        raise UnreadableFile(f"{path.name} names no tag: give a table with a column tag_name.")
    return list(rows.values())


def _collect(rows: dict[str, Row], batch: Batch) -> None:
    fields = batch.fields
    if fields["tag_name"].type == pa.string() and not any(
        fields[name].null_count < len(fields) for name in fields.schema.names if name != "tag_name"
    ):
        for name in fields["tag_name"].unique().to_pylist():
            rows.setdefault(name, {"tag_name": name})
    else:
        for row in fields.to_pylist():
            rows.setdefault(row["tag_name"], row)
    rows.pop(None, None)  # type: ignore[call-overload]


def _lines(source: Source) -> Iterator[str]:
    """Lines of a text without columns; none where it looks like anything else."""
    with source.open() as stream:
        head = Peek(source.name, stream.read(HEAD_BYTES))
        if head.root or head.json_paths or not head.text:
            return
        text = b"".join(utf8_chunks(stream, detect_encoding(head.head))).decode("utf-8", "replace")
    lines = [line.strip(" \"'\t") for line in text.splitlines()]
    if not any(len(line) > LONGEST_TAG or ";" in line or "\t" in line for line in lines):
        yield from filter(None, lines)


def suggestions(
    rows: Sequence[Row], *suggesters: Suggester, rules: Rules | None = None
) -> list[Row]:
    """Rows of COLUMNS: what is listed as it is, and suggestions for what is missing."""
    tags = [Known(row["tag_name"], *(row.get(name) for name in KNOWN)) for row in rows]
    found = suggest(tags, *suggesters, rules=rules)
    return [_row(row, said) for row, said in zip(rows, found, strict=True)]


def _row(row: Row, said: Suggestion) -> Row:
    full = {
        "tag_alias": said.tag_alias, "quantity": said.quantity, "units": said.units,
        "asset_id": said.asset_id, "confidence": said.confidence, "reason": said.reason,
    }  # fmt: skip
    return {name: full.get(name, row.get(name)) for name in COLUMNS}


def write(rows: Sequence[Row], path: Path) -> None:
    """The rows as CSV (UTF-8 with a mark, so that a spreadsheet reads °C) for a person to edit."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        writer.writerows([_cell(row[name]) for name in COLUMNS] for row in rows)


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value


def check(lake: Lake, path: Path, *, replace: bool = False) -> Checked:
    """Look at an edited list before it is landed.

    replace: what the lake knows of these tags may go where the list says nothing of it.
    Raises UnreadableFile for what is neither a tag list nor an alias map.
    """
    form = _format(path)
    checked = Checked(form, [])
    for part in form.read(Source(path.absolute().as_posix(), path.name)):
        if isinstance(part, Damage):
            checked.errors.append(f"record {part.row} is damaged: {part.detail}")
        elif isinstance(part, Batch):
            checked.rows.extend(part.fields.to_pylist())
    if form.name == SYNONYMS:
        return checked
    _check_names(checked)
    _check_units(checked)
    if form.name == LIST_FORMAT.name and not replace:
        _check_facts(checked, listed(lake))
    _check_aliases(checked, lake)
    return checked


def _format(path: Path) -> Format:
    peek = Peek.of(path)
    every: tuple[Any, ...] = historian.FORMATS
    known = [each for each in every if each.name in APPLIED]
    sure, best = max(((each.sniff(peek).confidence, each) for each in known), key=lambda a: a[0])
    if sure < 0.3:
        raise UnreadableFile(
            f"{path.name} is no tag list: it needs the columns tag_name and units, "
            "or tag_name and tag_alias; a synonym map begins with name;unit;category;location;type."
        )
    form: Format = best
    return form


def _check_names(checked: Checked) -> None:
    for column in ("tag_name", "tag_alias"):
        seen: dict[str, int] = {}
        for number, row in enumerate(checked.rows, 1):
            text = row.get(column)
            if not text:
                if column == "tag_name":
                    checked.errors.append(f"record {number} has no tag_name")
            elif text in seen:
                checked.errors.append(
                    f"record {number}: {column} '{text}' stands in record {seen[text]} already"
                )
            else:
                seen[text] = number


def _check_units(checked: Checked) -> None:
    strange = sorted({row["units"] for row in checked.rows if row.get("units")} - {""})
    unknown = [text for text in strange if units.unit(text) is None]
    if unknown:
        checked.warnings.append(f"units that nobody here knows: {', '.join(unknown[:10])}")


def _check_facts(checked: Checked, before: dict[str, Row]) -> None:
    """Limits and rhythms would be lost that the lake has and the list has no column for."""
    silent = [fact for fact in FACTS if all(row.get(fact) is None for row in checked.rows)]
    known = [before.get(row.get("tag_name") or "", {}) for row in checked.rows]
    lost = [fact for fact in silent if any(row.get(fact) is not None for row in known)]
    if lost:
        checked.errors.append(
            f"the lake knows {', '.join(lost)} of these tags and the list does not: "
            "add the columns, or give --replace"
        )


def _check_aliases(checked: Checked, lake: Lake) -> None:
    """The alias map stands above the tag list."""
    if checked.form.name != LIST_FORMAT.name:
        return
    table = lake.read(TAG_ALIASES, ["tag_name", "tag_alias"])
    mapped = {} if table is None else {r["tag_name"]: r["tag_alias"] for r in table.to_pylist()}
    other = [
        row["tag_name"]
        for row in checked.rows
        if row.get("tag_alias")
        and mapped.get(row["tag_name"], row["tag_alias"]) != row["tag_alias"]
    ]
    if other:
        checked.warnings.append(
            f"the alias map names {len(other):,} of these tags otherwise ({other[0]} …) and wins"
        )


def apply(lake: Lake, path: Path, checked: Checked) -> list[Row]:
    """Land a checked list; the ledger rows written, none where its bytes are known already."""
    if checked.errors:
        raise LakeError("The list has errors and was not landed.")
    sink = Sink(lake, Ledger(lake).known())
    chosen = from_paths(sink, [path], "tags", checked.form)
    if chosen.problems:
        raise LakeError(f"{path}: {chosen.problems[0][1]}.")
    return land(lake, sink, chosen.rows, checked.form)
