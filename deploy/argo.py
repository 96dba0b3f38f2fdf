"""Argo CD itself, which brings everything else: installed by its own chart where there is none."""

from __future__ import annotations

from deploy import cluster, releases
from deploy.programs import ROOT
from deploy.systems import missing, value_files
from local.downloads import StackError

CHART = ROOT / "charts" / "argo-cd"
WITHOUT = (
    "fetch its chart (make charts-pull), so that make up installs it, or install it yourself"
    " (docs/how-to/install-on-kubernetes.md)"
)
WAIT = "10m"


def is_there() -> bool:
    """Whether the cluster knows applications."""
    return cluster.one("crd", "applications.argoproj.io") is not None


def ensure(environment: str) -> bool:
    """Installs it where it is missing; whether it did. Raises StackError with what to do."""
    if is_there():
        return False
    if missing(CHART):
        raise StackError(f"Argo CD is not in this cluster: {WITHOUT}.")
    values = [word for path in value_files(environment, CHART.name)
              for word in ("--values", str(path)) if path.parent.name == "values"]  # fmt: skip
    releases.install("argocd", CHART.name, values, WAIT)
    return True
