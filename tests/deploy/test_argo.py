"""Argo CD is installed where there is none and its chart is here, else one sentence helps."""

from __future__ import annotations

import pytest

from deploy import argo, cluster, releases
from local.downloads import StackError


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    said: list[tuple[str, ...]] = []
    monkeypatch.setattr(releases, "answer", lambda *words: said.append(words))
    monkeypatch.setattr(cluster, "apply", lambda manifests: said.append(("apply", manifests)))
    monkeypatch.setattr(cluster, "one", lambda kind, name: None)
    monkeypatch.setattr(argo, "missing", lambda chart: [])
    return said


def test_where_it_is_nothing_is_done(
    told: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "one", lambda kind, name: {"metadata": {"name": name}})
    assert argo.ensure("local") is False
    assert told == []


def test_its_chart_is_installed_into_a_restricted_namespace(told: list[tuple[str, ...]]) -> None:
    assert argo.ensure("local") is True
    (_, namespace), helm = told
    assert '"pod-security.kubernetes.io/enforce": "restricted"' in namespace
    assert helm[:4] == ("helm", "upgrade", "--install", "argocd")
    assert helm[4].endswith("charts/argo-cd")
    assert "--wait" in helm


def test_without_its_chart_a_sentence_says_what_to_do(
    told: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(argo, "missing", lambda chart: ["argo-cd-10.1.0.tgz"])
    with pytest.raises(StackError, match=r"fetch its chart \(make charts-pull\)"):
        argo.ensure("local")
    assert told == []
