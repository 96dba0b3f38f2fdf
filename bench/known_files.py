"""Seconds for a scan of a folder of 100,000 files that the ledger knows.

python -m bench.known_files [--files 100000]

Writes the files and a ledger that has them all as landed, and scans in a process of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from casparian.lake.ledger import SCHEMA, Ledger
from casparian.lake.scan import scan
from casparian.lake.store import Lake

IN_A_FOLDER = 1_000
TEXT = "timestamp,tag_name,value,quality\n2025-10-01T00:00:00Z,TI-1,{number},Good\n"


def write_files(folder: Path, files: int) -> None:
    """One reading a file, a thousand files a folder."""
    for number in range(files):
        path = folder / f"{number // IN_A_FOLDER:04d}" / f"{number:06d}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEXT.format(number=number), "utf-8")


def row(path: Path, folder: Path) -> dict[str, Any]:
    """The file's row in the ledger, as if it had landed."""
    stat, now = path.stat(), datetime.now(UTC)
    return dict.fromkeys(SCHEMA.names) | {
        "source_hash": hashlib.sha256(path.read_bytes()).hexdigest(),
        "source_path": path.relative_to(folder).as_posix(),
        "full_path": path.as_posix(),
        "tag": "known",
        "format": "historian_csv",
        "size_bytes": stat.st_size,
        "modified_ns": stat.st_mtime_ns,
        "status": "landed",
        "records_read": 1,
        "records_valid": 1,
        "records_quarantined": 0,
        "records_duplicate": 0,
        "notes": "[]",
        "other_paths": "[]",
        "found_at": now,
        "landed_at": now,
    }


def measure(lake: str, folder: str) -> None:
    """Scan once; one line."""
    began = time.perf_counter()
    found = scan(Lake.at(lake), Path(folder), "known")
    wall, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    print(
        f"{len(found.rows):,} files, {len(found.fresh)} new: {used.ru_utime + used.ru_stime:.1f} "
        f"CPU-s with the start of Python, {wall:.1f} s, {used.ru_maxrss >> 10} MiB"
    )


def main() -> None:
    options = argparse.ArgumentParser(prog="bench.known_files", description=__doc__)
    options.add_argument("--files", type=int, default=100_000)
    options.add_argument("--scan", nargs=2, metavar=("LAKE", "FOLDER"), help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.scan:
        measure(*asked.scan)
        return
    with tempfile.TemporaryDirectory(prefix="casparian-known-") as scratch:
        folder, lake = Path(scratch) / "in", Path(scratch) / "lake"
        write_files(folder, asked.files)
        Ledger(Lake.at(lake)).write(row(path, folder) for path in sorted(folder.rglob("*.csv")))
        command = [sys.executable, "-m", "bench.known_files", "--scan", str(lake), str(folder)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
