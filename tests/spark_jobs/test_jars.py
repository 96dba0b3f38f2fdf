"""The Delta jars: checked by hash, fetched only when they must be."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

import pytest

from spark_jobs import jars


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("CASPARIAN_CACHE", str(tmp_path))
    return tmp_path


def put(folder: Path, content: bytes = b"jar") -> None:
    folder.mkdir(parents=True)
    for name in jars.pinned():
        (folder / name).write_bytes(content)


def test_pins_are_of_the_installed_delta() -> None:
    wanted = f"io.delta_delta-spark_{jars.SCALA}-{version('delta-spark')}.jar"
    assert wanted in jars.pinned()
    assert all(len(digest) == 64 for digest in jars.pinned().values())


def test_absent_jars_are_named(cache: Path) -> None:
    with pytest.raises(jars.JarsMissingError, match=r"is not in .*python -m spark_jobs\.jars"):
        jars.delta_jars()


def test_other_jars_are_refused(cache: Path) -> None:
    put(cache / "jars", b"not the pinned one")
    with pytest.raises(jars.JarsMissingError, match="is not the pinned file"):
        jars.delta_jars()


def test_what_is_fetched_is_checked_before_it_is_used(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(jars, "_resolve", lambda ivy: put(ivy / "jars"))
    assert jars.main() == 1
    assert "The fetched jars do not match jars.sha256" in capsys.readouterr().err
    assert not (cache / "jars").exists()


def test_right_jars_are_fetched_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.sha256(b"jar").hexdigest()
    monkeypatch.setattr(jars, "pinned", lambda: {"one.jar": digest, "two.jar": digest})
    calls: list[Path] = []

    def resolve(ivy: Path) -> None:
        calls.append(ivy)
        put(ivy / "jars")

    monkeypatch.setattr(jars, "_resolve", resolve)
    assert jars.fetch() is True
    assert jars.fetch() is False
    assert len(calls) == 1
    assert [jar.name for jar in jars.delta_jars()] == ["one.jar", "two.jar"]


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("JAVA_HOME is not set", "install Java 17 or newer"),
        (":: unresolved dependency: x: not found", "no network"),
        ("", "Spark said nothing"),
    ],
)
def test_a_failed_fetch_is_one_sentence(output: str, said: str) -> None:
    assert said in jars._why(output)


def test_without_an_archive_java_gets_no_option(cache: Path) -> None:
    assert jars.class_archive_option() == ""
