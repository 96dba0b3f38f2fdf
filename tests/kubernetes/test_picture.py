"""The picture of an environment says what its manifests allow, no less and no more.

That the kept pictures are not out of date is said by `make render --check` (test_charts.py).
"""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from deploy.picture import LANES, picture
from deploy.programs import ROOT
from deploy.render import PICTURES
from deploy.systems import environments, missing, systems
from deploy.wiring import API, OUTSIDE, boxes, calls
from tests.kubernetes.manifests import need

SVG = "{http://www.w3.org/2000/svg}"
every = pytest.mark.parametrize("environment", environments())


@pytest.fixture(autouse=True)
def charts() -> None:
    need("helm")
    for environment in environments():
        for system in systems(environment):
            for name in missing(ROOT / "charts" / system.system):
                pytest.skip(f"{name} is not here: make charts-pull fetches it")


@pytest.mark.parametrize(
    ("caller", "called", "ports"),
    [
        ("trino", "object-store", {7070}),
        ("casparian-jobs", "object-store", {7070}),
        ("casparian-jobs", "hive-metastore", {9083}),
        ("airflow", "postgres", {5432}),
        ("airflow", "trino", {8080}),
        ("airflow", API, {443}),
        ("spark-operator", API, {443}),
        (OUTSIDE, "spark-operator", {9443}),
    ],
)
def test_the_road_is_drawn(caller: str, called: str, ports: set[int]) -> None:
    assert calls("local")[caller, called] == ports


def test_nothing_is_drawn_that_is_refused() -> None:
    found = calls("local")
    assert not {("casparian-jobs", "postgres"), ("casparian-jobs", "airflow"), ("trino", API),
                ("object-store", API), ("spark-history", "trino")} & found.keys()  # fmt: skip
    assert not any(caller == called for caller, called in found)


def test_a_gateway_and_a_monitor_are_seen_as_what_they_are() -> None:
    found = calls("ha")
    assert found["envoy-gateway", "airflow"] == {8080}
    assert found["monitoring", "trino"] == {8080}
    assert found[OUTSIDE, "envoy-gateway"] == {9443, 10080, 10443}


@every
def test_every_system_and_whoever_calls_one_has_a_box(environment: str) -> None:
    found = [box.name for box in boxes(environment)]
    assert len(found) == len(set(found))
    assert {each.system for each in systems(environment)} <= set(found)
    assert {name for pair in calls(environment) for name in pair} <= set(found)


def test_boxes_say_what_runs_and_what_is_kept() -> None:
    found = {box.name: box for box in boxes("standard")}
    assert found["object-store"].volumes == ("1Ti",)
    assert found["airflow"].parts == (
        "api ×2", "dag-processor ×2", "scheduler ×2", "triggerer ×2",
    )  # fmt: skip
    far = {box.name: box for box in boxes("ha")}
    assert (far["object-store"].layer, far["object-store"].place) == (
        "elsewhere", "https://s3.example.org",
    )  # fmt: skip
    assert "api ×3–6" in far["airflow"].parts


@every
def test_every_call_is_a_dot_and_every_called_an_arrow(environment: str) -> None:
    drawn = ElementTree.fromstring(picture(environment))
    allowed = calls(environment)
    lanes = [each for each in drawn.iter(f"{SVG}g") if each.find(f"{SVG}title") is not None]
    assert len(lanes) == len({called for _, called in allowed})
    assert sum(len(each.findall(f"{SVG}circle")) for each in lanes) == len(allowed)
    across = {each.get("cx") for each in drawn.iter(f"{SVG}circle")}
    assert len(across) == len(lanes)
    assert all(float(x or 0) >= LANES for x in across)


@every
def test_nothing_stands_outside_of_the_picture(environment: str) -> None:
    drawn = ElementTree.fromstring(picture(environment))
    width, height = float(drawn.attrib["width"]), float(drawn.attrib["height"])
    for each in drawn.iter(f"{SVG}rect"):
        assert float(each.get("x", 0)) + float(each.attrib["width"]) <= width
        assert float(each.get("y", 0)) + float(each.attrib["height"]) <= height


def test_a_picture_is_kept_for_every_environment() -> None:
    kept = {path.stem for path in (ROOT / PICTURES).glob("*.svg")}
    assert kept == set(environments())
