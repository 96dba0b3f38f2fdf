"""The charts as files: small values, one library, a schema that says every value, nothing stale."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from deploy.charts_pull import is_pinned
from deploy.programs import ROOT
from deploy.render import main as render_main
from deploy.systems import BEFORE, charts, environments, missing, systems, upstream, value_files
from tests.kubernetes.manifests import need

CHARTS = [pytest.param(chart, id=chart.name) for chart in charts()]
OURS = [
    pytest.param(chart, id=chart.name)
    for chart in charts()
    if chart.name != "common" and not upstream(chart)
]


@pytest.mark.parametrize("chart", CHARTS)
def test_helm_finds_nothing_to_complain_of(chart: Path) -> None:
    helm = need("helm")
    if missing(chart):
        pytest.skip(f"{chart.name} needs {missing(chart)[0]}: make charts-pull fetches it")
    values = [word for path in value_files("local", chart.name) for word in ("--values", str(path))]
    done = subprocess.run(
        [helm, "lint", "--strict", "--quiet", str(chart), *values],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("chart", OURS)
def test_values_are_few_and_each_is_explained(chart: Path) -> None:
    text = (chart / "values.yaml").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 80
    schema = json.loads((chart / "values.schema.json").read_text(encoding="utf-8"))
    assert schema["additionalProperties"] is False
    assert set(yaml.safe_load(text)) <= set(schema["properties"])
    for name, part in schema["properties"].items():
        reference = part.get("$ref", "").rpartition("/")[2]
        described = part | schema["$defs"].get(reference, {})
        assert name == "common" or described["description"].endswith("."), name


def test_one_word_has_one_meaning_in_all_schemas() -> None:
    seen: dict[str, object] = {}
    for chart in charts():
        path = chart / "values.schema.json"
        if path.exists():
            for name, part in json.loads(path.read_text(encoding="utf-8"))["$defs"].items():
                assert seen.setdefault(name, part) == part, f"{chart.name}: {name}"


@pytest.mark.parametrize("chart", OURS)
def test_the_library_is_the_one_beside_it(chart: Path) -> None:
    assert (chart / "charts" / "common").resolve() == ROOT / "charts" / "common"
    described = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))
    assert described["dependencies"] == [
        {"name": "common", "version": "0.1.0", "repository": "file://../common"}
    ]


@pytest.mark.parametrize("chart", OURS)
def test_templates_lie_by_component_and_kind(chart: Path) -> None:
    for path in (chart / "templates").rglob("*.yaml"):
        assert len(path.relative_to(chart / "templates").parts) == 2, path


def test_every_chart_is_a_system_of_some_environment() -> None:
    """But those of others that nobody could render here: they wait for a line."""
    used = {system.system for name in environments() for system in systems(name)}
    others = {"common", *(each.system for each in BEFORE)}
    others |= {chart.name for chart in charts() if not is_pinned(chart)}
    assert {chart.name for chart in charts()} - others == used - others


@pytest.mark.parametrize("environment", environments())
def test_an_environment_says_only_differences(environment: str) -> None:
    """A value that is the chart's own default is none."""
    for system in systems(environment):
        path = ROOT / "argocd" / "envs" / environment / "values" / f"{system.system}.yaml"
        if path.exists():
            defaults = yaml.safe_load((ROOT / "charts" / system.system / "values.yaml").read_text())
            _differs(yaml.safe_load(path.read_text(encoding="utf-8")), defaults, path.name)


def _differs(said: object, default: object, where: str) -> None:
    if isinstance(said, dict) and isinstance(default, dict) and "requests" not in said:
        for name, value in said.items():
            _differs(value, default.get(name), f"{where}: {name}")
    else:
        assert said != default, f"{where} is the default"


def test_nothing_rendered_is_stale(capsys: pytest.CaptureFixture[str]) -> None:
    need("helm")
    assert render_main(["--check"]) == 0, f"make render\n{capsys.readouterr().out}"
