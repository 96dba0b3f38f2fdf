"""Argo CD's side: real limits, one set a layer, and a new system by a folder and a line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from deploy.charts_pull import is_pinned
from deploy.programs import ROOT
from deploy.render import GOLDEN
from deploy.systems import BEFORE, System, argocd, environments, objects, render, systems
from tests.kubernetes.manifests import CLUSTER_KINDS, Object, need, rendered

LAYERS = yaml.safe_load((ROOT / "argocd" / "layers.yaml").read_text(encoding="utf-8"))["layers"]


def kinds(found: list[Object], kind: str) -> dict[str, Object]:
    return {each["metadata"]["name"]: each for each in found if each["kind"] == kind}


@pytest.mark.parametrize("environment", environments())
def test_a_project_lets_in_what_its_systems_need_and_no_more(environment: str) -> None:
    need("helm")
    projects = kinds(objects(argocd(environment)), "AppProject")
    for system in systems(environment):
        project = projects[system.layer]["spec"]
        cluster = {(each["group"], each["kind"]) for each in project["clusterResourceWhitelist"]}
        inside = {(each["group"], each["kind"]) for each in project["namespaceResourceWhitelist"]}
        spaces = {each["namespace"] for each in project["destinations"]}
        for each in rendered(environment, system):
            group = each["apiVersion"].rpartition("/")[0]
            if each["kind"] in CLUSTER_KINDS:
                assert (group, each["kind"]) in cluster, f"{system.system}: {each['kind']}"
            else:
                assert (group, each["kind"]) in inside, f"{system.system}: {each['kind']}"
                assert each["metadata"]["namespace"] in spaces


@pytest.mark.parametrize("environment", environments())
def test_no_project_is_open(environment: str) -> None:
    need("helm")
    for name, project in kinds(objects(argocd(environment)), "AppProject").items():
        spec = project["spec"]
        assert len(spec["sourceRepos"]) == 1, name
        assert "*" not in str(spec), name
        assert ("", "Secret") not in {
            (each["group"], each["kind"]) for each in spec["namespaceResourceWhitelist"]
        }


@pytest.mark.parametrize("environment", environments())
def test_every_system_is_of_one_layer(environment: str) -> None:
    need("helm")
    sets = kinds(objects(argocd(environment)), "ApplicationSet")
    assert sets.keys() == LAYERS.keys()
    for system in systems(environment):
        assert system.layer in sets
    for name, each in sets.items():
        (generator,) = each["spec"]["generators"]
        assert generator["selector"] == {"matchLabels": {"layer": name}}
        assert generator["git"]["files"] == [{"path": f"argocd/envs/{environment}/systems.yaml"}]
        template = each["spec"]["template"]["spec"]
        assert template["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}
        assert "ServerSideApply=true" in template["syncPolicy"]["syncOptions"]
        assert template["syncPolicy"]["retry"]["refresh"] is True


def test_versions_have_no_other_values_beside_them() -> None:
    """Promotion is copying the file: nothing in it may belong to one environment alone."""
    for environment in environments():
        path = ROOT / "argocd" / "envs" / environment / "versions.yaml"
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert found.keys() == {"global"}
        assert found["global"].keys() == {"registry", "images"}


def test_a_system_is_a_folder_and_a_line(tmp_path: Path) -> None:
    """docs/how-to/add-a-system.md, on a copy."""
    need("helm")
    shutil.copytree(ROOT / "charts", tmp_path / "charts", symlinks=True)
    shutil.copytree(ROOT / "argocd", tmp_path / "argocd")
    chart = tmp_path / "charts" / "greeter"
    (chart / "templates" / "server").mkdir(parents=True)
    (chart / "charts").mkdir()
    (chart / "charts" / "common").symlink_to("../../common")
    described = (tmp_path / "charts" / "trino" / "Chart.yaml").read_text(encoding="utf-8")
    (chart / "Chart.yaml").write_text(described.replace("trino", "greeter"), encoding="utf-8")
    (chart / "values.yaml").write_text("callers: [{system: airflow}]\nreplicas: 2\n")
    for kind in ("networkPolicy", "podDisruptionBudget", "service", "serviceMonitor"):
        (chart / "templates" / "server" / f"{kind}.yaml").write_text(
            f'{{{{- include "common.{kind}" '
            '(dict "root" $ "values" .Values "port" 80 "ports" (list 80)) }}'
        )
    line = "- {system: greeter, layer: query, namespace: casparian}\n"
    with open(tmp_path / "argocd" / "envs" / "local" / "systems.yaml", "a") as file:
        file.write(line)
    added = [each for each in systems("local", tmp_path) if each not in systems("local")]
    assert added == [System("greeter", "query", "casparian")]
    found = objects(render("local", added[0], tmp_path))
    assert {each["kind"] for each in found} == {"NetworkPolicy", "PodDisruptionBudget", "Service"}
    assert all(each["metadata"]["name"] == "greeter" for each in found)
    assert {each["metadata"]["namespace"] for each in found} == {"casparian"}
    assert argocd("local", tmp_path) == argocd("local")  # nothing else knows it by name


def test_goldens_are_of_what_is_there() -> None:
    for environment in environments():
        every = {each.system for each in (*BEFORE, *systems(environment))}
        wanted = {f"{name}.yaml" for name in every if is_pinned(ROOT / "charts" / name)}
        wanted.add("argocd.yaml")
        assert {path.name for path in (ROOT / GOLDEN / environment).iterdir()} == wanted
