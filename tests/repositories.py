"""Git in the folders of tests, whoever runs them and however they have set it."""

from __future__ import annotations

import subprocess
from pathlib import Path

WHO = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")


def git(folder: Path, *words: str) -> str:
    """What it says. Raises CalledProcessError where it refuses."""
    done = subprocess.run(
        ["git", "-C", str(folder), *WHO, *words], check=True, capture_output=True, text=True
    )
    return done.stdout
