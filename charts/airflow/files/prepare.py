"""Before a part of Airflow starts: secrets become files; all but the API server wait for that one.

The secrets go into airflow.cfg, which only this pod sees, and into no environment, for tasks
inherit that. The API server makes the database's tables; one that answers with the version of this
image has done so.
"""

import configparser
import importlib.metadata
import json
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

SECRETS, HOME = Path("/run/secrets/airflow"), Path("/var/lib/airflow")
SETTINGS = {  # by section and key: of which secret
    ("core", "fernet_key"): "fernet-key",
    ("database", "sql_alchemy_conn"): "connection",
    ("database", "sql_alchemy_conn_async"): "connection",
    ("api", "secret_key"): "api-secret-key",
    ("api_auth", "jwt_secret"): "jwt-secret",
}
USER = "casparian"


def secret(name: str) -> str:
    return (SECRETS / name).read_text(encoding="utf-8").strip()


def write_settings() -> None:
    config = configparser.RawConfigParser()
    for (section, key), name in SETTINGS.items():
        if not config.has_section(section):
            config.add_section(section)
        config.set(section, key, secret(name).replace("%", "%%"))
    with open(HOME / "airflow.cfg", "w", encoding="utf-8") as file:
        config.write(file)
    passwords = json.dumps({USER: secret("admin-password")})
    (HOME / "passwords.json").write_text(passwords, encoding="utf-8")


def wait_for(address: str) -> None:
    wanted = importlib.metadata.version("apache-airflow-core")
    while (there := version(address)) != wanted:
        print(f"waiting for Airflow {wanted} at {address}: {there}", flush=True)
        time.sleep(2)


def version(address: str) -> str:
    try:
        with urllib.request.urlopen(f"{address}/api/v2/version", timeout=10) as answer:
            return str(json.load(answer)["version"])
    except (urllib.error.URLError, OSError, ValueError) as error:
        return str(error)


if __name__ == "__main__":
    write_settings()
    for each in sys.argv[1:]:
        wait_for(each)
