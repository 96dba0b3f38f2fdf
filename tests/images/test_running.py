"""Every image as a pod: under the `restricted` pod security standard, with a read-only root.

Needs a cluster (KUBECONFIG, or the one in `$CLUSTER_DIR`) on whose node the images of this tree
are: `python -m deploy images --save DIR`, then the archives imported. Everything happens in a
namespace of its own, which is gone afterwards.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from deploy.images import REGISTRY
from deploy.recipes import RECIPES, tag

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

NAMESPACE = "images-test"
CLUSTER = Path(os.environ.get("CLUSTER_DIR") or Path.home() / ".cache" / "casparian-cluster")
PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), str(CLUSTER / "bin")])
KUBECONFIG = os.environ.get("KUBECONFIG") or str(CLUSTER / "run" / "pki" / "admin.kubeconfig")
UIDS = {"spark": 185, "airflow": 50000, "trino": 1000, "hive-metastore": 1001,
        "object-store": 1002, "minio": 1002, "postgres": 999, "git-server": 1003}  # fmt: skip
S3 = {"AWS_ENDPOINT_URL": "http://object-store:7070", "AWS_ACCESS_KEY_ID": "casparian",
      "AWS_SECRET_ACCESS_KEY": "a-secret-key", "AWS_REGION": "us-east-1",
      "AWS_ALLOW_HTTP": "true"}  # fmt: skip
PASSWORD = "a 'quoted' password"


def kubectl(*words: str, stdin: str | None = None, check: bool = True, wait: float = 300) -> str:
    command = [shutil.which("kubectl", path=PATH) or "kubectl", *words]
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, check=False, timeout=wait,
        env=os.environ | {"KUBECONFIG": KUBECONFIG},
    )  # fmt: skip
    assert not check or done.returncode == 0, f"{' '.join(words)}: {done.stderr}{done.stdout}"
    return done.stdout


def image(name: str) -> str:
    return f"{REGISTRY}/{name}:{tag(RECIPES[name])}"


def _missing() -> str | None:
    """Why nothing can be tried here; None where it can."""
    if shutil.which("kubectl", path=PATH) is None or not Path(KUBECONFIG).is_file():
        return "no cluster: KUBECONFIG names none, and none is in $CLUSTER_DIR"
    try:
        nodes = json.loads(kubectl("get", "nodes", "-o", "json", wait=20))
    except (AssertionError, subprocess.TimeoutExpired):
        return "the cluster does not answer"
    there = {name for node in nodes["items"] for each in node["status"]["images"]
             for name in each.get("names") or []}  # fmt: skip
    absent = [name for name in UIDS if name != "minio" and image(name) not in there]
    return f"images that are not on the node: {', '.join(absent)}" if absent else None


@pytest.fixture(scope="module", autouse=True)
def namespace() -> Iterator[None]:
    reason, until = _missing(), time.monotonic() + 60
    while reason and "on the node" in reason and time.monotonic() < until:
        time.sleep(5)  # a node tells of a new image a while later
        reason = _missing()
    if reason:
        pytest.skip(reason)
    kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait")
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    _apply({"apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": NAMESPACE, "labels": labels}})  # fmt: skip
    yield
    if not os.environ.get("KEEP"):
        kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def _apply(*manifests: dict[str, Any]) -> None:
    kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all(manifests))


def container(name: str, args: list[str], env: dict[str, str], writes: list[str]) -> dict[str, Any]:
    given: dict[str, Any] = {
        "name": name, "image": image(name), "imagePullPolicy": "Never", "args": args,
        "env": [{"name": key, "value": value} for key, value in env.items()],
        "securityContext": {
            "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [
            {"name": "writes", "mountPath": path, "subPath": f"w{number}"}
            for number, path in enumerate(writes)
        ],
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
    }  # fmt: skip
    return given


def run(
    name: str, args: list[str], *, env: dict[str, str] | None = None,
    writes: tuple[str, ...] = ("/tmp",), port: int | None = None,
    files: dict[str, dict[str, str]] | None = None, before: list[str] | None = None,
    command: list[str] | None = None, of: str = "", account: str | None = None,
) -> None:  # fmt: skip
    """A pod of the image of its name, or `of` another, with a service where it has a port.

    files: by folder, by name. command: instead of the image's own, and once. account: as whom it
    speaks to the cluster.
    """
    of = of or name
    own = container(of, args, env or {}, list(writes)) | {"name": name}
    own |= {"command": command} if command else {}
    volumes: list[dict[str, Any]] = [{"name": "writes", "emptyDir": {}}]
    for number, (folder, content) in enumerate((files or {}).items()):
        _apply({"apiVersion": "v1", "kind": "ConfigMap", "data": content,
                "metadata": {"name": f"{name}-{number}", "namespace": NAMESPACE}})  # fmt: skip
        volumes.append({"name": f"files{number}", "configMap": {"name": f"{name}-{number}"}})
        own["volumeMounts"].append({"name": f"files{number}", "mountPath": folder})
    first = [{**own, "name": "first", "args": before}] if before else []
    spec = {
        "containers": [own], "initContainers": first, "volumes": volumes,
        "automountServiceAccountToken": account is not None, "enableServiceLinks": False,
        "serviceAccountName": account or "default",
        "restartPolicy": "Never" if command else "Always",
        "securityContext": {
            "runAsNonRoot": True, "fsGroup": UIDS[of],
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }  # fmt: skip
    about = {"name": name, "namespace": NAMESPACE, "labels": {"app": name}}
    _apply({"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": spec})
    if port:
        _apply({"apiVersion": "v1", "kind": "Service", "metadata": about,
                "spec": {"selector": {"app": name}, "ports": [{"port": port}]}})  # fmt: skip


def inside(name: str, *command: str, check: bool = True) -> str:
    return kubectl("-n", NAMESPACE, "exec", name, "-c", name, "--", *command, check=check)


def until(name: str, *command: str, seconds: float = 240) -> str:
    """What a command in a pod says once it succeeds."""
    deadline, said = time.monotonic() + seconds, ""
    while time.monotonic() < deadline:
        try:
            return inside(name, *command)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            said = str(error)
        time.sleep(2)
    log = kubectl("-n", NAMESPACE, "logs", name, "--all-containers", "--tail=40", check=False)
    raise AssertionError(f"{name}: {said}\n{log}")


def python(text: str) -> str:
    """What a Python program says in the pod of Spark's image."""
    return until("spark", "python", "-c", text)


