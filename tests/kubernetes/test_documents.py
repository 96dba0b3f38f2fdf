"""`docs/how-to/add-a-system.md`, followed to its last command on a copy of the repository."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from deploy.programs import ROOT
from tests.docs.test_documents import follow
from tests.kubernetes.manifests import need


def test_adding_a_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("helm")
    for room in ("charts", "argocd", "deploy", "local", "spark_jobs", "src", "requirements"):
        shutil.copytree(ROOT / room, tmp_path / room, symlinks=True)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{tmp_path / 'src'}")
    said = follow("docs/how-to/add-a-system.md", tmp_path)
    assert "written: tests/kubernetes/golden/standard/greeter.yaml" in said
    assert said.splitlines()[-1] == "4"
    golden = tmp_path / "tests" / "kubernetes" / "golden" / "local" / "greeter.yaml"
    found = [each for each in yaml.safe_load_all(golden.read_text(encoding="utf-8")) if each]
    assert {each["kind"] for each in found} == {
        "Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service",
    }  # fmt: skip
