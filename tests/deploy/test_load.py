"""Images to nodes: how is seen from what the nodes say of themselves."""

from __future__ import annotations

import io
import json
import socket
import tarfile
from pathlib import Path
from typing import Any

import pytest

from deploy import load
from deploy.load import archives, elsewhere, loader, seen
from local.downloads import StackError


def node(name: str = "n1", provider: str = "", runtime: str = "containerd://1.7.1", **labels: str):  # type: ignore[no-untyped-def]
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {"providerID": provider},
        "status": {"nodeInfo": {"containerRuntimeVersion": runtime}},
    }


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine is the node n1, and has all programs."""
    monkeypatch.setattr(socket, "gethostname", lambda: "n1")
    monkeypatch.setattr(load.shutil, "which", lambda name: f"/bin/{name}")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("nodes", "command"),
    [
        ([node(provider="kind://docker/lake/lake-control-plane"), node("n2")],
         "kind load image-archive --name lake"),
        ([node(**{"minikube.k8s.io/name": "m"})], "minikube --profile m image load"),
        ([node(provider="k3s://n1")], "k3s ctr images import"),
        ([node(runtime="containerd://1.7.23-k3s2")], "k3s ctr images import"),
        ([node()], "ctr -n k8s.io images import"),
    ],
)  # fmt: skip
def test_the_command_is_of_the_clusters_kind(nodes: list[dict[str, Any]], command: str) -> None:
    assert seen(nodes) == command.split()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("nodes", "why"),
    [
        ([node("far")], r"On each node \(far\): ctr -n k8s.io images import ARCHIVE; or say"),
        ([node("n1"), node("n2")], r"On each node \(n1, n2\)"),
        ([node(runtime="cri-o://1.30")], "cri-o://1.30 is not known: say with LOAD="),
    ],
)  # fmt: skip
def test_what_cannot_be_done_from_here_is_said(nodes: list[dict[str, Any]], why: str) -> None:
    with pytest.raises(StackError, match=why):
        seen(nodes)


def test_a_missing_program_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load.shutil, "which", lambda name: None)
    with pytest.raises(StackError, match="kind, which loads images here, was not found"):
        seen([node(provider="kind://docker/lake/lake-control-plane")])


def image(path: Path, name: str) -> Path:
    text = json.dumps([{"RepoTags": [name], "Layers": []}]).encode()
    member = tarfile.TarInfo("manifest.json")
    member.size = len(text)
    with tarfile.open(path, "w") as tar:
        tar.addfile(member, io.BytesIO(text))
    return path


def test_any_command_takes_each_archive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        image(tmp_path / "in" / f"{name}.tar", f"r/{name}:1")
    (tmp_path / "to").mkdir()
    assert load.main([str(tmp_path / "in"), "--load", f"cp -t {tmp_path / 'to'}"]) == 0
    assert sorted(path.name for path in (tmp_path / "to").iterdir()) == ["a.tar", "b.tar"]
    assert capsys.readouterr().out.split() == ["r/a:1", "r/b:1"]


def test_what_a_command_complained_of_is_said(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"ls -l x\.tar failed: .*No such file"):
        loader("ls -l", None, None)(tmp_path / "x.tar")


def test_no_archives_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="has no archives: make images SAVE="):
        archives([tmp_path])
    with pytest.raises(StackError, match="There is no file"):
        archives([tmp_path / "x.tar"])


def test_a_registry_gets_each_image_by_its_last_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, ...]] = []

    class Pushes:
        def load(self, path: Path) -> None:
            told.append(("load", path.name))

        def push(self, name: str, target: str) -> None:
            told.append((name, target))

    monkeypatch.setattr(load, "engine", lambda name: Pushes())
    loader(None, "registry.plant/lake", None)(image(tmp_path / "t.tar", "ghcr.io/casparian/t:1"))
    assert told == [("load", "t.tar"), ("ghcr.io/casparian/t:1", "registry.plant/lake/t:1")]
    assert elsewhere("quay.io/argoproj/argocd:v3", "r/") == "r/argocd:v3"
