"""MTConnect 2.0 sample documents of the machining lines: one a machine and 12 hours, each window
reaching back into the one before, as a collector asks again from a sequence it already has."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from pathlib import Path
from typing import Any

from casparian.plant import scenario
from casparian.plant.clock import utc_iso
from casparian.plant.mtconnect_agent import Agent, Observation
from casparian.plant.mtconnect_items import COMPONENTS, ITEMS, NAMESPACE, TABLES
from casparian.plant.site import SiteRun
from casparian.plant.truth import Books

_OVERLAP_S = 4320  # a tenth of 12 hours
_MODEL_CHANGED = "2025-09-02T08:14:31Z"


def write_documents(exports: Path, run: SiteRun, agent: Agent, books: Books) -> dict[str, Any]:
    """Write an agent's documents and book them; returns its part of truth.json's `mtconnect`."""
    landed: set[tuple[int, int]] = set()
    tables: Counter[str] = Counter()
    duplicates = 0
    for day in range(run.days):
        for half in (0, 1):
            path, text, shown = _half_day(run, agent, day, half, books)
            new = [one for one in shown if (one.instance, one.sequence) not in landed]
            landed.update((one.instance, one.sequence) for one in new)
            tables.update(TABLES[ITEMS[one.item].category] for one in new)
            duplicates += len(shown) - len(new)
            books.file(path, len(shown) + _is_truncated(agent, day, half), len(shown) - len(new))
            _book_faults(agent, shown, path, books)
            target = exports / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode("utf-8"))
    return {"observations": dict(sorted(tables.items())), "duplicates": duplicates}


def _half_day(
    run: SiteRun, agent: Agent, day: int, half: int, books: Books
) -> tuple[str, str, list[Observation]]:
    """Path, text and complete observations (in document order) of one document."""
    start, end = run.clock.at(day, 12 * half), run.clock.at(day, 12 * half + 12)
    buffer = agent.observations
    first = bisect_left(buffer, (start - _OVERLAP_S) * 1000, key=_true_time)
    last = bisect_left(buffer, end * 1000, key=_true_time)
    text, shown = _document(agent, _of_last_instance(buffer[first:last]), end)
    name = f"{agent.machine_id}_{run.clock.date_of(day):%Y%m%d}_{12 * half:02d}.xml"
    path = f"{run.site.folder}/mtconnect/{agent.machine_id}/{name}"
    if _is_truncated(agent, day, half):
        text, shown = _cut(text, shown)
        books.reject(TABLES["Samples"], path, "damaged_file", "Damaged file")
        books.fault("damaged_file", path, f"ends after {len(shown)} observations")
    return path, text, shown


def _true_time(observation: Observation) -> int:
    return observation.at


def _is_truncated(agent: Agent, day: int, half: int) -> bool:
    return (agent.machine_id, day, half) == (
        scenario.TRUNCATED_MACHINE,
        scenario.TRUNCATED_DAY,
        scenario.TRUNCATED_HALF,
    )


def _book_faults(agent: Agent, shown: list[Observation], path: str, books: Books) -> None:
    """Note the first document that shows the agent's restart or its clock step."""
    for fault, kind in ((agent.restart, "agent_restart"), (agent.clock_step, "clock_step")):
        if not fault or "file" in fault:
            continue
        key = (fault["instance_id"], fault.get("sequence", 1))
        if any((one.instance, one.sequence) == key for one in shown):
            fault["file"] = path
            books.fault(f"mtconnect_{kind}", path, f"instanceId {key[0]}, sequence {key[1]}")


def _of_last_instance(found: list[Observation]) -> list[Observation]:
    """An agent that restarted has nothing left of the time before."""
    return [one for one in found if one.instance == found[-1].instance]


def _document(agent: Agent, found: list[Observation], end: int) -> tuple[str, list[Observation]]:
    """Text of a document and its observations in document order."""
    header = _header(agent, found, end)
    lines = [header]
    shown: list[Observation] = []
    groups: dict[tuple[int, str], list[Observation]] = {}
    for one in found:
        groups.setdefault((ITEMS[one.item].component, ITEMS[one.item].category), []).append(one)
    prefix = f"{agent.machine_id.replace('-', '').lower()}_"
    for number, component in enumerate(COMPONENTS):
        streams_of = [(c, groups[number, c]) for c in TABLES if (number, c) in groups]
        if not streams_of:
            continue
        name = component.name or agent.device_name
        lines.append(f'      <ComponentStream component="{component.component}" name="{name}" '
                     f'componentId="{prefix}{component.component_id}">')  # fmt: skip
        for category, observations in streams_of:
            lines.append(f"        <{category}>")
            lines += ["          " + one.xml for one in observations]
            lines.append(f"        </{category}>")
            shown += observations
        lines.append("      </ComponentStream>")
    lines += ["    </DeviceStream>", "  </Streams>", "</MTConnectStreams>", ""]
    return "\n".join(lines), shown


def _header(agent: Agent, found: list[Observation], end: int) -> str:
    first, last = found[0], found[-1]
    created = utc_iso(end * 1000 + 2000)[:-5] + "Z"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<MTConnectStreams xmlns:m="{NAMESPACE}" xmlns="{NAMESPACE}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{NAMESPACE} '
        'http://schemas.mtconnect.org/schemas/MTConnectStreams_2.0.xsd">\n'
        f'  <Header creationTime="{created}" sender="{agent.machine_id}" '
        f'instanceId="{first.instance}" version="2.0.0.12" bufferSize="4096" '
        f'nextSequence="{last.sequence + 1}" firstSequence="{first.sequence}" '
        f'lastSequence="{last.sequence}" deviceModelChangeTime="{_MODEL_CHANGED}"/>\n'
        "  <Streams>\n"
        f'    <DeviceStream name="{agent.device_name}" uuid="{agent.uuid}">'
    )


def _cut(text: str, shown: list[Observation]) -> tuple[str, list[Observation]]:
    """Break a document off in the middle of an observation, two thirds in."""
    keep = len(shown) * 2 // 3
    place = text.index(shown[keep].xml)
    return text[: place + len(shown[keep].xml) // 2], shown[:keep]
