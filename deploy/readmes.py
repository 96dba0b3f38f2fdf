"""A chart's README.md, from its schema and its defaults."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

Schema = Mapping[str, Any]


def readme(chart: Path) -> str:
    """The page: what it is, and its values with their defaults."""
    described = _yaml(chart / "Chart.yaml")
    lines = [f"# {described['name']}", "", described["description"], ""]
    for each in described.get("dependencies", []):
        if not each["repository"].startswith("file:"):
            lines += [f"Upstream: {each['name']} {each['version']}, {each['repository']}", ""]
    schema = chart / "values.schema.json"
    if schema.exists():
        lines += _table(
            json.loads(schema.read_text(encoding="utf-8")), _yaml(chart / "values.yaml")
        )
    lines += ["Made by `make render`; edit `Chart.yaml`, `values.yaml` or `values.schema.json`."]
    return "\n".join(lines) + "\n"


def _table(schema: Schema, defaults: Mapping[str, Any]) -> list[str]:
    rows = [
        f"| `{name}` | {_text(description)} | {f'`{default}`' if default != '' else ''} |"
        for name, description, default in _values(schema, schema, defaults, "")
    ]
    return ["| value | what it says | default |", "|---|---|---|", *rows, ""]


def _values(
    whole: Schema, schema: Schema, defaults: Any, prefix: str
) -> Iterator[tuple[str, str, str]]:
    """Name, description and default of each value, down to those that hold no more."""
    for name, found in schema.get("properties", {}).items():
        part = _resolved(whole, found)
        default = defaults.get(name) if isinstance(defaults, Mapping) else None
        if not part.get("description") and not part.get("properties"):
            continue  # what Helm adds
        if part.get("properties") and not part.get("leaf"):
            if part.get("description"):
                yield f"{prefix}{name}", part["description"], ""
            yield from _values(whole, part, default, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", part.get("description", ""), _said(default)


def _resolved(whole: Schema, schema: Schema) -> Schema:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found = whole["$defs"][reference.rpartition("/")[2]]
    return {**found, **{key: value for key, value in schema.items() if key != "$ref"}}


def _said(default: Any) -> str:
    return "" if default is None else json.dumps(default, ensure_ascii=False)


def _text(description: str) -> str:
    return description.replace("|", "\\|")


def _yaml(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return found
