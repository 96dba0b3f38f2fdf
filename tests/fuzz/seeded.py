"""The seeded run: `python -m tests.fuzz.seeded SEED INPUTS FOLDER [FORMAT…]`, in its own process.

Answers one JSON line: inputs, records, failures (format, the error, where the bytes lie), books of
the files that were landed, CPU seconds and peak memory.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import traceback
from pathlib import Path
from random import Random
from typing import Any

from casparian.formats import all_formats
from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake
from casparian.reading.base import Format
from tests.fuzz.mutations import mutate
from tests.fuzz.properties import TookTooLong, check, limited
from tests.fuzz.seeds import Seed, seeds

STRANGERS = 0.05  # share of files that are another format's
LANDED = 0.05  # share of the inputs that go all the way into a lake
SHOWN = 5  # failures a format that are kept


def mutant(random: Random, name: str) -> Seed:
    """A mutated golden input for the format of that name."""
    every = seeds()
    own = every[name] if random.random() > STRANGERS else random.choice(list(every.values()))
    seed, other = random.choice(own), random.choice(random.choice(list(every.values())))
    return Seed(seed.name, mutate(random, seed.data, other.data))


def run(form: Format, seed: int, inputs: int, folder: Path) -> tuple[int, list[dict[str, Any]]]:
    """Mutants through one format: records read, and what went wrong."""
    random, records = Random(f"{seed} {form.name}"), 0
    failures: list[dict[str, Any]] = []
    for number in range(inputs):
        made = mutant(random, form.name)
        path = folder / "input"
        path.write_bytes(made.data)
        try:
            with limited():
                records += check(form, path, made.name)
        except (Exception, TookTooLong) as error:  # noqa: BLE001 - it is what is looked for
            if len(failures) < SHOWN:
                failures.append(_kept(form.name, number, made, error, folder))
    return records, failures


def _kept(name: str, number: int, made: Seed, error: BaseException, folder: Path) -> dict[str, Any]:
    path = folder / name / f"{number}_{made.name}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made.data)
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{Path(f.filename).name}:{f.lineno}" for f in frames if "casparian" in f.filename]
    return {
        "format": name,
        "error": f"{type(error).__name__}: {error}"[:300],
        "where": " ".join(where[-6:]),
        "bytes": str(path),
    }


def land(seed: int, inputs: int, folder: Path) -> list[dict[str, Any]]:
    """Mutants of all formats through scan and landing: the ledger's rows."""
    random, exports = Random(f"{seed} landing"), folder / "exports"
    exports.mkdir(parents=True)
    for number in range(inputs):
        made = mutant(random, random.choice(list(all_formats())))
        (exports / f"{number}_{made.name}").write_bytes(made.data)
    lake = Lake.at(folder / "lake")
    scan(lake, exports, "fuzz", timezone="Europe/Berlin")
    return process(lake, "fuzz")


def open_books(rows: list[dict[str, Any]]) -> list[str]:
    """Files whose books do not close."""
    kinds = ("records_valid", "records_quarantined", "records_duplicate")
    return [row["source_path"] for row in rows if row["records_read"] != sum(row[k] for k in kinds)]


def _peak_mib() -> int:
    """Of this process alone: `ru_maxrss` would begin with that of the parent."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 20  # bytes on macOS
    line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) >> 10


def main(seed: int, inputs: int, folder: Path, names: list[str]) -> None:
    """Every format, each with its share of the inputs; a share of LANDED through the lake."""
    formats = {name: each for name, each in all_formats().items() if not names or name in names}
    landed = land(seed, round(inputs * LANDED), folder)
    share = -(-round(inputs * (1 - LANDED)) // len(formats))
    told: dict[str, Any] = {
        "inputs": share * len(formats) + round(inputs * LANDED),
        "landed": len(landed),
        "open_books": open_books(landed),
        "records": sum(row["records_read"] for row in landed),
        "failures": [],
    }
    seconds = {}
    for form in formats.values():
        began = time.process_time()
        records, failures = run(form, seed, share, folder)
        told["records"] += records
        told["failures"] += failures
        seconds[form.name] = round(time.process_time() - began, 1)
    told["seconds"] = seconds
    told["cpu_seconds"] = round(time.process_time(), 1)
    told["peak_mib"] = _peak_mib()
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])
