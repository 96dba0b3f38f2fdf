"""The documents on Kubernetes, followed to their last command: on a copy of the repository, and
with programs that stand in for what no test may start."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from deploy import __main__, publish
from deploy.archive import written
from deploy.programs import ROOT
from deploy.systems import missing, systems, tags
from tests.docs.test_documents import follow
from tests.kubernetes.manifests import need
from tests.repositories import git

INSTALL = "docs/how-to/install-on-kubernetes.md"


def copied(folder: Path, *rooms: str) -> Path:
    """A repository with some rooms of this one, in one commit."""
    for room in rooms:
        shutil.copytree(ROOT / room, folder / room, symlinks=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "config", "user.name", "x")
    git(folder, "config", "user.email", "x@example.org")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder


def tagged(folder: Path, environment: str, own: str) -> None:
    """All images of an environment get a tag."""
    path = folder / "argocd" / "envs" / environment / "versions.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r'"[0-9a-f]{12}"', f'"{own}"', text), encoding="utf-8")


def test_adding_a_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("helm")
    for room in ("charts", "argocd", "deploy", "local", "spark_jobs", "src", "requirements"):
        shutil.copytree(ROOT / room, tmp_path / room, symlinks=True)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{tmp_path / 'src'}")
    said = follow("docs/how-to/add-a-system.md", tmp_path)
    assert "written: tests/kubernetes/golden/standard/greeter.yaml" in said
    assert said.splitlines()[-1] == "4"
    golden = tmp_path / "tests" / "kubernetes" / "golden" / "local" / "greeter.yaml"
    found = [each for each in yaml.safe_load_all(golden.read_text(encoding="utf-8")) if each]
    assert {each["kind"] for each in found} == {
        "Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service",
    }  # fmt: skip


def test_promoting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rooms = ("argocd", "deploy", "local", "spark_jobs", "src", "requirements")
    copied(tmp_path, *rooms)
    tagged(tmp_path, "local", "0ed9c2b1e4d0")
    git(tmp_path, "commit", "--quiet", "--all", "--message", "proved in local")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{tmp_path / 'src'}")
    said = follow("docs/how-to/promote.md", tmp_path).splitlines()
    assert "  airflow         000000000000 → 0ed9c2b1e4d0" in said
    assert said[-1] == "argocd/envs/standard/versions.yaml"
    assert tags("standard", tmp_path) == tags("local", tmp_path)


def test_an_environment_without_tags_is_not_promoted(capsys: pytest.CaptureFixture[str]) -> None:
    before = (ROOT / "argocd" / "envs" / "standard" / "versions.yaml").read_bytes()
    if "000000000000" not in tags("local").values():
        pytest.skip("this tree has tags")
    assert __main__.main(["promote", "local", "standard"]) == 1
    assert "local has no tags yet (airflow" in capsys.readouterr().err
    assert (ROOT / "argocd" / "envs" / "standard" / "versions.yaml").read_bytes() == before


def test_backing_out(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "server.git")
    clone = copied(tmp_path / "clone", "argocd")
    git(clone, "remote", "add", "origin", str(tmp_path / "server.git"))
    git(clone, "push", "--quiet", "--set-upstream", "origin", "main")
    tagged(clone, "standard", "0123456789ab")
    git(clone, "commit", "--quiet", "--all", "--message", "too early")
    said = follow("docs/how-to/back-out.md", clone, "Revert")
    assert 'Revert "too early"' in said
    assert not git(clone, "diff", "HEAD~2", "HEAD")
    assert git(clone, "rev-parse", "HEAD") == git(tmp_path / "server.git", "rev-parse", "main")


def test_looking_into_a_bundle(tmp_path: Path) -> None:
    for system in systems("local"):
        for name in missing(ROOT / "charts" / system.system):
            pytest.skip(f"{name} is not here: make charts-pull fetches it")
    if shutil.which("zstd") is None:
        pytest.skip("zstd is not here")
    versions = tmp_path / "versions.yaml"
    versions.write_text("global: {images: {spark: 0123456789ab}}\n", encoding="utf-8")
    publish.packed(publish.commit("local", versions, alone=True), tmp_path / "git")
    with written(tmp_path / "casparian-local.tar.zst") as to:
        to.file("repository.bundle", tmp_path / "git")
        to.text("images/spark.tar", "an image")
    said = follow("docs/how-to/air-gapped.md", tmp_path)
    assert said.splitlines()[-1] == "global: {images: {spark: 0123456789ab}}"
    (tmp_path / "images" / "spark.tar").write_text("another", encoding="utf-8")
    sums = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    assert subprocess.run(sums, cwd=tmp_path, capture_output=True, check=False).returncode == 1


@pytest.fixture
def stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH on which kind says what it is asked, and make what it would do."""
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not here")
    for name, does in {
        "kind": 'echo "kind $*"',
        "make": f'exec {make} --dry-run --no-print-directory -C {ROOT} "$@"',
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("MAKEFLAGS", raising=False)
    return tmp_path


def commands(said: str) -> list[list[str]]:
    """What `make` would ask of this package, word by word."""
    return [
        line.split(" -m deploy ")[1].split() for line in said.splitlines() if " -m deploy " in line
    ]


def test_installing_on_kind(stand_ins: Path) -> None:
    said = follow(INSTALL, stand_ins, "On kind")
    assert said.startswith("kind create cluster --name lakehouse")
    assert [words[0] for words in commands(said)] == [
        "charts-pull", "images", "load", "preflight", "up",
    ]  # fmt: skip
    assert ["load", "images-tars"] in commands(said)
    assert all(words[0] in __main__.COMMANDS for words in commands(said))


def test_installing_on_an_existing_cluster(stand_ins: Path) -> None:
    said = commands(follow(INSTALL, stand_ins, "On an existing cluster"))
    assert said[-1] == ["up", "--env", "standard", "--repository", "http://git.example/app.git"]
    assert ["preflight", "--env", "standard"] in said


def test_bringing_images_to_nodes(stand_ins: Path) -> None:
    said = commands(follow(INSTALL, stand_ins, "Images"))
    assert ["load", "images-tars", "--load", "'scripts/to-all-nodes.sh'"] in said
    assert ["load", "images-tars", "--registry", "registry.example/lake"] in said
    assert ["images", "--save", "images-tars", "--registry", "registry.example/lake"] in said
