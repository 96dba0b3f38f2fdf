"""Ours: the indices of many characteristics at once. capability.py VALUES.npy OUT."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from casparian.kpi.capability.many import many


def main(values: Path, out: Path) -> None:
    found = many(np.load(values), 5.0, 15.0, 10.0)
    np.savez(
        out / "capability.npz", cp=found.within.both, cpk=found.within.nearest,
        pp=found.overall.both, ppk=found.overall.nearest, cpm=found.cpm,
        ppm=found.overall.ppm_total,
    )  # fmt: skip


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