@pytest.fixture(scope="module", autouse=True)
def pods(namespace: None) -> None:
    run(
        "spark",
        ["sleep", "infinity"],
        env=S3 | {"CASPARIAN_METASTORE": "thrift://hive-metastore:9083"},
    )
    run("object-store", ["--port", ":7070", "posix", "/data"], port=7070, writes=("/data",),
        env={"ROOT_ACCESS_KEY": S3["AWS_ACCESS_KEY_ID"], "BUCKETS": "landing lake logs",
             "ROOT_SECRET_KEY": S3["AWS_SECRET_ACCESS_KEY"]})  # fmt: skip
    run("postgres", [], port=5432, writes=("/tmp", "/var/lib/postgresql/data"),
        env={"POSTGRES_PASSWORD": PASSWORD, "READER_PASSWORD": "reads"})  # fmt: skip
    run("git-server", [], port=8080, writes=("/tmp", "/srv/git"))
    database = {"PGHOST": "postgres", "PGDATABASE": "metastore", "PGUSER": "casparian",
                "PGPASSWORD": PASSWORD}  # fmt: skip
    run(
        "hive-metastore",
        ["serve"],
        before=["schema"],
        port=9083,
        env=S3 | database,
        files={"/etc/hive-metastore": {"metastore-site.xml": METASTORE, "core-site.xml": CORE}},
    )
    run("trino", [], port=8080, writes=("/tmp", "/data/trino"),
        env={"S3_SECRET": S3["AWS_SECRET_ACCESS_KEY"], "READER_PASSWORD": "reads"},
        files={"/etc/trino": TRINO, "/etc/trino/catalog": CATALOGS})  # fmt: skip


