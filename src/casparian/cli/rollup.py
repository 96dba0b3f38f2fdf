"""`casparian rollup`: keep windows of readings as a table, and bring them up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from casparian.cli.desk import Desk, command
from casparian.cli.series import _check_zone, _day_start, _length
from casparian.cli.show import many, say
from casparian.cli.watch import bar

if TYPE_CHECKING:
    from casparian.lake.windows import Made


@command("""
    casparian rollup --window 15min                     make silver_equipment.historian_15min
    casparian rollup --window 8h --timezone Europe/Berlin --day-start 06:00
    casparian rollup                                    bring every roll-up up to date
""")
@click.option("--window", metavar="LENGTH", help="Length of the windows, as 15min, 1h, 1d.")
@click.option(
    "--max-gap", metavar="LENGTH", help="How long a value may hold until the next.  [default: 1h]"
)
@click.option("--timezone", metavar="ZONE", help="Windows by the days of this IANA zone.")
@click.option("--day-start", metavar="HH:MM", default="00:00", help="When a day begins there.")
@click.option("--rebuild", is_flag=True, help="Make it anew, also with other settings.")
def rollup(
    desk: Desk, window: str | None, max_gap: str | None, timezone: str | None, day_start: str,
    rebuild: bool,
) -> None:  # fmt: skip
    """Keep roll-ups of historian readings as tables.

    One row a tag and window with count, min, max, mean, time-weighted mean, standard deviation,
    first, last and the shares that are good and covered. Running it again computes only the
    windows that new or late readings touch. Without --window all roll-ups are brought up to date.
    """
    from casparian.lake.windows import Grid, made, refresh

    length = _length(window, "--window")
    if timezone:
        _check_zone(timezone)
    if length is None:
        grids = [grid for grid, _ in made(desk.lake).values()]
        if not grids:
            desk.fail("The lake keeps no roll-up yet: give --window, as 15min.")
    else:
        hold = _length(max_gap, "--max-gap") or 3_600_000_000
        grids = [Grid(length, hold, timezone, _day_start(day_start))]
    with bar("rolling up") as progress:
        done = [refresh(desk.lake, grid, anew=rebuild, watch=progress.count) for grid in grids]
    desk.answer([_data(each) for each in done], lambda: say("\n".join(map(_words, done))))


def _data(done: Made) -> dict[str, Any]:
    return {
        "table": done.address, "files": done.files, "windows": done.windows, "rows": done.rows,
        "anew": done.anew,
    }  # fmt: skip


def _words(done: Made) -> str:
    if not done.files:
        return f"{done.address}: up to date, {many(done.rows, 'row')}."
    what = "made" if done.anew else "updated"
    return (
        f"{done.address}: {what} from {many(done.files, 'file')}, "
        f"{many(done.windows, 'window')} computed, {many(done.rows, 'row')} now."
    )
