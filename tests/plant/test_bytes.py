"""The same arguments give the same bytes; other arguments or an occupied folder do not."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from casparian.plant import write_plant
from tests.plant.conftest import DAYS, SCALE, SEED, WrittenPlant


def tree_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def test_twice_is_the_same_to_the_byte(plant: WrittenPlant, tmp_path: Path) -> None:
    # In a process of its own, with another hash seed and another zone of the machine.
    code = (
        "import sys; from pathlib import Path; from casparian.plant import write_plant;"
        f"write_plant(Path(sys.argv[1]), days={DAYS}, seed={SEED}, scale={SCALE})"
    )
    source = Path(__file__).parents[2] / "src"
    environment = {"PYTHONHASHSEED": "12345", "TZ": "Asia/Tokyo", "PYTHONPATH": str(source)}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=environment)
    assert tree_hash(tmp_path) == tree_hash(plant.out)


def test_another_seed_gives_another_plant(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_plant(tmp_path / str(seed), days=1, seed=seed, scale=0.02)
    for name in (
        "exports/hamburg/historian/HAM-BR1_20251025.csv",
        "exports/austin/downtime/downtime_AUS_20251025.csv",
        "exports/austin/mtconnect/AUS-CNC-01/AUS-CNC-01_20251025_12.xml",
        "exports/hamburg/quality/CMM_HAM_20251025.xlsx",
        "truth.json",
    ):
        assert (tmp_path / "1" / name).read_bytes() != (tmp_path / "2" / name).read_bytes()


def test_a_folder_with_another_plant_is_refused(tmp_path: Path) -> None:
    write_plant(tmp_path, days=1, seed=1, scale=0.02)
    before = tree_hash(tmp_path)
    with pytest.raises(ValueError, match="empty folder"):
        write_plant(tmp_path, days=1, seed=2, scale=0.02)
    write_plant(tmp_path, days=1, seed=1, scale=0.02)
    assert tree_hash(tmp_path) == before


@pytest.mark.parametrize(("days", "scale"), [(0, 1.0), (-3, 1.0), (1, 0.0), (1, float("nan"))])
def test_misuse_is_one_sentence(tmp_path: Path, days: int, scale: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        write_plant(tmp_path, days=days, scale=scale)


def test_progress_ends_at_its_total(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    write_plant(tmp_path, days=1, scale=0.02, progress=lambda *step: seen.append(step))
    assert [done for _, done, _ in seen] == list(range(1, len(seen) + 1))
    assert seen[-1][1] == seen[-1][2]


def test_importing_the_package_stays_light() -> None:
    code = "import sys, casparian.plant; print('numpy' in sys.modules, 'xlsxwriter' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False"]
