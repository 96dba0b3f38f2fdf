"""Charts of others: the pinned one or none, from wherever it can be had."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import charts_pull
from deploy.charts_pull import PINS, digest, pull
from deploy.programs import ROOT
from deploy.systems import charts, missing, upstream
from local.downloads import StackError
from tests.kubernetes.manifests import need

WANTED = {"name": "x", "version": "1.0.0", "repository": "https://charts.example"}


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A repository that has x 1.0.0; the hash of its files."""
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "Chart.yaml").write_text("name: x\n", encoding="utf-8")
    with tarfile.open(tmp_path / "x-1.0.0.tgz", "w:gz") as tar:
        tar.add(tmp_path / "x", "x")

    def answer(*words: str) -> str:
        (Path(words[-1]) / "x-1.0.0.tgz").write_bytes((tmp_path / "x-1.0.0.tgz").read_bytes())
        return ""

    monkeypatch.setattr(charts_pull, "answer", answer)
    return digest(tmp_path / "x-1.0.0.tgz")


def test_the_pinned_chart_is_taken(
    tmp_path: Path, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PINS, "x", {"sha256": published})
    pull(WANTED, tmp_path / "to")
    assert (tmp_path / "to" / "x-1.0.0.tgz").is_file()


def test_another_chart_of_that_version_is_refused(
    tmp_path: Path, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PINS, "x", {"sha256": "0" * 64})
    with pytest.raises(StackError, match=f"x 1.0.0 is not the pinned chart: .* {published}"):
        pull(WANTED, tmp_path / "to")
    assert list((tmp_path / "to").iterdir()) == []


def test_a_chart_without_a_pin_is_taken_and_its_hash_is_said(
    tmp_path: Path, published: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pull(WANTED, tmp_path / "to")
    assert f'sha256 = "{published}"' in capsys.readouterr().out


def test_what_cannot_be_had_keeps_no_other_from_being_fetched(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def refuse(wanted: dict[str, str], folder: Path) -> None:
        asked.append(wanted["name"])
        raise StackError(f"{wanted['name']} cannot be had.")

    monkeypatch.setattr(charts_pull, "pull", refuse)
    monkeypatch.setattr(charts_pull, "missing", lambda chart: _archives(chart))
    assert charts_pull.main([]) == 1
    wanted = [each["name"] for chart in charts() for each in upstream(chart)]
    assert asked == wanted
    assert len(capsys.readouterr().err.splitlines()) == len(wanted)


def _archives(chart: Path) -> list[str]:
    return [f"{each['name']}-{each['version']}.tgz" for each in upstream(chart)]


def test_a_module_s_sources_are_packaged_as_their_publisher_does(tmp_path: Path) -> None:
    need("helm")
    chart = tmp_path / "x"
    chart.mkdir()
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: x\nversion: v0.0.0\n", "utf-8")
    (chart / "values.tmpl.yaml").write_text("image: ${Image}\n", encoding="utf-8")
    pin: dict[str, Any] = {
        "always": True,
        "template": "values.tmpl.yaml",
        "words": {"Image": "i:1"},
    }
    charts_pull._package(pin, WANTED, chart, tmp_path)
    with tarfile.open(tmp_path / "x-1.0.0.tgz") as tar:
        found = {each.name: tar.extractfile(each).read() for each in tar}  # type: ignore[union-attr]
    assert found.keys() == {"x/Chart.yaml", "x/values.yaml"}
    assert yaml.safe_load(found["x/Chart.yaml"])["appVersion"] == "1.0.0"
    assert found["x/values.yaml"] == b"image: i:1\n"


def test_pins_are_of_charts_that_are_wrapped() -> None:
    wrapped = {each["name"] for chart in charts() for each in upstream(chart)}
    assert set(PINS) <= wrapped


def test_what_was_fetched_is_pinned_or_said() -> None:
    for chart in charts():
        for each in upstream(chart):
            if each["name"] in PINS and not missing(ROOT / "charts" / chart.name):
                path = chart / "charts" / f"{each['name']}-{each['version']}.tgz"
                assert digest(path) == PINS[each["name"]]["sha256"]
