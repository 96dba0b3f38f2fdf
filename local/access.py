"""Who may do what in Trino: one table, and the files that Trino reads, made from it.

RIGHTS says what each group may do in each layer; USERS says who is in which group. What the table
does not name, only an admin reaches. `tests/local/test_access.py` runs a statement for every cell.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

SERVICE = "casparian"  # jobs and dbt
USERS = {
    "admin": ("admin",),
    "data-engineer": (SERVICE, "engineer"),
    "data-analyst": ("analyst",),
    "viewer": ("viewer",),
}
GROUPS = tuple(USERS)

Rights = tuple[str, ...]
NONE: Rights = ()
READ: Rights = ("SELECT",)
KEEP: Rights = (*READ, "OWNERSHIP")  # make the table known or forget it, but change no row
OWN: Rights = (*KEEP, "INSERT", "UPDATE", "DELETE")


class Layer(NamedTuple):
    """Where a layer's tables are: a catalog, and patterns of schema and table."""

    catalog: str
    schema: str
    table: str = ".*"


LAYERS = {  # a table is of the first that it matches
    "ledger": Layer("lake", "ops", "files"),
    "quarantine": Layer("lake", "ops_.*", ".*_quarantine"),
    "ops": Layer("lake", "ops(_.*)?"),
    "bronze": Layer("lake", "bronze_.*"),
    "silver": Layer("lake", "silver_.*"),
    "gold": Layer("lake", "gold_.*"),
    "dbt": Layer("lake", "staging|intermediate"),
    "erp": Layer("postgres", ".*"),
    "tpch": Layer("tpch", ".*"),
}
RIGHTS: Mapping[str, tuple[Rights, ...]] = {  # in the order of GROUPS
    "ledger": (KEEP, READ, READ, NONE),
    "quarantine": (OWN, READ, NONE, NONE),
    "ops": (OWN, READ, READ, NONE),
    "bronze": (OWN, READ, NONE, NONE),
    "silver": (OWN, OWN, READ, NONE),
    "gold": (OWN, OWN, READ, READ),
    "dbt": (OWN, OWN, NONE, NONE),
    "erp": (READ, READ, READ, NONE),
    "tpch": (READ, READ, READ, READ),
}
WRITERS = tuple(g for i, g in enumerate(GROUPS) if any(r[i] == OWN for r in RIGHTS.values()))
# Trino asks nobody's leave for ALTER TABLE … EXECUTE, so readers may ask all but that.
READERS_ASK = (
    "SELECT", "EXPLAIN", "DESCRIBE", "DATA_DEFINITION", "ANALYZE",
    "INSERT", "UPDATE", "DELETE", "MERGE",
)  # fmt: skip
ITERATIONS = 10_000  # the secrets are random; a guess of one is no easier for being quick


def rights(group: str, layer: str) -> Rights:
    """What a group may do in a layer."""
    return RIGHTS[layer][GROUPS.index(group)]


def system_rules() -> dict[str, Any]:
    """Trino's rules: catalogs, schemas, tables, functions, procedures, queries."""
    return {
        "catalogs": [*_catalogs(), {"group": "admin", "allow": "all"}, {"allow": "none"}],
        "schemas": [rule for layer in LAYERS for rule in _schemas(layer)]
        + [{"group": "admin", "owner": True}, {"owner": False}],
        "tables": [rule for layer in LAYERS for rule in _tables(layer)]
        + [
            {"catalog": "system", "privileges": READ},  # Trino's own: who sees a query, see below
            {"group": "admin", "privileges": OWN},
            {"privileges": NONE},
        ],
        "functions": [],  # no catalog's, such as the one that hands PostgreSQL any SQL
        "procedures": [
            _procedures("|".join(WRITERS), "lake", "system"),
            _procedures("admin", "system", "runtime"),
        ],
        "queries": [
            {"group": "admin", "allow": ["execute", "view", "kill"]},
            {"group": "data-engineer", "allow": ["execute", "view"]},
            {"allow": ["execute"]},
        ],
        "impersonation": [],
    }


def catalog_rules(catalog: str) -> dict[str, Any]:
    """The same for a catalog's own procedures, which ask it alone (`CALL … unregister_table`)."""
    found = {name: system_rules()[name] for name in ("schemas", "tables", "procedures")}
    return {
        name: [_without(rule) for rule in rules if rule.get("catalog", catalog) == catalog]
        for name, rules in found.items()
    }


def queues() -> dict[str, Any]:
    """Trino's resource groups: one, and who may ask what in it; the rest is refused."""
    every = {"name": "all", "softMemoryLimit": "100%", "hardConcurrencyLimit": 50, "maxQueued": 500}
    selectors: list[dict[str, str]] = [{"userGroup": "|".join(WRITERS), "group": "all"}]
    selectors += [{"queryType": kind, "group": "all"} for kind in READERS_ASK]
    return {"rootGroups": [every], "selectors": selectors}


def groups(alone: bool) -> str:
    """Trino's file of groups. alone: the service user is the only one, so he is the admin."""
    users = {"admin": (SERVICE,)} if alone else USERS
    return "".join(f"{group}:{','.join(names)}\n" for group, names in users.items())


def passwords(known: Mapping[str, str]) -> str:
    """Trino's file of passwords, by user; a hash each."""
    return "".join(f"{user}:{_hash(password)}\n" for user, password in known.items())


def _hash(password: str) -> str:
    salt = secrets.token_bytes(16)
    made = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, ITERATIONS, 32)
    return f"{ITERATIONS}:{salt.hex()}:{made.hex()}"


def _catalogs() -> list[dict[str, str]]:
    """A catalog is all, read-only or not there, by the most that a group may do in it."""
    rules = []
    for catalog in dict.fromkeys(layer.catalog for layer in LAYERS.values()):
        for group in GROUPS:
            may = {right for name, layer in LAYERS.items() if layer.catalog == catalog
                   for right in rights(group, name)}  # fmt: skip
            allow = "none" if not may else "read-only" if may == {*READ} else "all"
            rules.append({"group": group, "catalog": catalog, "allow": allow})
    return [*rules, {"catalog": "system", "allow": "read-only"}]


def _schemas(name: str) -> list[dict[str, Any]]:
    layer = LAYERS[name]
    return [
        {"group": group, "catalog": layer.catalog, "schema": layer.schema,
         "owner": "OWNERSHIP" in rights(group, name)}
        for group in GROUPS
    ]  # fmt: skip


def _tables(name: str) -> list[dict[str, Any]]:
    layer = LAYERS[name]
    return [
        {"group": group, "catalog": layer.catalog, "schema": layer.schema,
         "table": rf"({layer.table})(\$.*)?",  # its history and files are as private as its rows
         "privileges": rights(group, name)}
        for group in GROUPS
    ]  # fmt: skip


def _procedures(group: str, catalog: str, schema: str) -> dict[str, Any]:
    return {"group": group, "catalog": catalog, "schema": schema, "procedure": ".*",
            "privileges": ["EXECUTE"]}  # fmt: skip


def _without(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in rule.items() if key != "catalog"}
