"""Write everything: both sites' exports, the truth, and the sources' time zones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from casparian.plant import PlantSummary, Progress, scenario
from casparian.plant.alarm_truth import alarm_days_of
from casparian.plant.capability_truth import capability_of
from casparian.plant.cause import cause_truth, chiller_of
from casparian.plant.clock import utc_iso
from casparian.plant.cmm import Measurement, measurements_of, signals_of, write_cmm
from casparian.plant.defects import findings_of, write_defects
from casparian.plant.energy_truth import baselines_of, energy_truth_of
from casparian.plant.historian import LineHistorian
from casparian.plant.laboratory import write_lims
from casparian.plant.lines import SITES
from casparian.plant.master import write_master
from casparian.plant.materials import movements_of
from casparian.plant.mtconnect import write_documents
from casparian.plant.mtconnect_agent import agents_of
from casparian.plant.oee_truth import oee_of, pareto_of, products_of, teep_of
from casparian.plant.production import counts_of, write_counts, write_stops
from casparian.plant.records import (
    VIBRATION_LIMITS,
    alarms_of,
    bearing_alarms,
    energy_of,
    write_alarms,
    write_energy,
    write_maintenance,
    write_movements,
)
from casparian.plant.signals import Chiller
from casparian.plant.site import SiteRun, run_site
from casparian.plant.spc_truth import spc_of
from casparian.plant.stock_truth import balances_of, genealogy_of, orders_of
from casparian.plant.truth import Books
from casparian.plant.yield_truth import defects_of, yields_of


def write_everything(
    out: Path, days: int, seed: int, scale: float, progress: Progress | None
) -> PlantSummary:
    """See `casparian.plant.write_plant`."""
    exports = out / "exports"
    _refuse_another_plant(out, seed, days, scale)
    exports.mkdir(parents=True, exist_ok=True)
    _write_truth(out, {"seed": seed, "days": days, "scale": scale})  # the answers come last
    runs = [run_site(site, days, seed) for site in SITES]
    steps = _Steps(progress, total=sum(len(run.lines) * days + 8 for run in runs))
    books = Books()
    truth: dict[str, Any] = {
        "seed": seed, "days": days, "scale": scale, "oee": [], "oee_days": [],
        "oee_products": [], "downtime": [], "yield": [], "defects": [], "energy": [],
        "energy_baseline": [], "material_balance": [], "order_material": [], "lots": [],
        "offline": None, "clock_back": None, "dst": None, "bearing": None,
        "mtconnect": {"devices": {}, "restart": None, "clock_step": None, "duplicates": 0},
    }  # fmt: skip
    measured: list[Measurement] = []
    for run in runs:
        measured += _write_site(exports, run, seed, scale, truth, books, steps)
    alarms = [alarm for run in runs for alarm in alarms_of(run)]
    truth["alarms"] = alarm_days_of(alarms, max(alarm.cleared for alarm in alarms))
    truth["spc"] = spc_of(measured)
    truth["capability"] = capability_of(measured)
    truth["sites"] = [_site_entry(run) for run in runs]
    _write_sources(exports)
    truth["spc_signals"] = signals_of(measured)
    truth["quality_cause"] = cause_truth(measured)
    for signal in truth["spc_signals"]:
        books.fault(signal["kind"], "", f"{signal['part_number']}, {signal['feature']}")
    truth |= books.close()
    _write_truth(out, truth)
    return _summary(out, exports, truth)


def _refuse_another_plant(out: Path, seed: int, days: int, scale: float) -> None:
    """Files of another plant beside ours would make the truth wrong."""
    exports, truth = out / "exports", out / "truth.json"
    if not exports.exists() or not any(exports.iterdir()):
        return
    if truth.exists():
        before = json.loads(truth.read_text(encoding="utf-8"))
        if (before["seed"], before["days"], before["scale"]) == (seed, days, scale):
            return
    raise ValueError(f"{out} holds other exports already: choose an empty folder")


def _write_truth(out: Path, truth: dict[str, Any]) -> None:
    text = json.dumps(truth, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    (out / "truth.json").write_bytes(text.encode("utf-8"))


class _Steps:
    """Counts the steps done and tells whoever listens."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def done(self, what: str) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(what, self._done, self._total)


