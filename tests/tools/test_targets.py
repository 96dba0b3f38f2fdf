"""Makefile, CI and README say the same, and the pins are pins."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
INNER = {"python", "install-core"}  # steps of other targets


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _targets() -> set[str]:
    return set(re.findall(r"^\.PHONY: (\S+)$", _read("Makefile"), re.MULTILINE))


def _made(text: str) -> list[str]:
    """Targets that a text calls, `make` at the start of a line or of a `run:`."""
    return re.findall(r"^\s*(?:- run: |run: )?make ([a-z][a-z0-9-]*)", text, re.MULTILINE)


def test_ci_runs_the_command_that_the_readme_names_then_the_demo() -> None:
    script = _read(".ci/run")
    assert "set -euo pipefail" in script
    assert _made(script) == ["test", "lint", "integration", "demo"]
    blocks = re.findall(r"```(?:sh|console|bash)?\n(.*?)```", _read("README.md"), re.DOTALL)
    named = [target for block in blocks for target in _made(block)]
    assert {"demo", "test"} <= set(named)
    assert set(named) <= _targets()


def test_ci_ends_on_a_cluster_by_targets_that_exist() -> None:
    assert _read(".ci/run").endswith("\ntools/e2e.sh\n")
    assert {"images", "up", "e2e", "down"} <= set(_made(_read("tools/e2e.sh"))) <= _targets()


@pytest.mark.parametrize("name", [".ci/run", "tools/e2e.sh"])
def test_ci_is_a_program(name: str) -> None:
    command = ["git", "ls-files", "--stage", name]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert listed.stdout.startswith("100755")


def test_workflows_call_targets_that_exist_by_pinned_actions_and_may_only_read() -> None:
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        assert set(_made(text)) <= _targets()
        assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
        for action in re.findall(r"uses: (\S+)", text):
            assert re.fullmatch(r"[\w/-]+@(v\d+\.\d+\.\d+|[0-9a-f]{40})", action), action


def test_help_lists_every_target() -> None:
    said = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True)
    listed = set(re.findall(r"^  ([a-z][a-z0-9-]*) +\S", said.stdout, re.MULTILINE))
    assert listed == _targets() - INNER


@pytest.mark.parametrize("name", ["core", "jobs", "airflow", "uv"])
def test_every_pin_is_exact_and_hashed(name: str) -> None:
    entries = re.split(r"\n(?=\S)", _read(f"requirements/{name}.txt").strip())
    pins = [entry for entry in entries if not entry.startswith("#")]
    for pin in pins:
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+", pin), pin[:80]
        assert "--hash=sha256:" in pin, pin[:80]
    wanted = {
        re.split(r"[<>=\[;]", line)[0].lower()
        for line in _read(f"requirements/{name}.in").splitlines()
        if line and not line.startswith(("#", "-r"))
    }
    assert wanted <= {re.split(r"[\[=]", pin)[0].lower() for pin in pins}


def test_glossary_and_promises_are_there() -> None:
    for name in ("CONTEXT.md", "LICENSE", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"):
        assert len(_read(name)) > 300, name


def test_links_of_the_documents_lead_somewhere() -> None:
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for link in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8")):
            if "://" not in link and not link.startswith("mailto:"):
                assert (path.parent / link).exists(), f"{path.relative_to(ROOT)}: {link}"
