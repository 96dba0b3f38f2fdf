"""What a category of stops and a state of Execution mean: tables that the marts read as well.

They are the seeds of the dbt project, one file for both; a wheel carries a copy.
"""

from __future__ import annotations

import csv
from pathlib import Path


def folder() -> Path:
    """Where the seeds lie: in the wheel, or in the repository."""
    packaged = Path(__file__).parents[2] / "_seeds"
    return packaged if packaged.is_dir() else Path(__file__).parents[4] / "dbt" / "seeds"


def seed(name: str) -> list[dict[str, str]]:
    """The rows of a seed, column → text."""
    with open(folder() / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
