"""What is pushed for Argo CD to see: the last commit with tags and charts on top, nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy import publish
from deploy.programs import ROOT
from deploy.systems import missing, systems
from local.downloads import StackError
from tests.repositories import git


def test_the_commit_has_the_tags_and_the_working_tree_stays(tmp_path: Path) -> None:
    if any(missing(ROOT / "charts" / each.system) for each in systems("local")):
        pytest.skip("charts of others are missing: make charts-pull fetches them")
    versions = tmp_path / "versions.yaml"
    versions.write_text("global: {images: {trino: 0123456789ab}}\n", encoding="utf-8")
    before = git(ROOT, "status", "--porcelain")
    made = publish.commit("local", versions)
    assert git(ROOT, "status", "--porcelain") == before
    assert git(ROOT, "show", f"{made}:argocd/envs/local/versions.yaml") == versions.read_text()
    changed = git(ROOT, "diff", "--name-only", "HEAD", made).split()
    assert all(path.endswith(".tgz") or path == "argocd/envs/local/versions.yaml"
               for path in changed)  # fmt: skip
    bare = tmp_path / "app.git"
    git(tmp_path, "init", "--quiet", "--bare", str(bare))
    publish.push(made, str(bare), "main")
    assert git(bare, "rev-parse", "main").strip() == made


def test_a_missing_chart_is_said_with_what_fetches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "missing", lambda chart: ["argo-1.tgz"])
    with pytest.raises(StackError, match=r"needs argo-1\.tgz: fetch it with make charts-pull"):
        publish.commit("local")
