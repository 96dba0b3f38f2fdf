"""Writes the exports that the benchmarks read.

Big, plain, with the usual faults, the same every time.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

TAGS = 200
BLOCK = 1_000_000
START_US = 1_767_225_600_000_000  # 2026-01-01 UTC


def tag_names() -> list[str]:
    """LI-1000.PV and so on."""
    return [f"{kind}-{1000 + i}.PV" for i in range(TAGS // 4) for kind in ("TT", "PT", "LI", "FT")]


def historian_csv(path: Path, rows: int) -> None:
    """`rows` readings of 200 tags, one reading a tag each second.

    1 in 1,000 is missing, below, above or Bad.
    """
    names = pa.array(tag_names())
    with open(path, "wb") as out:
        out.write(b"timestamp,tag_name,value,quality\n")
        for start in range(0, rows, BLOCK):
            pacsv.write_csv(
                _block(start, min(BLOCK, rows - start), names),
                out,
                pacsv.WriteOptions(include_header=False, quoting_style="none"),
            )


def _block(start: int, count: int, names: pa.Array) -> pa.Table:
    rng = np.random.default_rng([start, 7])
    row = np.arange(start, start + count)
    stamps = pa.array(START_US + row // TAGS * 1_000_000).cast(pa.timestamp("us"))
    values = np.round(rng.normal(60, 12, count), 4)
    fault = rng.integers(0, 4000, count)
    values[fault == 0], values[fault == 1] = -999.0, 9999.0
    text = pc.if_else(
        pa.array(fault == 2), pa.scalar(None, pa.string()), pa.array(values).cast(pa.string())
    )
    quality = pa.array(["Good", "Bad"]).take(pa.array((fault == 3).astype(np.int8)))
    written = pc.strftime(stamps.cast(pa.timestamp("ms")), format="%Y-%m-%d %H:%M:%S")
    return pa.table(
        {
            "timestamp": written,
            "tag_name": names.take(pa.array(row % TAGS)),
            "value": text,
            "quality": quality,
        }
    )


def tag_list(path: Path) -> None:
    """Limits −40 to 150 for every tag, and no tag that may rest at zero."""
    lines = [
        "tag_name,description,units,range_low,range_high,zero_allowed,data_type,interval_s,site_id,line_id,asset_id"
    ]
    lines += [f"{name},bench,degC,-40,150,false,float,1,S,L,A" for name in tag_names()]
    path.write_text("\n".join(lines) + "\n")


def mtconnect_xml(path: Path, observations: int) -> None:
    """One Streams document of a machine.

    Positions, loads and states, in the order of its components.
    """
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<MTConnectStreams xmlns="urn:mtconnect.org:MTConnectStreams:2.0">\n'
        '<Header creationTime="2026-01-02T00:00:00Z" sender="bench" instanceId="1767225600" '
        f'version="2.0.0.12" bufferSize="131072" nextSequence="{observations + 1}" '
        f'firstSequence="1" lastSequence="{observations}"/>\n'
        '<Streams><DeviceStream name="CNC-01" uuid="bench-cnc-01">\n'
    )
    with open(path, "w", encoding="utf-8") as out:
        out.write(head)
        for number, (component, element, item) in enumerate(ITEMS):
            category = "Events" if element == "Execution" else "Samples"
            out.write(
                f'<ComponentStream component="{component}" name="{item}" '
                f'componentId="c{number}"><{category}>\n'
            )
            out.writelines(
                _observations(element, item, range(number + 1, observations + 1, len(ITEMS)))
            )
            out.write(f"</{category}></ComponentStream>\n")
        out.write("</DeviceStream></Streams></MTConnectStreams>\n")


ITEMS = (
    *(
        ("Linear", "Position", f"{axis}act") if kind == 0 else ("Linear", "Load", f"{axis}load")
        for axis in "XYZABCUVW"
        for kind in (0, 1)
    ),
    ("Rotary", "RotaryVelocity", "Srpm"),
    ("Path", "Execution", "exec"),
)


def _observations(element: str, item: str, sequences: range) -> Iterator[str]:
    states = ("ACTIVE", "READY", "STOPPED", "INTERRUPTED")
    for sequence in sequences:
        second, milli = divmod(sequence * 40, 1000)
        hour, minute = second // 3600 % 24, second // 60 % 60
        clock = f"2026-01-01T{hour:02d}:{minute:02d}:{second % 60:02d}.{milli:03d}Z"
        value = (
            states[sequence % 4]
            if element == "Execution"
            else f"{sequence * 7919 % 100000 / 100:.2f}"
        )
        sub = ' subType="ACTUAL"' if element == "Position" else ""
        yield (
            f'<{element} dataItemId="{item}" timestamp="{clock}" name="{item}" '
            f'sequence="{sequence}"{sub}>{value}</{element}>\n'
        )


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--rows", type=int, default=10_000_000)
    given = options.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    historian_csv(given.folder / "values.csv", given.rows)
    tag_list(given.folder / "tag_list.csv")
