"""The command: what is there is not built again; what is written where."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import images, parts, sbom
from deploy.debian_pins import pins
from deploy.engines import Engine
from deploy.parts import Part
from deploy.programs import ROOT
from deploy.recipes import RECIPES, Recipe, chosen, tag
from local.downloads import StackError


class Kept(Engine):
    """An engine that keeps names of images, and what it was given to build them."""

    def __init__(self) -> None:
        super().__init__("nothing")
        object.__setattr__(self, "images", {})

    images: dict[str, Any]

    def has(self, image: str) -> bool:
        return image in self.images

    def pull(self, image: str) -> bool:
        return False

    def import_tree(self, tar: Path, image: str) -> None:
        self.images[image] = tar.read_text("utf-8")

    def build(
        self, context: Path, image: str, arguments: Mapping[str, str],
        labels: Mapping[str, str], again: bool = False,
    ) -> None:  # fmt: skip
        listed = sorted(path.name for path in context.iterdir())
        self.images[image] = (listed, dict(arguments), dict(labels))

    def save(self, image: str, path: Path) -> None:
        path.write_text(image, encoding="utf-8")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    found = Kept()
    monkeypatch.setattr(images, "engine", lambda name: found)
    monkeypatch.setattr(images, "MAKERS", {"DEBIAN": lambda tar: tar.write_text("debian")})

    def listed(archive: Path, target: Path, name: str, own: str, image: str) -> int:
        about = {"version": own, "properties": [{"name": sbom.BYTES, "value": "1048576"}]}
        target.write_text(json.dumps({"metadata": {"component": about}}), encoding="utf-8")
        return 1048576

    monkeypatch.setattr(sbom, "write", listed)
    monkeypatch.setattr(sbom, "names", lambda archive: [archive.read_text("utf-8")])
    program = Part("versitygw", ("pin",), lambda target: target.touch())  # not built for this
    monkeypatch.setattr(
        "deploy.recipes.RECIPES",
        {**RECIPES, "object-store": Recipe("object-store", parts=(program,))},
    )  # fmt: skip
    return found


def command(tmp_path: Path, *words: str) -> int:
    return images.main([*words, "--out", str(tmp_path / "out")])


def test_an_image_stands_on_the_base_of_this_tree(kept: Kept, tmp_path: Path) -> None:
    assert command(tmp_path, "object-store") == 0
    base = f"{images.REGISTRY}/base:{tag(RECIPES['base'])}"
    (own,) = (name for name in kept.images if "/object-store:" in name)
    files, arguments, labels = kept.images[own]
    assert files == ["Dockerfile", "entrypoint.sh", "versitygw"]
    assert arguments == {"BASE": base}
    assert labels["org.opencontainers.image.version"] == own.rpartition(":")[2]


def test_where_debian_cannot_be_pulled_it_is_made_and_that_is_said(
    kept: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command(tmp_path, "base")
    assert kept.images["docker.io/library/debian:bookworm-slim"] == "debian"
    said = capsys.readouterr().out
    assert "cannot be pulled: it is made here under the same name" in said


def test_a_second_call_builds_nothing(
    kept: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command(tmp_path, "object-store")
    before = dict(kept.images)
    capsys.readouterr()
    command(tmp_path, "object-store")
    assert kept.images == before
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said[:2]] == ["base", "object-store"]
    assert all(line.endswith("is there") for line in said[:2])


def test_archives_and_tags_are_left_for_others(kept: Kept, tmp_path: Path) -> None:
    command(tmp_path, "object-store", "--save", str(tmp_path / "archives"))
    assert (tmp_path / "archives" / "object-store.tar").exists()
    said = yaml.safe_load((tmp_path / "out" / "versions.yaml").read_text("utf-8"))
    assert set(said["global"]["images"]) == {n for n, each in RECIPES.items() if not each.asked}
    assert said["global"]["images"]["spark"] == tag(RECIPES["spark"])


def test_as_json_it_says_only_json(
    kept: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command(tmp_path, "base", "--json")
    (found,) = json.loads(capsys.readouterr().out)
    assert found["name"] == "base" and found["tag"] == tag(RECIPES["base"])


def test_an_unknown_image_is_one_sentence() -> None:
    with pytest.raises(StackError, match="sprak is no image: choose of base, spark"):
        chosen(["sprak"])


def test_tags_are_told_by_the_command_without_any_engine() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "deploy", "images", "--tags", "base"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert yaml.safe_load(said)["global"]["images"] == {"base": tag(RECIPES["base"])}


def test_a_commands_error_is_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy", "images", "nothing"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("make images: nothing is no image")
    assert len(done.stderr.splitlines()) == 1


def test_pins_are_what_apt_would_install() -> None:
    said = """\
STEP 3/3: RUN apt-get install --simulate
Inst tini (0.19.0-1+b3 Debian:12.12/oldstable [amd64])
#7 1.2 noise
Inst libssl3 [3.0.1-1] (3.0.22-1~deb12u2 Debian-Security:12/oldstable-security [amd64]) []
Conf tini (0.19.0-1+b3 Debian:12.12/oldstable [amd64])
"""
    assert pins(said) == ["tini=0.19.0-1+b3", "libssl3=3.0.22-1~deb12u2"]
    with pytest.raises(StackError):
        pins("E: Unable to locate package")


def test_programs_are_started_by_the_images_python(tmp_path: Path) -> None:
    (tmp_path / "python" / "bin").mkdir(parents=True)
    for name, first in {
        "tool": "#!/some/where/python3",
        "shell": "#!/bin/sh",
        "x.cmd": "@",
    }.items():
        (tmp_path / "python" / "bin" / name).write_text(f"{first}\nrest\n", encoding="utf-8")
    parts.programs(tmp_path / "python", tmp_path / "bin")
    made = {path.name: path.read_text("utf-8") for path in (tmp_path / "bin").iterdir()}
    assert made == {"tool": "#!/opt/venv/bin/python\nrest\n", "shell": "#!/bin/sh\nrest\n"}
    assert not (tmp_path / "python" / "bin").exists()
