"""What Kubernetes says to the manifests: by its schemas, and the API server itself by a dry run."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path

import pytest

from deploy.programs import ROOT, cluster_home
from deploy.systems import KUBERNETES, System, argocd, environments, missing, render, systems
from spark_jobs.jars import cache_folder
from tests.kubernetes.manifests import CASES, need

ARCHIVE = ROOT.parent / "shared" / "schemas" / f"kubernetes-{KUBERNETES}-and-crds.tar.xz"
PLACES = (
    "k8s/{{ .NormalizedKubernetesVersion }}-standalone{{ .StrictSuffix }}"
    "/{{ .ResourceKind }}{{ .KindSuffix }}.json",
    "crd/{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json",
)


@cache
def schemas() -> Path:
    """The folder of JSON schemas, unpacked once; the test is skipped where they are not here."""
    folder = cache_folder() / "kubernetes-schemas"
    if not folder.is_dir():
        if not ARCHIVE.exists():
            pytest.skip(f"{ARCHIVE.name} is not in ../shared/schemas")
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=folder.parent))
        with tarfile.open(ARCHIVE) as tar:
            tar.extractall(scratch, filter="data")
        (scratch / "schemas").rename(folder)
        shutil.rmtree(scratch)
    return folder


@cache
def cluster() -> dict[str, str]:
    """An environment in which kubectl reaches a cluster; the test is skipped without one."""
    own = cluster_home() / "run" / "pki" / "admin.kubeconfig"
    config = os.environ.get("KUBECONFIG") or str(own)
    environment = os.environ | {"KUBECONFIG": config}
    asked = [need("kubectl"), "version", "--request-timeout=5s"]
    done = subprocess.run(asked, env=environment, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("no cluster answers: set KUBECONFIG, or start ../shared/cluster")
    return environment


def conform(manifests: str) -> None:
    # The definitions of kinds are the API server's to judge: their schema is not in the archive.
    words = ["-strict", "-kubernetes-version", KUBERNETES, "-skip", "CustomResourceDefinition"]
    for place in PLACES:
        words += ["-schema-location", f"{schemas()}/{place}"]
    done = subprocess.run(
        [need("kubeconform"), *words], input=manifests, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("environment", "system"), CASES)
def test_manifests_are_of_their_schemas(environment: str, system: System) -> None:
    need("helm")
    conform(_manifests(environment, system))


@pytest.mark.parametrize("environment", environments())
def test_argo_cds_own_are_of_their_schemas(environment: str) -> None:
    need("helm")
    conform(argocd(environment))


@pytest.mark.parametrize("system", systems("local"), ids=lambda each: each.system)
def test_the_api_server_takes_them(system: System) -> None:
    """Strictly, each as it is: an unknown field or a broken rule is refused."""
    need("helm")
    _dry_run(_manifests("local", system, crds=True))


def test_the_api_server_takes_what_is_applied_by_hand() -> None:
    need("helm")
    asked = [need("kubectl"), "get", "crd", "applications.argoproj.io"]
    if subprocess.run(asked, env=cluster(), capture_output=True, check=False).returncode:
        pytest.skip("Argo CD is not in this cluster")
    _dry_run(argocd("local"))


def _manifests(environment: str, system: System, *, crds: bool = False) -> str:
    for name in missing(ROOT / "charts" / system.system):
        pytest.skip(f"{system.system} needs {name}: make charts-pull fetches it")
    return render(environment, system, crds=crds)


def _dry_run(manifests: str) -> None:
    words = ["apply", "--server-side", "--force-conflicts", "--dry-run=server"]
    done = subprocess.run(
        [need("kubectl"), *words, "--validate=strict", "-f", "-"],
        env=cluster(), input=manifests, capture_output=True, text=True, check=False,
    )  # fmt: skip
    # A dry run makes no namespace, so whoever lives in one that is not there cannot be asked about.
    refused = [line for line in done.stderr.splitlines() if "namespaces" not in line.lower()]
    assert done.returncode == 0 or not refused, done.stderr
