"""`casparian chart alarms`: the performance of an alarm system by ISA-18.2."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.chart.out import choose, file_argument, out_options, written
from casparian.cli.desk import Desk, command

if TYPE_CHECKING:
    from casparian.charts.chart import Chart
    from casparian.kpi.alarms import Alarms
    from casparian.lake.query import Query

ADDRESS = "silver_equipment.alarms"
TAGS = "silver_equipment.historian_tags"
EVERYWHERE, NOT_GIVEN = "all positions", "not given"
# As the mart `int_alarm_occurrences`: what the changes of one occurrence share.
JOURNAL = """
SELECT dense_rank() OVER (ORDER BY series) AS series, dense_rank() OVER (ORDER BY alarm) AS which,
       state, epoch_us(timestamp) AS at, coalesce(shelved, false) AS shelved,
       alarm, message, priority, position
FROM (
    SELECT *, tag_name || coalesce('/' || condition, '') AS alarm,
           CASE WHEN paired_by = 'order' THEN tag_name || '/' || coalesce(condition, '')
                ELSE alarm_id END AS series
    FROM ({placed}) WHERE state <> 'EVENT'
)
"""
PLACED = f"""
SELECT a.*, coalesce(a.area, {{line}}, '{NOT_GIVEN}') AS position FROM {ADDRESS} AS a {{tags}}
"""


@command("""
    casparian chart alarms                                   the operator positions of the lake
    casparian chart alarms --position HAM-PK1
    casparian chart alarms --all --from 2025-10-25 --to 2025-11-01 --out week.svg
    casparian chart alarms journal.csv --timezone Europe/Berlin
""")
@file_argument
@click.option("--position", metavar="NAME", help="Operator position: the area of the alarms.")
@click.option("--all", "everywhere", is_flag=True, help="All positions as those of one operator.")
@click.option("--from", "start", metavar="TIME", help="First instant, ISO; UTC without an offset.")
@click.option("--to", "end", metavar="TIME", help="Instant before which it ends.")
@click.option("--most", type=click.IntRange(min=1), default=10, show_default=True,
              help="Alarms that are listed.")  # fmt: skip
@click.option("--timezone", metavar="ZONE", help="IANA zone of a FILE's times without offset.")
@out_options
def alarms(
    desk: Desk, file: Path | None, position: str | None, everywhere: bool, start: str | None,
    end: str | None, timezone: str | None, out: Path | None, show: bool, **asked: Any,
) -> None:  # fmt: skip
    """Draw alarm performance by ISA-18.2: rate, floods, the most frequent alarms, the verdict.

    A rate is judged for one operator position: the area of an alarm, else the line of its tag. A
    FILE is any alarm journal that `casparian formats` reads.
    """
    from casparian.cli.chart.landed import source
    from casparian.cli.series import instant

    if everywhere and position:
        raise click.UsageError("Give --position or --all, not both.")
    asked |= {"start": instant(start), "end": instant(end), "name": file.stem if file else ""}
    with source(desk, file, ADDRESS, timezone=timezone) as read:
        if read is None:
            desk.fail(f"{file} is no alarm journal of a format that `casparian formats` lists.")
            return
        found = _journal(read, position, everywhere)
    if found is not None:
        written(desk, lambda: _chart(found, asked), "alarms", out, show)


@dataclass(frozen=True)
class Journal:
    """Changes of one position, and the whole journal's [start, end) [us]: quiet times count."""

    position: str
    rows: dict[str, Any]
    start: int
    end: int


def _journal(desk: Desk, position: str | None, everywhere: bool) -> Journal | None:
    from casparian.cli.chart.measured import quoted
    from casparian.lake.query import Query

    if desk.lake.dataset(ADDRESS) is None:
        desk.fail(f"The lake has no {ADDRESS} yet: give a FILE, or land an alarm journal first.")
    with Query(desk.lake) as ask:
        placed = _placed(ask, desk)
        if everywhere:
            return Journal(EVERYWHERE, _columns(ask, JOURNAL.format(placed=placed)), *_span(ask))
        found = ask(
            "SELECT position, count(*) FILTER (WHERE state = 'ACTIVE') AS alarms FROM "
            f"({placed}) GROUP BY 1 ORDER BY 2 DESC, 1"
        ).to_pylist()
        chosen = choose(desk, found, {"position": position}, "operator position")
        if chosen is None:
            return None
        same = f"{placed} WHERE position = {quoted(chosen['position'])}"
        rows = _columns(ask, JOURNAL.format(placed=same))
        return Journal(chosen["position"], rows, *_span(ask))


def _span(ask: Query) -> tuple[int, int]:
    """From the first change of the journal to the last, in whole 10 minutes."""
    from casparian.kpi.alarms.limits import TEN_MINUTES_US as TEN

    (row,) = ask(
        f"SELECT epoch_us(min(timestamp)) AS first, epoch_us(max(timestamp)) AS last FROM {ADDRESS}"
    ).to_pylist()
    return row["first"] // TEN * TEN, (row["last"] // TEN + 1) * TEN


def _placed(ask: Query, desk: Desk) -> str:
    """The journal with the operator position of each row."""
    if desk.lake.dataset(TAGS) is None:
        return f"SELECT * FROM ({PLACED.format(line='NULL', tags='')})"
    tags = (
        f"LEFT JOIN (SELECT tag_name AS tag, any_value(line_id) AS line FROM {TAGS} GROUP BY 1) "
        "AS t ON a.tag_name = t.tag"
    )
    return f"SELECT * FROM ({PLACED.format(line='t.line', tags=tags)})"


def _columns(ask: Query, sql: str) -> dict[str, Any]:
    """Numbers as arrays, texts as lists."""
    table = ask(sql)
    numbers = ("series", "which", "at", "shelved")
    return {
        name: table[name].to_numpy() if name in numbers else table[name].to_pylist()
        for name in table.column_names
    }


def _chart(found: Journal, asked: dict[str, Any]) -> Chart:
    from casparian.charts.alarms import alarm_chart

    rows, start, end = found.rows, asked["start"], asked["end"]
    messages = {
        alarm: said for alarm, said in zip(rows["alarm"], rows["message"], strict=True) if said
    }
    where = "" if found.position == NOT_GIVEN and asked["name"] else found.position
    return alarm_chart(
        _occurrences(rows),
        found.start if start is None else start,
        found.end if end is None else end,
        asked["title"] or " · ".join(filter(None, (asked["name"], where))),
        messages,
        asked["most"],
    )


def _occurrences(rows: dict[str, Any]) -> Alarms:
    from casparian.kpi import alarms as kpi

    found = kpi.occurrences_of(
        rows["series"], rows["state"], rows["at"], rows["which"], rows["shelved"]
    )
    change = found.change.tolist()
    return kpi.alarms_of(
        found.raised, found.cleared, [rows["alarm"][i] for i in change], acked=found.acked,
        priority=[rows["priority"][i] for i in change], hidden=found.hidden,
    )  # fmt: skip
