"""Pin every environment: requirements/<name>.in → requirements/<name>.txt, with hashes.

One file serves Linux, macOS and Windows and Python 3.11 to 3.13 (`--universal`). Without
`--upgrade` versions that still fit stay as they are.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import install

NAMES = ("uv", "core", "jobs", "library", "airflow")
# The same versions: they are the parts of core that an image and a laptop have.
CONSTRAINED = {"jobs": "core", "library": "core"}
OPTIONS = [
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-header",
    "--quiet",
]


def main(extra: list[str]) -> None:
    for name in NAMES:
        pins = install.PINS / f"{name}.txt"
        before = pins.read_text(encoding="utf-8") if pins.exists() else ""
        source = str(pins.with_suffix(".in"))
        by = CONSTRAINED.get(name)
        within = ["--constraint", str(install.PINS / f"{by}.txt")] if by else []
        options = [*OPTIONS, *within, *extra]
        install.uv(["pip", "compile", *options, source, "--output-file", str(pins)])
        changed = pins.read_text(encoding="utf-8") != before
        print(f"requirements/{name}.txt: {'changed' if changed else 'as it was'}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
