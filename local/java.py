"""Which Java runs which server, and with which flags."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from local.downloads import StackError

FOLDERS = ("/usr/lib/jvm/*", "/Library/Java/JavaVirtualMachines/*/Contents/Home", "/opt/java/*")
# Two cores and little memory: one collector thread, the first compiler where nothing runs hot.
SMALL = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Duser.timezone=UTC")


def java(least: int, most: int, who: str, variable: str) -> Path:
    """The `java` of a version from `least` to `most`. variable: names its home, if set.

    Raises StackError, naming `who` needs it, where there is none.
    """
    for home in _homes(variable):
        program = home / "bin" / "java"
        if program.exists() and least <= version(program) <= most:
            return program
    raise StackError(
        f"{who} needs Java {least} or newer and none was found: install one (temurin-{least}-jdk"
        f" or newer) or set {variable} to its home."
    )


def version(program: Path) -> int:
    """Major version of a Java; 0 where it does not say."""
    said = subprocess.run([str(program), "-version"], check=False, capture_output=True, text=True)
    match = re.search(r'version "(\d+)', said.stderr + said.stdout)
    return int(match[1]) if match else 0


def _homes(variable: str) -> list[Path]:
    named = [Path(os.environ[name]) for name in (variable, "JAVA_HOME") if os.environ.get(name)]
    found = (sorted(Path("/").glob(pattern.lstrip("/")), reverse=True) for pattern in FOLDERS)
    return [*named, *(home for homes in found for home in homes)]
