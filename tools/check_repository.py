"""Rules of the repository that no linter knows: `make lint` runs them over all tracked files.

- no image or package by the tag `latest`;
- no module called utils, helpers, common or manager: a name says what is inside;
- no path into somebody's home folder, no TODO left behind;
- every folder below tests/ with tests has its `__init__.py`, and no folder of dbt/ has one.

Ends with 1 and a line a finding.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
TEXT = {
    ".py", ".md", ".yaml", ".yml", ".toml", ".sql", ".cfg", ".txt", ".in", ".sh", ".json", "",
}  # fmt: skip
FORBIDDEN = {
    "the tag latest": re.compile(r"\w:latest\b|@latest\b"),
    "a path into a home folder": re.compile(r"(?<![\w.])/(?:home|Users|root)/\w"),
    "work left behind": re.compile(r"\b(?:TODO|FIXME|XXX)\b"),
}
SELF = Path("tools/check_repository.py")
GENERATED = {
    Path("LICENSE"),
    *(Path("requirements") / f"{n}.txt" for n in ("core", "jobs", "airflow", "uv")),
}


def main() -> int:
    files = tracked()
    findings = [*names(files), *texts(files), *packages(files)]
    for finding in findings:
        print(finding)
    print(f"{len(files)} files checked, {len(findings)} findings.")
    return 1 if findings else 0


def tracked() -> list[Path]:
    """Paths that git knows, or would take, relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    paths = (Path(name) for name in listed.stdout.split("\0") if name)
    return [path for path in paths if (ROOT / path).is_file()]


def names(files: list[Path]) -> Iterator[str]:
    for path in files:
        if path.suffix == ".py" and EMPTY_NAMES & {path.stem, *path.parts[:-1]}:
            yield f"{path}: a name that says nothing; call it by what is inside."


def texts(files: list[Path]) -> Iterator[str]:
    for path in files:
        if path.suffix not in TEXT or path == SELF or path in GENERATED:
            continue
        text = (ROOT / path).read_text(encoding="utf-8", errors="replace")
        for what, pattern in FORBIDDEN.items():
            for match in pattern.finditer(text):
                yield f"{path}:{_line(text, match.start())}: {what} ({match[0]})."


def packages(files: list[Path]) -> Iterator[str]:
    known = set(files)
    for path in files:
        if _is_test(path) and path.parent / "__init__.py" not in known:
            yield f"{path.parent}: has tests and no __init__.py."
        if path.parts[0] == "dbt" and path.name == "__init__.py":
            yield f"{path}: would shadow dbt's own package."


def _is_test(path: Path) -> bool:
    return path.parts[0] == "tests" and path.match("test_*.py")


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


if __name__ == "__main__":
    sys.exit(main())
