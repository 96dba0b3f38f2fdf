"""The picture of an environment, drawn from its manifests: `docs/architecture/<environment>.svg`.

A box a system, in bands by layer, the stores at the bottom. A line a called system: whoever has a
dot on it may call it, at the ports beside its arrow.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from casparian.charts.svg import Markup, element, joined
from deploy.wiring import Box, Calls, boxes, calls

LEFT, BOX, LANES, STEP = 128, 372, 640, 46  # where boxes begin, how wide they are, lanes begin
TOP, ROW, GAP, BAND = 74, 70, 10, 16
COLOURS = ("#2f78c4", "#b8860b", "#1f8a63", "#c2453d", "#7d56c2", "#a8642a", "#2a8f9d", "#b0478f",
           "#5f7d2e", "#6b7a8c")  # fmt: skip
STYLE = """
:root { --paper: #ffffff; --ink: #1d2733; --soft: #5c6b7a; --line: #b9c4cf; --box: #ffffff; --band: #eef3f7; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #0f151c; --ink: #e6ecf2; --soft: #9aa9b8; --line: #3a4754; --box: #18212b; --band: #141d26; }
}
.paper { fill: var(--paper); } .band { fill: var(--band); }
.box { fill: var(--box); stroke: var(--line); stroke-width: 1.5; }
.far { stroke-dasharray: 5 4; }
.title { fill: var(--ink); font-size: 19px; font-weight: 600; }
.layer { fill: var(--soft); font-size: 13px; font-weight: 600; }
.name { fill: var(--ink); font-size: 15.5px; font-weight: 600; }
.says { fill: var(--soft); font-size: 12px; }
.volume { fill: none; stroke: var(--soft); stroke-width: 1.3; }
.lane { fill: none; stroke-width: 2.2; }
.ports { font-size: 12px; font-weight: 600; paint-order: stroke; stroke: var(--band); stroke-width: 4px; }
"""  # noqa: E501
LEGEND = (
    "A dot: it may call the system that the line's arrow points to, at the ports beside the arrow."
    " All else is refused. ×2: so many pods. A drum: a volume."
)
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def picture(environment: str) -> str:
    """The whole drawing."""
    found, allowed = boxes(environment), calls(environment)
    places = _places(found)
    lanes = [box.name for box in found if any(called == box.name for _, called in allowed)]
    width = max(LANES + STEP * len(lanes), 930)
    height = max(places.values()) + ROW + BAND + 34
    parts = [*_bands(found, places, width), *_wires(allowed, lanes, places),
             *(_drawn(box, places[box.name]) for box in found), _legend(height)]  # fmt: skip
    return _whole(environment, width, height, parts)


def _places(found: list[Box]) -> dict[str, int]:
    """The upper edge of each box."""
    places, y = dict[str, int](), TOP
    for _, group in groupby(found, key=lambda box: box.layer):
        for box in group:
            places[box.name] = y
            y += ROW + GAP
        y += BAND + 2
    return places


def _bands(found: list[Box], places: dict[str, int], width: int) -> Iterator[Markup]:
    for layer, group in groupby(found, key=lambda box: box.layer):
        inside = [places[box.name] for box in group]
        top, tall = inside[0] - BAND // 2, inside[-1] - inside[0] + ROW + BAND
        yield element("rect", class_="band", x=8, y=top, width=width - 16, height=tall, rx=8)
        yield _text(22, top + tall / 2 + 4, layer, "layer")


def _drawn(box: Box, y: int) -> Markup:
    kind = "box far" if box.layer in ("outside", "elsewhere") else "box"
    parts = [
        element("rect", class_=kind, x=LEFT, y=y, width=BOX, height=ROW, rx=7),
        _text(LEFT + 14, y + 26, box.name, "name"),
        _text(LEFT + 14, y + 51, ", ".join(box.parts) or box.place, "says"),
    ]
    if box.parts:
        parts.append(_text(LEFT + BOX - 14, y + 25, box.place, "says", text_anchor="end"))
    if box.volumes:
        parts.append(_volume(LEFT + BOX - 62, y + 40, ", ".join(box.volumes)))
    return joined(parts)


def _volume(x: float, y: float, size: str) -> Markup:
    """A drum, and how much it holds."""
    drum = f"M{x},{y + 3}v9a7,3 0 0 0 14,0v-9a7,3 0 0 0 -14,0a7,3 0 0 0 14,0"
    return joined([element("path", class_="volume", d=drum), _text(x + 19, y + 12, size, "says")])


def _wires(allowed: Calls, lanes: list[str], places: dict[str, int]) -> Iterator[Markup]:
    """For each lane its line, a dot where a caller joins it, and an arrow into the called."""
    for number, called in enumerate(lanes):
        colour, x = COLOURS[number % len(COLOURS)], LANES + STEP * number
        callers = {caller: ports for (caller, each), ports in allowed.items() if each == called}
        joins = {name: places[name] + _slot(allowed, lanes, name, called) for name in callers}
        arrow = places[called] + ROW - 10
        yield _lane(x, joins, arrow, colour, f"{called}: called by {', '.join(joins)}")
        ports = ", ".join(map(str, sorted(set[int]().union(*callers.values()))))
        yield _text(LEFT + BOX + 16, arrow - 5, ports, "ports", fill=colour)


def _slot(allowed: Calls, lanes: list[str], caller: str, called: str) -> float:
    """How far below a box's upper edge one of its calls leaves it; the arrow comes in below."""
    own = [lane for lane in lanes if (caller, lane) in allowed]
    return 10 + own.index(called) * min(11.0, (ROW - 42) / max(len(own) - 1, 1))


def _lane(x: float, joins: dict[str, float], arrow: float, colour: str, hint: str) -> Markup:
    edge, ends = LEFT + BOX, [*joins.values(), arrow]
    path = f"M{x:g},{min(ends):g}V{max(ends):g}" + "".join(f"M{edge:g},{y:g}H{x:g}" for y in ends)
    tip = element("path", d=f"M{edge + 1:g},{arrow:g}l11,-5.5v11z", fill=colour)
    dots = [element("circle", cx=x, cy=y, r=4.2, fill=colour) for y in joins.values()]
    line = element("path", class_="lane", d=path, stroke=colour)
    return element("g", element("title", hint), line, tip, *dots)


def _legend(height: int) -> Markup:
    return _text(20, height - 16, LEGEND, "says")


def _whole(environment: str, width: int, height: int, parts: list[Markup]) -> str:
    title = f"The lakehouse on Kubernetes, environment {environment}"
    whole = element(
        "svg",
        element("title", title),
        element("style", Markup(STYLE)),
        element("rect", class_="paper", width=width, height=height),
        _text(20, 40, title, "title"),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="img",
        font_family=FONT,
    )
    return whole.text.replace("><", ">\n<") + "\n"


def _text(x: float, y: float, said: str, class_: str, **more: str) -> Markup:
    return element("text", said, x=x, y=y, class_=class_, **more)
