"""The rules of the repository hold here, and find what breaks them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The checker, looking at an empty folder."""
    spec = importlib.util.spec_from_file_location(
        "check_repository", ROOT / "tools" / "check_repository.py"
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module


@pytest.mark.parametrize(
    ("path", "text", "finding"),
    [
        ("images/a/Dockerfile", "FROM debian:" + "latest\n", "the tag latest"),
        ("docs/a.md", "see /ho" + "me/ann/lake\n", "a path into a home folder"),
        ("src/a.py", "# TO" + "DO later\n", "work left behind"),
        ("src/casparian/utils.py", "", "a name that says nothing"),
        ("src/casparian/helpers/a.py", "", "a name that says nothing"),
        ("tests/a/test_b.py", "", "no __init__.py"),
        ("dbt/models/__init__.py", "", "shadow"),
    ],
)
def test_a_broken_rule_is_found(
    check: ModuleType, tmp_path: Path, path: str, text: str, finding: str
) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(text)
    files = [Path(path)]
    found = [*check.names(files), *check.texts(files), *check.packages(files)]
    assert len(found) == 1
    assert finding in found[0]


def test_clean_files_are_left_alone(check: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("The latest reading is in /data/home.\n")
    assert not list(check.texts([Path("a.md")]))
