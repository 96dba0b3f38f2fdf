"""The jars that Spark needs to read and write Delta: found, checked, and fetched once.

``python -m spark_jobs.jars`` puts them into ``$CASPARIAN_CACHE/jars`` (default
``~/.cache/casparian/jars``) by Spark's own package resolution, so neither Maven nor the address of
a repository is needed here; a mirror is set where Spark reads it, in
``$SPARK_CONF_DIR/spark-defaults.conf`` (``spark.jars.ivySettings``). Which jars, and their SHA-256,
is said once, in ``requirements/jars.sha256``; nothing is fetched when they are there and right.

The same command lets Java write an archive of the classes that Spark loads (class data sharing),
which takes a third off the start of every session. It is of one Java and one installation; for
any other Java ignores it, so that only time is lost.

Errors: ``JarsMissingError``, one sentence that says what to do.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

PINS = Path(__file__).resolve().parent.parent / "requirements" / "jars.sha256"
SCALA = "2.13"
HOW = "run `python -m spark_jobs.jars` once with a network"


class JarsMissingError(RuntimeError):
    """The Delta jars are absent or not the pinned ones."""


def cache_folder() -> Path:
    """Where downloads are kept between runs: ``$CASPARIAN_CACHE`` or ``~/.cache/casparian``."""
    return Path(os.environ.get("CASPARIAN_CACHE") or Path.home() / ".cache" / "casparian")


def pinned() -> dict[str, str]:
    """File name of each jar with its SHA-256, in hex."""
    lines = (line.split() for line in PINS.read_text(encoding="utf-8").splitlines() if line)
    return {name: digest for digest, name in lines}


def faults(folder: Path) -> list[str]:
    """What is wrong with the jars in a folder, one phrase each; empty when all is well."""
    found = []
    for name, digest in pinned().items():
        jar = folder / name
        if not jar.is_file():
            found.append(f"{name} is not in {folder}")
        elif hashlib.sha256(jar.read_bytes()).hexdigest() != digest:
            found.append(f"{jar} is not the pinned file")
    return found


def delta_jars() -> list[Path]:
    """The checked jars, in the pins' order; raises ``JarsMissingError``."""
    folder = cache_folder() / "jars"
    wrong = faults(folder)
    if wrong:
        raise JarsMissingError(f"Spark cannot start: {wrong[0]}; {HOW}.")
    return [folder / name for name in pinned()]


def _resolve(ivy: Path) -> None:
    """Lets spark-submit resolve the package of the installed delta-spark into ``ivy``/jars."""
    import pyspark

    submit = "spark-submit.cmd" if os.name == "nt" else "spark-submit"
    package = f"io.delta:delta-spark_{SCALA}:{version('delta-spark')}"
    with tempfile.TemporaryDirectory() as folder:
        nothing = Path(folder) / "nothing.py"  # resolution happens before the program starts
        nothing.write_text("", encoding="utf-8")
        command = [
            str(Path(pyspark.__file__).parent / "bin" / submit),
            *("--master", "local[1]", "--packages", package),
            *("--conf", f"spark.jars.ivy={ivy.as_posix()}", str(nothing)),
        ]
        environment = {
            **os.environ,
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": "127.0.0.1",
        }
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise JarsMissingError(_why(done.stderr or done.stdout))


def _why(output: str) -> str:
    """One sentence for a resolution that failed."""
    if "JAVA_HOME" in output or "java: not found" in output:
        return "Spark found no Java: install Java 17 or newer, or set JAVA_HOME."
    if "unresolved dependenc" in output or "not found" in output:
        return "The Delta jars could not be fetched: no network, or no package source within reach."
    last = [line for line in output.splitlines() if line.strip()][-1:]
    return (
        f"The Delta jars could not be fetched: {last[0].strip() if last else 'Spark said nothing'}."
    )


def fetch() -> bool:
    """Puts the jars in place; True if that took a download, False if they were there and right."""
    folder = cache_folder() / "jars"
    if not faults(folder):
        return False
    ivy = cache_folder() / "ivy"
    _resolve(ivy)
    wrong = faults(ivy / "jars")
    if wrong:
        raise JarsMissingError(f"The fetched jars do not match {PINS.name}: {wrong[0]}.")
    folder.mkdir(parents=True, exist_ok=True)
    for name in pinned():
        shutil.copyfile(ivy / "jars" / name, folder / name)
    shutil.rmtree(ivy)
    return True


def class_archive() -> Path:
    """The archive of Spark's classes; need not be there."""
    return cache_folder() / "classes" / f"spark-{version('pyspark')}.jsa"


def class_archive_option() -> str:
    """The Java option that uses the archive, empty where there is none."""
    archive = class_archive()
    return f'-Xlog:disable -XX:SharedArchiveFile="{archive}"' if archive.is_file() else ""


def write_class_archive() -> bool:
    """Writes the archive; False if it is there already, or if this Java can write none."""
    archive, told = class_archive(), class_archive().with_suffix(".txt")
    made_for = _installation()
    if archive.is_file() and told.is_file() and told.read_text(encoding="utf-8") == made_for:
        return False
    archive.unlink(missing_ok=True)
    archive.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "spark_jobs.load_classes", str(archive)]
    subprocess.run(command, cwd=PINS.parent.parent, capture_output=True, check=False)
    told.write_text(made_for, encoding="utf-8")
    return archive.is_file()


def _installation() -> str:
    """What an archive is good for: this Java and this class path."""
    import pyspark

    java = Path(os.environ["JAVA_HOME"], "bin", "java") if "JAVA_HOME" in os.environ else "java"
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    return f"{said}{pyspark.__file__}\n{cache_folder()}\n"


def main() -> int:
    """Fetches what is missing; exit 0 with one line, 1 with one sentence."""
    try:
        fetched = fetch()
    except JarsMissingError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Delta jars {'fetched into' if fetched else 'are in'} {cache_folder() / 'jars'}")
    if write_class_archive():
        print(f"Archive of Spark's classes written into {class_archive().parent}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
