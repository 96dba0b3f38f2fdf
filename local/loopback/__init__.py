"""The Hive metastore on 127.0.0.1 alone, which Hive 3.1 has no setting for (docs/adr/0017).

An agent of ours, which Java loads before the metastore (``LoopbackAgent.java``), lets it take its
sockets from ``LoopbackSockets.java``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from local.downloads import StackError
from spark_jobs.compiled import Classes
from spark_jobs.jars import JarsMissingError

CLASSES = Classes(
    "loopback",
    sorted(Path(__file__).parent.glob("*.java")),
    "The Hive metastore is bound to 127.0.0.1",
    "Premain-Class: casparian.LoopbackAgent\n",
)


def java_option(jars: Iterable[Path], java: Path) -> str:
    """What binds a metastore to loopback. jars, java: its own. Raises StackError."""
    try:
        return f"-javaagent:{CLASSES.jar(jars, java.parents[1])}"
    except JarsMissingError as error:
        raise StackError(str(error)) from error
