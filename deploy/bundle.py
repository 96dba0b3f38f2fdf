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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from deploy import publish
from deploy.archive import Writer, written
from deploy.engines import ENGINES, Engine, engine
from deploy.images import Builder, ensured, versions
from deploy.preflight import images
from deploy.programs import ROOT, WHERE
from deploy.recipes import RECIPES, Recipe, chosen, tag
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
    """An image of a bundle. file: its archive there."""

    image: str
    ours: bool
    file: str


@dataclass(frozen=True)
class Described:
    """What a bundle says of itself. left_out: images and charts of others that could not be had."""

    environment: str
    commit: str
    images: tuple[Image, ...]
    left_out: tuple[str, ...]
    format: int = FORMAT


@dataclass(frozen=True)
class Made:
    """A bundle. bytes: of the file. seconds: that it took."""

    path: str
    environment: str
    commit: str
    images: tuple[Image, ...]
    left_out: tuple[str, ...]
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
    lacking = [each for each in others if not (by.has(each) or by.pull(each) or _stand_in(each))]
    left_out = (*charts, *lacking)
    if left_out and not without_upstream:
        raise StackError(
            f"These of others cannot be had: {', '.join(left_out)}. Bring them to this machine, or"
            " leave them out with --without-upstream."
        )
    with tempfile.TemporaryDirectory(dir=ensured(out.parent)) as scratch, written(out) as to:
        commit = _repository(environment, to, Path(scratch))
        take = _Taking(by, registry(environment), to, Path(scratch), said)
        every = [take.ours(name, image) for name, image in ours.items()]
        every += [take.other(each) for each in others if each not in lacking]
        _about(Described(environment, commit, tuple(every), left_out), out.name, to)
    seconds = round(time.monotonic() - began, 1)
    return Made(str(out), environment, commit, tuple(every), left_out, out.stat().st_size, seconds)


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


def _stand_in(image: str) -> Recipe | None:
    """What we make in the place of an image of others that cannot be pulled."""
    return next((each for each in RECIPES.values() if each.instead == image), None)


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
    """Images on their way into a bundle, one at a time. registry: before the names of ours."""

    by: Engine
    registry: str
    to: Writer
    scratch: Path
    said: TextIO

    def ours(self, name: str, image: str) -> Image:
        if not self.by.has(image):
            self._made(name, image)
        return self._saved(image, f"images/{name}.tar", ours=True)

    def other(self, image: str) -> Image:
        if not self.by.has(image) and (recipe := _stand_in(image)):
            self._build(recipe.name)
        name = image.replace("/", "_").replace(":", "_")
        return self._saved(image, f"images/{name}.tar", ours=False)

    def _made(self, name: str, image: str) -> None:
        if name in RECIPES and image.endswith(f":{tag(RECIPES[name])}"):
            self._build(name)
        elif not self.by.pull(image):
            raise StackError(f"{image} cannot be pulled, and this tree makes another tag of it.")

    def _build(self, name: str) -> None:
        builder = Builder(self.by, self.registry, self.scratch / "build", None, quiet=True)
        for recipe in chosen([name]):
            builder.image(recipe)

    def _saved(self, image: str, file: str, *, ours: bool) -> Image:
        path = self.scratch / "image.tar"
        self.by.save(image, path)
        size = self.to.file(file, path)
        path.unlink()
        print(f"  {image:60} {size / 2**20:6.0f} MiB", file=self.said, flush=True)
        return Image(image, ours, file)


def _about(it: Described, file: str, to: Writer) -> None:
    to.text("bundle.json", json.dumps(asdict(it), indent=1) + "\n")
    to.text("programs.txt", "".join(f"{name}  {where}\n" for name, where in _programs().items()))
    said = README.format(environment=it.environment, commit=it.commit, file=file)
    if it.left_out:
        said += (
            "\nNot in it. Nodes must have these images or be able to pull them; without Argo CD's"
        )
        said += " chart the cluster must have Argo CD:\n\n"
        said += "".join(f"  {each}\n" for each in it.left_out)
    to.text("README.txt", said)


def _programs() -> dict[str, str]:
    """What the machine at the plant needs beside the bundle."""
    used = {name: WHERE[name] for name in ("kubectl", "helm")}
    return used | {"git": "https://git-scm.com", "make": "https://www.gnu.org/software/make",
                   "python": "3.11 to 3.13, with .venv/core of `make install-core`"}  # fmt: skip
