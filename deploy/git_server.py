"""The git server in the cluster, for where Argo CD reaches no other: installed, and given a commit.

It is read by HTTP and written by nobody but who may `kubectl exec` into it.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from deploy import cluster, releases
from deploy.programs import answer, find
from deploy.systems import ARGOCD, value_files
from local.downloads import StackError

NAME = "git-server"
BRANCH = "main"
URL = f"http://{NAME}.{ARGOCD}.svc:8080/casparian.git"
WAIT = "5m"


def ensure(environment: str, registry: str, tag: str) -> None:
    """Installs it, or brings it to a tag."""
    files = [path for path in value_files(environment, NAME) if path.name != "versions.yaml"]
    values = [word for path in files for word in ("--values", str(path))]
    for name, value in {"registry": registry, f"images.{NAME}": tag}.items():
        values += ["--set-string", f"global.{name}={value}"]
    releases.install(NAME, NAME, values, WAIT)


def receive(bundle: Path) -> str:
    """A git bundle's commit becomes its branch; the hash. Raises StackError as git words it."""
    words = ["exec", "--stdin", "--namespace", ARGOCD, f"{NAME}-0", "--", "receive", BRANCH]
    with bundle.open("rb") as given:
        done = subprocess.run(
            [find("kubectl"), *words], stdin=given, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise StackError(f"{NAME} did not take the commit: {done.stderr.strip()}")
    return done.stdout.strip()


def remove() -> None:
    """Takes it off the cluster with its volume, where it is there."""
    if cluster.one("statefulset", NAME, ARGOCD) is not None:
        answer("helm", "uninstall", NAME, "--namespace", ARGOCD, "--ignore-not-found", "--wait")
        label = f"app.kubernetes.io/name={NAME}"
        answer("kubectl", "delete", "persistentvolumeclaim", "--namespace", ARGOCD, "--selector",
               label, "--wait=false")  # fmt: skip
