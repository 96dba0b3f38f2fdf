"""``python -m deploy load ARCHIVE|FOLDER…``: images from archives to the cluster's nodes.

How is seen from the nodes: kind, k3s, minikube, or the containerd of this machine. `--load` names
another command, `--registry` a registry that the nodes pull from.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy import cluster, sbom
from deploy.engines import ENGINES, engine
from local.downloads import StackError

Take = Callable[[Path], None]
OWN = "say with LOAD='…' which command brings an archive to them, or with REGISTRY=… where to push"
MINIKUBE = "minikube.k8s.io/name"


def main(words: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy load", description=__doc__)
    add = parser.add_argument
    add("places", nargs="+", type=Path, metavar="ARCHIVE|FOLDER", help="of `make images SAVE=…`")
    options(parser)
    given = parser.parse_args(words)
    take = loader(given.load, given.registry, given.engine)
    for archive in archives(given.places):
        take(archive)
        print(f"  {', '.join(sbom.names(archive))}", flush=True)
    return 0


def options(parser: argparse.ArgumentParser) -> None:
    """Those that say how."""
    add = parser.add_argument
    add("--load", metavar="COMMAND", help="that takes an archive's path")
    add("--registry", metavar="HOST[/PATH]", help="that the nodes pull from: push there")
    add("--engine", choices=ENGINES, help="that pushes; default: the first that works")


def archives(places: list[Path]) -> list[Path]:
    """The archives, and those in folders. Raises StackError where there is none."""
    found = [each for place in places
             for each in (sorted(place.glob("*.tar")) if place.is_dir() else [place])]  # fmt: skip
    if lost := [each for each in found if not each.is_file()]:
        raise StackError(f"There is no file {lost[0]}.")
    if not found:
        raise StackError(f"{places[0]} has no archives: make images SAVE={places[0]} makes them.")
    return found


def loader(command: str | None, registry: str | None, by: str | None) -> Take:
    """What brings an archive to the nodes. Raises StackError where that cannot be known."""
    if registry:
        return _pushing(registry, by)
    return _running(shlex.split(command) if command else seen(cluster.objects("node")))


@dataclass(frozen=True)
class Kind:
    """A kind of cluster. words: what imports an archive, whose path comes last."""

    name: str
    words: tuple[str, ...]


def seen(nodes: list[cluster.Object]) -> list[str]:
    """The command for a cluster of these nodes. Raises StackError where it is not known, or would
    have to run on other machines."""
    found = _kind(nodes[0])
    here = [node["metadata"]["name"] == socket.gethostname() for node in nodes]
    if found.name in ("k3s", "containerd") and here != [True]:
        names = ", ".join(node["metadata"]["name"] for node in nodes)
        told = f"On each node ({names}): {' '.join(found.words)} ARCHIVE"
        raise StackError(f"This machine is not the cluster's one node. {told}; or {OWN}.")
    if shutil.which(found.words[0]) is None:
        raise StackError(f"{found.words[0]}, which loads images here, was not found: {OWN}.")
    return list(found.words)


def _kind(node: cluster.Object) -> Kind:
    provider = node["spec"].get("providerID", "")
    runtime = node["status"]["nodeInfo"]["containerRuntimeVersion"]
    labels = node["metadata"].get("labels") or {}
    if provider.startswith("kind://"):
        name = provider.split("/")[-2]
        return Kind("kind", ("kind", "load", "image-archive", "--name", name))
    if MINIKUBE in labels:
        return Kind("minikube", ("minikube", "--profile", labels[MINIKUBE], "image", "load"))
    if provider.startswith("k3s://") or "k3s" in runtime:
        return Kind("k3s", ("k3s", "ctr", "images", "import"))
    if runtime.startswith("containerd://"):
        return Kind("containerd", ("ctr", "-n", "k8s.io", "images", "import"))
    raise StackError(f"How images get to nodes with {runtime} is not known: {OWN}.")


def _running(words: list[str]) -> Take:
    def take(archive: Path) -> None:
        done = subprocess.run([*words, str(archive)], capture_output=True, text=True, check=False)
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
            raise StackError(f"{' '.join(words)} {archive.name} failed: {said[-1]}")

    return take


def _pushing(registry: str, by: str | None) -> Take:
    chosen = engine(by)

    def take(archive: Path) -> None:
        chosen.load(archive)
        for name in sbom.names(archive):
            chosen.push(name, elsewhere(name, registry))

    return take


def elsewhere(image: str, registry: str) -> str:
    """An image's name in a registry: its last part, as charts of ours put the registry before."""
    return f"{registry.rstrip('/')}/{image.rpartition('/')[2]}"