def _write_site(
    exports: Path, run: SiteRun, seed: int, scale: float, truth: dict[str, Any], books: Books,
    steps: _Steps,
) -> list[Measurement]:  # fmt: skip
    """Write all of a site's exports; returns its measurements."""
    name = run.site.folder
    write_master(exports, run, scale, books)
    steps.done(f"{name}: master data")
    measured = measurements_of(run)
    _write_historian(exports, run, seed, scale, truth, books, steps, chiller_of(measured))
    counts = counts_of(run)
    write_counts(exports, run, counts, books)
    write_stops(exports, run, books)
    steps.done(f"{name}: production and downtime")
    shifts = oee_of(run, counts)
    truth["oee"] += shifts
    truth["oee_days"] += teep_of(run, shifts)
    truth["oee_products"] += products_of(run, counts)
    truth["downtime"] += pareto_of(run)
    for agent in agents_of(run, counts, chiller_of(measured)):
        entry = write_documents(exports, run, agent, books)
        _note_agent(truth["mtconnect"], agent.machine_id, agent.uuid, entry)
        truth["mtconnect"]["restart"] = truth["mtconnect"]["restart"] or agent.restart
        truth["mtconnect"]["clock_step"] = truth["mtconnect"]["clock_step"] or agent.clock_step
        steps.done(f"{name}: MTConnect {agent.machine_id}")
    write_cmm(exports, run, measured, books)
    steps.done(f"{name}: CMM")
    write_lims(exports, run, books)
    steps.done(f"{name}: LIMS")
    write_alarms(exports, run, books)
    readings, found, moves = energy_of(run), findings_of(run, counts), movements_of(run, counts)
    write_energy(exports, run, readings, books)
    steps.done(f"{name}: alarms and energy")
    write_defects(exports, run, found, books)
    write_movements(exports, run, moves, books)
    truth["yield"] += yields_of(run, counts, found)
    truth["defects"] += defects_of(found)
    used = energy_truth_of(run, counts, readings)
    truth["energy"] += used
    truth["energy_baseline"] += baselines_of(used)
    truth["material_balance"] += balances_of(moves)
    truth["order_material"] += orders_of(moves, counts)
    truth["lots"] += genealogy_of(moves)
    _note_loss(run, books)
    write_maintenance(exports, run, books)
    _note_bearing(run, truth, books)
    return measured


def _write_historian(
    exports: Path, run: SiteRun, seed: int, scale: float, truth: dict[str, Any], books: Books,
    steps: _Steps, chiller: Chiller | None,
) -> None:  # fmt: skip
    for line_run in run.lines:
        bearing = run.bearing if line_run.line.line_id == scenario.BEARING_LINE else None
        historian = LineHistorian(
            line_run.line, run.clock, line_run.timelines, seed, scale, bearing, chiller
        )
        for day in range(run.days):
            _note_historian(truth, historian.write_day(exports, day, books))
            steps.done(f"{run.site.folder}: historian {line_run.line.line_id}")


def _note_historian(truth: dict[str, Any], notes: dict[str, Any]) -> None:
    for key, note in notes.items():
        if key == "offline":
            note["start"], note["end"] = utc_iso(note["start"]), utc_iso(note["end"])
        if key == "dst":
            night = truth["dst"] or {"changes_at": utc_iso(note["changes_at"] * 1000), "files": []}
            del note["changes_at"]
            night["files"].append(note)
            note = night
        truth[key] = note


def _note_agent(mtconnect: dict[str, Any], machine: str, uuid: str, entry: dict[str, Any]) -> None:
    mtconnect["devices"][machine] = {"uuid": uuid, **entry}
    mtconnect["duplicates"] += entry["duplicates"]


def _note_bearing(run: SiteRun, truth: dict[str, Any], books: Books) -> None:
    if run.bearing is None:
        return
    failure = next(stop for stop in run.stops() if stop.reason == "Bearing failure")
    timeline = run.timeline_of(scenario.BEARING_MACHINE)
    alarms = bearing_alarms(run.bearing, timeline)
    truth["bearing"] = {
        "tag": scenario.BEARING_TAG, "machine_id": failure.machine_id,
        "downtime_event_id": failure.event_id, "failed_at": utc_iso(failure.start * 1000),
        "repaired_at": utc_iso(failure.end * 1000),
        "alarms": [
            {"at": utc_iso(at * 1000), "limit_mm_s": limit}
            for (at, _, _), (limit, _, _) in zip(alarms, VIBRATION_LIMITS, strict=True)
        ],
    }  # fmt: skip
    path = run.file("downtime", "downtime", run.production_day(failure.start))
    books.fault("bearing_failure", path, f"{failure.event_id}, {scenario.BEARING_TAG}")


def _note_loss(run: SiteRun, books: Books) -> None:
    products = {p.product_id for _, _, machine in run.machines() for p in machine.products}
    day = scenario.LOST_DAY
    if scenario.LOST_MATERIAL.removeprefix("RAW-") in products and day < run.days:
        detail = f"{scenario.LOST_MATERIAL}, {scenario.LOST_QUANTITY:g} kg"
        books.fault("material_loss", run.file("materials", "materials", day), detail)


def _site_entry(run: SiteRun) -> dict[str, Any]:
    return {
        "site_id": run.site.site_id, "folder": run.site.folder, "timezone": run.site.timezone,
        "lines": [line_run.line.line_id for line_run in run.lines],
    }  # fmt: skip


def _write_sources(exports: Path) -> None:
    blocks = [f'[[source]]\npath = "{s.folder}/**"\ntimezone = "{s.timezone}"\n' for s in SITES]
    (exports / "casparian.toml").write_bytes("\n".join(blocks).encode("utf-8"))


def _summary(out: Path, exports: Path, truth: dict[str, Any]) -> PlantSummary:
    files: dict[str, dict[str, int]] = truth["files"]
    return PlantSummary(
        out=out,
        files=len(files),
        size_bytes=sum((exports / path).stat().st_size for path in files),
        records=sum(counts["read"] for counts in files.values()),
        faults=len(truth["faults"]),
    )
