"""Which Java runs which server, and with which flags."""

from __future__ import annotations

import os
from pathlib import Path

from local.downloads import StackError
from tools.java import homes, version

# Two cores and little memory: one collector thread, the first compiler where nothing runs hot.
SMALL = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Duser.timezone=UTC")


def java(least: int, most: int, who: str, variable: str) -> Path:
    """The `java` of a version from `least` to `most`. variable: names its home, if set.

    Raises StackError, naming `who` needs it, where there is none.
    """
    for home in _homes(variable):
        if least <= version(home) <= most:
            return home / "bin" / "java"
    raise StackError(
        f"{who} needs Java {least} or newer and none was found: install one (temurin-{least}-jdk"
        f" or newer) or set {variable} to its home."
    )


def _homes(variable: str) -> list[Path]:
    named = [Path(os.environ[name]) for name in (variable, "JAVA_HOME") if os.environ.get(name)]
    return [*named, *homes()]
