"""What mutations start from: the golden inputs of every format."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from casparian.formats import LEAST_CONFIDENCE, Peek, all_formats

FORMATS = Path(__file__).parents[1] / "formats"
MOST_BYTES = 64 << 10  # of a seed: mutations of larger ones find no more


@dataclass(frozen=True)
class Seed:
    """A golden input: its name, which some formats look at, and its bytes."""

    name: str
    data: bytes


@cache
def seeds() -> dict[str, tuple[Seed, ...]]:
    """Golden inputs by the formats that may read them; every format has some.

    A format without any of its own gets those of all others.
    """
    found: dict[str, list[Seed]] = {name: [] for name in all_formats()}
    every = [Seed(path.name, path.read_bytes()[:MOST_BYTES]) for path in golden_inputs()]
    for seed in every:
        peek = Peek(seed.name, seed.data)
        for name, form in all_formats().items():
            if form.sniff(peek).confidence >= LEAST_CONFIDENCE:
                found[name].append(seed)
    return {name: tuple(own or every) for name, own in found.items()}


def golden_inputs() -> list[Path]:
    """Files beside the tests of the formats that a format reads, in order of their paths."""
    return sorted(
        path
        for path in FORMATS.rglob("*")
        if path.is_file()
        and path.suffix not in (".py", ".pyc", ".md")
        and not path.name.endswith(".expected.json")
    )
