"""Find a Java that runs Spark 4.0, or install one where that may be done.

Spark 4.0 is built for Java 17 and 21; from 24 on it does not start. Where several are installed the
first of 17, 21 and what lies between wins, `JAVA_HOME` before `PATH` before the usual folders.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

USABLE = range(17, 24)
PREFERRED = (17, 21)
FOLDERS = (
    "/usr/lib/jvm/*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk@*/libexec/openjdk.jdk/Contents/Home",
    "/usr/local/opt/openjdk@*/libexec/openjdk.jdk/Contents/Home",
)
PACKAGES = ("openjdk-17-jre-headless", "openjdk-21-jre-headless")
SENTENCE = (
    "Spark needs Java 17 or 21 and none was found: install one"
    " (Debian: apt-get install openjdk-17-jre-headless, macOS: brew install openjdk@17)"
    " or set JAVA_HOME to it, then run make again."
)


def find() -> Path | None:
    """JAVA_HOME of the Java to use, or None where there is none."""
    named = os.environ.get("JAVA_HOME")
    if named and version(Path(named)) in USABLE:
        return Path(named)
    found: dict[int, Path] = {}
    for home in homes():
        found.setdefault(version(home), home)
    for number in (*PREFERRED, *USABLE):
        if number in found:
            return found[number]
    return None


def version(home: Path) -> int:
    """Major version of the Java in `home`; 0 where there is none that runs."""
    program = home / "bin" / ("java.exe" if os.name == "nt" else "java")
    if not program.exists():
        return 0
    said = subprocess.run([str(program), "-version"], check=False, capture_output=True, text=True)
    match = re.search(r'version "(\d+)', said.stderr + said.stdout)
    return int(match[1]) if match else 0


def install() -> bool:
    """Install a Java by the system's own packages; False where that may not be done."""
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        return any(apt(package) for package in PACKAGES)
    if shutil.which("brew"):
        return _quiet(["brew", "install", "openjdk@17"])
    return False


def apt(package: str) -> bool:
    """Install one Debian package, with the lists read anew when it is not known."""
    command = ["apt-get", "install", "-y", "--no-install-recommends", package]
    return _quiet(command) or (_quiet(["apt-get", "update"]) and _quiet(command))


def _quiet(command: list[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return not subprocess.run(
        command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    ).returncode


def homes() -> Iterator[Path]:
    """Where this machine has a Java, perhaps: its PATH's first, then the usual folders."""
    program = shutil.which("java")
    if program:
        yield Path(program).resolve().parent.parent
    for pattern in FOLDERS:
        yield from sorted(Path("/").glob(pattern.lstrip("/")))
