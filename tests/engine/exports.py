"""Small, messy historian exports, the same for the same seed, and the naive judge of one file."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.engine.content import write_lines

START = datetime(2025, 10, 25, 6, tzinfo=UTC)
TAGS = {  # name: (low, high, zero allowed)
    "TI-1.PV": (-40.0, 150.0, False),
    "LI-2.PV": (0.0, 100.0, True),
    "FI-3.PV": (None, None, True),
}
Reading = tuple[datetime, str, float, str]


def write_tags(root: Path) -> Path:
    rows = [
        ",".join([name, "", _text(low), _text(high), str(zero).lower(), "float"])
        for name, (low, high, zero) in TAGS.items()
    ]
    header = "tag_name,units,range_low,range_high,zero_allowed,data_type"
    return write_lines(root / "tag_list.csv", header, *rows)


def _text(limit: float | None) -> str:
    return "" if limit is None else f"{limit:g}"


def iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def messy_lines(seed: int, count: int = 120, step_s: int = 45) -> list[str]:
    """Readings of three tags with every fault that a line can have, about one in five faulty."""
    rng = random.Random(seed)
    at, lines = START + timedelta(hours=seed % 5), []
    for _ in range(count):
        at += timedelta(seconds=step_s if rng.random() < 0.95 else -3 * step_s)
        tag, value = rng.choice(list(TAGS)), f"{rng.uniform(1, 90):.3f}"
        fault = rng.random()
        if fault < 0.8:
            lines.append(
                f"{iso(at)},{tag},{'0' if rng.random() < 0.1 else value},"
                + rng.choice(["Good"] * 8 + ["Uncertain"])
            )
        else:
            faulty = [
                f"{iso(at)},{tag},,Good",
                f"{iso(at)},{tag},,Bad",
                f"{iso(at)},{tag},{value},Bad",
                f"{iso(at)},{tag},n/a,Good",
                f"{iso(at)},{tag},-999,Good",
                f"{iso(at)},{tag},1e6,Good",
                f"{iso(at)},,{value},Good",
                f"soon,{tag},{value},Good",
                f"{tag},{value}",
                f"{iso(at)},{tag},{value},Good,extra",
                f"{iso(at)},{tag},NaN,Good",
                rng.choice(lines) if lines else f"{iso(at)},{tag},{value},Good",
            ]
            lines.append(rng.choice(faulty))
    zeros = [
        f"{iso(at + timedelta(minutes=m))},TI-1.PV,0,Good" for m in range(1, rng.choice([8, 14]))
    ]
    return [*lines, *zeros]


def write_export(path: Path, lines: list[str]) -> Path:
    return write_lines(path, "Timestamp,Tag,Value,Quality", *lines)


def write_messy(root: Path, files: int = 4, count: int = 120) -> Path:
    """A tag list and some files; the last two share a window."""
    write_tags(root)
    for number in range(files - 1):
        write_export(root / "historian" / f"line_{number}.csv", messy_lines(number, count))
    again = messy_lines(files - 2, count)[count // 2 :]
    write_export(root / "historian" / f"line_{files - 1}.csv", again)
    return root


def naive_books(lines: list[str]) -> tuple[Counter[str], int, list[Reading]]:
    """What one file alone must give: reasons, duplicates, and the valid readings in order.

    The rules of the road read aloud, one record after another, with nothing borrowed from the code.
    """
    reasons: Counter[str] = Counter()
    plain: list[tuple[int, Reading]] = []
    for number, line in enumerate(lines):
        reason, reading = _rules(line)
        if reading is None:
            reasons[str(reason)] += 1
        else:
            plain.append((number, reading))
    offline = _offline(plain)
    reasons["Sensor offline"] += len(offline)
    latest: dict[str, datetime] = {}
    seen: set[Reading] = set()
    kept: list[Reading] = []
    duplicates = 0
    for number, reading in plain:
        at, tag = reading[:2]
        late = tag in latest and at <= latest[tag]
        if not late:
            latest[tag] = at
        if number not in offline:
            if not late:
                kept.append(reading)
            elif reading in seen:
                duplicates += 1
            else:
                reasons["Clock went back"] += 1
        seen.add(reading)
    return +reasons, duplicates, kept


def _rules(line: str) -> tuple[str | None, Reading | None]:
    cells = line.split(",")
    if len(cells) != 4:
        return "Damaged record", None
    stamp, tag, value, quality = cells
    if not stamp.startswith("2025"):
        return "Bad timestamp", None
    if not tag:
        return "Missing tag_name", None
    if quality == "Bad":
        return "Quality Bad", None
    if not value:
        return "Missing value", None
    if value in ("n/a", "NaN"):
        return "Not a number", None
    low, high, _ = TAGS[tag]
    if low is not None and float(value) < low:
        return f"Below min ({low:g})", None
    if high is not None and float(value) > high:
        return f"Above max ({high:g})", None
    return None, (datetime.fromisoformat(stamp), tag, float(value), quality)


def _offline(plain: list[tuple[int, Reading]]) -> set[int]:
    found: set[int] = set()
    for tag in (name for name, fact in TAGS.items() if not fact[2]):
        run: list[tuple[int, datetime]] = []
        for number, (at, name, value, _) in [*plain, (-1, (START, tag, 1.0, ""))]:
            if name != tag:
                continue
            if value == 0:
                run.append((number, at))
                continue
            # once ten minutes are reached within the run, all of it is offline
            if any(abs(at - run[0][1]) >= timedelta(minutes=10) for _, at in run):
                found |= {place for place, _ in run}
            run = []
    return found
