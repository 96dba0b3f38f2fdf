"""``python -m deploy up [--env NAME]``: the lakehouse on the cluster that KUBECONFIG names.

Asks first what `preflight` asks, installs Argo CD and makes secrets where they are missing, applies
the one thing that is applied by hand (`argocd/bootstrap`), and shows what waits for what until Argo
CD calls every system Synced and Healthy at the newest commit. Safe to run again at any time; Ctrl-C
ends the view alone.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from deploy import argo, cluster, following, git_server, load, publish, secrets, unbundle
from deploy.applications import Applications, Source, source
from deploy.preflight import preflight, requests, show
from deploy.programs import ROOT, answer
from deploy.systems import ARGOCD, System, environments, systems
from local.downloads import StackError

PLACES = {  # what people open: service, what it is
    "airflow-api": "Airflow, user casparian",
    "trino": "Trino, user casparian",
    "spark-history": "Spark's history",
}


def main(words: list[str]) -> int:
    """The exit code."""
    given = _parser().parse_args(words)
    began = time.monotonic()
    if given.bundle and not _can_carry(given.env, images=False):
        return 1
    read = _unpacked(given) if given.bundle else source(given.repository, given.revision)
    if not given.bundle and not _can_carry(given.env):
        return 1
    return bring(given.env, read, given.timeout, began)


def _can_carry(environment: str, *, images: bool = True) -> bool:
    """Shows what `preflight` finds; images: whether to ask for those, too."""
    checks = [each for each in preflight(environment) if images or each.name != "images"]
    show(checks)
    return all(each.verdict != "wrong" for each in checks)


def _unpacked(given: argparse.Namespace) -> Source:
    """What a bundle holds is brought to the cluster; where Argo CD shall read then."""
    take = load.loader(given.load, given.registry, given.engine)
    found = unbundle.unpack(given.bundle, given.env, take, given.registry)
    print(f"{found.images} images are loaded; {git_server.URL} has commit {found.commit[:12]}.")
    if found.left_out:
        print(f"The nodes must have or pull what the bundle left out: {', '.join(found.left_out)}.")
    if found.commit != publish.head():
        print("This clone is of another commit: what was asked of the cluster is of this clone.")
    return Source(git_server.URL, git_server.BRANCH, known=found.commit)


def bring(environment: str, read: Source, timeout: float, began: float) -> int:
    """All that `up` does to a cluster that can carry an environment; the exit code. began: when."""
    wanted = systems(environment)
    cores, gib = requests(environment)
    print(
        f"Environment {environment}: the servers ask for {cores:.1f} CPU and {gib:.1f} GiB in all."
    )
    if argo.ensure(environment):
        print(f"Installed Argo CD in {time.monotonic() - began:.0f} s.")
    for name in secrets.ensure():
        print(f"Made secret {name}.")
    bootstrap(environment, read)
    last = follow(wanted, read, timeout)
    if last is None or last.left():
        left = last.left() if last else [each.system for each in wanted]
        print(f"Not ready after {timeout:.0f} s: {', '.join(left)}.", file=sys.stderr)
        return 1
    seconds = time.monotonic() - began
    print(f"All {len(wanted)} systems are Synced and Healthy after {seconds:.0f} s.")
    _tell_memory(wanted, gib)
    _tell_addresses()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy up", description=__doc__)
    add = parser.add_argument
    add("--env", choices=environments(), default="local")
    add("--repository", metavar="URL", help="that Argo CD reads (default: of argocd/bootstrap)")
    add("--revision", metavar="BRANCH", help="of it (default: main)")
    add("--bundle", type=Path, metavar="FILE", help="of `make bundle`: no network is needed")
    load.options(parser)
    add("--timeout", type=int, default=900, metavar="S", help="until all is Healthy (default 900)")
    return parser


def bootstrap(environment: str, read: Source) -> None:
    """Apply the root application. Raises StackError as kubectl words it."""
    said = {"environment": environment, "repository": read.repository, "revision": read.revision}
    words = [word for name, value in said.items() for word in ("--set", f"{name}={value}")]
    chart = str(ROOT / "argocd" / "bootstrap")
    cluster.apply(answer("helm", "template", "bootstrap", chart, *words))


def follow(wanted: Sequence[System], read: Source, timeout: float) -> following.Look | None:
    """Shows how the systems become ready, at the newest commit; the last that was seen."""
    names = (following.ROOT, *(each.system for each in wanted))
    known = Applications(names, read)
    known.ask()
    return following.show(following.looks(wanted, known, timeout))


def _tell_memory(wanted: Sequence[System], asked: float) -> None:
    places = {each.namespace for each in wanted} | {ARGOCD, secrets.JOBS}
    used = cluster.memory_in_use(sorted(places))
    said = "not known (the cluster has no metrics server)" if used is None else f"{used:.1f} GiB"
    print(f"Memory in use, Argo CD's included: {said}; asked for: {asked:.1f} GiB.")


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
