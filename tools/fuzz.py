"""Coverage-guided fuzzing of every format: `tools/fuzz.py --seconds 60 [FORMAT…]`.

Each format runs in a process of its own with a limit of memory and of time an input; it starts
from the golden inputs of tests/formats. What breaks is kept in the corpus folder, by format.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
MOST_MIB, INPUT_SECONDS, LONGEST_INPUT = 512, 10, 1 << 16
GRACE_SECONDS = 120  # beyond --seconds, to start and to end


def main() -> int:
    """Fuzz the formats that are named, or all; 1 where one broke."""
    given = _arguments()
    if given.child:
        return _child(given.child, given.seconds, given.corpus)
    from casparian.formats import all_formats

    unknown = sorted({*given.formats} - {*all_formats()})
    if unknown:
        print(f"No format is called {', '.join(unknown)}.", file=sys.stderr)
        return 2
    names = given.formats or list(all_formats())
    broken = [name for name in names if not _parent(name, given.seconds, given.corpus)]
    print(f"{len(names)} formats, {given.seconds} s each: {', '.join(broken) or 'none'} broke.")
    return int(bool(broken))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("formats", nargs="*", help="names of formats; all by default")
    parser.add_argument("--seconds", type=int, default=60, help="a format")
    parser.add_argument("--corpus", type=Path, default=ROOT / ".local" / "fuzz")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    return parser.parse_args()


def _parent(name: str, seconds: int, corpus: Path) -> bool:
    """Whether the format held."""
    folder = corpus / name
    (folder / "found").mkdir(parents=True, exist_ok=True)
    command = [sys.executable, __file__, "--child", name, "--seconds", str(seconds)]
    began = time.monotonic()
    with (folder / "log").open("w") as log:
        try:
            done = subprocess.run(
                [*command, "--corpus", str(corpus)],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=seconds + GRACE_SECONDS,
                check=False,
            )
            code = done.returncode
        except subprocess.TimeoutExpired:
            code = -1
    ran = _inputs((folder / "log").read_text("utf-8", errors="replace"))
    took = time.monotonic() - began
    print(
        f"{name:22} {'held' if code == 0 else 'BROKE'}  {ran:>9,} inputs in {took:4.0f} s",
        flush=True,
    )
    if code:
        print(f"  see {folder / 'log'} and the bytes in {folder / 'found'}")
    return code == 0


def _inputs(log: str) -> int:
    numbers = [line.split("\t")[0][1:] for line in log.splitlines() if line.startswith("#")]
    return max((int(number) for number in numbers if number.isdigit()), default=0)


def _child(name: str, seconds: int, corpus: Path) -> int:
    """One format under atheris; never returns where an input breaks it."""
    import atheris

    with atheris.instrument_imports(include=["casparian.formats", "casparian.reading"]):
        from casparian.formats import all_formats

        formats = all_formats()  # imports them, which is what is followed
    from random import Random

    from tests.fuzz.mutations import mutate
    from tests.fuzz.properties import check
    from tests.fuzz.seeds import seeds

    form, own = formats[name], seeds()[name]
    grown = corpus / name / "grown"
    grown.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(own):
        (grown / f"seed{number}").write_bytes(seed.data)
    with tempfile.TemporaryDirectory() as folder:
        path, called = Path(folder) / "input", own[0].name

        def one(data: bytes) -> None:
            path.write_bytes(data)
            check(form, path, called)

        def changed(data: bytes, longest: int, number: int) -> bytes:
            random = Random(number)
            if random.random() < 0.5:
                return bytes(atheris.Mutate(data, longest))
            return mutate(random, data, random.choice(own).data)[:longest]

        limits = [f"-max_total_time={seconds}", f"-rss_limit_mb={MOST_MIB}"]
        limits += [f"-timeout={INPUT_SECONDS}", f"-max_len={LONGEST_INPUT}", "-print_final_stats=1"]
        found = f"-artifact_prefix={corpus / name / 'found'}{os.sep}"
        atheris.Setup([sys.argv[0], *limits, found, str(grown)], one, custom_mutator=changed)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
