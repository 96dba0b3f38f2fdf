"""`casparian series`: a tag's readings in time: windows, values between readings, gaps."""

from __future__ import annotations

import csv
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.desk import Desk, command, plain
from casparian.cli.show import many, say, table

if TYPE_CHECKING:
    from casparian.lake.series import Readings, Shape

MOST_WINDOWS = 5_000_000
ON_SCREEN = 60
BLOCKS = "▁▂▃▄▅▆▇█"
CHART = 72  # characters


@command("""
    casparian series TI-101.PV --from 2025-10-28 --to 2025-10-29 --window 15min
    casparian series TI-101.PV --every 1min --fill linear --max-gap 10min --csv
    casparian series "TI-*" --gaps                      where readings are missing
    casparian series "TI-*" --faults                    stuck values and spikes
    casparian series PLT.OvenTemp --window 1d --timezone Europe/Berlin --day-start 06:00
    casparian series Xpos --table mtc_samples --window 1h
""")
@click.argument("tags", nargs=-1, metavar="TAG...")
@click.option("--from", "start", metavar="TIME", help="First instant, ISO; UTC without an offset.")
@click.option("--to", "end", metavar="TIME", help="Instant to stop before.")
@click.option("--window", metavar="LENGTH", help="Roll up by windows, as 15min, 1h, 1d.")
@click.option("--every", metavar="LENGTH", help="Values at a regular step, as 1min.")
@click.option(
    "--fill",
    type=click.Choice(["none", "step", "linear"]),
    default="step",
    show_default=True,
    help="With --every: what stands between readings.",
)
@click.option(
    "--max-gap", metavar="LENGTH", help="Never fill or hold longer.  [default: the tag's rhythm]"
)
@click.option("--gaps", "want_gaps", is_flag=True, help="List where readings are missing.")
@click.option("--faults", "want_faults", is_flag=True, help="List stuck values and spikes.")
@click.option("--timezone", metavar="ZONE", help="Windows by the days of this IANA zone.")
@click.option("--day-start", metavar="HH:MM", default="00:00", help="When a day begins there.")
@click.option("--table", "source", default="historian_values", show_default=True)
@click.option("--csv", "as_csv", is_flag=True, help="Answer in CSV.")
def series(
    desk: Desk, tags: tuple[str, ...], start: str | None, end: str | None, window: str | None,
    every: str | None, fill: str, max_gap: str | None, want_gaps: bool, want_faults: bool,
    timezone: str | None, day_start: str, source: str, as_csv: bool,
) -> None:  # fmt: skip
    """Show readings as series in time.

    TAG is a tag's name, its alias, or a pattern as "TI-*"; without one the tags are listed. With
    --window one row a window, with --every one row a step, with --gaps the gaps, with --faults
    what stuck or spiked, else a summary with a chart. A gap is told from each tag's own rhythm and
    is never filled.
    """
    from casparian.lake import series as lake_series

    if sum(map(bool, (window, every, want_gaps, want_faults))) > 1:
        raise click.UsageError("Give one of --window, --every, --gaps and --faults.")
    shape = lake_series.shape_of(desk.lake, source)
    if not tags:
        names = lake_series.names(desk.lake, shape)
        desk.answer(names, lambda: say("\n".join(names)))
        return
    names = lake_series.names(desk.lake, shape, tags)
    if not names:
        desk.fail(f"{shape.address} has no readings of {' or '.join(tags)}.")
    span = instant(start), instant(end)
    hold = _length(max_gap, "--max-gap")
    zone, begins = timezone, _day_start(day_start)
    length, step = _length(window, "--window"), _length(every, "--every")
    rows: list[dict[str, Any]] = []
    for group in lake_series.groups(desk.lake, shape, names):
        asked = _Asked(desk, shape, group, *span, hold)
        if length:
            rows += asked.windows(length, zone, begins)
        elif step:
            rows += asked.steps(step, fill)
        elif want_faults:
            rows += asked.faults()
        else:
            rows += asked.gaps() if want_gaps else asked.summary()
    _answer(desk, rows, as_csv, chart=not (every or want_gaps or want_faults))


def _length(text: str | None, option: str) -> int | None:
    from casparian.lake.series import microseconds

    try:
        return microseconds(text) if text else None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from error


