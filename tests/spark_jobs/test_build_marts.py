"""The command around dbt: what it refuses, and where it may write. The marts are tests/dbt's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from casparian.kpi.factors import chart_factors
from casparian.lake.store import Lake
from casparian.lake.suites import Suites
from spark_jobs import build_marts


def test_without_jars_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASPARIAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CASPARIAN_STATE", str(tmp_path / "state"))
    assert build_marts.main(["--lake", str(tmp_path / "lake")]) == 1
    said = capsys.readouterr().err.strip()
    assert said.startswith("Spark cannot start: ")
    assert said.endswith("run `python -m spark_jobs.jars` once with a network.")
    assert len(said.splitlines()) == 1


def test_without_java_it_says_what_to_do(tmp_path: Path) -> None:
    environment = {**os.environ, "JAVA_HOME": str(tmp_path), "CASPARIAN_STATE": str(tmp_path)}
    command = [sys.executable, "-m", "spark_jobs.build_marts", "--lake", str(tmp_path / "lake")]
    paths = {"PYTHONPATH": os.pathsep.join(("src", "."))}
    done = subprocess.run(
        command,
        cwd=build_marts.ROOT,
        env=environment | paths,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip().endswith(
        "Spark did not start: it needs Java 17 or newer, on the PATH or in JAVA_HOME."
    )
    assert "Traceback" not in done.stderr


def test_dbt_writes_outside_of_its_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASPARIAN_STATE", str(tmp_path))
    arguments = build_marts.dbt_arguments("build")
    assert arguments[arguments.index("--target-path") + 1] == str(tmp_path / "target")
    assert arguments[arguments.index("--log-path") + 1] == str(tmp_path / "logs")


def test_factors_are_those_of_the_library() -> None:
    factors = build_marts.variables()["spc_factors"]["5"]
    assert float(factors["d2"]) == chart_factors(5).d2
    assert float(factors["d3"]) == chart_factors(5).d3


def test_marts_are_found_in_their_domains() -> None:
    assert set(build_marts.mart_addresses()) > {
        "gold_equipment.downtime_summary",
        "gold_production.fct_oee_shift",
        "gold_quality.fct_spc_points",
    }


ASKED = {"primary_key": "unique", "not_null": "not_null", "accepted_values": "allowed"}


def _data_tests() -> Iterator[tuple[str, list[str], str, dict[str, Any]]]:
    """Address, column, kind and arguments of each data test of the project, save those of seeds."""
    for path in sorted(build_marts.PROJECT.glob("models/**/*.yml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        tables = [
            (f"{source['name']}.{table['name']}", table)
            for source in document.get("sources", [])
            for table in source["tables"]
        ]
        layer, domain = path.parts[-3:-1]
        schema = f"gold_{domain}" if layer == "marts" else layer
        tables += [(f"{schema}.{model['name']}", model) for model in document.get("models", [])]
        for address, table in tables:
            for about, column in [
                (table, []),
                *((c, [c["name"]]) for c in table.get("columns", [])),
            ]:
                for test in about.get("data_tests", []):
                    (kind, given), *_ = ({test: {}} if isinstance(test, str) else test).items()
                    yield address, column, kind, given.get("arguments", {})


def test_the_dag_may_leave_the_data_tests_out_for_the_checks_ask_them(tmp_path: Path) -> None:
    suites = Suites(Lake.at(tmp_path))
    found = list(_data_tests())
    for address, column, kind, given in found:
        suite = [each for each in suites.of(address) if each.severity == "critical"]
        asked = {(each.kind, frozenset(each.columns)) for each in suite}
        columns = given.get("columns", column)
        wanted = {(ASKED[kind], frozenset(columns))}
        if kind == "primary_key":
            needed = (name for name in columns if name not in given.get("nullable", ()))
            wanted |= {("not_null", frozenset([name])) for name in needed}
        assert wanted <= asked, (address, kind, wanted - asked)
    assert len(found) > 40
    assert not [*build_marts.PROJECT.glob("tests/**/*.sql")]


@pytest.mark.parametrize(
    ("size", "compiled", "twice"),
    [
        (0, False, False),
        (build_marts.MANY_BYTES, True, False),
        (build_marts.VAST_BYTES, True, True),
    ],
)
def test_plans_are_compiled_where_much_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, compiled: bool, twice: bool
) -> None:
    asked: dict[str, object] = {}
    monkeypatch.setattr(build_marts, "spark_session", lambda *_, **given: asked.update(given))
    build_marts.start_session(str(tmp_path), size)
    settings = asked["settings"]
    assert isinstance(settings, dict)
    assert ("spark.sql.codegen.wholeStage" in settings) is not compiled
    assert asked["many_rows"] is twice
