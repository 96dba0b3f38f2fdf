"""Adapter logs: what a line is by its form, what a key is by its values, every line accounted."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casparian.formats import Peek
from casparian.formats.mtconnect.shdr import readings, split
from casparian.formats.mtconnect.shdr_format import Shdr
from casparian.reading.base import Batch, Damage, Note, UnreadableFile
from tests.formats.golden import as_json, check, read
from tests.formats.samples import sample_folder

HERE = Path(__file__).parent
SHDR = Shdr()


def write(folder: Path, *lines: str) -> Path:
    path = folder / "cell.log"
    path.write_text("\n".join(lines) + "\n")
    return path


def fields(path: Path, table: str) -> list[dict[str, object]]:
    found = (b for b in read(SHDR, path) if isinstance(b, Batch) and b.table == table)
    return [row for batch in found for row in batch.fields.to_pylist()]


def test_golden() -> None:
    path = HERE / "log.shdr"
    parts = [part for part in read(SHDR, path) if not isinstance(part, Note)]
    assert as_json(parts)
    check(_WithoutNotes(), path)


class _WithoutNotes(Shdr):
    """The format without its notes, which golden files do not hold."""

    def read(self, source):  # type: ignore[no-untyped-def]
        return (part for part in super().read(source) if not isinstance(part, Note))


def test_every_line_of_a_real_log_is_accounted_for() -> None:
    path = sample_folder("mtconnect_cppagent") / "okuma.txt"
    text = path.read_text("utf-8")
    lines = text.splitlines()
    commands = sum(line.startswith("*") for line in lines)
    in_assets = len(re.findall(r"^(?:<CuttingTool.*|--multiline--\w+)$", text, re.MULTILINE))
    spoken = [line for line in lines if re.match(r"\d{4}-.*\|", line)]
    assert len(lines) == 10_770 == commands + in_assets + len(spoken)
    conditions = [line for line in spoken if re.search(r"\|(NORMAL|FAULT|WARNING)\|.*\|.*\|", line)]
    conditions += [line for line in spoken if line.endswith("|UNAVAILABLE||||")]
    assets = [line for line in spoken if re.search(r"\|@\w+@\|", line)]
    pairs = [line for line in spoken if line not in {*conditions, *assets}]
    messages = [line for line in pairs if line.count("|") == 3]
    observations = sum(line.count("|") // 2 for line in pairs if line not in messages)
    parts = read(SHDR, path)
    counts: Counter[str] = Counter()
    for part in parts:
        if isinstance(part, Batch) and not part.derived:
            counts[part.table] += len(part.rows)
    assert not [part for part in parts if isinstance(part, Damage)]
    assert counts["mtc_conditions"] == len(conditions)
    assert counts["mtc_assets"] == len(assets)
    assert counts["mtc_samples"] + counts["mtc_events"] == observations + len(messages)
    notes = [part.sentence for part in parts if isinstance(part, Note)]
    assert notes[0].startswith(f"10,770 lines: {commands} are commands, 0 blank, {in_assets} go on")
    batches = [part for part in parts if isinstance(part, Batch) and not part.derived]
    rows = sorted(row for batch in batches for row in batch.rows.to_pylist())
    assert rows == list(range(1, sum(counts.values()) + 1))


def test_a_key_is_one_thing_in_the_whole_file(tmp_path: Path) -> None:
    stamp = "2026-01-08T10:30:00Z"
    path = write(tmp_path, *(f"{stamp}|tool|{n}|x|{n}" for n in range(3)), f"{stamp}|tool|none")
    assert [row["value"] for row in fields(path, "mtc_events")] == ["0", "1", "2", "none"]
    assert [row["data_item_id"] for row in fields(path, "mtc_samples")] == ["x"] * 3


def test_device_by_prefix_command_or_the_files_name(tmp_path: Path) -> None:
    stamp = "2026-01-08T10:30:00Z"
    path = write(tmp_path, f"{stamp}|a|on", f"{stamp}|Lathe:a|on", "* uuid: M-17", f"{stamp}|a|off")
    rows = fields(path, "mtc_events")
    assert [row["device_uuid"] for row in rows] == ["cell", "Lathe", "M-17"]


def test_instance_and_sequence_are_told_from_the_log(tmp_path: Path) -> None:
    path = write(tmp_path, "|a|on", "1970-01-01T01:00:00.5+00:30|a|off")
    rows = fields(path, "mtc_events")
    assert [(row["instance_id"], row["sequence"]) for row in rows] == [("1800", "1"), ("1800", "2")]


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("a|b||c", ["a", "b", "", "c"]),
        (r't|k|"a\|b"|x', ["t", "k", "a|b", "x"]),
        ('t|k|"a|b', ["t", "k", '"a', "b"]),
        ('t|k|"a" and b', ["t", "k", '"a" and b']),
        ('t|k|""', ["t", "k", ""]),
    ],
)
def test_split(line: str, parts: list[str]) -> None:
    assert split(line) == parts


def test_an_okuma_text_with_equal_signs_is_no_data_set() -> None:
    text = "Name = Windows 10;Edition = Enterprise;Culture = ;"
    (reading,) = readings(["all", text])
    assert (reading.text, reading.children) == (text, [])  # type: ignore[union-attr]


def test_sniff(tmp_path: Path) -> None:
    assert SHDR.sniff(Peek.of(HERE / "log.shdr")).confidence >= 0.85
    for head in (
        b"",
        b"a|b|c\n1|2|3\n",
        b"* heading\n* another\n",
        b"Time|Tag\n2026-01-01T00:00:00Z|1",
    ):
        assert SHDR.sniff(Peek("x.txt", head)).confidence == 0


def test_a_log_of_assets_alone(tmp_path: Path) -> None:
    """As simulators play: seconds since their start, an asset a line, whatever its XML says."""
    path = write(
        tmp_path,
        '2|@ASSET@|T9|CuttingTool|<CuttingTool assetId="spare" serialNumber="9" toolId="4"/>',
        "2|@REMOVE_ASSET@|T9",
    )
    assert SHDR.sniff(Peek.of(path)).confidence >= 0.85
    found = fields(path, "mtc_assets")
    assert [row["asset_id"] for row in found] == ["T9", "T9"]
    assert [row["removed"] for row in found] == ["false", "true"]
    notes = [part.sentence for part in read(SHDR, path) if isinstance(part, Note)]
    assert any("relative to a start" in note for note in notes)


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"\xff" * 500, bytes(500)])
def test_what_is_no_log_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match="no SHDR log"):
        read(SHDR, path)


def test_an_asset_without_end_is_damage(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "2026-01-08T10:30:00Z|a|1",
        "2026-01-08T10:30:00Z|@ASSET@|T|CuttingTool|--multiline--X",
        "<a>",
        "b|c|d",
    )
    (damage,) = [part for part in read(SHDR, path) if isinstance(part, Damage)]
    assert damage.detail == "the file ends within an asset"


PIECES = ("|", "a", "1", "=", "{", "}", '"', ":", "\\", "@", "@ASSET@", "*", " ", "\n", "NORMAL")
PIECES += ("2026-01-08T10:30:00Z", "--multiline--", "<", "é", "DAY", "UNAVAILABLE", "\r", "'")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_any_text_closes_its_books(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    path = tmp_path_factory.mktemp("log") / "x.log"
    path.write_text("2026-01-08T10:30:00Z|a|1\n" + "".join(parts), newline="")
    numbers = []
    for part in read(SHDR, path):
        if isinstance(part, Damage):
            numbers.append(part.row)
        elif isinstance(part, Batch) and not part.derived:
            numbers += part.rows.to_pylist()
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
