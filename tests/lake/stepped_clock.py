"""A wall clock of a process's own, which a test sets forward and back while it runs."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_suffix(".c")
HOUR = 3600


@dataclass(frozen=True)
class Clock:
    """file: by how many seconds the clock is off, for every process that has `environment`."""

    file: Path
    library: Path

    @classmethod
    def made(cls, folder: Path) -> Clock:
        """A right one; skips the test where there is no compiler of C."""
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("there is no compiler of C (cc), by which a process gets its own clock")
        library = folder / "stepped_clock.so"
        words = [compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE]
        subprocess.run(words, check=True)
        clock = cls(folder / "seconds", library)
        clock.file.write_bytes(bytes(8))
        return clock

    def environment(self) -> dict[str, str]:
        """What a process needs to go by it, and its children."""
        return dict(os.environ) | {"LD_PRELOAD": str(self.library), "STEPPED_CLOCK": str(self.file)}

    def step(self, seconds: float) -> None:
        """Set it so far from the right time; forward if above zero."""
        with self.file.open("r+b") as file:
            file.write(struct.pack("q", int(seconds)))
