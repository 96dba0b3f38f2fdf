"""What builds images here: docker, podman or buildah, whichever works.

A docker client without a daemon is common, so each is asked whether it works before it is taken.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.downloads import StackError

SENTENCE = (
    "no engine that builds images works here: start Docker, or install podman or buildah"
    " (Debian: buildah)."
)


@dataclass(frozen=True)
class Engine:
    """Docker, and what says the same words as it."""

    program: str
    probe: tuple[str, ...] = ("info",)

    def works(self) -> bool:
        """Whether it is here, and does what it is told."""
        if shutil.which(self.program) is None:
            return False
        return self._quiet([*self.probe]).returncode == 0

    def has(self, image: str) -> bool:
        """Whether an image is there already."""
        return self._quiet(["image", "inspect", image]).returncode == 0

    def pull(self, image: str) -> bool:
        """Fetch an image of others; False where that fails."""
        return self._quiet(["pull", image]).returncode == 0

    def build(
        self, context: Path, image: str, arguments: Mapping[str, str], labels: Mapping[str, str],
        again: bool = False,
    ) -> None:  # fmt: skip
        """Build the Dockerfile of a context; again: every step, also those done before.

        Raises StackError with the last words of a build that failed; what a build said is in the
        file `build.log` beside the context.
        """
        words = [*self._build_words(), "--tag", image, *(["--no-cache"] if again else [])]
        words += [f"--build-arg={name}={value}" for name, value in arguments.items()]
        words += [f"--label={name}={value}" for name, value in labels.items()]
        log = context.parent / "build.log"
        with log.open("w", encoding="utf-8") as said:
            done = subprocess.run(
                [self.program, *words, str(context)], stdout=said, stderr=subprocess.STDOUT,
                check=False, env=self._environment(),
            )  # fmt: skip
        if done.returncode:
            raise StackError(f"{image} was not built: {_last(log.read_text('utf-8'))} (see {log})")

    def save(self, image: str, path: Path) -> None:
        """As an archive that every engine and every container runtime reads."""
        self._do(["save", "--output", str(path), image])

    def load(self, path: Path) -> None:
        """The image of an archive, under the name that it has there."""
        self._do(["load", "--input", str(path)])

    def push(self, image: str, target: str) -> None:
        """To a registry, under another name."""
        self._do(["tag", image, target])
        self._do(["push", target])

    def import_tree(self, tar: Path, image: str) -> None:
        """An image of one layer from the files in a tar."""
        self._do(["import", str(tar), image])

    def _build_words(self) -> Sequence[str]:
        return ["build"]

    def _environment(self) -> dict[str, str]:
        return os.environ | {"DOCKER_BUILDKIT": "1"}

    def _quiet(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.program, *words], check=False, capture_output=True, text=True,
            env=self._environment(),
        )  # fmt: skip

    def _do(self, words: Sequence[str]) -> str:
        done = self._quiet(words)
        if done.returncode:
            raise StackError(f"{self.program} {words[0]} failed: {_last(done.stderr)}")
        return done.stdout.strip()


class Podman(Engine):
    """Podman, whose archives are of Docker's format when it is told so."""

    def save(self, image: str, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._do(["save", "--format", "docker-archive", "--output", str(path), image])

    def _build_words(self) -> Sequence[str]:
        return ["build", "--format", "docker"]


class Buildah(Engine):
    """Buildah, which needs no daemon. It builds in a chroot, which any container allows, unless
    BUILDAH_ISOLATION says another way."""

    def has(self, image: str) -> bool:
        return self._quiet(["inspect", "--type", "image", image]).returncode == 0

    def save(self, image: str, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._do(["push", "--quiet", image, f"docker-archive:{path}:{image}"])

    def load(self, path: Path) -> None:
        self._do(["pull", "--quiet", f"docker-archive:{path}"])

    def import_tree(self, tar: Path, image: str) -> None:
        container = self._do(["from", "scratch"])
        try:
            self._do(["add", "--quiet", container, str(tar), "/"])
            self._do(["config", "--cmd", "/bin/sh", container])
            self._do(["commit", "--quiet", "--format", "docker", container, image])
        finally:
            self._quiet(["rm", container])

    def _build_words(self) -> Sequence[str]:
        return ["build", "--format", "docker", "--layers", "--network", "host"]

    def _environment(self) -> dict[str, str]:
        return {"BUILDAH_ISOLATION": "chroot"} | os.environ


ENGINES: Mapping[str, Engine] = {
    "docker": Engine("docker"),
    "podman": Podman("podman"),
    "buildah": Buildah("buildah"),
}


def engine(name: str | None = None) -> Engine:
    """The one of that name, else the first that works. Raises StackError where none does."""
    if name is not None:
        if not ENGINES[name].works():
            raise StackError(f"{name} does not work here: start it, or leave out --engine.")
        return ENGINES[name]
    found = next((each for each in ENGINES.values() if each.works()), None)
    if found is None:
        raise StackError(SENTENCE)
    return found


def _last(said: str) -> str:
    lines = [line for line in said.strip().splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"
