"""Engines are asked whether they work; what they are told is seen by programs that stand in."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.engines import ENGINES, engine
from local.downloads import StackError

SAYS = '#!/bin/sh\necho "$0 $*" >> "$SAID"\n'


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing but what a test puts there."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setenv("SAID", str(tmp_path / "said"))
    for name in ENGINES:
        put(tmp_path, name, "exit 1")
    return tmp_path


def put(folder: Path, name: str, what: str) -> None:
    (folder / name).write_text(f"{SAYS}{what}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def test_a_docker_client_without_a_daemon_is_passed_over(programs: Path) -> None:
    put(programs, "buildah", "exit 0")
    assert engine().program == "buildah"


def test_the_first_that_works_is_taken(programs: Path) -> None:
    put(programs, "podman", "exit 0")
    put(programs, "buildah", "exit 0")
    assert engine().program == "podman"


def test_where_none_works_a_sentence_says_what_to_do(programs: Path) -> None:
    with pytest.raises(StackError, match="no engine that builds images works here"):
        engine()
    with pytest.raises(StackError, match="docker does not work here"):
        engine("docker")


def test_buildah_builds_in_a_chroot_unless_told_otherwise(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(programs, "buildah", 'echo "isolation $BUILDAH_ISOLATION"')
    (programs / "context").mkdir()
    monkeypatch.delenv("BUILDAH_ISOLATION", raising=False)
    ENGINES["buildah"].build(programs / "context", "r/x:1", {"BASE": "r/base:1"}, {"a": "b"})
    assert (programs / "build.log").read_text("utf-8") == "isolation chroot\n"
    monkeypatch.setenv("BUILDAH_ISOLATION", "rootless")
    ENGINES["buildah"].build(programs / "context", "r/x:1", {}, {})
    assert (programs / "build.log").read_text("utf-8") == "isolation rootless\n"
    said = (programs / "said").read_text("utf-8").splitlines()[0]
    assert "--tag r/x:1 --build-arg=BASE=r/base:1 --label=a=b" in said


@pytest.mark.parametrize("name", ENGINES)
def test_a_build_that_fails_says_its_last_words_and_where_the_rest_is(
    programs: Path, name: str
) -> None:
    put(programs, name, "echo first; echo 'no such package' >&2; exit 1")
    (programs / "context").mkdir()
    with pytest.raises(StackError, match=r"r/x:1 was not built: no such package \(see .*build.log"):
        ENGINES[name].build(programs / "context", "r/x:1", {}, {})
