"""``python -m deploy render [--check]``: what people compare when a chart or a value changes.

Written anew from their sources, each a fact's only copy:

- `charts/trino/files`, who may do what, from `local.access`.
- `charts/<system>/README.md`, from `values.schema.json` and `values.yaml`.
- `tests/kubernetes/golden/<environment>/<system>.yaml`, the manifests as Helm makes them, and
  `argocd.yaml`, with Argo CD's own. Images have no tags there: `versions.yaml` shows those. What
  wraps a chart of others whose hash is not pinned has none.
- `docs/architecture/<environment>.svg`, who calls whom by these manifests.

``--check`` writes nothing, names what is stale, and ends with 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from deploy.charts_pull import is_pinned
from deploy.picture import picture
from deploy.programs import ROOT
from deploy.readmes import readme
from deploy.systems import BEFORE, argocd, charts, environments, missing, render, systems
from local import access

GOLDEN = Path("tests") / "kubernetes" / "golden"
PICTURES = Path("docs") / "architecture"
Files = Iterator[tuple[Path, str]]


def main(words: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy render")
    parser.add_argument("--check", action="store_true", help="write nothing, name what is stale")
    check = parser.parse_args(words).check
    stale = False
    for files in ROOMS:  # a chart's files come before its manifests, which hold them
        for path, text in files():
            if _read(ROOT / path) == text:
                continue
            stale = True
            print(f"{'stale' if check else 'written'}: {path}")
            if not check:
                (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
                (ROOT / path).write_text(text, encoding="utf-8")
    for chart in charts():
        for name in missing(chart):
            print(f"left out: {chart.name} needs {name}: make charts-pull", file=sys.stderr)
    return 1 if check and stale else 0


def access_files() -> Files:
    """Trino's rules. Inside the cluster it is asked without passwords, by one user alone."""
    folder = Path("charts") / "trino" / "files"
    yield folder / "rules.json", _rows(access.system_rules())
    yield folder / "lake-rules.json", _rows(access.catalog_rules("lake"))
    yield folder / "queues.json", _rows(access.queues())
    yield folder / "groups", access.groups(alone=True)


def readmes() -> Files:
    """A page a chart."""
    for chart in charts():
        yield chart.relative_to(ROOT) / "README.md", readme(chart)


def goldens() -> Files:
    """The manifests of every environment."""
    for environment in environments():
        folder = GOLDEN / environment
        yield folder / "argocd.yaml", _compact(argocd(environment))
        for system in (*BEFORE, *systems(environment)):
            chart = ROOT / "charts" / system.system
            if is_pinned(chart) and not missing(chart):
                text = render(environment, system, tags=False)
                yield folder / f"{system.system}.yaml", _compact(text)


def pictures() -> Files:
    """A drawing an environment, where all of its charts are here."""
    for environment in environments():
        if not any(missing(ROOT / "charts" / each.system) for each in systems(environment)):
            yield PICTURES / f"{environment}.svg", picture(environment)


ROOMS: tuple[Callable[[], Files], ...] = (access_files, readmes, goldens, pictures)


def _compact(manifests: str) -> str:
    """Without empty lines, and without the definitions of kinds, which nobody compares."""
    kept = (e for e in manifests.split("\n---\n") if "\nkind: CustomResourceDefinition\n" not in e)
    lines = (line.rstrip() for line in "\n---\n".join(kept).splitlines())
    return "".join(f"{line}\n" for line in lines if line)


def _rows(rules: Mapping[str, Any]) -> str:
    """JSON with a rule a line, for people to compare."""
    parts = []
    for name, rows in rules.items():
        text = ",\n".join("  " + json.dumps(row) for row in rows)
        parts.append(f' "{name}": [\n{text}\n ]' if rows else f' "{name}": []')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
