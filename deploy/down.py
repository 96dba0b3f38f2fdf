"""``python -m deploy down [--yes]``: takes the lakehouse off the cluster, its data included.

Argo CD takes down what it put there, the last layer first as its finalizers have it; then go the
secrets, the volumes, the namespaces and the git server of a bundle. Argo CD itself stays: it may
serve others.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from deploy import cluster, git_server
from deploy.programs import answer
from deploy.secrets import JOBS, SERVERS
from deploy.systems import ARGOCD
from deploy.up import ask
from local.downloads import StackError

WAIT_S = 600.0
QUESTION = "All servers and ALL DATA of the lakehouse on this cluster go."


def main(words: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy down", description=__doc__)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    given = parser.parse_args(words)
    cluster.version()  # else a person would be asked about none
    if not (given.yes or ask(QUESTION)):
        return 1
    down()
    return 0


def down() -> None:
    """Nothing of ours is left afterwards. Raises StackError with what would not go."""
    until = time.monotonic() + WAIT_S
    _delete("application.argoproj.io", "root", ARGOCD)
    _gone("applications", lambda: [e["metadata"]["name"] for e in _ours()], until)
    git_server.remove()
    for namespace in _namespaces():
        _delete("namespace", namespace)
    _gone("namespaces", _namespaces, until)
    for name in _kinds():
        _delete("crd", name)
    _gone("kinds", _kinds, until)
    print("Nothing of the lakehouse is left on this cluster.")


def _ours() -> list[cluster.Object]:
    kinds = ("application.argoproj.io", "applicationset.argoproj.io", "appproject.argoproj.io")
    every = [each for kind in kinds for each in cluster.objects(kind, ARGOCD)]
    return [each for each in every if each["metadata"]["name"] not in ("default", "bootstrap")]


def _namespaces() -> list[str]:
    """Those that `up` makes, and those that the chart `casparian` marks."""
    every = [(each["metadata"]["name"], each) for each in cluster.objects("namespace")]
    return [name for name, each in every if name in (JOBS, SERVERS) or cluster.is_ours(each)]


def _kinds() -> list[str]:
    every = cluster.objects("crd")
    return [e["metadata"]["name"] for e in every if e["spec"]["group"] == "sparkoperator.k8s.io"]


def _delete(kind: str, name: str, namespace: str | None = None) -> None:
    place = ["--namespace", namespace] if namespace else []
    answer("kubectl", "delete", kind, name, *place, "--ignore-not-found", "--wait=false")


def _gone(what: str, left: Callable[[], list[str]], until: float) -> None:
    said: list[str] = []
    while names := left():
        if names != said:
            print(f"  waiting for {what}: {', '.join(names)}", flush=True)
            said = names
        if time.monotonic() > until:
            raise StackError(f"These {what} would not go: {', '.join(names)}.")
        time.sleep(2)