def _site(**settings: str) -> str:
    rows = "".join(
        f"<property><name>{name.replace('__', '.')}</name><value>{value}</value></property>"
        for name, value in settings.items()
    )
    return f"<configuration>{rows}</configuration>"


METASTORE = _site(**{
    "metastore.warehouse.dir": "s3a://lake/", "metastore.thrift.uris": "",
    "metastore.task.threads.always": "org.apache.hadoop.hive.metastore.events.EventCleanerTask",
    "metastore.expression.proxy":
        "org.apache.hadoop.hive.metastore.DefaultPartitionExpressionProxy",
    "hive.async.log.enabled": "false", "metastore.try.direct.sql": "true",
    "javax.jdo.option.ConnectionDriverName": "org.postgresql.Driver",
    "javax.jdo.option.ConnectionURL": "jdbc:postgresql://postgres:5432/metastore",
    "javax.jdo.option.ConnectionUserName": "${env.PGUSER}",
    "javax.jdo.option.ConnectionPassword": "${env.PGPASSWORD}",
})  # fmt: skip
CORE = _site(**{
    "fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
    "fs.s3a.endpoint": S3["AWS_ENDPOINT_URL"], "fs.s3a.endpoint.region": S3["AWS_REGION"],
    "fs.s3a.path.style.access": "true", "fs.s3a.connection.ssl.enabled": "false",
})  # fmt: skip
TRINO = {
    "config.properties": "coordinator=true\nnode-scheduler.include-coordinator=true\n"
    "http-server.http.port=8080\ndiscovery.uri=http://localhost:8080\n"
    "query.max-memory-per-node=200MB\nmemory.heap-headroom-per-node=200MB\n"
    "catalog.management=static\n",
    "log.properties": "io.trino=INFO\n",
    "jvm.config": "# one option a line\n-Xmx1g\n",
}
CATALOGS = {
    "tpch.properties": "connector.name=tpch\n",
    "erp.properties": "connector.name=postgresql\nconnection-url=jdbc:postgresql://postgres:5432/erp\n"
    "connection-user=reader\nconnection-password=${ENV:READER_PASSWORD}\n",
    "lake.properties": "connector.name=delta_lake\nhive.metastore=thrift\n"
    "hive.metastore.uri=thrift://hive-metastore:9083\nfs.native-s3.enabled=true\n"
    "fs.hadoop.enabled=false\ns3.endpoint=http://object-store:7070\ns3.region=us-east-1\n"
    "s3.path-style-access=true\ns3.aws-access-key=casparian\n"
    "s3.aws-secret-key=${ENV:S3_SECRET}\ndelta.enable-non-concurrent-writes=true\n",
}
ASK = """
import sys, time
from trino.dbapi import connect
from trino.exceptions import TrinoQueryError
for _ in range(120):
    try:
        with connect(host="trino", port=8080, user="someone") as c:
            cursor = c.cursor(); cursor.execute({sql!r}); print(cursor.fetchall()); break
    except (OSError, TrinoQueryError) as error:
        if isinstance(error, TrinoQueryError) and error.error_name != "SERVER_STARTING_UP": raise
        time.sleep(2)
"""


def trino(sql: str) -> str:
    return python(ASK.format(sql=sql)).strip()


RECEIVE = """
set -e
cd $(mktemp -d) && git init --quiet --initial-branch=main .
git -c user.name=x -c user.email=x@x commit --quiet --allow-empty -m x
git bundle create --quiet b main && receive main < b
git ls-remote http://git-server:8080/casparian.git refs/heads/main
if git push --quiet http://git-server:8080/casparian.git main:other; then exit 1; fi
"""


def test_the_git_server_takes_a_bundle_by_exec_and_nothing_by_http() -> None:
    until("git-server", "git", "ls-remote", "http://git-server:8080/casparian.git")
    commit, served, name = inside("git-server", "sh", "-c", RECEIVE).split()
    assert (served, name) == (commit, "refs/heads/main")


