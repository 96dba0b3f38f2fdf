"""Trino over one lake, for the jobs that let Trino do the work: `CASPARIAN_DBT_TARGET=trino`.

``trino_session(lake, tables)`` connects to the Trino of ``TRINO_HOST`` and ``TRINO_PORT`` as
``TRINO_USER`` (over TLS with ``TRINO_SCHEME=https`` and ``TRINO_PASSWORD``), and makes the lake's
tables known by their addresses in its catalog ``TRINO_CATALOG``, as ``spark_jobs.session`` does for
Spark. What Trino writes lands in the schemas' folders of the lake.

Trino's Delta connector knows instants to the millisecond, so a table that Trino makes has them so.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from spark_jobs.session import is_table, schema_path, schemas, table_path

TYPES = {
    "STRING": "varchar",
    "DOUBLE": "double",
    "BIGINT": "bigint",
    "TIMESTAMP": "timestamp(3) with time zone",
    "DATE": "date",
    "BOOLEAN": "boolean",
}


class NoTrinoError(RuntimeError):
    """Trino does not answer, or knows the lake's schemas at another place; one sentence."""


class TrinoSession:
    """A connection to Trino; asks one question after another."""

    def __init__(self) -> None:
        from trino.auth import BasicAuthentication
        from trino.dbapi import connect

        host, port = os.environ.get("TRINO_HOST", "127.0.0.1"), os.environ.get("TRINO_PORT", "8080")
        user = os.environ.get("TRINO_USER", "casparian")
        self.place = f"{host}:{port}"
        self.catalog = os.environ.get("TRINO_CATALOG", "lake")
        scheme, password = os.environ.get("TRINO_SCHEME"), os.environ.get("TRINO_PASSWORD")
        known = BasicAuthentication(user, password) if password else None
        self._connection = connect(  # type: ignore[no-untyped-call]
            host, int(port), user=user, catalog=self.catalog, http_scheme=scheme, auth=known
        )

    def sql(self, statement: str) -> list[list[Any]]:
        """Rows of the answer. Raises NoTrinoError where nobody answers."""
        from requests.exceptions import ConnectionError as NotThereError
        from trino.exceptions import TrinoConnectionError

        cursor = self.cursor()
        try:
            return [list(row) for row in cursor.execute(statement).fetchall()]
        except (NotThereError, TrinoConnectionError) as error:
            raise NoTrinoError(
                f"No Trino answers at {self.place}: start one (make stack) or set TRINO_HOST and"
                " TRINO_PORT."
            ) from error

    def cursor(self) -> Any:
        """A cursor of the database API, for who wants an answer's statistics too."""
        return self._connection.cursor()

    def stop(self) -> None:
        """Close the connection."""
        self._connection.close()


def trino_session(lake: str, tables: Mapping[str, str]) -> TrinoSession:
    """A session that knows the lake's tables.

    lake    URI of the lake (``s3://bucket/prefix``): Trino writes to no local folder
    tables  address → columns as DDL (``a STRING, b DOUBLE``); a table that is not there yet is
            made, empty; with no columns given it is left out
    Raises ``NoTrinoError``.
    """
    session = TrinoSession()
    for schema in {*schemas(), *(address.partition(".")[0] for address in tables)}:
        _make_schema(session, schema, _for_trino(schema_path(lake, schema)))
    known = session.sql("SELECT table_schema, table_name FROM information_schema.tables")
    for address in tables.keys() - {".".join(row) for row in known}:
        _make_known(session, lake, address, tables[address])
    return session


def _make_schema(session: TrinoSession, schema: str, location: str) -> None:
    session.sql(f"CREATE SCHEMA IF NOT EXISTS {schema} WITH (location = '{location}')")
    said = session.sql(f"SHOW CREATE SCHEMA {schema}")[0][0]
    if f"'{location}'" not in said.replace("s3a://", "s3://"):
        raise NoTrinoError(
            f"The metastore has {schema} elsewhere than in {location}: a metastore serves one lake."
        )


def _make_known(session: TrinoSession, lake: str, address: str, columns: str) -> None:
    schema, table = address.split(".")
    location = _for_trino(table_path(lake, address))
    if is_table(location):
        names = f"schema_name => '{schema}', table_name => '{table}'"
        session.sql(f"CALL system.register_table({names}, table_location => '{location}')")
    elif columns:
        session.sql(f"CREATE TABLE {address} ({_ddl(columns)})")


def _for_trino(location: str) -> str:
    """As Trino and the laptop engine say it; Spark says s3a."""
    return location.replace("s3a://", "s3://", 1)


def _ddl(columns: str) -> str:
    pairs = (column.split() for column in columns.split(","))
    return ", ".join(f'"{name}" {TYPES[kind]}' for name, kind in pairs)
