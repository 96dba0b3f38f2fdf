"""Environments and their systems, and what Helm makes of them: the same that Argo CD will see."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.programs import ROOT, answer

KUBERNETES = "1.35.4"
WORKLOADS = {"Deployment", "StatefulSet", "DaemonSet", "Job"}
ARGOCD = "argocd"  # Argo CD's own namespace
NO_TAG = "000000000000"  # in what people compare: versions.yaml has the tags already
BUILT = ROOT / ".local" / "images" / "versions.yaml"  # tags of the images that were built here


@dataclass(frozen=True)
class System:
    """A line of an environment. system: its chart. layer: its project in Argo CD."""

    system: str
    layer: str
    namespace: str


# What Argo CD cannot bring, as it needs it: `make up` installs these with Helm.
BEFORE = (System("argo-cd", "", ARGOCD), System("git-server", "", ARGOCD))


def environments(root: Path = ROOT) -> list[str]:
    """Their names."""
    return sorted(path.parent.name for path in root.glob("argocd/envs/*/systems.yaml"))


def systems(environment: str, root: Path = ROOT) -> list[System]:
    """What an environment is made of, in the order of its file."""
    path = root / "argocd" / "envs" / environment / "systems.yaml"
    return [System(**line) for line in yaml.safe_load(path.read_text(encoding="utf-8"))]


def charts(root: Path = ROOT) -> list[Path]:
    """The folders of all charts."""
    return sorted(path.parent for path in root.glob("charts/*/Chart.yaml"))


def upstream(chart: Path) -> list[dict[str, str]]:
    """The charts of others that a chart of ours wraps: name, version, repository."""
    described = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))
    found: list[dict[str, str]] = described.get("dependencies", [])
    return [each for each in found if not each["repository"].startswith("file:")]


def missing(chart: Path) -> list[str]:
    """Charts of others that `make charts-pull` has not fetched."""
    wanted = (f"{each['name']}-{each['version']}.tgz" for each in upstream(chart))
    return [name for name in wanted if not (chart / "charts" / name).exists()]


def value_files(environment: str, system: str, root: Path = ROOT) -> list[Path]:
    """Where a system's values in an environment are said, as the sets of applications name them."""
    folder = root / "argocd" / "envs" / environment
    named = ("versions.yaml", "settings.yaml", f"values/{system}.yaml")
    return [folder / name for name in named if (folder / name).exists()]


def render(
    environment: str, system: System, root: Path = ROOT, *, tags: bool = True, crds: bool = False,
    more: Sequence[Path] = (),
) -> str:  # fmt: skip
    """The manifests of a system. tags: of the images, else a placeholder. crds: with those.
    more: files of values that go before the environment's."""
    words = ["template", system.system, str(root / "charts" / system.system)]
    words += ["--namespace", system.namespace, "--kube-version", KUBERNETES]
    words += ["--include-crds" if crds else "--skip-crds"]
    for path in [*value_files(environment, system.system, root), *more]:
        words += ["--values", str(path)]
    if tags:
        return answer("helm", *words)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        named = _versions(environment, root)["images"]
        yaml.safe_dump({"global": {"images": dict.fromkeys(named, NO_TAG)}}, file)
        file.flush()
        return answer("helm", *words, "--values", file.name)


def argocd(environment: str, root: Path = ROOT, **values: str) -> str:
    """What is applied by hand, and the projects and sets of applications that follow from it."""
    given = {"environment": environment, **values}
    sets = [word for pair in given.items() for word in ("--set", "=".join(pair))]
    defaults = ["--values", str(root / "argocd" / "bootstrap" / "values.yaml")]
    found = [answer("helm", "template", "bootstrap", str(root / "argocd" / "bootstrap"), *sets)]
    for name in ("projects", "applicationsets"):
        layers = ["--values", str(root / "argocd" / "layers.yaml")]
        chart = str(root / "argocd" / name)
        found += [answer("helm", "template", name, chart, *defaults, *layers, *sets)]
    return "".join(found)


def argocd_values(root: Path = ROOT) -> dict[str, str]:
    """What `argocd/bootstrap` says where nobody says otherwise."""
    path = root / "argocd" / "bootstrap" / "values.yaml"
    found: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def objects(manifests: str) -> list[dict[str, Any]]:
    """The objects of rendered manifests."""
    return [each for each in yaml.safe_load_all(manifests) if each]


def workloads(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that make pods."""
    return [each for each in found if each["kind"] in WORKLOADS]


def built(environment: str) -> list[Path]:
    """The tags of what was built here, where an environment names none yet: what `make publish`
    will lay into it."""
    untagged = set(tags(environment).values()) == {NO_TAG}
    return [BUILT] if untagged and BUILT.exists() else []


def versions(environment: str) -> str:
    """The file with an environment's tags, as the repository names it."""
    return f"argocd/envs/{environment}/versions.yaml"


def tags(environment: str, root: Path = ROOT) -> dict[str, str]:
    """Of the images of ours that an environment runs."""
    return dict(_versions(environment, root)["images"])


def registry(environment: str, root: Path = ROOT) -> str:
    """Before the names of the images of ours."""
    return str(_versions(environment, root)["registry"])


def addresses(environment: str, root: Path = ROOT) -> dict[str, str]:
    """Of systems that are somewhere else, by their names."""
    path = root / "argocd" / "envs" / environment / "settings.yaml"
    shared = yaml.safe_load(path.read_text(encoding="utf-8"))["global"] or {}
    return dict(shared.get("addresses", {}))


def _versions(environment: str, root: Path) -> dict[str, Any]:
    path = root / versions(environment)
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["global"]
    return found
