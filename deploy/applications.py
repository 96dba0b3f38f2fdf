"""Argo CD's applications: told to look again, and what they say of the newest commit since.

An application is Synced and Healthy also for the minutes in which Argo CD has not seen a push. It
counts here only once it has looked after it was asked to, and at the commit that the branch has.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from deploy import cluster
from deploy.programs import ROOT, answer
from deploy.systems import ARGOCD, argocd_values

APPLICATION, SET = "application.argoproj.io", "applicationset.argoproj.io"
REFRESH = "argocd.argoproj.io/refresh"
REFRESH_SETS = "argocd.argoproj.io/application-set-refresh"
ASK_HEAD_S = 10.0  # a repository is asked for its newest commit no oftener
ASK_AGAIN_S = 30.0


@dataclass
class Source:
    """Where Argo CD reads. known: the newest commit there, where somebody knows it.
    head(): the newest commit, None where this machine cannot see it (within the cluster)."""

    repository: str
    revision: str
    known: str | None = None
    _head: str | None = field(default=None, repr=False)
    _asked: float = field(default=float("-inf"), repr=False)

    def head(self) -> str | None:
        """Of the branch, as git says it; asked again after a while, as somebody may push."""
        if self.known:
            return self.known
        if time.monotonic() - self._asked >= ASK_HEAD_S:
            self._asked, self._head = time.monotonic(), _head(self.repository, self.revision)
        return self._head

    def is_of(self, application: cluster.Object) -> bool:
        """Whether an application reads there."""
        spec = application["spec"]
        every = [*spec.get("sources", []), *([spec["source"]] if "source" in spec else [])]
        said = {(each["repoURL"], each.get("targetRevision", "HEAD")) for each in every}
        return said == {(self.repository, self.revision)}


def source(repository: str | None, revision: str | None) -> Source:
    """As given, else as argocd/bootstrap has it."""
    values = argocd_values()
    return Source(repository or values["repository"], revision or values["revision"])


def _head(repository: str, revision: str) -> str | None:
    words = ["git", "ls-remote", repository, f"refs/heads/{revision}", f"refs/tags/{revision}"]
    try:
        done = subprocess.run(
            words, cwd=ROOT, env=os.environ | {"GIT_TERMINAL_PROMPT": "0"}, check=False,
            capture_output=True, text=True, timeout=ASK_HEAD_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    return done.stdout.split()[0] if done.returncode == 0 and done.stdout else None


@dataclass
class Applications:
    """The applications of an environment. looked: when each had looked before it was asked to."""

    names: tuple[str, ...]
    source: Source
    looked: dict[str, str] = field(default_factory=dict)
    _asked: float = float("-inf")

    def ask(self) -> None:
        """All that are there are to look at their repository now, and the sets that make them."""
        self.looked = {name: _looked(each) for name, each in self.found().items()}
        self._ask(tuple(self.looked))

    def ask_again(self, names: Sequence[str]) -> None:
        """Those that did not become ready, once in a while."""
        if time.monotonic() - self._asked >= ASK_AGAIN_S:
            self._ask(tuple(names))

    def _ask(self, names: tuple[str, ...]) -> None:
        self._asked = time.monotonic()
        if names:
            _annotate(APPLICATION, f"{REFRESH}=normal", *names)
        if sets := [each["metadata"]["name"] for each in cluster.objects(SET, ARGOCD)]:
            _annotate(SET, f"{REFRESH_SETS}=true", *sets)

    def found(self) -> dict[str, cluster.Object]:
        """Those of ours that are there."""
        every = cluster.objects(APPLICATION, ARGOCD)
        return {each["metadata"]["name"]: each for each in every
                if each["metadata"]["name"] in self.names}  # fmt: skip

    def behind(self, application: cluster.Object) -> str:
        """Why what an application says is not of the newest commit; empty where it is."""
        name, status = application["metadata"]["name"], application.get("status", {})
        if not self.source.is_of(application):
            return "Argo CD has it from another repository still"
        asked = REFRESH in (application["metadata"].get("annotations") or {})
        if asked or _looked(application) <= self.looked.get(name, ""):
            return "Argo CD has not looked at the repository again yet"
        head, seen = self.source.head(), _revisions(status)
        if head and seen != {head}:
            return f"Argo CD has not seen commit {head[:12]} yet"
        return ""


def is_ready(application: cluster.Object) -> bool:
    """Whether Argo CD calls it Synced and Healthy."""
    return said(application) == ("Synced", "Healthy")


def said(application: cluster.Object) -> tuple[str, str]:
    """Of its objects: whether they are as in git, and whether they do well."""
    status = application.get("status", {})
    parts = (status.get("sync", {}).get("status"), status.get("health", {}).get("status"))
    return parts[0] or "Unknown", parts[1] or "Unknown"


def _looked(application: cluster.Object) -> str:
    """An instant, as text that sorts."""
    return str(application.get("status", {}).get("reconciledAt") or "")


def _revisions(status: cluster.Object) -> set[str]:
    sync = status.get("sync", {})
    return set(sync.get("revisions") or [sync.get("revision", "")])


def _annotate(kind: str, what: str, *names: str) -> None:
    answer("kubectl", "annotate", kind, *names, what, "--namespace", ARGOCD, "--overwrite")
