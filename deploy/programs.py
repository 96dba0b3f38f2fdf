"""Where Kubernetes' programs are: on PATH, or in ``$CLUSTER_DIR/bin`` beside a test cluster."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from local.downloads import StackError, program

ROOT = Path(__file__).resolve().parents[1]  # of the repository
WHERE = {
    "helm": "https://helm.sh/docs/intro/install",
    "kubectl": "https://kubernetes.io/docs/tasks/tools",
    "kubeconform": "https://github.com/yannh/kubeconform",
}


def cluster_home() -> Path:
    """Where a test cluster keeps what is its own."""
    return Path(os.environ.get("CLUSTER_DIR", Path.home() / ".cache" / "casparian-cluster"))


def find(name: str) -> str:
    """A program's path. Raises StackError with where to get it."""
    return program(name, f"{name} was not found: see {WHERE[name]}.", [str(cluster_home() / "bin")])


def answer(name: str, *words: str, given: str | None = None) -> str:
    """What a program writes. Raises StackError with what it complained of."""
    command = [find(name), *words]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        # Helm tells of every symbolic link that it follows.
        complaint = [line for line in done.stderr.splitlines() if "symbolic link" not in line]
        raise StackError(f"{name} {' '.join(words[:2])}: {' '.join(complaint).strip()}")
    return done.stdout
