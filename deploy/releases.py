"""Charts that `up` installs with Helm itself, as Argo CD needs them to bring the others."""

from __future__ import annotations

from deploy import cluster, secrets
from deploy.programs import ROOT, answer
from deploy.systems import ARGOCD


def install(release: str, chart: str, values: list[str], wait: str) -> None:
    """Install or upgrade a chart of ours beside Argo CD, and wait until it runs.

    values: words for Helm. Raises StackError as Helm words it.
    """
    cluster.apply(secrets.namespace(ARGOCD))
    answer("helm", "upgrade", "--install", release, str(ROOT / "charts" / chart),
           "--namespace", ARGOCD, *values, "--wait", "--timeout", wait)  # fmt: skip
