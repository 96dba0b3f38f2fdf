"""Charts by Helm alone: installed, upgraded to what cannot run, rolled back; their data stays."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from deploy import cluster
from deploy.programs import ROOT, answer
from deploy.secrets import SERVERS
from deploy.systems import built, systems, value_files
from local.downloads import StackError
from tests.local.road import until

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.faults]
PLACE = "casparian-rollback"
WRITE = {
    "object-store": "echo kept > /data/landing/kept",
    "postgres": "psql -h /tmp -U casparian -d erp -c 'create table kept as select 1 as one'",
}
READ = {
    "object-store": "cat /data/landing/kept",
    "postgres": "psql -h /tmp -U casparian -d erp -tAc 'select count(*) from kept'",
}
NONE = "ffffffffffff"  # a tag of no image
IN_ORDER = ("object-store", "postgres", "hive-metastore", "trino", "spark-history")


@pytest.fixture(scope="module")
def place() -> Iterator[str]:
    """A namespace with the secrets of the lakehouse's own."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    meta = {"name": PLACE, "labels": labels}
    cluster.apply(json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": meta}))
    for name in ("casparian-s3", "casparian-postgres", "casparian-trino"):
        found = cluster.one("secret", name, SERVERS)
        if found is None:
            pytest.skip("the lakehouse is not on this cluster: make up")
        found["metadata"] = {"name": name, "namespace": PLACE}
        cluster.apply(json.dumps(found))
    yield PLACE
    answer("kubectl", "delete", "namespace", PLACE, "--wait")


def helm(*words: str) -> str:
    return answer("helm", "--namespace", PLACE, *words)


def upgrade(system: str, *more: str) -> None:
    """Installs the chart, or upgrades it, as `local` has it."""
    files = [*value_files("local", system), *built("local")]
    given = [word for path in files for word in ("--values", str(path))]
    helm("upgrade", "--install", system, str(ROOT / "charts" / system), *given,
         "--set", f"global.namespace={PLACE}", "--wait", "--timeout", "5m", *more)  # fmt: skip


def revision(system: str) -> int:
    return int(json.loads(helm("history", system, "--output", "json"))[-1]["revision"])


def inside(system: str, command: str) -> str:
    """What a shell in the system's pod answers."""
    words = ("exec", f"{system}-0", "--", "sh", "-c", command)
    return answer("kubectl", "-n", PLACE, *words).strip()


def ready(system: str) -> bool:
    found = [each for each in cluster.objects("pod", PLACE)
             if each["metadata"]["labels"].get("app.kubernetes.io/name") == system]  # fmt: skip
    return bool(found) and all(
        condition["status"] == "True"
        for each in found
        for condition in each["status"].get("conditions", [])
        if condition["type"] == "Ready"
    )


@pytest.mark.parametrize("system", IN_ORDER)
def test_a_rollback_brings_back_what_ran(place: str, system: str) -> None:
    assert system in {each.system for each in systems("local")}
    upgrade(system)
    first = revision(system)
    if system in WRITE:
        inside(system, WRITE[system])
    image = "spark" if system == "spark-history" else system
    with pytest.raises(StackError):
        upgrade(system, "--set-string", f"global.images.{image}={NONE}", "--timeout", "15s")
    assert revision(system) == first + 1
    assert not ready(system) or system not in WRITE  # a Deployment keeps the old pod meanwhile
    helm("rollback", system, str(first), "--wait", "--timeout", "5m")
    until(lambda: ready(system), f"{system} as it was")
    if system in READ:
        assert inside(system, READ[system]) in ("kept", "1")
