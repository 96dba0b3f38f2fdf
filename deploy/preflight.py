"""``python -m deploy preflight [--env NAME]``: whether a cluster can carry an environment.

A line a question, and at the end the one thing to put right first. Ends with 1 where there is one.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from deploy import argo, cluster
from deploy.programs import ROOT
from deploy.systems import (
    NO_TAG,
    System,
    built,
    environments,
    missing,
    objects,
    render,
    systems,
    upstream,
    workloads,
)

OLDEST = (1, 30)  # of Kubernetes: pod templates and quotas as the charts use them
DEFAULT = "storageclass.kubernetes.io/is-default-class"
OPTIONAL = {  # kinds of others that charts use where they are there
    "httproutes.gateway.networking.k8s.io": "no routes to the outside are made",
    "servicemonitors.monitoring.coreos.com": "Prometheus is not told where to look",
    "externalsecrets.external-secrets.io": "`make up` makes the secrets itself",
}
BRING = "build them and bring them to the nodes: make images load SAVE=images-tars"


@dataclass(frozen=True)
class Check:
    """A question. verdict: ok, note (it goes without) or wrong. to_do: what puts it right."""

    name: str
    verdict: str
    found: str
    to_do: str = ""


def main(words: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy preflight", description=__doc__)
    parser.add_argument("--env", choices=environments(), default="local")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(words)
    checks = preflight(given.env)
    if given.json:
        print(json.dumps([asdict(each) for each in checks], indent=2))
    else:
        show(checks)
    return 1 if any(each.verdict == "wrong" for each in checks) else 0


def show(checks: list[Check]) -> None:
    """The table, and what to put right first."""
    wide = max(len(each.name) for each in checks)
    for each in checks:
        print(f"  {each.name:{wide}}  {each.verdict:5}  {each.found}")
    wrong = [each for each in checks if each.verdict == "wrong"]
    if wrong:
        print(f"First: {wrong[0].to_do}.")


def preflight(environment: str) -> list[Check]:
    """All questions; where the cluster does not answer, that alone."""
    try:
        version = cluster.version()
    except cluster.NoClusterError as error:
        return [Check("cluster", "wrong", error.why, cluster.NAME_ONE)]
    return [_version(version), _storage(), *_room(environment), *_charts(environment),
            *_kinds(), *_images(environment)]  # fmt: skip


def _version(server: cluster.Object) -> Check:
    there = int(server["major"]), int(server["minor"].rstrip("+"))
    oldest = ".".join(map(str, OLDEST))
    if there < OLDEST:
        return Check(
            "Kubernetes", "wrong", server["gitVersion"], f"take Kubernetes {oldest} or newer"
        )
    return Check("Kubernetes", "ok", server["gitVersion"])


def _storage() -> Check:
    every = cluster.objects("storageclass")
    marked = [e["metadata"]["name"] for e in every
              if (e["metadata"].get("annotations") or {}).get(DEFAULT) == "true"]  # fmt: skip
    if marked:
        return Check("storage class", "ok", f"{marked[0]} is the default")
    names = ", ".join(each["metadata"]["name"] for each in every) or "none"
    return Check("storage class", "wrong", f"no default ({names})",
                 "mark a storage class as default: volumes are made of it")  # fmt: skip


def _room(environment: str) -> Iterator[Check]:
    """CPU and memory that are left against what the environment asks for; what runs of it already
    is counted as its own."""
    nodes = [each["status"]["allocatable"] for each in cluster.objects("node")]
    pods = [
        each
        for each in cluster.objects("pod")
        if each["status"].get("phase") in ("Pending", "Running")
    ]
    others = [each for each in pods if not cluster.is_ours(each)]
    taken = [cluster.of_pod(each["spec"]) for each in others]
    asked = requests(environment)
    every = (("CPU", "cpu", cluster.cores, "cores"), ("memory", "memory", cluster.gibibytes, "GiB"))
    for place, (name, key, count, unit) in enumerate(every):
        free = sum(count(node[key]) for node in nodes) - sum(each[place] for each in taken)
        found = f"{asked[place]:.1f} {unit} asked for, {free:.1f} free"
        to_do = (
            f"give the cluster {asked[place] - free:.1f} {unit} more, or take a smaller environment"
        )
        yield (
            Check(name, "ok", found) if free >= asked[place] else Check(name, "wrong", found, to_do)
        )


def requests(environment: str) -> tuple[float, float]:
    """Cores and GiB that the servers of an environment ask for in all."""
    return cluster.requested(_workloads(environment))


@cache
def _workloads(
    environment: str, before: tuple[System, ...] = (), made_here: bool = True
) -> list[cluster.Object]:  # fmt: skip
    """What makes an environment's pods, of the systems whose charts are here; rendered once.
    before: more systems. made_here: with the tags of what was built here, where it has none."""
    every = (*before, *systems(environment))
    found = [each for each in every if not missing(_chart(each.system))]
    more = built(environment) if made_here else []
    manifests = (render(environment, system, more=more) for system in found)
    return [each for made in manifests for each in workloads(objects(made))]


def _charts(environment: str) -> Iterator[Check]:
    wanted = [(system.system, name) for system in systems(environment)
              for name in missing(_chart(system.system))]  # fmt: skip
    if wanted:
        found = ", ".join(name for _, name in wanted)
        yield Check(
            "charts of others", "wrong", f"missing: {found}", "fetch them: make charts-pull"
        )
        return
    count = sum(len(upstream(_chart(system.system))) for system in systems(environment))
    yield Check("charts of others", "ok", f"{count} of {count} fetched")


def _kinds() -> Iterator[Check]:
    there = {each["metadata"]["name"] for each in cluster.objects("crd")}
    if "applications.argoproj.io" in there:
        yield Check("Argo CD", "ok", "is there")
    elif missing(argo.CHART):
        yield Check("Argo CD", "wrong", "is not there", argo.WITHOUT)
    else:
        yield Check("Argo CD", "note", "is not there: make up installs it")
    for name, without in OPTIONAL.items():
        word = ("ok", "is known") if name in there else ("note", f"is not known: {without}")
        yield Check(name.partition(".")[0], *word)


def _images(environment: str) -> Iterator[Check]:
    """Whether the nodes have the images. A registry that they can pull from does as well, which
    they alone know: what they lack is said, and is wrong only where no tag is chosen."""
    wanted = images(environment)
    untagged = [each for each in wanted if each.endswith(f":{NO_TAG}")]
    if untagged:
        yield Check("images", "wrong", f"{len(untagged)} have no tag in versions.yaml",
                    "build them: make images")  # fmt: skip
        return
    there = {name for node in cluster.objects("node") for image in node["status"].get("images", [])
             for name in image.get("names") or []}  # fmt: skip
    lacking = [each for each in wanted if each not in there]
    if not lacking:
        yield Check("images", "ok", f"all {len(wanted)} are on the nodes")
    else:
        named = ", ".join(lacking[:2]) + (" …" if len(lacking) > 2 else "")
        found = f"{len(lacking)} of {len(wanted)} have to be pulled: {named}"
        yield Check("images", "note", f"{found}; where no registry has them, {BRING}")


def images(
    environment: str, before: tuple[System, ...] = (), made_here: bool = True
) -> list[str]:  # fmt: skip
    """Every image that the pods of an environment, and of more systems, are made of."""
    found = set()
    for each in _workloads(environment, before, made_here):
        pod = each["spec"]["template"]["spec"]
        containers = [*pod.get("initContainers", []), *pod["containers"]]
        found |= {container["image"] for container in containers}
    return sorted(found)


def _chart(name: str) -> Path:
    return ROOT / "charts" / name
