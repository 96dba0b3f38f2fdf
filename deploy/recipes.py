"""The images: what each stands on, what it is made of, and by which tag that is known.

A tag is the first twelve hex digits of a SHA-256 over the image's folder, its parts and the tag of
what it stands on. It changes when one of these does, and only then: the same tree has the same
tags on every machine.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy import parts
from deploy.parts import Part, files_digest
from deploy.programs import ROOT
from local.downloads import PINS, StackError

IMAGES = ROOT / "images"
DEBIAN = "docker.io/library/debian:bookworm-slim"
JAVA = "docker.io/library/eclipse-temurin:25-jre-noble"
OPERATOR = f"ghcr.io/kubeflow/spark-operator/controller:{PINS['spark-operator']['version'][1:]}"
SCRIPT = parts.source("packages.sh", "images/packages.sh")
VENV = parts.source("venv.sh", "images/venv.sh")


@dataclass(frozen=True)
class Recipe:
    """One image.

    on: the image of ours that it stands on. outside: build arguments with images of others.
    asked: whether it is made only when somebody names it. instead: the image of others that it
    stands in for where that cannot be pulled; it then has that name.
    """

    name: str
    on: str | None = "base"
    parts: tuple[Part, ...] = ()
    outside: tuple[str, ...] = ()
    asked: bool = False
    instead: str | None = None
    folder: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", IMAGES / self.name)


OUTSIDE: Mapping[str, str] = {"DEBIAN": DEBIAN, "JAVA": JAVA}
JOBS = ("spark_jobs", "schemas", "dbt", "dashboards", "requirements/jars.sha256")
RECIPES: Mapping[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe("base", on=None, parts=(SCRIPT,), outside=("DEBIAN",)),
        Recipe(
            "spark",
            parts=(SCRIPT, VENV, *parts.python("jobs"), parts.jars("jars", "s3a"),
                   parts.library("casparian"), parts.sources("work", *JOBS)),
        ),
        Recipe("object-store", parts=(parts.program_of("versitygw"),)),
        Recipe("postgres", parts=(SCRIPT,)),
        Recipe("hive-metastore", parts=(SCRIPT, parts.metastore("hive-metastore"))),
        Recipe("trino", parts=(SCRIPT, parts.trino("trino")), outside=("JAVA",)),
        Recipe("airflow",
               parts=(SCRIPT, VENV, *parts.python("airflow"), parts.source("dags", "dags"))),
        Recipe("git-server", parts=(SCRIPT,)),
        Recipe("minio", parts=(parts.program_of("minio"),), asked=True),
        Recipe("spark-operator", on="spark", parts=(parts.program_of("spark-operator"),),
               asked=True, instead=OPERATOR),
    )
}  # fmt: skip


def outside(name: str) -> str:
    """An image of others: as pinned, or as the environment names it (a mirror, a digest)."""
    return os.environ.get(name) or OUTSIDE[name]


def tag(recipe: Recipe) -> str:
    """Twelve hex digits over all that decides the image."""
    found = hashlib.sha256(recipe.name.encode())
    found.update(files_digest(recipe.folder).encode())
    found.update(parts.digest_of(recipe.parts).encode())
    for name in recipe.outside:
        found.update(outside(name).encode())
    if recipe.on:
        found.update(tag(RECIPES[recipe.on]).encode())
    return found.hexdigest()[:12]


def chosen(names: list[str]) -> list[Recipe]:
    """The recipes by their names, what they stand on first; all but those to be asked for where
    no name is given. Raises StackError for a name that is none."""
    unknown = [name for name in names if name not in RECIPES]
    if unknown:
        raise StackError(f"{unknown[0]} is no image: choose of {', '.join(RECIPES)}.")
    wanted = set(names) or {name for name, recipe in RECIPES.items() if not recipe.asked}
    wanted |= {below for name in wanted for below in _below(name)}
    return [recipe for recipe in RECIPES.values() if recipe.name in wanted]


def _below(name: str) -> Iterator[str]:
    while on := RECIPES[name].on:
        yield on
        name = on
