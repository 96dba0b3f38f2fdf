"""An attribute agreement study on a page: who judges alike, who judges right, and which parts.

    agreement_chart(part, appraiser, rating, standard, bad="nok")

The figures are those of `kpi.msa.attribute_agreement`, the guideline that of AIAG.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.charts import svg
from casparian.charts.chart import Chart, chart_of
from casparian.charts.frame import (
    FACTS_HEIGHT,
    TITLE_HEIGHT,
    Cell,
    Frame,
    cut,
    cut_inside,
    fact_strip,
    floor,
    grid,
    table,
    title_of,
)
from casparian.charts.scale import NONE, count, fixed, percent
from casparian.charts.svg import Markup
from casparian.kpi import msa
from casparian.kpi.labels import natural

HEADS = ("Appraiser", "within", "effectiveness", "95 % interval", "miss rate", "false alarms",
         "kappa", "By AIAG's guideline")  # fmt: skip
WIDTHS = (200, 110, 120, 150, 110, 120, 100, 170)
# AIAG, chapter III section C: effectiveness at least, miss rate and false alarms at most
GUIDELINE = (("acceptable", 0.9, 0.02, 0.05), ("marginal", 0.8, 0.05, 0.1))
PANEL, ROW = 200, 22
ROOMY = 90  # pixels of an appraiser from which his name stands level
SIGNS = {"right": "", "mixed": "~", "wrong": "✗"}
SHADES = {"right": "heat-2", "mixed": "fill-orange soft-fill", "wrong": "fill-red"}

Labels = NDArray[np.str_]


@dataclasses.dataclass(frozen=True)
class Ratings:
    """values: (parts, appraisers, trials); standard: (parts,) or None."""

    values: Labels
    parts: tuple[str, ...]
    appraisers: tuple[str, ...]
    standard: Labels | None


def agreement_chart(
    part: ArrayLike,
    appraiser: ArrayLike,
    rating: ArrayLike,
    standard: ArrayLike | None = None,
    bad: str | None = None,
    title: str = "Attribute agreement",
    width: float = 1080,
) -> Chart:
    """Single ratings, (m,) each, trials of one cell in the order in which they stand.

    standard: (m,) what the part is. bad: the rating that rejects a part, for miss and false alarm
    rates. Raises ValueError where a rating is missing, where appraisers did not rate each part
    equally often, and where a part has two standards.
    """
    study = ratings_of(part, appraiser, rating, standard)
    found = msa.attribute_agreement(study.values, study.standard, bad)
    drawn = _drawn(title, study, found, width)
    return chart_of(f"{title}: attribute agreement", drawn, _figures(title, study, found))


def ratings_of(
    part: ArrayLike, appraiser: ArrayLike, rating: ArrayLike, standard: ArrayLike | None = None
) -> Ratings:
    """Single ratings as a cube; parts and appraisers as people count them."""
    names, people, labels = (np.asarray(each, dtype=np.str_) for each in (part, appraiser, rating))
    if not len(labels):
        raise ValueError("there is no rating")
    parts, who = sorted(set(names.tolist()), key=natural), sorted(set(people.tolist()), key=natural)
    place = {name: i for i, name in enumerate(parts)}
    column = {name: i for i, name in enumerate(who)}
    cells: list[list[str]] = [[] for _ in range(len(parts) * len(who))]
    for name, person, label in zip(names.tolist(), people.tolist(), labels.tolist(), strict=True):
        cells[place[name] * len(who) + column[person]].append(label)
    trials = len(cells[0])
    for i, cell in enumerate(cells):
        if len(cell) != trials or not trials:
            raise ValueError(
                f"part {parts[i // len(who)]} has {len(cell)} ratings by {who[i % len(who)]}, "
                f"part {parts[0]} has {trials} by {who[0]}: a study needs equally many"
            )
    cube = np.array(cells, dtype=np.str_).reshape(len(parts), len(who), trials)
    return Ratings(cube, tuple(parts), tuple(who), _standard(parts, names, standard))


def _standard(parts: Sequence[str], names: Labels, standard: ArrayLike | None) -> Labels | None:
    if standard is None:
        return None
    stated: dict[str, set[str]] = {name: set() for name in parts}
    told = np.asarray(standard, dtype=np.str_).tolist()
    for name, label in zip(names.tolist(), told, strict=True):
        stated[name].add(label)
    for name, labels in stated.items():
        if len(labels) > 1:
            raise ValueError(f"part {name} has several standards: {', '.join(sorted(labels))}")
    return np.array([next(iter(stated[name])) for name in parts], dtype=np.str_)


def _drawn(title: str, study: Ratings, found: msa.Agreement, width: float) -> Markup:
    top = TITLE_HEIGHT + FACTS_HEIGHT + 40
    half = (width - 60) / 2
    left = Frame(44, top, half, top + PANEL)
    right = Frame(half + 104, top, width, top + PANEL)
    under = left.bottom + 82
    rows = _rows(study, found)
    strip = under + len(rows) * 20 + 64
    parts = [
        title_of(title, "Attribute agreement analysis (AIAG MSA)"),
        fact_strip(_facts(study, found), TITLE_HEIGHT, width),
        _shares(left, "Within each appraiser", study.appraisers, found.within),
        *(
            [_shares(right, "Against the standard", study.appraisers, found.effectiveness)]
            if found.effectiveness
            else []
        ),
        table(0, under, WIDTHS, HEADS, rows),
        _strip(study, strip, width),
    ]
    tall = strip + len(study.appraisers) * ROW + 44
    return svg.drawing(width, tall, _label(title, study, found), *parts)


def _facts(study: Ratings, found: msa.Agreement) -> tuple[tuple[str, str], ...]:
    parts, people, trials = study.values.shape
    both = found.all_against_standard
    facts = [
        ("Parts", count(parts)), ("Appraisers", count(people)), ("Trials", count(trials)),
        ("Ratings", ", ".join(np.unique(study.values).tolist()[:4])),
        ("All alike", percent(found.between.ratio)),
        ("Kappa of all", _kappa(found.between_kappa)),
    ]  # fmt: skip
    if both is not None:
        facts.append(("All as the standard", percent(both.ratio)))
    return tuple(facts)


def _kappa(found: msa.Kappa | None) -> str:
    return NONE if found is None or found.kappa is None else fixed(found.kappa, 3)


def _shares(frame: Frame, title: str, names: Sequence[str], shares: Sequence[msa.Share]) -> Markup:
    """Shares of parts with their intervals, an appraiser each."""
    y = frame.up(0, 1)
    parts = [
        svg.text(frame.left - 44, frame.top - 14, title, "strong"),
        svg.text(frame.right, frame.top - 14, "of the parts, 95 % interval", "label tiny end"),
        grid(frame, y, y.ticks(5), lambda v: percent(v, 0)),
        floor(frame),
    ]  # fmt: skip
    roomy = frame.width / len(names) > ROOMY
    for i, (name, share) in enumerate(zip(names, shares, strict=True)):
        x = frame.slot(i, len(names))
        hint = (
            f"{name}: {share.matched} of {share.n} parts, {percent(share.ratio)} "
            f"({percent(share.lower)} to {percent(share.upper)})"
        )
        parts += [
            svg.line(x, y(share.lower), x, y(share.upper), "whisker"),
            svg.line(x - 7, y(share.lower), x + 7, y(share.lower), "whisker"),
            svg.line(x - 7, y(share.upper), x + 7, y(share.upper), "whisker"),
            svg.dot(x, y(share.ratio), 4.6, "fill-blue"),
            _person(frame, x, name, roomy),
            svg.box(x - 20, frame.top, 40, frame.bottom - frame.top, "hit", hint),
        ]  # fmt: skip
        if roomy:
            words = percent(share.ratio, 0)
            parts.append(svg.text(x + 12, y(share.ratio) + 4, words, "strong small num"))
    return svg.group(*parts)


def _person(frame: Frame, x: float, name: str, roomy: bool) -> Markup:
    """Slanted where names would meet."""
    y = frame.bottom + 16
    if roomy:
        return svg.text(x, y, cut(name, 14), "name small mid")
    turn = f"rotate(-38 {x + 4:.1f} {y:.1f})"
    return svg.text(x + 4, y, cut_inside(name, 13), "name small end", transform=turn)


def _rows(study: Ratings, found: msa.Agreement) -> list[list[Cell]]:
    rows = []
    for i, name in enumerate(study.appraisers):
        cells = [Cell(cut(name, 28), "name"), Cell(percent(found.within[i].ratio))]
        if found.effectiveness:
            share = found.effectiveness[i]
            interval = f"{percent(share.lower, 0)} … {percent(share.upper, 0)}"
            cells += [
                Cell(percent(share.ratio), "strong num end"),
                Cell(interval),
                Cell(_rate(found.miss_ratio[i])),
                Cell(_rate(found.false_alarm_ratio[i])),
                Cell(_kappa(found.standard_kappa[i])),
                Cell(verdict(found, i), "name end"),
            ]
        rows.append(cells)
    return rows


def _rate(ratio: float | None) -> str:
    return NONE if ratio is None else percent(ratio)


def verdict(found: msa.Agreement, who: int) -> str:
    """AIAG's guideline for one appraiser; only where miss and false alarm rates are known."""
    miss, alarm = found.miss_ratio[who], found.false_alarm_ratio[who]
    if miss is None or alarm is None:
        return NONE
    share = found.effectiveness[who].ratio
    fits = (
        name for name, least, most_miss, most_alarm in GUIDELINE
        if share >= least and miss <= most_miss and alarm <= most_alarm
    )  # fmt: skip
    return next(fits, "not acceptable")


