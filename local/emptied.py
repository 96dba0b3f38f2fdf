"""``python -m local.emptied``: take the DAGs' lake and landing off the stack, tables and objects.

What the demo does before it starts: a metastore serves one lake, and its tables say where.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from local.airflow import LAKE, LANDING
from local.downloads import StackError
from local.object_store import ObjectStore
from local.stack import Stack
from spark_jobs.trino import NoTrinoError, TrinoSession

BATCH = 1000  # objects that a store deletes at once


def empty(stack: Stack) -> None:
    """Forget the tables of `LAKE`, then delete all objects of it and of `LANDING`.

    Raises StackError where the metastore has another lake's: that is not ours to delete.
    """
    forget_tables(LAKE)
    store = stack.servers["s3"]
    assert isinstance(store, ObjectStore)
    for place in (LAKE, LANDING):
        bucket, _, prefix = place.removeprefix("s3://").partition("/")
        delete(store.client(), bucket, f"{prefix}/")


def forget_tables(lake: str) -> None:
    """Drop a lake's schemas in the Trino of the environment.

    Raises StackError where Trino does not answer, or the metastore has another lake's.
    """
    session = TrinoSession()
    try:
        for (schema,) in session.sql("SHOW SCHEMAS"):
            if schema not in ("default", "information_schema"):
                _forget(session, schema, lake)
        session.sql("CALL system.flush_metadata_cache()")
    except NoTrinoError as error:
        raise StackError(str(error)) from error
    finally:
        session.stop()


def _forget(session: TrinoSession, schema: str, lake: str) -> None:
    said = session.sql(f"SHOW CREATE SCHEMA {schema}")[0][0].replace("s3a://", "s3://")
    own = f"'s3://lake/{schema}.db"  # where the metastore puts the schemas of dbt's views
    if f"'{lake}/" not in said and own not in said:
        raise StackError(f"The metastore has {schema} of another lake than {lake}: drop it first.")
    session.sql(f"DROP SCHEMA {schema} CASCADE")


def delete(client: Any, bucket: str, prefix: str) -> None:
    """Delete the objects whose keys begin so, through a client of boto3's for S3."""
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix, PaginationConfig={"PageSize": BATCH}
    )
    for page in pages:
        keys = [{"Key": found["Key"]} for found in page.get("Contents", ())]
        if keys:
            client.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})


def main() -> None:
    """Empty what the stack of this checkout has."""
    stack = Stack()
    os.environ.update(stack.environment())
    try:
        empty(stack)
    except StackError as error:
        sys.exit(f"make stack: {error}")


if __name__ == "__main__":
    main()