def test_spark_has_the_library_the_jobs_and_dbt() -> None:
    python("import casparian, pyspark, dbt, delta, great_expectations, spark_jobs.ingest_exports")
    assert "Usage" in inside("spark", "casparian", "--help")
    assert "trino" in inside("spark", "dbt", "--version")
    assert inside("spark", "id", "-u").strip() == "185"
    assert inside("spark", "sh", "-c", "touch /opt/x 2>&1 || echo no").strip().endswith("no")


def test_spark_submits_on_one_machine() -> None:
    job = "from pyspark.sql import SparkSession as S; s = S.builder.getOrCreate();" \
        "print('SUM', s.range(1000).repartition(4).rdd.map(lambda r: r.id).sum())"  # fmt: skip
    inside("spark", "sh", "-c", f'echo "{job}" > /tmp/job.py')
    assert "SUM 499500" in inside("spark", "spark-submit", "--master", "local[1]", "/tmp/job.py")


JOB = """
import os
import casparian
from pyspark.sql import SparkSession

session = SparkSession.builder.getOrCreate()
numbers = session.range(1000).repartition(4).rdd
rows = numbers.map(lambda row: (row.id, os.environ["SPARK_EXECUTOR_ID"])).collect()
print("SUM", sum(row[0] for row in rows), "BY", {row[1] for row in rows})
session.stop()
"""
TEMPLATE = {
    "apiVersion": "v1", "kind": "Pod",
    "spec": {
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{
            "name": "spark",
            "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                "capabilities": {"drop": ["ALL"]}},
            "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"},
                             {"name": "job", "mountPath": "/etc/job"}],
        }],
        "volumes": [{"name": "tmp", "emptyDir": {}},
                    {"name": "job", "configMap": {"name": "submit-0"}}],
    },
}  # fmt: skip


def test_spark_submits_to_kubernetes_with_driver_and_executor_pods_of_the_image() -> None:
    about = {"name": "jobs", "namespace": NAMESPACE}
    role = "rbac.authorization.k8s.io"
    _apply(
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": about},
        {"apiVersion": f"{role}/v1", "kind": "Role", "metadata": about, "rules": [
            {"apiGroups": [""], "verbs": ["*"],
             "resources": ["pods", "services", "configmaps", "persistentvolumeclaims"]}]},
        {"apiVersion": f"{role}/v1", "kind": "RoleBinding", "metadata": about,
         "roleRef": {"apiGroup": role, "kind": "Role", "name": "jobs"},
         "subjects": [{"kind": "ServiceAccount", "name": "jobs", "namespace": NAMESPACE}]},
    )  # fmt: skip
    kube = "spark.kubernetes"
    settings = {
        f"{kube}.namespace": NAMESPACE, f"{kube}.container.image": image("spark"),
        f"{kube}.container.image.pullPolicy": "Never",
        f"{kube}.authenticate.driver.serviceAccountName": "jobs",
        f"{kube}.driver.pod.name": "sum-driver",
        f"{kube}.driver.podTemplateFile": "/etc/job/template.yaml",
        f"{kube}.executor.podTemplateFile": "/etc/job/template.yaml",
        f"{kube}.driver.request.cores": "100m", f"{kube}.executor.request.cores": "100m",
        f"{kube}.executor.deleteOnTermination": "false",
        "spark.executor.instances": "1", "spark.driver.memory": "512m",
        "spark.executor.memory": "512m",
    }  # fmt: skip
    conf = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    run("submit", [], of="spark", account="jobs", files={
        "/etc/job": {"template.yaml": yaml.safe_dump(TEMPLATE), "job.py": JOB},
    }, command=["/opt/entrypoint.sh", "spark-submit", "--master", "k8s://https://kubernetes.default",
                "--deploy-mode", "cluster", "--name", "sum", *conf,
                "local:///etc/job/job.py"])  # fmt: skip
    kubectl("-n", NAMESPACE, "wait", "pod/submit", "--timeout=280s",
            "--for=jsonpath={.status.phase}=Succeeded")  # fmt: skip
    said = kubectl("-n", NAMESPACE, "logs", "sum-driver")
    assert "SUM 499500 BY {'1'}" in said


