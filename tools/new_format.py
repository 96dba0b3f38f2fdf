"""Scaffold an export format: reader, contract and golden test, which pass as they are.

    make new-format NAME=torque_log

Then edit, in this order: the sample, until it is what your machines export; the words of the
header in the format; columns and limits in the contract; the reasons in the test. What is read is
written anew by `CASPARIAN_WRITE_GOLDEN=1`: compare it with the sample by eye, once.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOMAINS = ("production", "quality", "equipment", "materials")

FORMAT = '''"""{title}: one line a {word}.

Source: say here which system writes it, and where its export is described.
"""

from casparian.reading.table import TableFormat

FORMAT = TableFormat(
    name="{name}",
    table="{name}",
    summary="{title}: one line a {word}",
    contract="{name}",
    # field: the other words for it that headers use
    header={{
        "{name}_id": (),
        "machine_id": ("machine",),
        "measured_at": ("timestamp", "time"),
        "value": ("reading",),
        "unit": ("uom",),
    }},
    required=("{name}_id", "measured_at", "value"),
    times=("measured_at",),
    numbers=("value",),
)
'''

CONTRACT = """apiVersion: v3.1.0
kind: DataContract
id: casparian.{name}
name: {title}
version: 1.0.0
status: draft
domain: {domain}
description:
  purpose: Say what the rows are and who needs them.
schema:
  - name: {name}
    physicalName: silver_{domain}.{name}
    physicalType: table
    description: One row per {word}.
    properties:
      - name: {name}_id
        logicalType: string
        physicalType: string
        required: true
        primaryKey: true
        primaryKeyPosition: 1
        description: Identifier of the {word}.
      - name: machine_id
        logicalType: string
        physicalType: string
        description: Machine that it comes from.
      - name: measured_at
        logicalType: timestamp
        physicalType: timestamp
        required: true
        description: Instant of the {word} in UTC.
      - name: value
        logicalType: number
        physicalType: double
        required: true
        logicalTypeOptions:
          minimum: 0
          maximum: 100
        description: Measured value, in the unit beside it.
      - name: unit
        logicalType: string
        physicalType: string
        description: Unit of the value.
"""

SAMPLE = """{name}_id,machine_id,measured_at,value,unit
A-1,HAM-CNC-01,2025-10-25T08:00:00+02:00,12.5,Nm
A-2,HAM-CNC-01,2025-10-25T08:01:00+02:00,-3,Nm
A-3,HAM-CNC-02,2025-10-25T08:02:00+02:00,,Nm
"""

TEST = '''"""The {name} format on its sample: what is read, and what the contract refuses."""

from pathlib import Path

from casparian.formats import Peek, sniff
from casparian.formats.{name} import FORMAT
from tests.formats.golden import check
from tests.formats.verdicts import reasons

SAMPLE = Path(__file__).parent / "sample.csv"


def test_golden() -> None:
    check(FORMAT, SAMPLE)


def test_verdicts() -> None:
    assert reasons(FORMAT, SAMPLE) == {{2: "Below min (0)", 3: "Missing value"}}


def test_the_sample_is_recognised() -> None:
    assert sniff(Peek.of(SAMPLE))[0] is FORMAT
'''


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", options.name):
        print(f"'{options.name}' is no name for a format: use small letters, as in torque_log.")
        return 2
    files = scaffold(options.name, options.domain)
    taken = [path for path in files if path.exists()]
    if taken:
        print(f"There is a format called {options.name} already: {taken[0].relative_to(ROOT)}.")
        return 1
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        print(path.relative_to(ROOT))
    print(f"Now: .venv/core/bin/python -m pytest tests/formats/{options.name}")
    return 0


def scaffold(name: str, domain: str) -> dict[Path, str]:
    """Every file of a new format with its text."""
    word = name.replace("_", " ")
    words = {"name": name, "word": word, "title": word.capitalize(), "domain": domain}
    tests = ROOT / "tests" / "formats" / name
    return {
        ROOT / "src" / "casparian" / "formats" / name / "__init__.py": FORMAT.format(**words),
        ROOT / "schemas" / "contracts" / f"{name}.odcs.yaml": CONTRACT.format(**words),
        tests / "__init__.py": "",
        tests / "sample.csv": SAMPLE.format(**words),
        tests / "sample.expected.json": expected(name),
        tests / f"test_{name}.py": TEST.format(**words),
    }


def expected(name: str) -> str:
    """What the format reads from SAMPLE, as tests/formats/golden.py compares it."""
    rows = [
        {f"{name}_id": "A-1", "machine_id": "HAM-CNC-01", "value": "12.5", "unit": "Nm"},
        {f"{name}_id": "A-2", "machine_id": "HAM-CNC-01", "value": "-3", "unit": "Nm"},
        {f"{name}_id": "A-3", "machine_id": "HAM-CNC-02", "unit": "Nm"},
    ]
    batch = {
        "table": name,
        "derived": False,
        "rows": [1, 2, 3],
        "raw": [
            {**row, "measured_at": f"2025-10-25T08:0{minute}:00+02:00"}
            for minute, row in enumerate(rows)
        ],
        "fields": [
            {**row, "measured_at": f"2025-10-25T06:0{minute}:00+00:00"}
            for minute, row in enumerate(rows)
        ],
    }
    return json.dumps([batch], indent=1) + "\n"


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make new-format", description="Scaffold an export format.", epilog="NAME=torque_log"
    )
    parser.add_argument("name", help="small letters and _, as in torque_log")
    parser.add_argument("--domain", choices=DOMAINS, default="production")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
