"""What the DAGs are: ids, joins, deadlines, and the exact command of every task in both forms.

`CASPARIAN_WRITE_EXPECTED=1` writes the expected files anew; read the difference before you commit.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.dags.conftest import DAGS

EXPECTED = Path(__file__).with_name("expected")
ROOT = DAGS.parent
DAG_IDS = ["build_marts", "ingest_exports", "maintain_tables", "read_queries"]
TASK_IDS = {
    "build_marts": ["build_marts", "check_gold", "check_silver"],
    "ingest_exports": ["close_books", "land_exports", "plan_batches", "scan_exports"],
    "maintain_tables": ["maintain_tables", "measure_health"],
    "read_queries": ["read_queries"],
}
OF_THE_LIBRARY = {"maintain_tables": "maintain"}  # its command line is the job
COMMAND_FIELDS = ("bash_command", "cwd", "namespace", "name", "image", "cmds", "template_spec")

Parse = Callable[..., Any]


@pytest.mark.parametrize("form", ["local", "kubernetes"])
def test_exactly_these_dags_and_tasks(parse: Parse, form: str) -> None:
    bag = parse(form)
    assert bag.import_errors == {}
    assert sorted(bag.dags) == DAG_IDS
    assert {name: sorted(dag.task_dict) for name, dag in bag.dags.items()} == TASK_IDS


@pytest.mark.parametrize("form", ["local", "kubernetes"])
def test_command_of_every_task(parse: Parse, form: str) -> None:
    found = {
        dag_id: {task.task_id: _command(task) for task in dag.tasks}
        for dag_id, dag in sorted(parse(form).dags.items())
    }
    expected = EXPECTED / f"{form}.yaml"
    if os.environ.get("CASPARIAN_WRITE_EXPECTED"):
        expected.write_text(yaml.safe_dump(found, sort_keys=True, width=96), encoding="utf-8")
    assert found == yaml.safe_load(expected.read_text(encoding="utf-8"))


def _command(task: Any) -> dict[str, Any]:
    """What Airflow would run, templates rendered; of a mapped task the one for batch `0001`."""
    if task.is_mapped:
        (render,) = task.expand_input.value.callables
        task = task.unmap(render("0001"))
    task.render_template_fields({})
    fields = {name: getattr(task, name, None) for name in COMMAND_FIELDS}
    fields["operator"] = task.task_type
    return {
        name: value.replace(str(ROOT), "<repository>") if isinstance(value, str) else value
        for name, value in fields.items()
        if value
    }


def test_the_dags_are_joined_by_assets(parse: Parse) -> None:
    dags = parse().dags
    (made,) = dags["ingest_exports"].task_dict["close_books"].outlets
    (awaited,) = dags["build_marts"].timetable.asset_condition.objects
    assert made.name == "casparian://silver"
    assert (made.name, made.uri) == (awaited.name, awaited.uri)


def test_marts_are_built_between_the_checks_and_gold_is_told_last(parse: Parse) -> None:
    tasks = parse().dags["build_marts"].task_dict
    assert tasks["build_marts"].upstream_task_ids == {"check_silver"}
    assert tasks["check_gold"].upstream_task_ids == {"build_marts"}
    assert [asset.name for asset in tasks["check_gold"].outlets] == ["casparian://gold"]
    assert not tasks["build_marts"].outlets
    assert all(task.trigger_rule == "all_success" for task in tasks.values())


def test_new_files_are_landed_by_one_mapped_task_a_batch(parse: Parse) -> None:
    dag = parse().dags["ingest_exports"]
    land = dag.task_dict["land_exports"]
    assert land.is_mapped
    assert land.upstream_task_ids == {"plan_batches"}
    assert dag.task_dict["close_books"].upstream_task_ids == {"land_exports"}
    assert dag.task_dict["plan_batches"].upstream_task_ids == {"scan_exports"}


def test_books_are_checked_when_there_was_nothing_to_land(parse: Parse) -> None:
    assert parse().dags["ingest_exports"].task_dict["close_books"].trigger_rule == "none_failed"


def test_health_is_taken_also_where_maintenance_failed(parse: Parse) -> None:
    measure = parse().dags["maintain_tables"].task_dict["measure_health"]
    assert measure.upstream_task_ids == {"maintain_tables"}
    assert measure.trigger_rule == "all_done"
    assert "--prometheus" not in measure.bash_command


def test_metrics_are_written_where_a_folder_is_named(parse: Parse) -> None:
    measure = (
        parse(CASPARIAN_METRICS="/metrics").dags["maintain_tables"].task_dict["measure_health"]
    )
    assert measure.bash_command.endswith("--prometheus /metrics/casparian.prom")


def test_nothing_runs_by_itself_where_exports_are_landed_when_asked(parse: Parse) -> None:
    for schedule, planned in (("@hourly", True), ("", False)):
        dags = parse(CASPARIAN_SCHEDULE=schedule).dags
        for dag_id in ("maintain_tables", "read_queries"):
            assert dags[dag_id].timetable.can_be_scheduled is planned


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_retries_with_growing_pauses_and_a_deadline(parse: Parse, dag_id: str) -> None:
    dag = parse().dags[dag_id]
    assert dag.max_active_runs == 1
    assert dag.catchup is False
    assert timedelta(0) < dag.dagrun_timeout <= timedelta(hours=4)
    for task in dag.tasks:
        task = task.unmap({"bash_command": "true"}) if task.is_mapped else task
        assert task.retries == 3
        assert task.retry_exponential_backoff
        assert timedelta(0) < task.execution_timeout <= dag.dagrun_timeout


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_the_docstring_is_the_runbook(parse: Parse, dag_id: str) -> None:
    source = ast.parse((DAGS / f"{dag_id}.py").read_text(encoding="utf-8"))
    dag = parse().dags[dag_id]
    assert dag.doc_md == ast.get_docstring(source, clean=False)
    for heading in ("**What it does.**", "**When it fails.**", "**How to run it again.**"):
        assert heading in dag.doc_md
    assert dag.tags


def test_a_job_has_one_id_in_dag_and_module(parse: Parse) -> None:
    commands = ROOT / "src" / "casparian" / "cli"
    for dag_id in DAG_IDS:
        command = OF_THE_LIBRARY.get(dag_id)
        module = commands / f"{command}.py" if command else ROOT / "spark_jobs" / f"{dag_id}.py"
        assert module.is_file()


def test_dags_know_no_code_of_the_jobs() -> None:
    for file in DAGS.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            assert not {name.split(".")[0] for name in names} & {"casparian", "spark_jobs"}, file


def test_an_unknown_form_is_an_import_error_that_says_what_to_do(parse: Parse) -> None:
    errors = parse("docker").import_errors.values()
    assert len(errors) == len(DAG_IDS)
    assert all("use 'local' or 'kubernetes'" in error for error in errors)


def test_kubernetes_without_an_image_is_an_import_error(parse: Parse) -> None:
    errors = parse("kubernetes", CASPARIAN_IMAGE="").import_errors.values()
    assert all("CASPARIAN_IMAGE is not set" in error for error in errors)
    assert len(errors) == len(DAG_IDS)


def test_every_pod_runs_restricted_and_knows_secrets_by_name_alone(parse: Parse) -> None:
    dags = parse("kubernetes").dags
    spec = dags["build_marts"].task_dict["build_marts"].template_spec["spec"]
    assert spec["dynamicAllocation"]["enabled"] is True
    library = dags["ingest_exports"].task_dict["scan_exports"].pod_template_dict["spec"]
    for pod in (spec["driver"]["template"]["spec"], spec["executor"]["template"]["spec"], library):
        assert pod["securityContext"]["runAsNonRoot"] is True
        (container,) = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert all("secretKeyRef" in each["valueFrom"] for each in container["env"])


def test_an_environment_lays_its_sizes_over_the_application(parse: Parse, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay.yaml"
    said = {"driver": {"memory": "2g"}, "sparkConf": {"spark.eventLog.enabled": "true"}}
    overlay.write_text(yaml.safe_dump(said), encoding="utf-8")
    dags = parse("kubernetes", CASPARIAN_SPARK_OVERLAY=str(overlay)).dags
    spec = dags["build_marts"].task_dict["build_marts"].template_spec["spec"]
    assert (spec["driver"]["memory"], spec["driver"]["cores"]) == ("2g", 1)
    assert spec["sparkConf"]["spark.eventLog.enabled"] == "true"
    assert len(spec["sparkConf"]) > 1


def test_an_application_is_called_the_same_in_every_try(parse: Parse) -> None:
    task = parse("kubernetes").dags["build_marts"].task_dict["build_marts"]
    names = set()
    for run in ("one", "one", "other"):
        task.run = task.of_run("build_marts", "build_marts", run, -1)
        names.add(task.create_job_name())
    assert len(names) == 2
    assert all(name.startswith("build-marts-") and len(name) < 64 for name in names)
