"""A tag is made of all that decides an image: another input, another tag, and only then."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from deploy import parts, recipes
from deploy.images import versions
from deploy.programs import ROOT
from deploy.recipes import RECIPES, Recipe, tag
from deploy.systems import upstream
from local.downloads import PINS


@pytest.fixture
def copied(tmp_path: Path) -> Iterator[Recipe]:
    """The image of the object store, with a folder of its own to change."""
    recipe = replace(RECIPES["object-store"])
    shutil.copytree(recipe.folder, tmp_path / recipe.name)
    object.__setattr__(recipe, "folder", tmp_path / recipe.name)
    yield recipe


def test_the_same_tree_has_the_same_tags() -> None:
    first = {name: tag(recipe) for name, recipe in RECIPES.items()}
    assert first == {name: tag(recipe) for name, recipe in RECIPES.items()}
    assert len(set(first.values())) == len(first)
    assert all(len(each) == 12 and int(each, 16) >= 0 for each in first.values())


def test_a_copy_elsewhere_has_the_same_tag(copied: Recipe) -> None:
    assert tag(copied) == tag(RECIPES["object-store"])


@pytest.mark.parametrize("name", ["Dockerfile", "entrypoint.sh"])
def test_a_changed_file_changes_it(copied: Recipe, name: str) -> None:
    before = tag(copied)
    path = copied.folder / name
    path.write_text(path.read_text("utf-8") + "#\n", encoding="utf-8")
    assert tag(copied) != before


def test_so_do_a_new_file_another_name_and_the_right_to_run_it(copied: Recipe) -> None:
    seen = [tag(copied)]
    (copied.folder / "more").write_text("", encoding="utf-8")
    seen.append(tag(copied))
    (copied.folder / "more").rename(copied.folder / "other")
    seen.append(tag(copied))
    (copied.folder / "other").chmod(0o755)
    seen.append(tag(copied))
    assert len(set(seen)) == 4


def test_times_and_what_a_run_leaves_do_not(copied: Recipe) -> None:
    before = tag(copied)
    (copied.folder / "__pycache__").mkdir()
    (copied.folder / "__pycache__" / "a.pyc").write_bytes(b"1")
    (copied.folder / "Dockerfile").touch()
    assert tag(copied) == before


def test_a_pin_changes_the_image_that_has_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: tag(recipe) for name, recipe in RECIPES.items()}
    monkeypatch.setitem(PINS["versitygw"], "version", "v0.0.1")
    changed = replace(RECIPES["object-store"], parts=(parts.program_of("versitygw"),))
    assert tag(changed) != before["object-store"]
    assert tag(RECIPES["minio"]) == before["minio"]


def test_another_debian_changes_all_that_stand_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: tag(recipe) for name, recipe in RECIPES.items()}
    monkeypatch.setenv("DEBIAN", f"{recipes.DEBIAN}@sha256:{'0' * 64}")
    assert all(tag(recipe) != before[name] for name, recipe in RECIPES.items())


def test_another_java_changes_trino_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: tag(recipe) for name, recipe in RECIPES.items()}
    monkeypatch.setenv("JAVA", "mirror.example/java:25")
    assert {name for name, each in RECIPES.items() if tag(each) != before[name]} == {"trino"}


def test_versions_are_texts_also_where_a_tag_has_digits_alone() -> None:
    said = versions("ghcr.io/casparian", {"spark": "123456789012", "base": "12345678e012"})
    assert yaml.safe_load(said) == {
        "global": {
            "registry": "ghcr.io/casparian",
            "images": {"base": "12345678e012", "spark": "123456789012"},
        }
    }


def test_neither_the_readme_nor_how_code_is_checked_decides_an_image() -> None:
    decided = {
        each for recipe in RECIPES.values() for part in recipe.parts for each in part.decides
    }
    assert parts.ROOT / "src" in decided
    assert not {parts.ROOT / "README.md", parts.ROOT / "pyproject.toml"} & decided


def test_the_operator_that_stands_in_is_that_of_its_chart() -> None:
    (wrapped,) = upstream(ROOT / "charts" / "spark-operator")
    assert recipes.OPERATOR.rpartition(":")[2] == wrapped["version"]
