"""Pods of every environment: no root, nothing unpinned, requests and limits, no clear secret."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from deploy.programs import ROOT
from deploy.systems import System, upstream, workloads
from tests.kubernetes.manifests import CASES, containers, rendered

IMAGE = re.compile(r"ghcr\.io/casparian/[a-z-]+:[0-9a-f]{12}")
UPSTREAM = re.compile(r"[a-z0-9.-]+(/[a-z0-9-]+)+:v?[0-9]+\.[0-9]+\.[0-9]+(-[a-z0-9]+)?")
SECRET = re.compile(r"(?i)(password|secret|token|fernet|access.?key)")
REFERENCE = re.compile(r"\$\{(ENV:|env\.)[A-Z_]+\}|/[\w/.-]*|casparian-[a-z0-9]+|[\w.]+Provider")
UNPROBED = {"cert-manager-controller", "cert-manager-cainjector"}  # they serve nobody

pytestmark = pytest.mark.parametrize(("environment", "system"), CASES)


def is_upstreams(system: System) -> bool:
    return bool(upstream(ROOT / "charts" / system.system))


def test_no_container_may_do_more_than_the_restricted_standard(
    environment: str, system: System
) -> None:
    for name, spec, pod in containers(rendered(environment, system)):
        own, shared = spec["securityContext"], pod.get("securityContext", {})
        assert own["allowPrivilegeEscalation"] is False, name
        assert own["capabilities"] == {"drop": ["ALL"]}, name
        assert own["readOnlyRootFilesystem"] is True, name
        assert own.get("runAsNonRoot", shared.get("runAsNonRoot")) is True, name
        assert (shared | own)["runAsUser"] > 0, name
        assert (own | shared)["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not pod.get("hostNetwork")
        assert not pod.get("hostPID")
        assert not any("hostPath" in volume for volume in pod.get("volumes", []))


def test_every_image_is_built_here_or_pinned_upstream(environment: str, system: System) -> None:
    wanted = UPSTREAM if is_upstreams(system) else IMAGE
    for name, spec, _ in containers(rendered(environment, system)):
        assert wanted.fullmatch(spec["image"]), f"{name}: {spec['image']}"
        assert spec["imagePullPolicy"] == "IfNotPresent", name


def test_every_image_of_ours_has_a_folder(environment: str, system: System) -> None:
    if not (ROOT / "images").is_dir():
        pytest.skip("images/ is not here")
    for _, spec, _ in containers(rendered(environment, system)):
        if IMAGE.fullmatch(spec["image"]):
            name = spec["image"].rpartition("/")[2].partition(":")[0]
            assert (ROOT / "images" / name / "Dockerfile").is_file()


def test_requests_and_limits_are_said(environment: str, system: System) -> None:
    for name, spec, _ in containers(rendered(environment, system)):
        for kind in ("requests", "limits"):
            assert spec["resources"][kind].keys() >= {"cpu", "memory"}, name


def test_every_server_is_probed(environment: str, system: System) -> None:
    servers = [e for e in workloads(rendered(environment, system)) if e["kind"] != "Job"]
    for owner in servers:
        for spec in owner["spec"]["template"]["spec"]["containers"]:
            if spec["name"] not in UNPROBED:
                assert "readinessProbe" in spec, spec["name"]
                assert "livenessProbe" in spec, spec["name"]


def test_no_secret_is_in_clear(environment: str, system: System) -> None:
    found = rendered(environment, system)
    assert not [each for each in found if each["kind"] == "Secret"]
    for name, spec, _ in containers(found):
        for variable in spec.get("env", []):
            if SECRET.search(variable["name"]):
                assert "secretKeyRef" in variable.get("valueFrom", {}), f"{name}: {variable}"
    for each in found:
        if each["kind"] == "ConfigMap":
            for key, value in _settings(each["data"]):
                if SECRET.search(key.rpartition(".")[2]):
                    assert REFERENCE.fullmatch(value), f"{each['metadata']['name']}: {key}={value}"


def _settings(data: dict[str, str]) -> list[tuple[str, str]]:
    """Names and values in a ConfigMap: its own, and those in files of properties and in sites."""
    found = []
    for key, text in data.items():
        if key.endswith((".properties", ".config")):
            found += [tuple(line.split("=", 1)) for line in text.splitlines() if "=" in line]
        elif key.endswith(".xml"):
            found += re.findall(r"<name>(.*?)</name><value>(.*?)</value>", text)
        elif "." not in key:
            found.append((key, text))
    return [(key.strip(), value.strip()) for key, value in found]  # type: ignore[misc]


def test_who_asks_kubernetes_says_so(environment: str, system: System) -> None:
    """A token is in no pod that has no use for it."""
    if is_upstreams(system):
        pytest.skip("upstream's own")
    asking = {
        owner["metadata"]["name"]
        for owner in workloads(rendered(environment, system))
        if owner["spec"]["template"]["spec"]["automountServiceAccountToken"]
    }
    assert asking == (
        {"airflow-scheduler", "airflow-triggerer"} if system.system == "airflow" else set()
    )


def test_manifests_are_yaml_that_json_can_say(environment: str, system: System) -> None:
    for each in rendered(environment, system):
        assert json.loads(json.dumps(each)) == yaml.safe_load(yaml.safe_dump(each))
