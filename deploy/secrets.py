"""The secrets of an environment without External Secrets: random words, made once and kept.

They are made in the cluster and stay there: in no file, no argument, no log.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Mapping

from deploy.cluster import apply, one

OWNER = "casparian"
SERVERS, JOBS = "casparian", "casparian-jobs"  # namespaces; the chart `casparian` has them too
Made = dict[str, str]


def ensure() -> list[str]:
    """Namespaces and secrets where they are missing; the names of the secrets that were made."""
    for name in (SERVERS, JOBS):
        if one("namespace", name) is None:
            apply(namespace(name))
    made = [name for name, make in SECRETS.items() if _ensured(name, make)]
    _copy("casparian-s3", SERVERS, JOBS)
    return made


def said(name: str, key: str) -> str:
    """A secret's word, for whoever may read secrets anyway."""
    found = one("secret", name, SERVERS)
    return base64.b64decode(found["data"][key]).decode() if found else ""


def _ensured(name: str, make: Callable[[], Made]) -> bool:
    if one("secret", name, SERVERS) is not None:
        return False
    apply(_secret(name, SERVERS, make()))
    return True


def _copy(name: str, here: str, there: str) -> None:
    """The jobs' namespace has what jobs need, and no more."""
    found = one("secret", name, here)
    if found is None:
        return
    words = {key: base64.b64decode(value).decode() for key, value in found["data"].items()}
    apply(_secret(name, there, words))


def namespace(name: str) -> str:
    """A namespace whose pods are held to the restricted standard."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    meta = {"name": name, "labels": labels}
    return json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": meta})


def _secret(name: str, namespace: str, words: Mapping[str, str]) -> str:
    meta = {"name": name, "namespace": namespace}
    whole = {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": dict(words)}
    return json.dumps(whole)


def _s3() -> Made:
    return {"access-key": OWNER, "secret-key": secrets.token_urlsafe(30)}


def _postgres() -> Made:
    words = {name: secrets.token_urlsafe(24) for name in ("password", "reader-password")}
    return {"username": OWNER, **words}


def _trino() -> Made:
    return {"shared-secret": secrets.token_urlsafe(48)}


def _airflow() -> Made:
    host = f"postgres.{SERVERS}.svc:5432/airflow"
    password = said("casparian-postgres", "password")
    return {
        "fernet-key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "jwt-secret": secrets.token_urlsafe(48),
        "api-secret-key": secrets.token_urlsafe(32),
        "admin-password": secrets.token_urlsafe(18),
        "connection": f"postgresql+psycopg://{OWNER}:{password}@{host}",
    }


# In this order: Airflow's address of the database holds the database's password.
SECRETS: Mapping[str, Callable[[], Made]] = {
    "casparian-s3": _s3,
    "casparian-postgres": _postgres,
    "casparian-trino": _trino,
    "casparian-airflow": _airflow,
}
