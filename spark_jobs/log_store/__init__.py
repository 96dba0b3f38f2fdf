"""Delta's log on S3 for many writers: the class that Spark commits with, compiled here once.

Delta's own log store for S3 guards one JVM: two drivers, or a driver beside Trino or the laptop
engine, could overwrite each other's commit. Ours lets the store refuse the second one
(``ConditionalPutLogStore.java``; the decision is in ``docs/adr``).

``SETTINGS`` name the class. ``jar(jars)`` is the file that holds it, compiled by the JDK's
``javac`` where it is not kept yet in ``$CASPARIAN_CACHE/log-store``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from spark_jobs.jars import JarsMissingError, cache_folder

NAME = "ConditionalPutLogStore"
SOURCE = Path(__file__).with_name(f"{NAME}.java")
SETTINGS = {f"spark.delta.logStore.{scheme}.impl": f"casparian.{NAME}" for scheme in ("s3a", "s3")}
OLDEST_JAVA = "17"


def jar(jars: Iterable[Path]) -> Path:
    """The compiled class. jars: those of Delta and of S3A.

    Raises JarsMissingError where it is not kept and there is no JDK.
    """
    against = [*jars, *_hadoop()]
    said = SOURCE.read_bytes() + "".join(path.name for path in against).encode()
    folder = cache_folder() / "log-store" / hashlib.sha256(said).hexdigest()[:12]
    found = folder / "casparian-log-store.jar"
    if not found.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            _compile(Path(scratch), against)
            _pack(Path(scratch)).replace(found)
    return found


def _hadoop() -> list[Path]:
    import pyspark

    return sorted(Path(pyspark.__file__).parent.glob("jars/hadoop-client-api-*.jar"))


def _compile(folder: Path, against: Iterable[Path]) -> None:
    path = os.pathsep.join(map(str, against))
    command = [_javac(), "--release", OLDEST_JAVA, "-cp", path, "-d", str(folder), str(SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["javac said nothing"]
        raise JarsMissingError(f"Spark's log store for S3 could not be compiled: {said[0]}")


def _javac() -> str:
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("javac", path=str(Path(home) / "bin")) if home else None
    found = found or shutil.which("javac")
    if found is None:
        raise JarsMissingError(
            "Spark commits to S3 with a class that is compiled once, and there is no javac: install"
            f" a JDK {OLDEST_JAVA} or newer (Debian: openjdk-17-jdk-headless)."
        )
    return found


def _pack(folder: Path) -> Path:
    packed = folder / "packed.jar"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.rglob("*.class")):
            file.write(path, path.relative_to(folder).as_posix())
    return packed
