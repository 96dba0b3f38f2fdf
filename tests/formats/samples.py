"""Real sample files that are not part of the repository: tests skip where they are missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def sample_folder(name: str) -> Path:
    """The folder of samples of that name; skips the test, with the reason, where there is none."""
    places = (os.environ.get("CASPARIAN_SAMPLES"), ROOT.parent / "shared" / "data")
    for place in filter(None, places):
        if (folder := Path(place) / name).is_dir():
            return folder
    pytest.skip(f"no real samples: set CASPARIAN_SAMPLES to a folder that holds {name}/")
