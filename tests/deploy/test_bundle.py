"""A bundle from an engine that stands in, to a cluster that stands in: what goes in comes out."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import bundle, git_server, publish, unbundle, up
from deploy.archive import checked, members
from deploy.bundle import wanted
from deploy.engines import Engine
from deploy.programs import ROOT
from deploy.recipes import OPERATOR, RECIPES, tag
from deploy.systems import missing, systems
from local.downloads import StackError
from tests.kubernetes.manifests import need

OTHER = "ghcr.io/other/controller:1.2.3"
SPARK = f"ghcr.io/casparian/spark:{tag(RECIPES['spark'])}"
GIT = f"ghcr.io/casparian/git-server:{tag(RECIPES['git-server'])}"


class Has(Engine):
    """An engine with images of a few bytes."""

    def __init__(self, *there: str):
        super().__init__("nothing")
        object.__setattr__(self, "there", there)

    there: tuple[str, ...]

    def has(self, image: str) -> bool:
        return image in self.there

    def pull(self, image: str) -> bool:
        return False

    def save(self, image: str, path: Path) -> None:
        path.write_text(image, encoding="utf-8")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment of two images of ours and one of others; a tree without changes."""
    for system in systems("local"):
        for name in missing(ROOT / "charts" / system.system):
            pytest.skip(f"{name} is not here: make charts-pull fetches it")
    ours = {"git-server": GIT, "spark": SPARK}
    monkeypatch.setattr(bundle, "wanted", lambda environment: (ours, [OTHER]))
    monkeypatch.setattr(bundle, "missing", lambda chart: [])
    monkeypatch.setattr(publish, "is_committed", lambda: None)


def make(out: Path, *there: str, without: bool = False) -> bundle.Made:
    return bundle.bundle("local", out, Has(*there), without, io.StringIO())


@pytest.mark.usefixtures("small")
def test_all_is_in_it(tmp_path: Path) -> None:
    made = make(tmp_path / "x.tar.zst", SPARK, GIT, OTHER)
    assert checked(tmp_path / "x.tar.zst") == [
        "repository.bundle", "images/git-server.tar", "images/spark.tar",
        "images/ghcr.io_other_controller_1.2.3.tar", "bundle.json", "programs.txt", "README.txt",
    ]  # fmt: skip
    assert made.bytes == (tmp_path / "x.tar.zst").stat().st_size
    texts = {name: file.read() for name, file in members(tmp_path / "x.tar.zst")}
    assert texts["images/spark.tar"].decode() == SPARK
    assert b"make up ENV=local BUNDLE=../x.tar.zst" in texts["README.txt"]
    assert b"kubectl" in texts["programs.txt"]
    assert json.loads(texts["bundle.json"])["commit"] == made.commit


@pytest.mark.usefixtures("small")
def test_the_repository_is_one_commit_with_real_tags_and_charts(tmp_path: Path) -> None:
    make(tmp_path / "x.tar.zst", SPARK, GIT, OTHER)
    (text,) = (f.read() for n, f in members(tmp_path / "x.tar.zst") if n == "repository.bundle")
    (tmp_path / "repository.bundle").write_bytes(text)
    subprocess.run(
        ["git", "clone", "--quiet", "repository.bundle", "clone"], cwd=tmp_path, check=True
    )
    clone = tmp_path / "clone"
    said = yaml.safe_load((clone / "argocd/envs/local/versions.yaml").read_text(encoding="utf-8"))
    assert said["global"]["images"]["spark"] == tag(RECIPES["spark"])
    assert "000000000000" not in str(said)
    assert list((clone / "charts" / "spark-operator" / "charts").glob("*.tgz"))
    log = ["git", "-C", str(clone), "rev-list", "--count", "HEAD"]
    assert subprocess.run(log, capture_output=True, text=True, check=True).stdout == "1\n"


@pytest.mark.usefixtures("small")
def test_images_of_others_that_cannot_be_pulled_are_named(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"cannot be had: ghcr\.io/other/controller:1\.2\.3"):
        make(tmp_path / "x.tar.zst", SPARK, GIT)
    assert list(tmp_path.iterdir()) == []
    made = make(tmp_path / "x.tar.zst", SPARK, GIT, without=True)
    assert made.left_out == (OTHER,)
    assert OTHER not in [each.image for each in made.images]
    (said,) = (f.read() for n, f in members(tmp_path / "x.tar.zst") if n == "README.txt")
    assert OTHER in said.decode()


@pytest.mark.usefixtures("small")
def test_a_missing_chart_of_argo_cd_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        bundle, "missing", lambda chart: ["argo.tgz"] if "argo" in str(chart) else []
    )
    with pytest.raises(StackError, match=r"cannot be had: argo\.tgz"):
        make(tmp_path / "x.tar.zst", SPARK, GIT, OTHER)
    assert make(tmp_path / "x.tar.zst", SPARK, GIT, OTHER, without=True).left_out == ("argo.tgz",)


