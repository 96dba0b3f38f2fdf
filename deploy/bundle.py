"""``python -m deploy bundle [--env NAME]``: all that a plant without a network needs, as one file.

Images of an environment, built or pulled where they are not there; the repository as one commit
with the tags of these images and the fetched charts of others; sums of all. `make up BUNDLE=…`
takes it from there. An image at a time is on the disk beside the bundle.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from deploy import publish
from deploy.archive import Writer, written
from deploy.engines import ENGINES, Engine, engine
from deploy.images import Builder, versions
from deploy.preflight import images
from deploy.programs import ROOT, WHERE
from deploy.recipes import RECIPES, tag
from deploy.systems import BEFORE, NO_TAG, environments, missing, registry, tags
from local.downloads import StackError

FORMAT = 1
SERVER = "git-server"
README = """\
A bundle of Casparian for the environment {environment}, commit {commit}.

On a machine that reaches the cluster and has the programs that programs.txt lists:

  tar --zstd -xf {file} repository.bundle
  git clone repository.bundle casparian && cd casparian
  make up ENV={environment} BUNDLE=../{file}

docs/how-to/air-gapped.md in the clone says the rest.
"""


@dataclass(frozen=True)
class Image:
    """An image of a bundle. file: its archive there; None where it was left out."""

    image: str
    ours: bool
    file: str | None


@dataclass(frozen=True)
class Made:
    """A bundle. bytes: of the file. seconds: that it took."""

    path: str
    environment: str
    commit: str
    images: tuple[Image, ...]
    bytes: int
    seconds: float


def main(words: list[str]) -> int:
    """The exit code."""
    given = _parser().parse_args(words)
    out = given.out or ROOT / ".local" / f"casparian-{given.env}.tar.zst"
    said = sys.stderr if given.json else sys.stdout
    made = bundle(given.env, out, engine(given.engine), given.without_upstream, said)
    if given.json:
        print(json.dumps(asdict(made), indent=2))
    else:
        size = made.bytes / 2**20
        print(f"{made.path}: {size:.0f} MiB, commit {made.commit[:12]}, in {made.seconds:.0f} s")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy bundle", description=__doc__)
    add = parser.add_argument
    add("--env", choices=environments(), default="local")
    add("--out", type=Path, metavar="FILE", help="default: .local/casparian-<env>.tar.zst")
    add("--engine", choices=ENGINES, help="of images; default: the first that works")
    add("--without-upstream", action="store_true",
        help="leave out images of others that cannot be pulled")  # fmt: skip
    add("--json", action="store_true", help="what was made, as JSON")
    return parser


def bundle(
    environment: str, out: Path, by: Engine, without_upstream: bool, said: TextIO
) -> Made:  # fmt: skip
    """Writes it. Raises StackError with what is missing, before anything is written."""
    began = time.monotonic()
    publish.is_committed()
    charts = _charts()
    ours, others = wanted(environment)
    lacking = [each for each in others if not (by.has(each) or by.pull(each))]
    if (lacking or charts) and not without_upstream:
        raise StackError(
            f"These of others cannot be had: {', '.join([*charts, *lacking])}. Bring them to this"
            " machine, or leave them out with --without-upstream."
        )
    with tempfile.TemporaryDirectory(dir=_folder(out.parent)) as scratch, written(out) as to:
        commit = _repository(environment, to, Path(scratch))
        every = [Image(each, False, None) for each in lacking]
        take = _Taking(by, to, Path(scratch), said)
        every += [take.ours(name, image) for name, image in ours.items()]
        every += [take.other(each) for each in others if each not in lacking]
        _about(environment, commit, every, out.name, to)
    seconds = round(time.monotonic() - began, 1)
    return Made(str(out), environment, commit, tuple(every), out.stat().st_size, seconds)


def wanted(environment: str) -> tuple[dict[str, str], list[str]]:
    """Images that an environment needs: ours by their short names, and those of others. Jobs are
    no workloads of a chart: Airflow starts them, of the image `spark`."""
    place = f"{registry(environment)}/"
    every = [
        *images(environment, BEFORE, made_here=False),
        f"{place}spark:{tags(environment)['spark']}",
    ]
    named = [each.removeprefix(place).partition(":") for each in every if each.startswith(place)]
    ours = {name: f"{place}{name}:{_own(name, said)}" for name, _, said in sorted(named)}
    return ours, sorted({each for each in every if not each.startswith(place)})


def _own(name: str, said: str) -> str:
    """A tag; where an environment has none, that of this tree."""
    return tag(RECIPES[name]) if said == NO_TAG else said


def _charts() -> list[str]:
    """What `up` would install Argo CD from, where it is missing."""
    return [name for each in BEFORE for name in missing(ROOT / "charts" / each.system)]


def _repository(environment: str, to: Writer, scratch: Path) -> str:
    """The commit that the cluster shall run, as a git bundle."""
    place = registry(environment)
    every = {name: _own(name, said) for name, said in tags(environment).items()}
    path = scratch / "versions.yaml"
    path.write_text(versions(place, every), encoding="utf-8")
    commit = publish.commit(environment, path, alone=True)
    publish.packed(commit, scratch / "repository.bundle")
    to.file("repository.bundle", scratch / "repository.bundle")
    return commit


@dataclass(frozen=True)
class _Taking:
    """Images on their way into a bundle, one at a time."""

    by: Engine
    to: Writer
    scratch: Path
    said: TextIO

    def ours(self, name: str, image: str) -> Image:
        if not self.by.has(image):
            self._made(name, image)
        return self._saved(image, f"images/{name}.tar", ours=True)

    def other(self, image: str) -> Image:
        name = image.replace("/", "_").replace(":", "_")
        return self._saved(image, f"images/{name}.tar", ours=False)

    def _made(self, name: str, image: str) -> None:
        place, _, own = image.rpartition(":")
        if name in RECIPES and own == tag(RECIPES[name]):
            where = place.rpartition("/")[0]
            builder = Builder(self.by, where, self.scratch / "build", None, quiet=True)
            below = RECIPES[name].on
            for each in [*([below] if below else []), name]:
                builder.image(RECIPES[each])
        elif not self.by.pull(image):
            raise StackError(f"{image} cannot be pulled, and this tree makes another tag of it.")

    def _saved(self, image: str, file: str, *, ours: bool) -> Image:
        path = self.scratch / "image.tar"
        self.by.save(image, path)
        size = self.to.file(file, path)
        path.unlink()
        print(f"  {image:60} {size / 2**20:6.0f} MiB", file=self.said, flush=True)
        return Image(image, ours, file)


def _about(
    environment: str, commit: str, every: Sequence[Image], file: str, to: Writer
) -> None:  # fmt: skip
    listed = {"format": FORMAT, "environment": environment, "commit": commit,
              "images": [asdict(each) for each in every]}  # fmt: skip
    to.text("bundle.json", json.dumps(listed, indent=1) + "\n")
    to.text("programs.txt", "".join(f"{name}  {where}\n" for name, where in _programs().items()))
    said = README.format(environment=environment, commit=commit, file=file)
    if out := [each.image for each in every if each.file is None]:
        said += "\nNot in it; the nodes must have them or be able to pull them:\n\n"
        said += "".join(f"  {image}\n" for image in out)
    to.text("README.txt", said)


def _programs() -> dict[str, str]:
    """What the machine at the plant needs beside the bundle."""
    used = {name: WHERE[name] for name in ("kubectl", "helm")}
    return used | {"git": "https://git-scm.com", "make": "https://www.gnu.org/software/make",
                   "python": "3.11 to 3.13, with .venv/core of `make install-core`"}  # fmt: skip


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