def test_postgres_has_its_databases_and_asks_for_the_password() -> None:
    ask = "psql -XqAt -h 127.0.0.1 -U casparian -d metastore -c"
    until("postgres", "pg_isready", "-h", "127.0.0.1")
    listed = until("postgres", "psql", "-XqAt", "-U", "casparian", "-d", "postgres", "-c",
                   "SELECT datname FROM pg_database ORDER BY 1")  # fmt: skip
    assert {"airflow", "erp", "metastore"} <= set(listed.split())
    refused = inside("postgres", "sh", "-c", f"PGPASSWORD=no {ask} 'SELECT 1' 2>&1", check=False)
    assert "password authentication failed" in refused
    said = inside("postgres", "sh", "-c", f'PGPASSWORD="{PASSWORD}" {ask} "SELECT 1"')
    assert said.strip() == "1"


def test_the_store_has_its_buckets_and_keeps_what_is_put() -> None:
    said = python(
        "import boto3; c = boto3.client('s3');"
        "c.put_object(Bucket='landing', Key='a/b', Body=b'kept');"
        "print(sorted(b['Name'] for b in c.list_buckets()['Buckets']),"
        "c.get_object(Bucket='landing', Key='a/b')['Body'].read())"
    )
    assert said.split() == ["['lake',", "'landing',", "'logs']", "b'kept'"]


def test_trino_answers() -> None:
    assert trino("SELECT 1") == "[[1]]"
    assert trino("SELECT count(*) FROM tpch.tiny.nation") == "[[25]]"


def test_trino_reads_postgres_as_one_who_only_reads() -> None:
    assert "public" in trino("SHOW SCHEMAS FROM erp")


def test_trino_writes_a_table_that_spark_reads_by_the_metastore() -> None:
    trino("CREATE SCHEMA IF NOT EXISTS lake.silver_equipment"
          " WITH (location = 's3://lake/silver/equipment')")  # fmt: skip
    trino("CREATE TABLE lake.silver_equipment.t AS SELECT nationkey AS n FROM tpch.tiny.nation")
    said = python(
        "from spark_jobs.session import spark_session as s;"
        "x = s('test', 's3://lake', tables={'silver_equipment.t': ''});"
        "print(x.sql('SELECT sum(n) FROM silver_equipment.t').collect()[0][0]);"
        "x.sql('INSERT INTO silver_equipment.t VALUES (1000)')"
    )
    assert said.strip().splitlines()[-1] == "300"
    assert trino("SELECT sum(n) FROM lake.silver_equipment.t") == "[[1300]]"


def test_airflow_makes_its_tables_and_reads_the_dags() -> None:
    address = f"postgresql+psycopg://casparian:{quote(PASSWORD)}@postgres:5432/airflow"
    run("airflow", [], writes=("/tmp", "/opt/airflow/logs"), command=[
        "tini", "--", "sh", "-ec", "airflow version; airflow db migrate; airflow dags reserialize;"
        " airflow dags list --output plain --columns dag_id; airflow dags list-import-errors",
    ], env={
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": address,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": address,
        "CASPARIAN_SUBMIT": "kubernetes", "CASPARIAN_IMAGE": image("spark"),
    })  # fmt: skip
    kubectl("-n", NAMESPACE, "wait", "pod/airflow", "--timeout=280s",
            "--for=jsonpath={.status.phase}=Succeeded")  # fmt: skip
    said = kubectl("-n", NAMESPACE, "logs", "airflow")
    assert re.search(r"^3\.\d+\.\d+$", said, re.MULTILINE), said
    assert re.search(r"^ingest_exports\b", said, re.MULTILINE), said
    assert "No data found" in said, said  # of files that could not be read


def test_a_second_start_of_postgres_and_of_the_schema_changes_nothing() -> None:
    inside("postgres", "sh", "-c", "kill -INT 1", check=False)
    time.sleep(3)
    assert "metastore" in until("postgres", "psql", "-XqAt", "-U", "casparian", "-d", "postgres",
                                "-c", "SELECT datname FROM pg_database")  # fmt: skip
    said = until("hive-metastore", "/opt/entrypoint.sh", "schema")
    assert "are there" in said
