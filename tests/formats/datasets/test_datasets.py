"""Public data sets: their known answers, their traps, and damage in them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest

from casparian.contracts.model import load
from casparian.contracts.verdict import Judge
from casparian.formats import Peek, sniff
from casparian.formats.datasets import AI4I, CMAPSS, CMAPSS_RUL, TENNESSEE_EASTMAN
from casparian.reading.base import Batch, Damage, Note, Source, UnreadableFile
from tests.formats.samples import sample_folder


def read(form: object, path: Path) -> tuple[pa.Table, list[Damage], list[str]]:
    """Silver rows (all have to be valid), damage, notes; the format must know its file."""
    chosen, why = sniff(Peek.of(path))
    assert chosen is form, why
    rows, damage, notes = [], [], []
    for part in chosen.read(Source(str(path), path.name)):
        if isinstance(part, Batch):
            verdict = Judge(load("datasets").tables[part.table]).judge(part)
            assert verdict.valid.all(), verdict.reasons
            rows.append(verdict.fields)
        elif isinstance(part, Note):
            notes.append(part.sentence)
        else:
            damage.append(part)
    return pa.Table.from_batches(rows), damage, notes


def test_ai4i() -> None:
    table, damage, _ = read(AI4I, sample_folder("ai4i2020") / "ai4i2020.csv")
    assert table.num_rows == 10_000
    assert not damage
    known = {
        "machine_failure": 339, "tool_wear_failure": 46, "heat_dissipation_failure": 115,
        "power_failure": 95, "overstrain_failure": 98, "random_failure": 19,
    }  # fmt: skip
    assert {name: sum(table[name].to_pylist()) for name in known} == known
    assert Counter(table["product_type"].to_pylist()).keys() == {"L", "M", "H"}
    assert table["air_temperature_k"][0].as_py() == 298.1


def test_cmapss() -> None:
    folder = sample_folder("cmapss")
    table, damage, _ = read(CMAPSS, folder / "train_FD001.txt")
    assert table.num_rows == 20_631
    assert not damage
    assert set(table["unit"].to_pylist()) == set(range(1, 101))
    assert table["sensor_21"][0].as_py() == 23.4190
    assert set(table["dataset"].to_pylist()) == {"train_FD001"}
    assert read(CMAPSS, folder / "test_FD001.txt")[0].num_rows == 13_096
    left, _, _ = read(CMAPSS_RUL, folder / "RUL_FD001.txt")
    assert left["cycles_left"].to_pylist()[:3] == [112, 98, 69]
    assert left.num_rows == 100


@pytest.mark.parametrize("name", ["d00_te.dat", "d01_te.dat"])
def test_tennessee_eastman(name: str) -> None:
    table, damage, notes = read(TENNESSEE_EASTMAN, sample_folder("tennessee_eastman") / name)
    assert table.num_rows == 960
    assert len(table.schema) == 54
    assert not damage
    assert not notes


def test_a_matrix_on_its_side_is_read_the_right_way_round() -> None:
    """d00 is stored 52 × 500: samples are its columns."""
    table, _, notes = read(TENNESSEE_EASTMAN, sample_folder("tennessee_eastman") / "d00.dat")
    assert table.num_rows == 500
    assert table["xmeas_01"].to_pylist()[:2] == [0.24987, 0.25118]
    assert 2600 < table["xmeas_07"][0].as_py() < 2800, "reactor pressure, kPa"
    assert notes == ["The matrix is stored on its side, 52 × 500: its columns are read as samples."]


def matrix(tmp_path: Path, rows: list[list[object]]) -> Path:
    path = tmp_path / "m.txt"
    path.write_text("\n".join(" ".join(map(str, row)) for row in rows) + "\n")
    return path


def test_a_made_up_matrix_on_its_side(tmp_path: Path) -> None:
    path = matrix(
        tmp_path, [[variable + sample / 8 for sample in range(60)] for variable in range(52)]
    )
    table, damage, notes = read(TENNESSEE_EASTMAN, path)
    assert (table.num_rows, damage, len(notes)) == (60, [], 1)
    assert table["xmeas_02"].to_pylist()[:2] == [1.0, 1.125]


def test_damage_in_matrices(tmp_path: Path) -> None:
    rows: list[list[object]] = [[1, cycle, *[0.5] * 24] for cycle in range(1, 9)]
    rows[5] = [*rows[5], 7]
    rows[6] = ["x", *rows[6][1:]]
    path = matrix(tmp_path, rows)
    parts = list(CMAPSS.read(Source(str(path), path.name)))
    found = {part.row: part.detail for part in parts if isinstance(part, Damage)}
    assert found == {6: "27 numbers where a row has 26", 7: "not a row of numbers"}


def test_other_numbers_are_none_of_them(tmp_path: Path) -> None:
    for width in (1, 3, 25, 27, 51):
        path = matrix(tmp_path, [[1.5] * width] * 9)
        assert sniff(Peek.of(path))[0] is None, width
    with pytest.raises(UnreadableFile, match="not 52 numbers each"):
        list(TENNESSEE_EASTMAN.read(Source(str(path), path.name)))
    (tmp_path / "m.txt").write_text("\n")
    with pytest.raises(UnreadableFile, match="The file is empty"):
        list(CMAPSS.read(Source(str(path), path.name)))
