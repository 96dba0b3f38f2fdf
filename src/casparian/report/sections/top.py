"""The head of the report, the figures that a meeting starts with, and the foot."""

from __future__ import annotations

from collections.abc import Sequence

from casparian.charts.markup import tag
from casparian.charts.scale import NONE, count, fixed, hours, percent
from casparian.charts.svg import Markup
from casparian.kpi.downtime import pareto
from casparian.report.data import ReportData
from casparian.report.words import day, plural


def header(data: ReportData, title: str, links: Sequence[tuple[str, str]]) -> Markup:
    total = data.total
    period = (
        f"{day(data.days[0])} to {day(data.days[1])}" if data.days else "No production days yet"
    )
    what = (
        f"{period}. Made from {count(total.files)} {plural(total.files, 'file')} with "
        f"{count(total.read)} records{_size(data.size_bytes)}."
    )
    return tag(
        "header",
        tag("div", f"Casparian {data.version}".strip(), class_="kicker"),
        tag("h1", title),
        tag("p", what, class_="lead"),
        tag("nav", *(tag("a", words, href=f"#{key}") for key, words in links)),
        class_="top",
    )


def _size(size: int) -> str:
    return f", {fixed(size / 1e6, 0 if size >= 1e7 else 1)} MB" if size else ""


def tiles(data: ReportData) -> Markup:
    """The figures that a meeting starts with."""
    made = (_oee_tile, _availability_tile, _downtime_tile, _spc_tile, _quarantine_tile, _books_tile)
    return tag("div", *(make(data) for make in made), class_="tiles")


def _tile(name: str, value: str, note: str, mood: str = "") -> Markup:
    return tag(
        "div",
        tag("div", name, class_="name"),
        tag("div", value, class_="value"),
        tag("div", note, class_="note"),
        class_=f"tile {mood}".strip(),
    )


def _oee_tile(data: ReportData) -> Markup:
    known = sorted(
        (row.oee_ratio, row.line_id) for row in data.oee_lines if row.oee_ratio is not None
    )
    if not known:
        return _tile("OEE by line", NONE, "no line has a figure")
    low, high = known[0], known[-1]
    if len(known) == 1:
        return _tile(f"OEE of {low[1]}", percent(low[0]), "one line")
    span = f"{fixed(low[0] * 100, 0)} to {percent(high[0], 0)}"
    return _tile("OEE by line", span, f"lowest {low[1]}, highest {high[1]}")


def _availability_tile(data: ReportData) -> Markup:
    known = [row for row in data.oee_lines if row.availability_ratio is not None]
    planned, made = sum(r.pbt_s for r in known), sum(r.apt_s for r in known)
    if not planned > 0:
        return _tile("Availability", NONE, "no line has a figure")
    whole = len(known) == len(data.oee_lines)
    name = "Availability, all lines" if whole else f"Availability, {len(known)} lines"
    return _tile(name, percent(made / planned), f"{hours(made)} of {hours(planned)} planned")


def _downtime_tile(data: ReportData) -> Markup:
    lost = sum(row.seconds for row in data.downtime)
    if not lost:
        return _tile("Downtime", "none", "no stop was logged")
    worst = pareto([r.reason for r in data.downtime], [r.seconds for r in data.downtime])
    share = percent(float(worst.share_ratio[0]), 0)
    return _tile("Downtime", hours(lost), f"{share} of it: {worst.reason[0].lower()}")


def _spc_tile(data: ReportData) -> Markup:
    hit = sum(bool(chart.broken) for chart in data.spc)
    note = f"on {hit} of {len(data.spc)} control charts" if data.spc else "no control chart yet"
    mood = "bad" if data.violations else "good" if data.spc else ""
    return _tile("Control-chart signals", count(data.violations), note, mood)


def _quarantine_tile(data: ReportData) -> Markup:
    total = data.total
    share = (
        f"{percent(total.quarantined / total.read, 2)} of all records"
        if total.read
        else "nothing read"
    )
    return _tile("Quarantined records", count(total.quarantined), share)


def _books_tile(data: ReportData) -> Markup:
    total, waiting = data.total, len(data.open_files)
    if not total.files:
        return _tile("Books", NONE, "no file has been landed yet")
    note = f"{count(total.files)} {plural(total.files, 'file')}, every record accounted for"
    if not total.closed:
        note = f"{total.unclosed} {plural(total.unclosed, 'file')} with records missing"
    elif waiting:
        note = f"{waiting} {plural(waiting, 'file')} to look at"
    return _tile("Books", *(("closed", note, "good") if total.closed else ("open", note, "bad")))


def footer(data: ReportData) -> Markup:
    made = f"Made {data.made_at:%Y-%m-%d %H:%M} UTC. " if data.made_at else ""
    said = [tag("p", sentence) for sentence in data.absent]
    standards = (
        "OEE: ISO 22400-2. Control charts: limits by the mean range, rules of the Western Electric "
        "handbook. Cp, Cpk: sigma within subgroups; Pp, Ppk: overall. Times in UTC unless they are "
        "shift dates."
    )
    return tag("footer", *said, tag("p", made + standards))
