"""``python -m deploy images [NAME …]``: builds the images that are not there, tells their tags.

Writes into ``--out`` (default ``.local/images``): ``versions.yaml`` with the tags, as an
environment of Argo CD reads them, and ``<name>.cdx.json``, what each image is made of.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy import parts, sbom
from deploy.debian_pins import lock
from deploy.engines import ENGINES, Engine, engine
from deploy.programs import ROOT
from deploy.recipes import Recipe, chosen, outside, tag

REGISTRY = "ghcr.io/casparian"
SOURCE = "https://github.com/casparian/casparian"
MAKERS = {"DEBIAN": parts.debian, "JAVA": parts.java}


@dataclass(frozen=True)
class Built:
    """An image. bytes: of its layers, unpacked. seconds: that it took; 0 where it was there."""

    name: str
    image: str
    tag: str
    bytes: int
    seconds: float
    archive: str | None


def main(words: list[str]) -> int:
    """The exit code."""
    given = _parser().parse_args(words)
    recipes = chosen(given.names)
    if given.lock:
        return _lock(recipes, given)
    if given.tags:
        print(versions(given.registry, {each.name: tag(each) for each in recipes}), end="")
        return 0
    builder = Builder(engine(given.engine), given.registry, given.out, given.save, given.json)
    built = [builder.image(recipe) for recipe in recipes]
    # Of all images, built now or not: an environment has them all.
    tags = {each.name: tag(each) for each in {*chosen([]), *recipes} if not each.instead}
    (given.out / "versions.yaml").write_text(versions(given.registry, tags), encoding="utf-8")
    if given.json:
        print(json.dumps([asdict(each) for each in built], indent=2))
    else:
        print(f"Tags: {given.out / 'versions.yaml'}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy images", description=__doc__)
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="these alone, and what they stand on")
    add("--engine", choices=ENGINES, help="default: the first that works")
    add("--registry", default=REGISTRY, help=f"before an image's name (default {REGISTRY})")
    add("--out", type=Path, default=ROOT / ".local" / "images", metavar="DIR")
    add("--save", type=Path, metavar="DIR", help="also as <name>.tar, for where no registry is")
    add("--json", action="store_true", help="what was built, as JSON")
    add("--tags", action="store_true", help="only say the tags; nothing is built")
    add("--lock", action="store_true", help="choose versions of Debian's packages anew")
    return parser


@dataclass(frozen=True)
class Builder:
    """Makes images with one engine. quiet: only the result is printed."""

    engine: Engine
    registry: str
    out: Path
    save: Path | None
    quiet: bool

    def image(self, recipe: Recipe) -> Built:
        """An image, built unless it is there; with the list of what is in it, and its archive."""
        began, own = time.monotonic(), tag(recipe)
        name = recipe.instead or f"{self.registry}/{recipe.name}:{own}"
        there = self.engine.has(name) or (bool(recipe.instead) and self.engine.pull(name))
        if not there:
            self._build(recipe, name, own)
        size, archive = self._described(recipe.name, name, own, anew=not there)
        seconds = 0.0 if there else time.monotonic() - began
        word = "is there" if there else f"built in {seconds:.0f} s"
        word += f" as {name}" if recipe.instead else ""
        self._say(f"  {recipe.name:15} {own}  {size / 2**20:6.0f} MiB  {word}")
        return Built(recipe.name, name, own, size, round(seconds, 1), archive)

    def _build(self, recipe: Recipe, name: str, own: str) -> None:
        for each in recipe.outside:
            self._fetch(each)
        arguments = {each: outside(each) for each in recipe.outside}
        if recipe.on:
            below = chosen([recipe.on])[-1]
            arguments["BASE"] = f"{self.registry}/{below.name}:{tag(below)}"
        scratch = self.out / recipe.name
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        context(recipe, scratch / "context")
        self.engine.build(scratch / "context", name, arguments, labels(own))
        shutil.rmtree(scratch)

    def _fetch(self, argument: str) -> None:
        """An image of others, made here under the same name where no registry answers."""
        image = outside(argument)
        if self.engine.has(image) or self.engine.pull(image):
            return
        self._say(f"  {image} cannot be pulled: it is made here under the same name")
        with tempfile.TemporaryDirectory(dir=ensured(self.out)) as scratch:
            tar = Path(scratch) / "tree.tar"
            MAKERS[argument](tar)
            self.engine.import_tree(tar, image)

    def _described(
        self, short: str, name: str, own: str, anew: bool
    ) -> tuple[int, str | None]:  # fmt: skip
        """Size and archive; both are made anew if the image was, or if they are another's."""
        listed = ensured(self.out) / f"{short}.cdx.json"
        kept = self.save / f"{short}.tar" if self.save else None
        known = sbom.size_of(listed, own)
        if known and not anew and (kept is None or _is_of(kept, name)):
            return known, str(kept) if kept else None
        with tempfile.TemporaryDirectory(dir=self.out) as scratch:
            archive = Path(scratch) / "image.tar"
            self.engine.save(name, archive)
            size = sbom.write(archive, listed, short, own, name)
            if kept:
                ensured(kept.parent)
                shutil.move(archive, kept)
        return size, str(kept) if kept else None

    def _say(self, line: str) -> None:
        print(line, file=sys.stderr if self.quiet else sys.stdout, flush=True)


def context(recipe: Recipe, folder: Path) -> None:
    """Everything that a Dockerfile copies, laid into one folder with it."""
    parts.source("", f"images/{recipe.name}").make(folder)
    for part in recipe.parts:
        part.make(folder / part.place)


def labels(own: str) -> dict[str, str]:
    """What every image of ours says of itself besides its title."""
    return {
        "org.opencontainers.image.version": own,
        "org.opencontainers.image.source": SOURCE,
        "org.opencontainers.image.vendor": "Casparian",
    }


def versions(registry: str, tags: dict[str, str]) -> str:
    """Tags as an environment reads them."""
    lines = "".join(f"    {name}: '{tags[name]}'\n" for name in sorted(tags))
    return (
        "# Written by `make images`: a tag is made of all that decides its image.\n"
        f"global:\n  registry: {registry}\n  images:\n{lines}"
    )


def _is_of(archive: Path, name: str) -> bool:
    return archive.is_file() and sbom.names(archive) == [name]


def ensured(path: Path) -> Path:
    """A folder, made where it is missing."""
    path.mkdir(parents=True, exist_ok=True)
    return path


def _lock(recipes: list[Recipe], given: argparse.Namespace) -> int:
    builder = Builder(engine(given.engine), given.registry, given.out, None, given.json)
    for recipe in recipes:
        if not (recipe.folder / "packages.in").exists():
            continue
        if recipe.on:
            below = builder.image(chosen([recipe.on])[-1]).image
        else:
            builder._fetch("DEBIAN")
            below = outside("DEBIAN")
        changed = lock(builder.engine, recipe.folder, below, given.out)
        print(f"images/{recipe.name}/packages.txt: {'changed' if changed else 'as it was'}")
    return 0
