"""Delta's log on S3 for many writers: the class that Spark commits with.

Delta's own log store for S3 guards one JVM: two drivers, or a driver beside Trino or the laptop
engine, could overwrite each other's commit. Ours lets the store refuse the second one
(``ConditionalPutLogStore.java``; the decision is in ``docs/adr``). ``SETTINGS`` name the class.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from spark_jobs.compiled import Classes

NAME = "ConditionalPutLogStore"
SETTINGS = {f"spark.delta.logStore.{scheme}.impl": f"casparian.{NAME}" for scheme in ("s3a", "s3")}
CLASSES = Classes("log-store", [Path(__file__).with_name(f"{NAME}.java")], "Spark commits to S3")


def jar(jars: Iterable[Path]) -> Path:
    """The file that holds it. jars: those of Delta and of S3A.

    Raises JarsMissingError where it is not kept and cannot be compiled.
    """
    return CLASSES.jar([*jars, *_hadoop()])


def _hadoop() -> list[Path]:
    import pyspark

    return sorted(Path(pyspark.__file__).parent.glob("jars/hadoop-client-api-*.jar"))
