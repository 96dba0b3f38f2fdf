"""A chemical plant's own export and its synonym map (Hurence historian)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from casparian.formats import Peek, sniff
from casparian.formats.historian import HISTORIAN_CSV, TAG_SYNONYMS
from casparian.reading.base import Batch, Damage, Format, Note, Source, UnreadableFile
from tests.formats.samples import sample_folder


def read(form: Format, path: Path) -> tuple[dict[str, pa.Table], list[Damage], list[str]]:
    """Fields by table (derived ones apart), damage and notes."""
    found: dict[str, list[pa.RecordBatch]] = {}
    damage, notes = [], []
    for part in form.read(Source(str(path), path.name, "Europe/Paris")):
        if isinstance(part, Batch):
            found.setdefault(part.table + " derived" * part.derived, []).append(part.fields)
        elif isinstance(part, Note):
            notes.append(part.sentence)
        else:
            damage.append(part)
    return {name: pa.Table.from_batches(parts) for name, parts in found.items()}, damage, notes


def test_the_plants_readings() -> None:
    path = sample_folder("historian_hurence") / "chemistry.csv"
    chosen, why = sniff(Peek.of(path))
    assert chosen is HISTORIAN_CSV, why
    tables, damage, notes = read(HISTORIAN_CSV, path)
    rows = tables["historian_values"]
    assert rows.num_rows == 3495
    assert len(pc.unique(rows["tag_name"])) == 1178
    assert Counter(rows["quality_code"].to_pylist()) == {"100.0": 3327, "0.0": 168}
    assert Counter(rows["quality"].to_pylist()) == {"Good": 3327, "Bad": 168}
    assert str(rows["timestamp"][0]) == "2020-02-29 23:00:03+00:00", "day first, in Paris"
    assert rows["timestamp"].null_count == rows["value"].null_count == 0
    assert not damage
    assert notes == ["The first records do not tell day from month: dates are read day first."]


def test_the_plants_synonyms_are_taken_as_they_are() -> None:
    """4,529 lines under the header: 4,482 that say something, 32 empty and 15 of a tab alone."""
    path = sample_folder("historian_hurence") / "tags_synomyns.csv"
    chosen, why = sniff(Peek.of(path))
    assert chosen is TAG_SYNONYMS, why
    tables, damage, _ = read(TAG_SYNONYMS, path)
    lines = path.read_text("utf-8").splitlines()[1:]
    assert len(lines) == 4529
    told = [line.split(";") for line in lines if line.strip()]
    assert not damage
    rows = tables["tag_synonyms"]
    assert rows["tag_name"].to_pylist() == [cells[0] for cells in told]
    assert rows["tag_alias"].null_count == 2, "two tags have no name"
    assert rows["tag_alias"][0].as_py() == rows["tag_alias"][2].as_py()
    aliases = tables["tag_aliases derived"]
    assert aliases.num_rows == len(set(aliases["tag_name"].to_pylist())) == 3504


def test_a_map_with_damage(tmp_path: Path) -> None:
    path = tmp_path / "map.csv"
    path.write_text("name;unit;category;location;type\nA;Flow.Feed\nB;x;y\nC;U1;Flow;;PV\n;z\n")
    tables, damage, _ = read(TAG_SYNONYMS, path)
    assert tables["tag_synonyms"].to_pylist() == [
        {"tag_name": "A", "tag_alias": "Flow.Feed"},
        {"tag_name": "C", "tag_alias": "Flow.PV.U1"},
        {"tag_name": None, "tag_alias": "z"},
    ]
    assert [(each.row, each.raw) for each in damage] == [(2, "B;x;y")]


def test_no_map_says_so(tmp_path: Path) -> None:
    path = tmp_path / "map.csv"
    path.write_text("a;b\n")
    with pytest.raises(UnreadableFile, match="The first line is not name;unit"):
        read(TAG_SYNONYMS, path)
