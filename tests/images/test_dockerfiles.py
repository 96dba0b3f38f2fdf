"""Rules that every Dockerfile keeps: whoever adds one gets them without writing a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploy.recipes import IMAGES, OUTSIDE, RECIPES

UIDS = {
    "base": "65534", "spark": "185", "airflow": "50000", "trino": "1000", "hive-metastore": "1001",
    "object-store": "1002", "minio": "1002", "postgres": "999", "spark-operator": "185",
    "git-server": "1003",
}  # fmt: skip
FETCHES = re.compile(r"\b(curl|wget|pip install|uv pip|git clone|npm|go install|mvn)\b")
every = pytest.mark.parametrize("name", sorted(RECIPES))


def lines(name: str) -> list[str]:
    """The instructions of a Dockerfile, each on one line."""
    text = (IMAGES / name / "Dockerfile").read_text(encoding="utf-8")
    text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    return [line for line in re.sub(r"\\\n\s*", "", text).splitlines() if line.strip()]


def values(name: str, instruction: str) -> list[str]:
    found = [line.partition(" ") for line in lines(name)]
    return [value.strip() for word, _, value in found if word == instruction]


def test_every_folder_of_images_is_a_recipe() -> None:
    assert {path.name for path in IMAGES.iterdir() if path.is_dir()} == set(RECIPES)


@every
def test_it_stands_on_ours_or_on_what_is_named_in_one_place(name: str) -> None:
    recipe = RECIPES[name]
    allowed = {f"${{{argument}}}" for argument in recipe.outside}
    allowed |= {"${BASE}"} if recipe.on else set()
    assert {each.split()[0] for each in values(name, "FROM")} == allowed
    # a default says what a build by hand takes; it is the one of the recipes
    defaults = dict(each.split("=", 1) for each in values(name, "ARG") if "=" in each)
    assert defaults == {argument: OUTSIDE[argument] for argument in recipe.outside}


@every
def test_what_is_outside_has_a_tag_that_is_not_latest(name: str) -> None:
    for argument in RECIPES[name].outside:
        version = OUTSIDE[argument].rpartition("/")[2].partition(":")[2]
        assert version and version != "latest"


@every
def test_it_ends_as_a_user_with_a_fixed_number(name: str) -> None:
    uid = UIDS[name]
    assert values(name, "USER")[-1] == f"{uid}:{uid}"
    made = [line for line in lines(name) if "useradd" in line]
    assert all(f"--uid {uid} --user-group" in line for line in made)


@every
def test_nothing_is_fetched_in_a_build_but_pinned_packages_of_debian(name: str) -> None:
    for line in values(name, "RUN"):
        assert not FETCHES.search(line), line
        assert "apt-get" not in line, line
    assert not values(name, "ADD")


@every
def test_packages_are_pinned_exactly(name: str) -> None:
    wanted, pinned = (IMAGES / name / f"packages.{each}" for each in ("in", "txt"))
    assert wanted.exists() == pinned.exists()
    if not pinned.exists():
        assert "packages.sh" not in (IMAGES / name / "Dockerfile").read_text(encoding="utf-8")
        return
    first, *pins = pinned.read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(r"# snapshot \d{8}T\d{6}Z", first)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.+:-]+=\d\S*", pin) for pin in pins)
    known = {pin.partition("=")[0] for pin in pins}
    below = below_packages(name)
    assert set(wanted.read_text(encoding="utf-8").split()) <= known | below


def below_packages(name: str) -> set[str]:
    """Those of the image that it stands on, and of Debian's own."""
    own = {"zlib1g", "libstdc++6"}
    below = RECIPES[name].on
    path = IMAGES / (below or name) / "packages.txt"
    return own | {line.partition("=")[0] for line in path.read_text("utf-8").splitlines()[1:]}


@every
def test_it_says_what_it_is(name: str) -> None:
    said = " ".join(values(name, "LABEL"))
    for word in ("title", "description"):
        assert re.search(rf'org\.opencontainers\.image\.{word}="[^"]+"', said)


@every
def test_it_copies_what_is_there(name: str) -> None:
    recipe = RECIPES[name]
    given = {part.place for part in recipe.parts} | {path.name for path in recipe.folder.iterdir()}
    given |= {"bin", "spark"} if "python" in given else set()
    for line in values(name, "COPY"):
        words = [word for word in line.split() if not word.startswith("--")]
        if "--from" not in line:
            assert set(words[:-1]) <= given, line


@pytest.mark.parametrize("path", sorted(IMAGES.rglob("*.sh")), ids=lambda path: path.parent.name)
def test_scripts_stop_at_the_first_fault(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.search(r"^set -eu", text, re.MULTILINE)
    assert text.startswith(("#!/bin/sh\n", "#!/bin/bash\n"))
