"""Builds the gold marts: dbt on a Spark session over the lake, or on Trino.

``python -m spark_jobs.build_marts --lake DIR`` registers the silver tables that dbt names as
sources, runs ``dbt build`` in this process on this session, and prints a line a mart. With
``CASPARIAN_DBT_TARGET=trino`` the Trino of the environment does the work (``spark_jobs.trino``).
Of the facts of days it makes anew the days that have changed (``spark_jobs.changed_days``), with
``--full-refresh`` all of them. Run again it gives every gold table the same content.

What dbt writes for itself (compiled SQL, its parse cache, logs) goes to ``$CASPARIAN_STATE``
(default ``.local/dbt`` of the checkout), so the project may lie in a read-only place. Exit 0 when
all is built and tested, 1 with one sentence when not.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from casparian.contracts.model import load_all
from casparian.kpi.factors import chart_factors
from casparian.lake.bucket import FULL, is_full
from casparian.lake.store import Lake
from spark_jobs import chart_tails
from spark_jobs.changed_days import Mart, Plan, everything, find, marts_of, read_whole, remember
from spark_jobs.jars import JarsMissingError
from spark_jobs.session import NoJavaError, schemas, spark_session
from spark_jobs.trino import NoTrinoError, TrinoSession, trino_session

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunner, dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest
    from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "dbt"
SUBGROUP_SIZES = range(2, 101)
FAILED = ("error", "fail", "runtime error")

FULL_STORE = f"{FULL}: free some space and run again"
SETTINGS = {
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.databricks.delta.stats.collect": "false",
}
# One small query after another: planning and compiling cost more than the data, so plans are kept
# plain and are interpreted. From some millions of rows on it is the other way round.
FEW_ROWS = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
MANY_ROWS = {"spark.sql.shuffle.partitions": "16"}
MANY_BYTES = 64 << 20  # of Parquet, to be read of silver
VAST_BYTES = 1 << 30  # from here on Java's second compiler saves what it costs, some 20 CPU-s
SPARK_TYPES = {
    pa.string(): "STRING",
    pa.float64(): "DOUBLE",
    pa.int64(): "BIGINT",
    pa.timestamp("us", tz="UTC"): "TIMESTAMP",
    pa.date32(): "DATE",
    pa.bool_(): "BOOLEAN",
}
LINEAGE = (
    "_source_hash STRING, _source_path STRING, _source_row BIGINT, _parser STRING, "
    "_parser_version STRING, _contract_version STRING, _ingested_at TIMESTAMP"
)


class MartsError(RuntimeError):
    """dbt could not build or a test of it failed; one sentence."""


def source_columns() -> dict[str, str]:
    """Address of each source of the project → its columns as DDL, by its contract."""
    import yaml

    tables = {
        table.silver: table.schema
        for contract in load_all().values()
        for table in contract.tables.values()
    }
    found = {}
    for path in sorted(PROJECT.glob("models/staging/*/sources.yml")):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                address = f"{source['name']}.{table['name']}"
                found[address] = _ddl(tables[address])
    return found


def _ddl(schema: pa.Schema) -> str:
    columns = ", ".join(f"{field.name} {SPARK_TYPES[field.type]}" for field in schema)
    return f"{columns}, {LINEAGE}"


def mart_addresses() -> list[str]:
    """Address of each mart of the project, from its folder and file."""
    marts = sorted(PROJECT.glob("models/marts/*/*.sql"))
    return [f"gold_{path.parent.name}.{path.stem}" for path in marts]


def variables() -> dict[str, Any]:
    """dbt variables that Python computes: the factors of control charts by subgroup size."""
    factors = {size: chart_factors(size) for size in SUBGROUP_SIZES}
    return {
        "spc_factors": {
            str(n): {"d2": repr(f.d2), "d3": repr(f.d3), "c4": repr(f.c4)}
            for n, f in factors.items()
        }
    }


def phase_1() -> int:
    """From how many points the limits of a control chart come."""
    import yaml

    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    return int(project["vars"]["baseline_subgroups"])


def start_session(lake: str, size: int) -> SparkSession | TrinoSession:
    """An engine with the project's sources and the marts that are there already.

    size: bytes of silver that the build goes through, about
    """
    tables = {**_shared(lake), **source_columns(), **dict.fromkeys(mart_addresses(), "")}
    if os.environ.get("CASPARIAN_DBT_TARGET") == "trino":
        return trino_session(lake, tables)
    settings = {**SETTINGS, **(MANY_ROWS if size >= MANY_BYTES else FEW_ROWS)}
    vast = size >= VAST_BYTES
    return spark_session("build_marts", lake, tables=tables, settings=settings, many_rows=vast)


def _shared(lake: str) -> dict[str, str]:
    """All of silver, where a metastore tells others of it: dashboards ask for the roll-ups."""
    if not os.environ.get("CASPARIAN_METASTORE"):
        return {}
    known = tuple(f"{schema}." for schema in schemas() if schema.startswith("silver_"))
    return {address: "" for address in lake_at(lake).addresses() if address.startswith(known)}


def lake_at(uri: str) -> Lake:
    """The lake that Spark knows by this folder or URI."""
    return Lake.at(uri.replace("s3a://", "s3://", 1))


def state_folder() -> Path:
    """Where dbt may write: ``$CASPARIAN_STATE``, or the checkout, or else the temporary folder."""
    if given := os.environ.get("CASPARIAN_STATE"):
        return Path(given).resolve()
    if os.access(ROOT, os.W_OK):
        return ROOT / ".local" / "dbt"
    return Path(tempfile.gettempdir()) / "casparian-dbt"


def dbt_arguments(command: str, *plans: Plan | chart_tails.Tails) -> list[str]:
    """Arguments that every dbt command takes here; plans: what to build of facts, all without."""
    state = state_folder()
    chosen = {name: value for plan in plans for name, value in plan.variables().items()}
    return [
        *("--no-use-colors", "--log-level", "none", "--log-path", str(state / "logs")),
        *command.split(),
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str(state / "target"), "--vars", json.dumps({**variables(), **chosen})),
    ]


def build(
    lake: str,
    select: str | None = None,
    *,
    test: bool = True,
    unit: bool = False,
    docs: bool = False,
    full_refresh: bool = False,
) -> None:
    """Builds the marts of a lake.

    select        dbt's selection, None for all
    test          with the data tests
    unit          with the unit tests of the SQL, which need SQL of all days
    docs          with dbt's documentation site, in the state folder
    full_refresh  all days of the facts of days and all points, not only those that have changed
    Raises ``MartsError``, ``JarsMissingError``, ``NoJavaError``, ``NoTrinoError``.
    """
    from dbt.cli.main import dbtRunner

    manifest = cast("Manifest", _run(dbtRunner(), dbt_arguments("parse")).result)
    chosen = _chosen(manifest, select)
    marts = [mart for mart in marts_of(manifest, variables()) if mart.name in chosen]
    charts = _charts(manifest, chosen)
    tables = lake_at(lake)
    plan = find(tables, marts, read_whole(manifest, chosen))
    tails = chart_tails.find(tables, charts, phase_1())
    if full_refresh or unit:
        plan = everything(plan, "asked for")
        tails = chart_tails.everything(tails, "asked for")
    session = start_session(lake, plan.bytes)  # which settings are right, the plan tells
    sys.stdout.writelines(f"days of facts: {sentence}\n" for sentence in plan.sentences())
    sys.stdout.writelines(f"control charts: {tails.sentence()}\n" for _ in charts[:1])
    done: set[str] = set()
    runner = dbtRunner(manifest=manifest, callbacks=[_progress(done, _tested(manifest))])
    try:
        _run(runner, [*dbt_arguments("build", plan, tails), *_choice(select, test, unit)])
        if docs:
            _run(runner, dbt_arguments("docs generate", plan, tails))
    finally:
        session.stop()
        remember(tables, marts, done, plan, test)
        chart_tails.note(tables, charts, done, tails, test)


def _charts(manifest: Manifest, chosen: set[str]) -> list[Mart]:
    """The marts of control charts that are chosen; another phase I makes them anew."""
    told = {**variables(), "baseline_subgroups": phase_1()}
    marts = marts_of(manifest, told, chart_tails.STRATEGY)
    return [mart for mart in marts if mart.name in chosen]


def _chosen(manifest: Manifest, select: str | None) -> set[str]:
    """Names of the models that dbt selects: what is not built need not decide what is."""
    from dbt.cli.main import dbtRunner

    if select is None:
        return {node.name for node in manifest.nodes.values()}
    listing = [*dbt_arguments("list"), "--resource-type", "model", "--output", "name"]
    names = _run(dbtRunner(manifest=manifest), [*listing, "--select", select, "--quiet"]).result
    return set(cast("list[str]", names))


def _choice(select: str | None, test: bool, unit: bool) -> list[str]:
    left_out = [kind for kind, wanted in (("test", test), ("unit_test", unit)) if not wanted]
    chosen = [argument for kind in left_out for argument in ("--exclude-resource-type", kind)]
    return chosen + (["--select", select] if select else [])


def _run(runner: dbtRunner, arguments: Sequence[str]) -> dbtRunnerResult:
    """Runs one dbt command; raises ``MartsError`` with the first thing that went wrong."""
    done = runner.invoke(list(arguments))
    if done.success:
        return done
    if done.exception is not None:
        raise MartsError(f"dbt stopped: {_one_line(str(done.exception))}")
    for name, message in _failures(done.result):
        raise MartsError(f"dbt: {name} failed: {_one_line(message)}")
    raise MartsError(f"dbt failed without a word: see {state_folder() / 'logs'}")


def _failures(result: Any) -> Iterator[tuple[str, str]]:
    for node in getattr(result, "results", ()):
        if str(node.status) in FAILED:
            yield node.node.name, node.message or "no reason given"


def _one_line(text: str) -> str:
    return FULL_STORE if is_full(text) else " ".join(text.split())[:500]


def _tested(manifest: Manifest) -> dict[str, str]:
    """Id of each test of a model → address of the model."""
    models = {one: f"{node.schema}.{node.name}" for one, node in manifest.nodes.items()}
    attached = {one: getattr(node, "attached_node", None) for one, node in manifest.nodes.items()}
    return {one: models[model] for one, model in attached.items() if model in models}


def _progress(done: set[str], tested: Mapping[str, str]) -> Callable[[Any], None]:
    """Prints a line for each mart that is built and each node that fails, with its seconds.

    done: takes the addresses of the models that were built and of which no test failed. tested: id
    of a test → address of its model.
    """
    started: dict[str, float] = {}

    def show(event: Any) -> None:
        if event.info.name not in ("NodeStart", "NodeFinished"):
            return
        node = event.data.node_info
        if event.info.name == "NodeStart":
            started[node.unique_id] = time.monotonic()
            return
        if node.node_status in FAILED:
            done.discard(tested.get(node.unique_id, ""))
        if node.node_status == "success":
            done.add(f"{node.node_relation.schema}.{node.node_relation.alias}")
        seconds = time.monotonic() - started.get(node.unique_id, time.monotonic())
        if node.node_path.startswith("marts") or node.node_status in FAILED:
            sys.stdout.write(f"{node.node_status:8}{seconds:6.1f} s  {node.node_name}\n")
            sys.stdout.flush()

    return show


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="build_marts", description="Build the gold marts of a lake with dbt."
    )
    parser.add_argument(
        "--lake", default=os.environ.get("CASPARIAN_LAKE", "lake"), help="folder or URI of the lake"
    )
    parser.add_argument("--select", help="dbt selection, e.g. fct_oee_shift+ (default: everything)")
    parser.add_argument(
        "--test", action=argparse.BooleanOptionalAction, default=True, help="run the data tests"
    )
    parser.add_argument(
        "--full-refresh", action="store_true", help="build facts of days anew as a whole"
    )
    parser.add_argument("--unit", action="store_true", help="run the unit tests of the SQL as well")
    parser.add_argument("--docs", action="store_true", help="write dbt's documentation site")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 when all is built, 1 with one sentence."""
    given = arguments().parse_args(argv)
    try:
        build(
            given.lake,
            given.select,
            test=given.test,
            unit=given.unit,
            docs=given.docs,
            full_refresh=given.full_refresh,
        )
    except (MartsError, JarsMissingError, NoJavaError, NoTrinoError) as error:
        print(error, file=sys.stderr)
        return 1
    except _spark_errors() as error:
        if not is_full(str(error)):
            raise
        print(FULL_STORE, file=sys.stderr)
        return 1
    return 0


def _spark_errors() -> tuple[type[Exception], ...]:
    """What Spark raises. Looked up only when something was raised."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return (PySparkException, Py4JError)


if __name__ == "__main__":
    sys.exit(main())
