"""What `make up BUNDLE=…` does before it goes on as ever: images to the nodes, the repository to a
git server in the cluster. Nothing is fetched, and nothing is used of a bundle that is damaged."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy import git_server, publish
from deploy.archive import checked, copied, members
from deploy.load import Take
from deploy.systems import versions
from local.downloads import StackError

KNOWN = 1  # the format that is read here


@dataclass(frozen=True)
class Unpacked:
    """What a cluster was given. commit: that Argo CD finds at the git server."""

    environment: str
    commit: str
    images: int
    left_out: tuple[str, ...]


def about(bundle: Path) -> dict[str, Any]:
    """What a bundle says of itself; all of it is checked on the way. Raises StackError."""
    checked(bundle)
    text = next((file.read() for name, file in members(bundle) if name == "bundle.json"), None)
    found: dict[str, Any] = json.loads(text) if text else {}
    if found.get("format") != KNOWN:
        raise StackError(f"{bundle} is of another format: take a clone of the commit that made it.")
    return found


def unpack(bundle: Path, environment: str, take: Take, registry: str | None) -> Unpacked:
    """Images by `take`, one at a time on the disk; the repository to the git server."""
    said = about(bundle)
    if said["environment"] != environment:
        raise StackError(f"The bundle is of {said['environment']}: say ENV={said['environment']}.")
    with tempfile.TemporaryDirectory() as scratch:
        count = _load(bundle, take, Path(scratch))
        repository = Path(scratch) / "repository.bundle"
        commit = publish.unpacked(repository)
        if registry:
            commit = _from(registry, commit, environment, repository)
        _serve(commit, environment, repository)
    return Unpacked(environment, commit, count, tuple(said["left_out"]))


def _load(bundle: Path, take: Take, scratch: Path) -> int:
    """Loads all images, and keeps the repository; how many images."""
    count = 0
    for name, file in members(bundle):
        if name == "repository.bundle":
            copied(file, scratch / name)
        elif name.startswith("images/"):
            archive = copied(file, scratch / Path(name).name)
            take(archive)
            archive.unlink()
            count += 1
            print(f"  {Path(name).stem} is on the nodes", flush=True)
    return count


def _from(registry: str, commit: str, environment: str, repository: Path) -> str:
    """A commit on top that takes our images from another registry."""
    said = yaml.safe_load(publish.shown(commit, versions(environment)))
    said["global"]["registry"] = registry
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(said, file)
        file.flush()
        made = publish.commit(environment, Path(file.name), base=commit, alone=True)
    publish.packed(made, repository)
    return made


def _serve(commit: str, environment: str, repository: Path) -> None:
    said = yaml.safe_load(publish.shown(commit, versions(environment)))["global"]
    git_server.ensure(environment, said["registry"], said["images"][git_server.NAME])
    received = git_server.receive(repository)
    if received != commit:
        raise StackError(f"The git server has {received[:12]}, not {commit[:12]}.")