def _strip(study: Ratings, top: float, width: float) -> Markup:
    """Parts beside each other, a row an appraiser: which of them are hard to judge."""
    left = 120
    wide = (width - left) / len(study.parts)
    every = max(int(-(-26 // wide)), 1)
    parts = [svg.text(0, top - 26, _legend(study), "strong")]
    for i, part in enumerate(study.parts):
        x = left + i * wide
        if i % every == 0:
            parts.append(svg.text(x + wide / 2, top - 6, cut(part, 6), "label tiny mid"))
        for j, person in enumerate(study.appraisers):
            kind = _judged(study, i, j)
            y = top + j * ROW
            told = f"Part {part}, {person}: {', '.join(study.values[i, j].tolist())}"
            if study.standard is not None:
                told += f"; standard {study.standard[i]}"
            parts.append(svg.box(x + 0.5, y, wide - 1, ROW - 2, SHADES[kind], told, 2))
            if wide > 11 and SIGNS[kind]:
                parts.append(svg.text(x + wide / 2, y + 14, SIGNS[kind], "name small mid"))
    parts += [
        svg.text(left - 8, top + j * ROW + 14, cut(person, 17), "name small end")
        for j, person in enumerate(study.appraisers)
    ]
    return svg.group(*parts)


def _legend(study: Ratings) -> str:
    if study.standard is None:
        return "Parts by appraiser:  ~ not alike in all trials"
    return "Parts by appraiser:  ~ not alike in all trials,  ✗ alike and against the standard"


def _judged(study: Ratings, part: int, person: int) -> str:
    cell = study.values[part, person]
    if (cell != cell[0]).any():
        return "mixed"
    wrong = study.standard is not None and cell[0] != study.standard[part]
    return "wrong" if wrong else "right"


def _figures(title: str, study: Ratings, found: msa.Agreement) -> dict[str, Any]:
    parts, _, trials = study.values.shape
    people = [
        {
            "appraiser": name,
            "within": dataclasses.asdict(found.within[i]),
            "effectiveness": dataclasses.asdict(found.effectiveness[i])
            if found.effectiveness else None,
            "miss_ratio": found.miss_ratio[i] if found.miss_ratio else None,
            "false_alarm_ratio": found.false_alarm_ratio[i] if found.false_alarm_ratio else None,
            "kappa": found.standard_kappa[i].kappa if found.standard_kappa else None,
            "guideline": verdict(found, i) if found.effectiveness else None,
        }
        for i, name in enumerate(study.appraisers)
    ]  # fmt: skip
    return {
        "title": title, "parts": parts, "trials": trials, "appraisers": people,
        "between": dataclasses.asdict(found.between),
        "between_kappa": found.between_kappa.kappa if found.between_kappa else None,
        "all_against_standard": dataclasses.asdict(found.all_against_standard)
        if found.all_against_standard else None,
        "pairs": [
            {"first": study.appraisers[a], "second": study.appraisers[b], "kappa": kappa.kappa}
            for a, b, kappa in found.pairs
        ],
    }  # fmt: skip


def _label(title: str, study: Ratings, found: msa.Agreement) -> str:
    parts, people, trials = study.values.shape
    whole = found.all_against_standard
    right = f", as the standard {percent(whole.ratio)}" if whole else ""
    return (
        f"Attribute agreement of {title}: {parts} parts, {people} appraisers, {trials} trials; all "
        f"judged {percent(found.between.ratio)} of the parts alike{right}. Kappa of all "
        f"{_kappa(found.between_kappa)}."
    )
