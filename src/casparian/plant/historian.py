"""The historian's exports: one CSV a line and local day, in logging order, with planted faults."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from casparian.plant import readings as fates
from casparian.plant import scenario, streams
from casparian.plant.clock import SiteClock
from casparian.plant.historian_text import Layout, squeeze, style_of
from casparian.plant.lines import Line
from casparian.plant.readings import Readings
from casparian.plant.signals import (
    Bearing,
    Chiller,
    Trend,
    state_texts,
    states_at,
    trend_of,
    values_at,
)
from casparian.plant.tags import Tag, tags_of
from casparian.plant.timeline import Timeline
from casparian.plant.truth import Books

TABLE = "equipment.historian_values"
_TEXT_INDEX = {text: i for i, text in enumerate(fates.TEXTS) if i > fates.HASHES}
_REASONS = {
    fates.BAD_TIMESTAMP: ("bad_timestamp", "Bad timestamp"),
    fates.MISSING_TAG: ("missing", "Missing tag_name"),
    fates.BAD_QUALITY: ("bad_quality", "Quality Bad"),
    fates.MISSING: ("missing", "Missing value"),
    fates.NOT_A_NUMBER: ("not_a_number", "Not a number"),
    fates.OFFLINE: ("sensor_offline", "Sensor offline"),
    fates.CLOCK_BACK: ("clock_back", "Clock went back"),
}
_OFFLINE_MIN_MS = 600_000
_KEEP_CLEAR_MS = 3_600_000


@dataclass(frozen=True)
class Window:
    """One local day of a line: first and last (exclusive) epoch millisecond."""

    day: int
    start: int
    end: int


class LineHistorian:
    """All tags of one line over the period; `write_day` must be called day after day."""

    def __init__(
        self, line: Line, clock: SiteClock, timelines: list[Timeline], seed: int, scale: float,
        bearing: Bearing | None, chiller: Chiller | None = None,
    ) -> None:  # fmt: skip
        self.line, self.clock, self.seed, self.scale = line, clock, seed, scale
        self.tags = tags_of(line)
        self._trends = [trend_of(tag, timelines[tag.machine]) for tag in self.tags]
        self._bearing, self._chiller = bearing, chiller
        self._tail: Readings | None = None
        self._layouts = {
            utf16: Layout(style_of(line.site, utf16), self.tags)
            for utf16 in {False, line.line_id == scenario.UTF16_LINE}
        }

    def write_day(self, exports: Path, day: int, books: Books) -> dict[str, object]:
        """Write the file of one day and book it; returns what truth.json says beside the books
        (`offline`, `clock_back`), mostly nothing."""
        window = Window(day, self.clock.midnight(day) * 1000, self.clock.midnight(day + 1) * 1000)
        date = self.clock.date_of(day)
        path = f"{self.line.site.folder}/historian/{self.line.line_id}_{date:%Y%m%d}.csv"
        readings = self._day(window)
        notes = self._repeated_hour(readings, window, path, books)
        readings = self._plant_offline(readings, window, path, books, notes)
        rng = streams.stream(self.seed, streams.HISTORIAN_FAULTS, self.line.number, day)
        protected = self._protected(readings, window)
        readings = plant_bad_readings(readings, self.tags, protected, rng)
        readings = self._plant_garbled(readings, window, path, books)
        tail = self._keep_tail(readings, window)
        readings = self._plant_order_faults(readings, window, path, books, notes)
        self._tail = tail
        damaged = self._damaged(readings, window, path, books)
        self._book(readings, len(damaged), path, books)
        target = exports / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(self._render(readings, damaged, day, path, books))
        return notes

    # -- readings of a day ------------------------------------------------------------------

    def _day(self, window: Window) -> Readings:
        parts = [self._tag_day(i, trend, window) for i, trend in enumerate(self._trends)]
        readings = fates.concat(parts)
        return readings.take(np.argsort(readings.at, kind="stable"))

    def _tag_day(self, index: int, trend: Trend, window: Window) -> Readings:
        tag = trend.tag
        parts = (self.line.number, index, window.day)
        rng = streams.stream(self.seed, streams.HISTORIAN_TIMES, *parts)
        at = self._times(tag, index, window, rng)
        seconds = at / 1000.0
        milli = np.zeros(len(at), dtype=np.int64)
        text = np.zeros(len(at), dtype=np.uint8)
        if tag.kind == "state":
            table = np.array([_TEXT_INDEX[t] for t in state_texts(tag)], dtype=np.uint8)
            text = table[states_at(trend.timeline, seconds)]
        else:
            bearing = self._bearing if tag.name == scenario.BEARING_TAG else None
            chiller = self._chiller if tag.name == scenario.CAUSE_TAG else None
            milli = _to_milli(values_at(trend, seconds, rng, bearing, chiller), tag)
        quality = np.zeros(len(at), dtype=np.uint8)
        quality[rng.random(len(at)) < 0.002] = fates.UNCERTAIN
        return Readings(at, at, np.full(len(at), index), milli, text, quality,
                        np.zeros(len(at), dtype=np.uint8))  # fmt: skip

    def _times(
        self, tag: Tag, index: int, window: Window, rng: np.random.Generator
    ) -> npt.NDArray[np.int64]:
        """A fixed rhythm from the plant's first midnight on, each reading a little late."""
        interval = max(100, round(tag.interval_s * 1000 / self.scale))
        origin = self.clock.midnight(0) * 1000 + (index * 7919) % interval
        first = -((origin - window.start) // interval)
        last = -((origin - window.end) // interval)
        grid = origin + interval * np.arange(first, last, dtype=np.int64)
        late = rng.integers(0, max(1, interval // 5), len(grid))
        times: npt.NDArray[np.int64] = np.minimum(grid + late, window.end - 1)
        return times

    def _repeated_hour(
        self, readings: Readings, window: Window, path: str, books: Books
    ) -> dict[str, object]:
        """A local clock that is set back shows the same times twice; nothing else is wrong."""
        change = self.clock.change_within(window.day)
        if change is None or not style_of(self.line.site, utf16=False).local:
            return {}
        hour = self.clock.offset(change - 1) - self.clock.offset(change)
        if hour <= 0:  # in spring an hour is left out
            return {}
        edges = [(change - hour) * 1000, change * 1000, (change + hour) * 1000]
        first, middle, last = np.searchsorted(readings.at, edges).tolist()
        books.fault("dst_night", path, "local times from 02:00 to 03:00 come twice")
        counts = {"first_pass": middle - first, "second_pass": last - middle}
        return {"dst": {"changes_at": change, "file": path, **counts}}

    # -- faults -----------------------------------------------------------------------------

    def _is(self, line_id: str, day: int, window: Window) -> bool:
        return self.line.line_id == line_id and window.day == day

    def _plant_offline(
        self, readings: Readings, window: Window, path: str, books: Books, notes: dict[str, object]
    ) -> Readings:
        if not self._is(scenario.OFFLINE_LINE, scenario.OFFLINE_DAY, window):
            return readings
        start, end = self._hour(window.day, scenario.OFFLINE_HOUR, 3600)
        tag = [tag.name for tag in self.tags].index(scenario.OFFLINE_TAG)
        rows = np.flatnonzero((readings.tag == tag) & (readings.at >= start) & (readings.at < end))
        if len(rows) < 2 or readings.at[rows[-1]] - readings.at[rows[0]] < _OFFLINE_MIN_MS:
            return readings  # too few readings at this scale to show an offline sensor
        readings.milli[rows] = 0
        readings.fate[rows] = fates.OFFLINE
        books.fault("sensor_offline", path, f"{scenario.OFFLINE_TAG} logs 0 from 03:00 to 04:00")
        readings.quality[rows] = fates.GOOD
        notes["offline"] = {
            "tag": scenario.OFFLINE_TAG, "file": path, "start": start, "end": end,
            "count": len(rows),
        }  # fmt: skip
        return readings

    def _hour(self, day: int, hour: int, lasts_s: int) -> tuple[int, int]:
        start = self.clock.at(day, hour) * 1000
        return start, start + lasts_s * 1000

    def _protected(self, readings: Readings, window: Window) -> npt.NDArray[np.bool_]:
        """Readings that take no other fault, so that each truth stays plain."""
        protected: npt.NDArray[np.bool_] = readings.fate != fates.VALID
        if self._is(scenario.OFFLINE_LINE, scenario.OFFLINE_DAY, window):
            start, end = self._hour(window.day, scenario.OFFLINE_HOUR, 3600)
            near = (readings.at >= start - 600_000) & (readings.at < end + 600_000)
            tag = [tag.name for tag in self.tags].index(scenario.OFFLINE_TAG)
            protected |= near & (readings.tag == tag)
        if self._is(scenario.STEP_LINE, scenario.STEP_DAY, window):
            start, end = self._hour(window.day, scenario.STEP_HOUR, scenario.STEP_LASTS_S)
            clear = (readings.at >= start - _KEEP_CLEAR_MS) & (readings.at < end + _KEEP_CLEAR_MS)
            protected |= clear
        return protected

    def _plant_garbled(
        self, readings: Readings, window: Window, path: str, books: Books
    ) -> Readings:
        if not self._is(scenario.GARBLED_LINE, scenario.GARBLED_DAY, window):
            return readings
        clean = np.flatnonzero(readings.fate == fates.VALID)
        count = scenario.GARBLED_TIMES
        rows = clean[:: max(1, len(clean) // (count + 2))][1 : count + 2]
        readings.fate[rows[:count]] = fates.BAD_TIMESTAMP
        readings.fate[rows[count:]] = fates.MISSING_TAG
        books.fault("bad_timestamp", path, f"{count} readings with an unreadable time")
        books.fault("missing_tag", path, "a reading without a tag name")
        return readings

    def _keep_tail(self, readings: Readings, window: Window) -> Readings | None:
        if not self._is(scenario.TAIL_LINE, scenario.TAIL_DAY - 1, window):
            return None
        return readings.take(np.flatnonzero(readings.at >= window.end - scenario.TAIL_S * 1000))

    def _plant_order_faults(
        self, readings: Readings, window: Window, path: str, books: Books, notes: dict[str, object]
    ) -> Readings:
        if self._is(scenario.WINDOW_LINE, scenario.WINDOW_DAY, window):
            readings = self._repeat_window(readings, window)
            books.fault("duplicate_window", path, "10:00 to 10:30 local is exported twice")
        if self._is(scenario.TAIL_LINE, scenario.TAIL_DAY, window) and self._tail is not None:
            landed = self._tail.take(np.flatnonzero(self._tail.fate == fates.VALID))
            readings = fates.concat([self._tail, readings])
            readings = fates.walk(readings, set(fates.keys_of(landed)))
            books.fault("duplicate_tail", path, "starts with the last 10 minutes of the day before")
        if self._is(scenario.STEP_LINE, scenario.STEP_DAY, window):
            readings = self._step_clock(readings, window)
            back = int((readings.fate == fates.CLOCK_BACK).sum())
            notes["clock_back"] = {"file": path, "count": back,
                                   "step_ms": scenario.STEP_BACK_MS}  # fmt: skip
            if back:  # at a low scale no tag reads twice within the step
                lasts = scenario.STEP_LASTS_S
                books.fault("clock_back", path, f"the logger's clock is back for {lasts} s")
        return readings

    def _repeat_window(self, readings: Readings, window: Window) -> Readings:
        start, end = self._hour(window.day, scenario.WINDOW_HOUR, scenario.WINDOW_S)
        first, last = np.searchsorted(readings.at, [start, end]).tolist()
        rows = np.arange(len(readings))
        return fates.walk(
            readings.take(np.concatenate([rows[:last], rows[first:last], rows[last:]])), set()
        )

    def _step_clock(self, readings: Readings, window: Window) -> Readings:
        start, end = self._hour(window.day, scenario.STEP_HOUR, scenario.STEP_LASTS_S)
        back = np.where((readings.at >= start) & (readings.at < end), scenario.STEP_BACK_MS, 0)
        logged = readings.at - back
        stepped = Readings(readings.at, logged, readings.tag, readings.milli, readings.text,
                           readings.quality, readings.fate)  # fmt: skip
        return fates.walk(stepped, set())

    def _damaged(
        self, readings: Readings, window: Window, path: str, books: Books
    ) -> list[tuple[int, str]]:
        """(row before which it stands, line without its end) of each damaged line."""
        found = []
        for line_id, day, hour, columns in scenario.DAMAGED_LINES:
            if self._is(line_id, day, window):
                at = self.clock.at(day, hour) * 1000
                text = f"{self._layouts[False].time_text(at, self.clock)},{columns}"
                found.append((int(np.searchsorted(readings.at, at)), text))
                books.reject(TABLE, path, "damaged_record", "Damaged record")
                books.fault("damaged_record", path, f"a line with {text.count(',') + 1} columns")
        return found

    # -- out --------------------------------------------------------------------------------

    def _book(self, readings: Readings, damaged: int, path: str, books: Books) -> None:
        duplicates = int((readings.fate == fates.DUPLICATE).sum())
        books.file(path, len(readings) + damaged, duplicates)
        for row in np.flatnonzero(readings.fate > fates.DUPLICATE).tolist():
            books.reject(
                TABLE, path, *_reason(int(readings.fate[row]), self.tags[readings.tag[row]])
            )

    def _render(
        self, readings: Readings, damaged: list[tuple[int, str]], day: int, path: str, books: Books
    ) -> bytes:
        utf16 = (self.line.line_id, day) == (scenario.UTF16_LINE, scenario.UTF16_DAY)
        layout = self._layouts[utf16]
        newline = layout.style.newline.encode()
        rows = layout.rows(readings, self.clock)
        pieces, done = [layout.header().encode() + newline], 0
        for before, text in damaged:
            pieces += [squeeze(rows[done:before]), text.encode() + newline]
            done = before
        content = b"".join([*pieces, squeeze(rows[done:])])
        if not utf16:
            return content
        books.fault("utf16", path, "UTF-16 with semicolons and decimal commas")
        return b"\xff\xfe" + content.decode("ascii").encode(layout.style.encoding)


def plant_bad_readings(
    readings: Readings, tags: tuple[Tag, ...], protected: npt.NDArray[np.bool_],
    rng: np.random.Generator,
) -> Readings:  # fmt: skip
    """Give a few measured readings something wrong; which ones is drawn, none gets two faults."""
    measured = np.array([tag.kind not in ("state", "setpoint") for tag in tags])
    open_rows = np.flatnonzero(measured[readings.tag] & ~protected)
    wanted = rng.integers([3, 1, 2, 1, 4], [7, 3, 5, 4, 13])
    wanted = np.minimum(wanted, len(open_rows) // 10)
    rows = rng.choice(open_rows, int(wanted.sum()), replace=False)
    missing, hashes, below, above, bad = np.split(rows, np.cumsum(wanted)[:-1])
    readings.text[missing], readings.fate[missing] = fates.EMPTY, fates.MISSING
    readings.text[hashes], readings.fate[hashes] = fates.HASHES, fates.NOT_A_NUMBER
    readings.milli[below], readings.fate[below] = -999_000, fates.BELOW
    for row, excess in zip(above.tolist(), rng.uniform(0.1, 0.6, len(above)), strict=True):
        tag = tags[readings.tag[row]]
        over = round((tag.high + (tag.high - tag.low) * excess) * 10**tag.decimals)
        readings.milli[row], readings.fate[row] = over * 10 ** (3 - tag.decimals), fates.ABOVE
    readings.quality[bad], readings.fate[bad] = fates.BAD, fates.BAD_QUALITY
    readings.text[bad[::2]] = fates.EMPTY
    return readings


def _reason(fate: int, tag: Tag) -> tuple[str, str]:
    if fate == fates.BELOW:
        return "below_min", f"Below min ({tag.low:g})"
    if fate == fates.ABOVE:
        return "above_max", f"Above max ({tag.high:g})"
    return _REASONS[fate]


def _to_milli(values: npt.NDArray[np.float64], tag: Tag) -> npt.NDArray[np.int64]:
    """Values as logged, in thousandths. A sensor that cannot rest at zero never shows one."""
    shown: npt.NDArray[np.int64] = np.rint(values * 10**tag.decimals).astype(np.int64)
    if not tag.zero_allowed:
        shown[shown == 0] = 1
    shown *= 10 ** (3 - tag.decimals)
    return shown
