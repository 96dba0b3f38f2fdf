"""TLS before every server: who speaks in the open is not heard, a stranger is not spoken to.

The other tests of this folder run over TLS too; these are the refusals.
"""

from __future__ import annotations

import os
import socket
import ssl
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException

import pytest

from local.airflow import USER, Airflow
from local.dag_runs import DagRuns
from local.downloads import StackError
from local.postgres import Postgres
from local.stack import Stack
from local.tls import SWITCH, Authority
from tests.local.conftest import Ask

pytestmark = [pytest.mark.stack, pytest.mark.slow]

SERVERS = ("s3", "postgres", "metastore", "trino", "airflow")
# What each client of S3 does first; it prints what went wrong.
CLIENTS = {
    "delta-rs": "from deltalake import DeltaTable; DeltaTable('s3://lake/none/at/all')",
    "pyarrow": "from casparian.lake.store import Lake;"
    " Lake.at('s3://lake').filesystem.get_file_info('lake/none')",
    "boto3": "import boto3; boto3.client('s3').list_buckets()",
    "trino": "from spark_jobs.trino import TrinoSession; TrinoSession().sql('SELECT 1')",
}
SPARK = """
from spark_jobs.session import spark_session
session = spark_session("t", "s3://lake/plant")
print([row[0] for row in session.sql("SHOW DATABASES").collect()])
"""


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that signed nothing of the stack."""
    found = Authority(tmp_path_factory.mktemp("stranger"))
    found.clients()
    return found


@pytest.fixture(autouse=True)
def encrypted(stack: Stack) -> None:
    if stack.servers["s3"].tls is None:
        pytest.skip(f"{SWITCH}=0")


@pytest.fixture(scope="module", autouse=True)
def with_airflow(stack: Stack) -> Iterator[None]:
    stack.up(print, ["airflow"])
    yield
    stack.servers["airflow"].stop()


def own(stack: Stack) -> Authority:
    found = stack.servers["s3"].tls
    assert found is not None
    return found


def shake_hands(stack: Stack, name: str, trusted: Authority, host: str = "127.0.0.1") -> str:
    """The version of TLS that a server speaks with whoever trusts an authority."""
    context = ssl.create_default_context(cafile=trusted.certificate)
    with socket.create_connection(("127.0.0.1", stack.servers[name].port()), 5) as plain:
        if name == "postgres":  # asks in the open whether it may
            plain.sendall(bytes.fromhex("0000000804d2162f"))
            assert plain.recv(1) == b"S"
        with context.wrap_socket(plain, server_hostname=host) as speaks:
            return speaks.version() or ""


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_shows_a_certificate_of_the_stacks_authority(stack: Stack, name: str) -> None:
    assert shake_hands(stack, name, own(stack)) in ("TLSv1.2", "TLSv1.3")


@pytest.mark.parametrize("name", SERVERS)
def test_who_trusts_another_authority_leaves(stack: Stack, name: str, stranger: Authority) -> None:
    unknown = "unable to get local issuer|self-signed certificate in certificate chain"
    with pytest.raises(ssl.SSLCertVerificationError, match=unknown):
        shake_hands(stack, name, stranger)


@pytest.mark.parametrize("name", SERVERS)
def test_a_certificate_is_for_this_machine_alone(stack: Stack, name: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=r"doesn't match|not valid for|mismatch"):
        shake_hands(stack, name, own(stack), host="192.0.2.1")


@pytest.mark.parametrize("name", ["s3", "trino", "airflow"])
def test_http_is_refused(stack: Stack, name: str) -> None:
    address = f"http://127.0.0.1:{stack.servers[name].port()}/v1/info"
    with pytest.raises((OSError, HTTPException)) as refused:
        urllib.request.urlopen(address, timeout=10)
    if isinstance(refused.value, urllib.error.HTTPError):
        assert refused.value.code == 400  # "Client sent an HTTP request to an HTTPS server"


def test_airflow_answers_who_trusts_the_stacks_authority(stack: Stack, stranger: Authority) -> None:
    server = stack.servers["airflow"]
    assert isinstance(server, Airflow)
    for trusted, why in (
        (own(stack), "not know the DAG x"),
        (stranger, "certificate verify failed"),
    ):
        runs = DagRuns(server.url, USER, server.secret("password"), 0, trusted.context())
        with pytest.raises(StackError, match=why):
            runs.switch_on("x")


def test_the_metastore_does_not_answer_in_the_open(stack: Stack) -> None:
    name = b"getName"  # Thrift's binary protocol: a call without arguments
    call = b"\x80\x01\x00\x01" + len(name).to_bytes(4) + name + bytes(5)
    with socket.create_connection(("127.0.0.1", stack.servers["metastore"].port()), 5) as plain:
        plain.sendall(call)
        said = plain.recv(100)
    assert name not in said
    assert said[:1] in (b"", b"\x15")  # nothing, or TLS' alert


def test_postgresql_lets_nobody_in_unencrypted(stack: Stack, stranger: Authority) -> None:
    database = stack.servers["postgres"]
    assert isinstance(database, Postgres)
    assert database.ask("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").strip() == "t"
    for other, why in (
        ({"PGSSLMODE": "disable"}, "no pg_hba.conf entry"),
        ({"PGSSLROOTCERT": str(stranger.certificate)}, "certificate verify failed"),
    ):
        told = database._client() | other
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(database, "_client", lambda told=told: told)
            with pytest.raises(StackError, match=why):
                database.ask("SELECT 1")


@pytest.mark.parametrize("client", CLIENTS)
def test_clients_leave_a_store_that_they_do_not_know(
    stack: Stack, stranger: Authority, client: str
) -> None:
    """With the stack's variables they get in, with another authority's they do not."""
    known = _said_by(CLIENTS[client], stack.environment())
    unknown = _said_by(CLIENTS[client], stack.environment() | stranger.clients())
    doubts = ("certificate", "SSL", "TableNotFound", "Error")
    assert not any(doubt in known for doubt in doubts[:2]), known
    assert any(doubt in unknown for doubt in doubts[:2]), unknown


@pytest.mark.spark
def test_spark_leaves_a_metastore_that_it_does_not_know(stack: Stack, stranger: Authority) -> None:
    assert "'default'" in _said_by(SPARK, stack.environment())
    unknown = _said_by(SPARK, stack.environment() | stranger.clients())
    assert "'default'" not in unknown
    assert "TTransportException" in unknown


def _said_by(program: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | environment, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_trino_and_its_sources_speak_over_tls(stack: Stack, trino: Ask) -> None:
    """A schema is made through the metastore, which looks at the store; PostgreSQL is asked."""
    trino("CREATE SCHEMA silver_tls WITH (location = 's3://lake/tls')")
    trino("CREATE TABLE silver_tls.x AS SELECT 1 AS one")
    assert trino("SELECT one FROM silver_tls.x") == [[1]]
    assert ["public"] in trino("SHOW SCHEMAS FROM postgres")
    trino("DROP TABLE silver_tls.x")
    trino("DROP SCHEMA silver_tls")


def test_keys_are_their_servers_alone(stack: Stack) -> None:
    keys = [path for path in stack.home.rglob("*") if path.suffix in (".key", ".p12", ".pem")]
    private = [path for path in keys if path != own(stack).trust_store]
    assert len(private) >= 6
    assert not [path for path in private if stat.S_IMODE(path.stat().st_mode) & 0o077]


def test_a_running_stack_does_not_change(stack: Stack) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SWITCH, "0")
        with pytest.raises(StackError, match="The stack runs with TLS: make stack-down first"):
            Stack(stack.home).up(print)