def instant(text: str | None) -> int | None:
    """A moment on the command line [us]; UTC without an offset."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"'{text}' is no ISO time, as 2025-10-28T06:00.") from error
    whole = found if found.tzinfo else found.replace(tzinfo=UTC)
    return round((whole - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1e6)


def _day_start(text: str) -> int:
    try:
        found = datetime.strptime(text, "%H:%M")
    except ValueError as error:
        raise click.BadParameter("write it like 06:00", param_hint="--day-start") from error
    return (found.hour * 3600 + found.minute * 60) * 10**6


class _Asked:
    """Readings of the tags in the span, and what can be told of them."""

    def __init__(
        self, desk: Desk, shape: Shape, names: list[str], start: int | None, end: int | None,
        max_gap: int | None,
    ):  # fmt: skip
        from casparian.lake import series as lake_series

        self.lake, self.start, self.end, self.max_gap = desk.lake, start, end, max_gap
        self.facts = lake_series.facts(self.lake)
        reach = max(max_gap or 0, 86_400_000_000)  # what was read before holds into the span
        self.read: Readings = lake_series.read(
            self.lake, shape, names,
            None if start is None else start - reach, None if end is None else end + reach,
        )  # fmt: skip
        self.longest = [self._longest(code) for code in range(len(self.read.names))]

    def _longest(self, code: int) -> float:
        from casparian.lake.series import longest_of

        stated = self.facts.get(self.read.names[code], (None, None))[1]
        return longest_of(self.read.of(code)[0], stated, self.max_gap)

    def span(self, code: int | None = None) -> tuple[int, int]:
        """From the first to after the last reading (of one tag or of all), or as asked."""
        at = self.read.at if code is None else self.read.of(code)[0]
        low = self.start if self.start is not None else int(at.min()) if len(at) else 0
        high = self.end if self.end is not None else int(at.max()) + 1 if len(at) else low
        return low, high

    def windows(self, length: int, zone: str | None, day_start: int) -> list[dict[str, Any]]:
        import numpy as np

        from casparian.kpi.timeseries import roll_up
        from casparian.lake.windows import Grid, table_of

        start, end = self.span()
        _check_many((end - start) // length)
        if zone:
            _check_zone(zone)
        grid = Grid(length, 0, zone, day_start)
        found = self.read
        rolled = roll_up(
            found.tags, found.at, found.value, found.good,
            grid.bounds(start, end), np.array(self.longest or [0.0]),
        )  # fmt: skip
        rows: list[dict[str, Any]] = table_of(rolled, found.names, {}).to_pylist()
        return [{k: v for k, v in row.items() if k != "tag_alias"} for row in rows]

    def steps(self, length: int, fill: str) -> list[dict[str, Any]]:
        import numpy as np

        from casparian.kpi.timeseries import KINDS, interpolate
        from casparian.lake.series import instant

        rows = []
        for code, name in enumerate(self.read.names):
            start, end = self.span(code)
            _check_many((end - start) // length)
            where = np.arange(-(-start // length) * length, end, length, dtype=np.int64)
            at, value, _ = self.read.of(code)
            found, kinds = interpolate(at, value, where, fill, self.longest[code])
            rows += [
                {
                    "tag_name": name, "timestamp": instant(t),
                    "value": None if np.isnan(v) else v, "filled": KINDS[k],
                }
                for t, v, k in zip(where.tolist(), found.tolist(), kinds.tolist(), strict=True)
            ]  # fmt: skip
        return rows

    def gaps(self) -> list[dict[str, Any]]:
        from casparian.kpi.timeseries import gaps
        from casparian.lake.series import instant, words_of

        start, end = self.span()
        rows = []
        for code, name in enumerate(self.read.names):
            at = self.read.of(code)[0]
            for place in gaps(at, self.longest[code]).tolist():
                low, high = int(at[place]), int(at[place + 1])
                if high > start and low < end:
                    rows.append(
                        {
                            "tag_name": name,
                            "gap_start": instant(low),
                            "gap_end": instant(high),
                            "seconds": (high - low) / 1e6,
                            "longer_than": words_of(self.longest[code]),
                        }
                    )
        return rows

    def faults(self) -> list[dict[str, Any]]:
        from casparian.lake.faults import find_faults
        from casparian.lake.series import instant

        start, end = self.span()
        return [
            {
                "tag_name": found.tag_name, "fault": found.fault,
                "from": instant(found.start), "to": instant(found.end),
                "seconds": (found.end - found.start) / 1e6, "readings": found.readings,
                "value": found.value,
            }
            for found in find_faults(self.read)
            if found.end >= start and found.start < end
        ]  # fmt: skip

    def summary(self) -> list[dict[str, Any]]:
        """One row a tag, with the values of CHART windows for a chart."""
        import numpy as np

        from casparian.kpi.timeseries import gaps, rhythm
        from casparian.lake.series import instant

        rows = []
        for code, name in enumerate(self.read.names):
            start, end = self.span(code)
            at, value, good = self.read.of(code)
            inside = (at >= start) & (at < end)
            at, value, good = at[inside], value[inside], good[inside]
            known = value[~np.isnan(value)]
            usual = rhythm(at, self.facts.get(name, (None, None))[1])
            rows.append(
                {
                    "tag_name": name, "unit": self.facts.get(name, (None, None))[0],
                    "readings": len(at),
                    "from": instant(at[0]) if len(at) else None,
                    "to": instant(at[-1]) if len(at) else None,
                    "interval_s": usual.interval / 1e6 if np.isfinite(usual.interval) else None,
                    "gaps": len(gaps(at, self.longest[code])),
                    "good_ratio": float(good.mean()) if len(good) else None,
                    "min": float(known.min()) if len(known) else None,
                    "mean": float(known.mean()) if len(known) else None,
                    "max": float(known.max()) if len(known) else None,
                    "chart": _chart(at, value, start, end),
                }
            )  # fmt: skip
        return rows


def _check_zone(name: str) -> None:
    from casparian.reading.times import zone

    zone(name)


def _check_many(count: int) -> None:
    if count > MOST_WINDOWS:
        raise click.UsageError(
            f"That would be {count:,} rows: ask for a shorter span or longer windows."
        )


def _chart(at: Any, value: Any, start: int, end: int) -> str:
    """The means of CHART equal spans as blocks; a blank where there is no reading."""
    import numpy as np

    if end <= start:
        return ""
    place = np.clip((at - start) * CHART // max(end - start, 1), 0, CHART - 1)
    known = ~np.isnan(value)
    count = np.bincount(place[known], minlength=CHART)
    total = np.bincount(place[known], weights=value[known], minlength=CHART)
    if not count.any():
        return ""
    mean = total / np.where(count, count, 1)
    return _blocks([mean[i] if count[i] else None for i in range(CHART)])


def _blocks(values: list[Any]) -> str:
    known = [value for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    span = (high - low) or 1.0
    return "".join(
        " " if value is None else BLOCKS[min(int((value - low) / span * 8), 7)] for value in values
    )


def _answer(desk: Desk, rows: list[dict[str, Any]], as_csv: bool, chart: bool) -> None:
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        for place, row in enumerate(rows):
            if not place:
                writer.writerow(row)
            writer.writerow(plain(v) if hasattr(v, "isoformat") else v for v in row.values())
    elif desk.as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, default=plain, indent=1))
    else:
        _show(rows, chart)


def _show(rows: list[dict[str, Any]], chart: bool) -> None:
    if not rows:
        say("Nothing: no reading, no gap or no fault in this span.")
        return
    if "chart" in rows[0]:
        for row in rows:
            _show_one(row)
        return
    shown = rows if not sys.stdout.isatty() else rows[:ON_SCREEN]
    right = [name for name, value in rows[0].items() if isinstance(value, int | float)]
    table(list(rows[0]), [list(row.values()) for row in shown], right=right)
    if chart and "value_time_mean" in rows[0]:
        for name in dict.fromkeys(row["tag_name"] for row in rows):
            own = [row["value_mean"] for row in rows if row["tag_name"] == name][-CHART:]
            say(f"{_blocks(own)}  {name}")
    more = f"; the first {len(shown):,} shown, --csv gives all" if len(shown) < len(rows) else ""
    say(f"{many(len(rows), 'row')}{more}")


def _show_one(row: dict[str, Any]) -> None:
    unit = f" {row['unit']}" if row["unit"] else ""
    say(row["tag_name"], "bold")
    if row["chart"]:
        say(f"  {row['chart']}")
        numbers = (f"{name} {row[name]:.6g}{unit}" for name in ("min", "mean", "max"))
        say(f"  {' · '.join(numbers)}")
    rhythm = f"one every {row['interval_s']:g} s" if row["interval_s"] else "no rhythm"
    good = f", {row['good_ratio']:.1%} good" if row["good_ratio"] is not None else ""
    say(f"  {many(row['readings'], 'reading')}, {rhythm}, {many(row['gaps'], 'gap')}{good}")
