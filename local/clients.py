"""What a client of the stack needs to know: addresses and keys, as environment variables."""

from __future__ import annotations

from collections.abc import Mapping

from local.access import SERVICE
from local.downloads import maven_jars
from local.metastore import Metastore
from local.object_store import KEY, REGION, ObjectStore
from local.server import Server
from local.trino import Trino


def settings(servers: Mapping[str, Server]) -> dict[str, str]:
    """The variables by which jobs, the library and tools find the stack's servers."""
    store, trino, metastore = servers["s3"], servers["trino"], servers["metastore"]
    assert isinstance(store, ObjectStore)
    assert isinstance(metastore, Metastore)
    assert isinstance(trino, Trino)
    return _encrypted(trino) | {
        "AWS_ENDPOINT_URL": store.endpoint,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": store.secret("key"),
        "CASPARIAN_METASTORE": metastore.uri,
        "CASPARIAN_SPARK_JARS": str(maven_jars("s3a")[0].parent),
        "TRINO_HOST": "127.0.0.1",
        "TRINO_PORT": str(trino.port()),
        "TRINO_USER": SERVICE,
        "TRINO_CATALOG": "lake",
    }


def _encrypted(trino: Trino) -> dict[str, str]:
    """Whom to trust, and the password that Trino asks for; or leave to speak in the open."""
    if trino.tls is None:
        return {"AWS_ALLOW_HTTP": "true"}
    known = {"TRINO_SCHEME": trino.scheme, "TRINO_PASSWORD": trino.password(SERVICE)}
    return trino.tls.clients() | known
