"""Our few classes of Java: compiled once by the JDK's ``javac`` and kept as jars in the cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from spark_jobs.jars import JarsMissingError, cache_folder

OLDEST_JAVA = "17"


@dataclass(frozen=True)
class Classes:
    """What becomes one jar.

    name: of the jar and of its folder in the cache. sources: of one package. needed: the beginning
    of the sentence that a machine without ``javac`` gets. manifest: further lines of the jar's.
    """

    name: str
    sources: Sequence[Path]
    needed: str
    manifest: str = ""

    def jar(self, against: Iterable[Path], java_home: Path | None = None) -> Path:
        """The jar. against: jars whose classes the sources name. java_home: where a
        compiler may be, besides JAVA_HOME and the PATH.

        Raises JarsMissingError where it is not kept and cannot be compiled.
        """
        path = list(against)
        folder = cache_folder() / self.name / self._digest(path)
        found = folder / f"casparian-{self.name}.jar"
        if not found.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder) as scratch:
                self._compile(Path(scratch), path, java_home)
                self._pack(Path(scratch)).replace(found)
        return found

    def _digest(self, against: Sequence[Path]) -> str:
        said = b"".join(source.read_bytes() for source in self.sources)
        said += "".join([self.manifest, *(path.name for path in against)]).encode()
        return hashlib.sha256(said).hexdigest()[:12]

    def _compile(self, folder: Path, against: Sequence[Path], java_home: Path | None) -> None:
        path = os.pathsep.join(map(str, against))
        command = [self._javac(java_home), "--release", OLDEST_JAVA, "-cp", path, "-d", str(folder)]
        command += map(str, self.sources)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines() or ["javac said nothing"]
            raise JarsMissingError(f"{self.name} could not be compiled: {said[0]}")

    def _javac(self, java_home: Path | None) -> str:
        homes = [Path(home, "bin") for home in (os.environ.get("JAVA_HOME"), java_home) if home]
        folders = [*map(str, homes), os.environ.get("PATH", os.defpath)]
        found = shutil.which("javac", path=os.pathsep.join(folders))
        if found is None:
            raise JarsMissingError(
                f"{self.needed} with a class that is compiled once, and there is no javac: install"
                f" a JDK {OLDEST_JAVA} or newer (Debian: openjdk-17-jdk-headless)."
            )
        return found

    def _pack(self, folder: Path) -> Path:
        packed = folder / "packed.jar"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            if self.manifest:
                text = f"Manifest-Version: 1.0\n{self.manifest}"
                file.writestr("META-INF/MANIFEST.MF", text)
            for path in sorted(folder.rglob("*.class")):
                file.write(path, path.relative_to(folder).as_posix())
        return packed
