"""The dbt project as text: grains, keys, one YAML a model, dialects only in their macros."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from casparian.contracts.model import load_all
from spark_jobs.build_marts import PROJECT, source_columns

MODELS = sorted(PROJECT.glob("models/*/*/*.sql"))
MARTS = [path for path in MODELS if path.parts[-3] == "marts"]
SPARK_ONLY = re.compile(
    r"unix_micros|collect_list|collect_set|\barray\(|to_unixtime|array_agg|date_diff|datediff|lateral|explode|unnest"
    r"|sort_array|\bstring\b|::|`|\bqualify\b|\bexcept\s*\(",
    re.IGNORECASE,
)


def described(path: Path) -> dict[str, Any]:
    """The one model in the YAML beside a SQL file."""
    (model,) = yaml.safe_load(path.with_suffix(".yml").read_text(encoding="utf-8"))["models"]
    assert model["name"] == path.stem
    return dict(model)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_says_its_grain_first(path: Path) -> None:
    first = described(path)["description"].splitlines()[0]
    assert first.startswith("One row per ")


@pytest.mark.parametrize("path", MARTS, ids=lambda path: path.stem)
def test_a_mart_tests_its_key_and_describes_its_columns(path: Path) -> None:
    model = described(path)
    (key,) = [test["primary_key"]["arguments"] for test in model["data_tests"]]
    columns = [column["name"] for column in model["columns"]]
    assert set(key["columns"]) <= set(columns)
    assert all(column["description"] for column in model["columns"])


@pytest.mark.parametrize("path", MARTS, ids=lambda path: path.stem)
def test_a_mart_has_an_owner_and_a_unit_test(path: Path) -> None:
    assert described(path)["config"]["meta"]["owner"]
    text = yaml.safe_load(path.with_suffix(".yml").read_text(encoding="utf-8"))
    assert text["unit_tests"]


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_names_say_the_layer(path: Path) -> None:
    layer = path.parts[-3]
    if layer != "marts":
        assert path.stem.startswith({"staging": "stg_", "intermediate": "int_"}[layer])


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_dialect_stays_in_its_macros(path: Path) -> None:
    assert not SPARK_ONLY.findall(path.read_text(encoding="utf-8"))


CUT = re.compile(r"\b(in_days|near_days|touches_days|since_days|holds_near_days)\(")
REFERENCE = re.compile(r"ref\('(int_\w+)'\)")
KNOWS_ITSELF = "int_machines"  # what it heard on other days is in dim_asset, which is made of it


def behind(path: Path) -> set[str]:
    """The intermediate models that a mart is made from."""
    texts = {p.stem: p.read_text(encoding="utf-8") for p in MODELS if p.stem.startswith("int_")}
    found, waiting = set(), REFERENCE.findall(path.read_text(encoding="utf-8"))
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            waiting += REFERENCE.findall(texts[name])
    return found


@pytest.mark.parametrize("path", MARTS, ids=lambda path: path.stem)
def test_only_marts_of_days_read_what_is_cut_to_the_days_of_a_build(path: Path) -> None:
    if "replace_days" in path.read_text(encoding="utf-8"):
        assert "in_days(" in path.read_text(encoding="utf-8")
        return
    texts = {p.stem: p.read_text(encoding="utf-8") for p in MODELS}
    assert not {one for one in behind(path) - {KNOWS_ITSELF} if CUT.search(texts[one])}


@pytest.mark.parametrize("path", MARTS, ids=lambda path: path.stem)
def test_only_marts_of_ends_read_the_points_that_a_build_makes_anew(path: Path) -> None:
    if "replace_tails" not in path.read_text(encoding="utf-8"):
        assert "int_spc_subgroups" not in behind(path)


def test_every_dialect_speaks_every_macro() -> None:
    text = "".join(p.read_text(encoding="utf-8") for p in PROJECT.glob("macros/dialect/*.sql"))
    spoken = {d: set(re.findall(rf"macro {d}__(\w+)", text)) for d in ("spark", "trino")}
    assert (
        spoken["spark"] == spoken["trino"] == set(re.findall(r"adapter\.dispatch\('(\w+)'\)", text))
    )


def test_sources_are_tables_of_contracts_with_their_keys() -> None:
    keys = {t.silver: set(t.primary_key) for c in load_all().values() for t in c.tables.values()}
    for path in PROJECT.glob("models/staging/*/sources.yml"):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                (test,) = table["data_tests"]
                key = set(test["primary_key"]["arguments"]["columns"])
                assert key == keys[f"{source['name']}.{table['name']}"], table["name"]
    assert all(source_columns().values())


def test_no_package_hides_dbt_core() -> None:
    assert not list(PROJECT.rglob("__init__.py"))
