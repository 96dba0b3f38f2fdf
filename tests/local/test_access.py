"""Who may do what in Trino: a real statement for each group, layer and action."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.access import GROUPS, LAYERS, USERS
from local.downloads import StackError
from local.postgres import READER, Postgres
from local.stack import Stack
from local.tls import SWITCH
from local.trino import Trino

pytestmark = [pytest.mark.stack, pytest.mark.slow]

AskAs = Callable[[str, str], list[list[Any]]]
TABLES = {
    "ledger": "lake.ops.files",
    "quarantine": "lake.ops_access.x_quarantine",
    "ops": "lake.ops.expectations",
    "bronze": "lake.bronze_access.x",
    "silver": "lake.silver_access.x",
    "gold": "lake.gold_access.x",
    "dbt": "lake.staging.x",
    "erp": "postgres.public.access",
    "tpch": "tpch.tiny.region",
}
ACTIONS = {
    "select": "SELECT count(*) FROM {table}",
    "insert": "INSERT INTO {table} SELECT * FROM {table} WHERE false",
    "update": "UPDATE {table} SET name = 'y' WHERE name = 'none'",
    "delete": "DELETE FROM {table} WHERE name = 'none'",
    "alter": "ALTER TABLE {table} ADD COLUMN of_{group} VARCHAR",
    "own": "COMMENT ON TABLE {table} IS 'of {group}'",
}
# In the order of the groups; s, i, u, d, a, o: select … own.
TRUTH = {
    "ledger": ("s   ao", "s", "s", ""),
    "quarantine": ("siudao", "s", "", ""),
    "ops": ("siudao", "s", "s", ""),
    "bronze": ("siudao", "s", "", ""),
    "silver": ("siudao", "siudao", "s", ""),
    "gold": ("siudao", "siudao", "s", "s"),
    "dbt": ("siudao", "siudao", "", ""),
    "erp": ("s", "s", "s", ""),
    "tpch": ("s", "s", "s", "s"),
}
CELLS = [(g, layer, action) for g in GROUPS for layer in LAYERS for action in ACTIONS]


class RefusedError(Exception):
    """Trino did not let the user."""


@pytest.fixture(scope="module")
def ask_as(stack: Stack) -> AskAs:
    """Asks as a user, who knows his password."""
    from trino.dbapi import connect
    from trino.exceptions import TrinoQueryError

    server = stack.servers["trino"]
    assert isinstance(server, Trino)

    def ask(user: str, sql: str) -> list[list[Any]]:
        cursor = connect(**server.client(user), catalog="lake").cursor()
        try:
            return [list(row) for row in cursor.execute(sql).fetchall()]
        except TrinoQueryError as error:
            if error.error_name in ("PERMISSION_DENIED", "QUERY_REJECTED"):
                raise RefusedError(error.message) from error
            raise

    return ask


@pytest.fixture(scope="module")
def tables(stack: Stack, ask_as: AskAs) -> Iterator[None]:
    """A table in each layer, made by whoever may."""
    database = stack.servers["postgres"]
    assert isinstance(database, Postgres)
    database.ask("CREATE TABLE access AS SELECT 'x' AS name", "erp")
    made = [name for name in TABLES.values() if name.startswith("lake.")]
    there = {f"lake.{schema}" for (schema,) in ask_as("admin", "SHOW SCHEMAS")}
    schemas = {name.rpartition(".")[0] for name in made} - there  # a metastore is many tests'
    for schema in schemas:
        ask_as("admin", f"CREATE SCHEMA {schema} WITH (location = 's3://lake/access/{schema}')")
    for name in made:
        ask_as("admin", f"CREATE TABLE {name} AS SELECT CAST('x' AS VARCHAR) AS name")
    yield
    for name in made:
        ask_as("admin", f"DROP TABLE {name}")
    for schema in schemas:
        ask_as("admin", f"DROP SCHEMA {schema}")
    database.ask("DROP TABLE access", "erp")


def may(ask_as: AskAs, user: str, sql: str) -> bool:
    try:
        ask_as(user, sql)
    except RefusedError:
        return False
    return True


def test_the_table_names_all() -> None:
    assert {*TRUTH} == {*TABLES} == {*LAYERS}
    assert len(CELLS) == 4 * 9 * 6


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("layer", LAYERS)
def test_the_truth_table(group: str, layer: str, ask_as: AskAs, tables: None) -> None:
    user, table = USERS[group][0], TABLES[layer]
    found = {
        action: may(ask_as, user, sql.format(table=table, group=group.replace("-", "_")))
        for action, sql in ACTIONS.items()
    }
    letters = TRUTH[layer][GROUPS.index(group)]
    assert found == {action: action[0] in letters for action in ACTIONS}


def _makes(ask_as: AskAs, user: str, table: str) -> bool:
    made = may(ask_as, user, f"CREATE TABLE {table} (name VARCHAR)")
    return made and may(ask_as, user, f"DROP TABLE {table}")


def test_nobody_makes_tables_where_he_may_only_read(ask_as: AskAs, tables: None) -> None:
    for layer, table in TABLES.items():
        schema, name = table.rsplit(".", 1)
        other = f"{schema}.new_{name}"
        owners = [
            group for group, letters in zip(GROUPS, TRUTH[layer], strict=True) if "o" in letters
        ]
        makers = [group for group in GROUPS if _makes(ask_as, USERS[group][0], other)]
        assert makers == owners, layer


def test_what_no_layer_names_is_the_admins(ask_as: AskAs, tables: None) -> None:
    make = "CREATE SCHEMA IF NOT EXISTS odd WITH (location = 's3://lake/odd')"
    assert [group for group in GROUPS if may(ask_as, USERS[group][0], make)] == ["admin"]
    ask_as("admin", "DROP SCHEMA odd")


@pytest.mark.parametrize("sql", [
    "ALTER TABLE lake.gold_access.x EXECUTE optimize",
    "CALL lake.system.vacuum('gold_access', 'x', '8d')",
])  # fmt: skip
def test_upkeep_is_for_those_who_write(sql: str, ask_as: AskAs, tables: None) -> None:
    assert [group for group in GROUPS if may(ask_as, USERS[group][0], sql)] == [
        "admin", "data-engineer",
    ]  # fmt: skip


@pytest.mark.parametrize("sql", [
    "CALL lake.system.vacuum('ops', 'files', '8d')",
    "CALL lake.system.drop_extended_stats('ops', 'files')",
])  # fmt: skip
def test_nobody_touches_the_ledgers_files(sql: str, ask_as: AskAs, tables: None) -> None:
    assert not [group for group in GROUPS if may(ask_as, USERS[group][0], sql)]


def test_only_an_admin_lets_the_ledger_be_forgotten(ask_as: AskAs, tables: None) -> None:
    call = "CALL lake.system.unregister_table('ops', 'files')"
    for group in GROUPS[1:]:
        assert not may(ask_as, USERS[group][0], call)


@pytest.mark.parametrize("hidden", ["$history", "$partitions", "$properties"])
def test_what_trino_tells_of_a_table_is_as_private_as_its_rows(
    hidden: str, ask_as: AskAs, tables: None
) -> None:
    asked = f'SELECT count(*) FROM lake.ops_access."x_quarantine{hidden}"'
    assert may(ask_as, "engineer", asked)
    assert not may(ask_as, "analyst", asked)
    assert not may(ask_as, "viewer", asked)


def test_nobody_hands_postgresql_sql_of_his_own(ask_as: AskAs, tables: None) -> None:
    asked = "SELECT * FROM TABLE(postgres.system.query(query => 'SELECT 1 AS one'))"
    assert not [group for group in GROUPS if may(ask_as, USERS[group][0], asked)]


def test_trinos_role_in_postgresql_may_only_select(stack: Stack, tables: None) -> None:
    database = stack.servers["postgres"]
    assert isinstance(database, Postgres)
    assert database.ask(f"SET ROLE {READER}; SELECT count(*) FROM access", "erp").split() == ["1"]
    for change in ("DELETE FROM access", "CREATE TABLE mine (a int)"):
        with pytest.raises(StackError, match="permission denied"):
            database.ask(f"SET ROLE {READER}; {change}", "erp")


def test_nobody_is_another(stack: Stack, ask_as: AskAs) -> None:
    """Not by saying so beside his own password, nor by a wrong one, nor by none."""
    from trino.auth import BasicAuthentication
    from trino.dbapi import connect
    from trino.exceptions import Error, HttpError

    server = stack.servers["trino"]
    assert isinstance(server, Trino)
    wrong = BasicAuthentication("admin", server.password("viewer"))
    for claim in ({"user": "admin"}, {"user": "admin", "auth": wrong}, {"auth": None}):
        with pytest.raises((Error, HttpError), match=r"cannot impersonate|error 401"):
            connect(**server.client("viewer") | claim).cursor().execute("SELECT 1")
    assert ask_as("viewer", "SELECT current_user") == [["viewer"]]


def test_without_tls_there_is_one_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from trino.dbapi import connect
    from trino.exceptions import HttpError

    monkeypatch.setenv(SWITCH, "0")
    plain = Stack(tmp_path)
    for each in plain.servers.values():
        each.prepare()
    server = plain.servers["trino"]
    assert isinstance(server, Trino)
    try:
        server.start(plain.servers)
        server.wait()
        asked = connect(**server.client()).cursor().execute("SELECT current_user").fetchall()
        assert asked == [["casparian"]]
        with pytest.raises(HttpError, match="No user mapping patterns match"):
            connect(**server.client("admin")).cursor().execute("SELECT 1")
    finally:
        server.stop()