@pytest.mark.usefixtures("small")
def test_what_stands_in_for_an_image_of_others_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []
    monkeypatch.setattr(bundle.Builder, "image", lambda self, recipe: built.append(recipe.name))
    monkeypatch.setattr(bundle, "wanted", lambda environment: ({}, [OPERATOR]))
    made = make(tmp_path / "x.tar.zst")
    assert built == ["base", "spark", "spark-operator"]
    assert [each.image for each in made.images] == [OPERATOR]


@pytest.mark.usefixtures("small")
def test_another_trees_image_is_pulled_or_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = "ghcr.io/casparian/trino:0123456789ab"
    monkeypatch.setattr(bundle, "wanted", lambda environment: ({"trino": old}, []))
    with pytest.raises(StackError, match=f"{old} cannot be pulled, and this tree makes another"):
        make(tmp_path / "x.tar.zst")
    assert list(tmp_path.iterdir()) == []


def test_an_environment_names_its_images_and_the_git_server() -> None:
    need("helm")
    ours, others = wanted("local")
    assert {"airflow", "git-server", "spark", "trino", "postgres", "object-store"} <= ours.keys()
    assert ours["spark"] == SPARK
    assert not any(each.startswith("ghcr.io/casparian/") for each in others)


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A cluster whose git server takes a commit."""
    told: list[Any] = []

    def receive(path: Path) -> str:
        listed = subprocess.run(["git", "bundle", "list-heads", str(path)], capture_output=True,
                                text=True, check=True)  # fmt: skip
        return listed.stdout.split()[0]

    monkeypatch.setattr(git_server, "ensure", lambda *words: told.append(words))
    monkeypatch.setattr(git_server, "receive", receive)
    return told


@pytest.mark.usefixtures("small")
def test_at_the_plant_images_are_loaded_and_the_commit_is_served(
    tmp_path: Path, plant: list[Any]
) -> None:
    made = make(tmp_path / "x.tar.zst", SPARK, GIT, without=True)
    loaded: list[str] = []
    found = unbundle.unpack(
        tmp_path / "x.tar.zst", "local", lambda path: loaded.append(path.read_text("utf-8")), None
    )
    assert loaded == [GIT, SPARK]
    assert (found.commit, found.images, found.left_out) == (made.commit, 2, (OTHER,))
    assert plant == [("local", "ghcr.io/casparian", tag(RECIPES["git-server"]))]


@pytest.mark.usefixtures("small")
def test_with_a_registry_the_commit_takes_images_from_there(
    tmp_path: Path, plant: list[Any]
) -> None:
    made = make(tmp_path / "x.tar.zst", SPARK, GIT, OTHER)
    found = unbundle.unpack(tmp_path / "x.tar.zst", "local", lambda path: None, "registry.plant")
    assert found.commit != made.commit
    assert plant == [("local", "registry.plant", tag(RECIPES["git-server"]))]
    said = yaml.safe_load(publish.shown(found.commit, "argocd/envs/local/versions.yaml"))
    assert said["global"]["registry"] == "registry.plant"
    assert said["global"]["images"]["spark"] == tag(RECIPES["spark"])


@pytest.mark.usefixtures("small", "plant")
def test_a_bundle_of_another_environment_or_a_damaged_one_loads_nothing(tmp_path: Path) -> None:
    make(tmp_path / "x.tar.zst", SPARK, GIT, OTHER)
    loaded: list[Path] = []
    with pytest.raises(StackError, match="The bundle is of local: say ENV=local"):
        unbundle.unpack(tmp_path / "x.tar.zst", "ha", loaded.append, None)
    text = (tmp_path / "x.tar.zst").read_bytes()
    (tmp_path / "x.tar.zst").write_bytes(text[:-200])
    with pytest.raises(StackError):
        unbundle.unpack(tmp_path / "x.tar.zst", "local", loaded.append, None)
    assert loaded == []


@pytest.mark.usefixtures("small", "plant")
def test_up_goes_on_with_the_git_server_in_the_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make(tmp_path / "x.tar.zst", SPARK, GIT, without=True)
    brought: list[Any] = []
    monkeypatch.setattr(up, "_can_carry", lambda *words, **more: True)
    monkeypatch.setattr(up, "bring", lambda *words: brought.append(words) or 0)
    assert up.main(["--bundle", str(tmp_path / "x.tar.zst"), "--load", "true"]) == 0
    ((_, read, *_),) = brought
    assert (read.repository, read.revision, read.head()) == (git_server.URL, "main", made.commit)
    said = capsys.readouterr().out
    assert f"what the bundle left out: {OTHER}" in said


def test_a_tree_with_changes_makes_no_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "_git", lambda *words: " M deploy/up.py\n M Makefile")
    with pytest.raises(StackError, match=r"Commit first: .* without deploy/up\.py, Makefile"):
        publish.is_committed()
