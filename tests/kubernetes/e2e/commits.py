"""Commits for Argo CD to see: a clone of the repository that it reads, changed and pushed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import cluster
from deploy.programs import answer
from deploy.publish import MOST_BYTES
from deploy.up import ARGOCD
from tests.local.road import until

VARIABLE = "CASPARIAN_E2E_GIT"
Values = Mapping[str, Any]


class Repository:
    """What Argo CD reads, as this machine pushes to it. Whatever a test pushed is taken back."""

    def __init__(self, folder: Path, url: str):
        self.folder = folder
        subprocess.run(["git", "clone", "--quiet", url, str(folder)], check=True)
        self.first = self._git("rev-parse", "HEAD")

    @classmethod
    def at(cls, folder: Path) -> Repository:
        """Skips the test where nobody says where to push."""
        url = os.environ.get(VARIABLE)
        if not url:
            pytest.skip(f"{VARIABLE} does not say where to push what Argo CD reads")
        return cls(folder, url)

    def values(self, system: str, more: Values) -> str:
        """A commit that lays these over a system's values in `local`, pushed; its hash."""
        path = self.folder / "argocd" / "envs" / "local" / "values" / f"{system}.yaml"
        said = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
        path.write_text(yaml.safe_dump(laid_over(said or {}, more)), encoding="utf-8")
        self._git("add", "--all")
        return self._pushed(f"test: other values for {system}")

    def back(self) -> str:
        """A commit with what was there at first, pushed; its hash."""
        self._git("read-tree", "--reset", "-u", self.first)
        return self._pushed("test: as it was")

    def _pushed(self, message: str) -> str:
        who = ("-c", "user.name=casparian", "-c", "user.email=casparian@localhost")
        self._git(*who, "commit", "--quiet", "--allow-empty", "--message", message)
        self._git("-c", f"http.postBuffer={MOST_BYTES}", "push", "--quiet", "origin", "HEAD:main")
        return self._git("rev-parse", "HEAD")

    def _git(self, *words: str) -> str:
        done = subprocess.run(["git", "-C", str(self.folder), *words], check=True,
                              capture_output=True, text=True)  # fmt: skip
        return done.stdout.strip()


def laid_over(below: Values, above: Values) -> dict[str, Any]:
    """Both, key by key; where both say something that is no mapping, the one above."""
    both = {
        name: laid_over(below[name], value)
        if isinstance(value, Mapping) and isinstance(below.get(name), Mapping)
        else value
        for name, value in above.items()
    }
    return {**below, **both}


def settled(revision: str, *systems: str) -> None:
    """Waits until Argo CD has these Healthy from that commit."""
    for system in systems:
        answer("kubectl", "-n", ARGOCD, "annotate", "application.argoproj.io", system,
               "argocd.argoproj.io/refresh=normal", "--overwrite")  # fmt: skip
    for system in systems:
        until(lambda name=system: is_settled(name, revision), f"{system} of {revision[:12]}")


def is_settled(system: str, revision: str) -> bool:
    found = cluster.one("application.argoproj.io", system, ARGOCD) or {}
    status = found.get("status", {})
    sync, health = status.get("sync", {}), status.get("health", {})
    operation = status.get("operationState", {}).get("phase")
    return (sync.get("status"), sync.get("revision"), health.get("status"), operation) == (
        "Synced", revision, "Healthy", "Succeeded",
    )  # fmt: skip
