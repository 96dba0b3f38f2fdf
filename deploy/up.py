"""``python -m deploy up [--env NAME]``: the lakehouse on the cluster that KUBECONFIG names.

Asks first what `preflight` asks, makes the secrets that are missing, applies the one thing that is
applied by hand (`argocd/bootstrap`), and shows what waits for what until Argo CD calls every system
Synced and Healthy. Safe to run again at any time; Ctrl-C ends the view alone.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence

from deploy import cluster, secrets
from deploy.preflight import preflight, requests, show
from deploy.programs import ROOT, answer
from deploy.systems import System, environments, systems
from deploy.waiting import Waiting, waiting
from local.downloads import StackError

LOOK_S = 2.0
AGAIN_S = 30.0  # what waits is said again after so long
ARGOCD = "argocd"
PLACES = {  # what people open: service, what it is
    "airflow-api": "Airflow, user casparian",
    "trino": "Trino, user casparian",
    "spark-history": "Spark's history",
}


def main(words: list[str]) -> int:
    """The exit code."""
    given = _parser().parse_args(words)
    checks = preflight(given.env)
    show(checks)
    if any(each.verdict == "wrong" for each in checks):
        return 1
    cores, gib = requests(given.env)
    print(f"Environment {given.env}: the servers ask for {cores:.1f} CPU and {gib:.1f} GiB in all.")
    for name in secrets.ensure():
        print(f"Made secret {name}.")
    bootstrap(given.env, given.repository, given.revision)
    began = time.monotonic()
    wanted = systems(given.env)
    for line in follow(wanted, given.timeout):
        print(f"{time.monotonic() - began:5.0f} s  {line}", flush=True)
    left = unready(wanted)
    if left:
        print(f"Not ready after {given.timeout} s: {', '.join(left)}.", file=sys.stderr)
        return 1
    print(
        f"All {len(wanted)} systems are Synced and Healthy after {time.monotonic() - began:.0f} s."
    )
    _tell_addresses()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy up", description=__doc__)
    add = parser.add_argument
    add("--env", choices=environments(), default="local")
    add("--repository", metavar="URL", help="that Argo CD reads (default: of argocd/bootstrap)")
    add("--revision", metavar="BRANCH", help="of it (default: main)")
    add("--timeout", type=int, default=900, metavar="S", help="until all is Healthy (default 900)")
    return parser


def bootstrap(environment: str, repository: str | None = None, revision: str | None = None) -> None:
    """Apply the root application. Raises StackError as kubectl words it."""
    said = {"environment": environment, "repository": repository, "revision": revision}
    words = [word for name, value in said.items() if value for word in ("--set", f"{name}={value}")]
    chart = str(ROOT / "argocd" / "bootstrap")
    cluster.apply(answer("helm", "template", "bootstrap", chart, *words))


def follow(wanted: Sequence[System], timeout: float) -> Iterator[str]:
    """Lines on what changes, until all is ready or the time is over: a system that became ready, a
    cause that is new, and causes that stay every half minute."""
    until, told, ready = time.monotonic() + timeout, dict[Waiting, float](), set[str]()
    while time.monotonic() < until:
        left = unready(wanted)
        now_ready = {each.system for each in wanted} - set(left)
        yield from (f"{name} is Synced and Healthy" for name in sorted(now_ready - ready))
        ready = now_ready
        if not left:
            return
        found = [each for each in look(wanted) if _matters(each, left)]
        now = time.monotonic()
        told = {each: when for each, when in told.items() if each in found}
        for each in found:
            if now - told.get(each, -AGAIN_S) >= AGAIN_S:
                told[each] = now
                yield f"{each.what}: {each.why}" + (
                    " (this does not mend itself)" if each.stuck else ""
                )
        time.sleep(LOOK_S)


def look(wanted: Sequence[System]) -> list[Waiting]:
    """What is not ready in the namespaces of the systems, and why."""
    places = sorted({each.namespace for each in wanted})
    pods, claims, events = (
        [each for place in places for each in cluster.objects(kind, place)]
        for kind in ("pod", "persistentvolumeclaim", "event")
    )
    return waiting(pods, claims, events, cluster.objects("application.argoproj.io", ARGOCD))


def unready(wanted: Sequence[System]) -> list[str]:
    """Systems that Argo CD does not call Synced and Healthy, in their order."""
    found = {each["metadata"]["name"]: each.get("status", {})
             for each in cluster.objects("application.argoproj.io", ARGOCD)}  # fmt: skip
    return [each.system for each in wanted if not _is_ready(found.get(each.system, {}))]


def _is_ready(status: cluster.Object) -> bool:
    sync, health = status.get("sync", {}).get("status"), status.get("health", {}).get("status")
    return (sync, health) == ("Synced", "Healthy")


def _matters(found: Waiting, left: Sequence[str]) -> bool:
    """An application that is only on its way says nothing that its pods do not say better."""
    kind, _, name = found.what.partition(" ")
    return kind != "application" or (name in left and not found.why.startswith("it is "))


def _tell_addresses() -> None:
    print("Open, each with the command beside it:")
    for service, what in PLACES.items():
        if found := cluster.one("service", service, secrets.SERVERS):
            port = found["spec"]["ports"][0]["port"]
            print(f"  {what:24}  kubectl -n {secrets.SERVERS} port-forward svc/{service} {port}")
    print("Airflow's password:")
    read = f"kubectl -n {secrets.SERVERS} get secret casparian-airflow"
    print(f"  {read} -o jsonpath='{{.data.admin-password}}' | base64 -d")


def ask(question: str) -> bool:
    """Whether a person at a terminal says yes. Raises StackError where none sits there."""
    if not sys.stdin.isatty():
        raise StackError(f"{question} Say --yes where nobody can be asked.")
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
