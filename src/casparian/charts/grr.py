"""A gage study on one page: components, ranges and means by appraiser, parts, and the table.

    grr_chart(part, appraiser, value, tolerance=0.1)

The figures are those of `kpi.msa`: by analysis of variance, or by average and range.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from casparian.charts import appraisers, svg
from casparian.charts.chart import Chart, chart_of
from casparian.charts.frame import (
    FACTS_HEIGHT,
    TITLE_HEIGHT,
    Cell,
    Frame,
    fact_strip,
    grid,
    table,
    title_of,
)
from casparian.charts.scale import NONE, count, fixed, percent, round_up, significant
from casparian.charts.svg import Markup
from casparian.kpi import msa

METHODS = {"anova": "ANOVA", "average-range": "average and range"}
NAMES = {
    "grr": "Gage R&R", "ev": "Repeatability", "av": "Reproducibility",
    "interaction": "Part × appraiser", "pv": "Part to part", "tv": "Total",
}  # fmt: skip
HEADS = (
    "Source", "Std dev", "6 × std dev", "% study variation", "% contribution", "% tolerance",
)  # fmt: skip
BARS = ("grr", "ev", "av", "pv")
ACCEPTED, MARGINAL = 0.1, 0.3  # % study variation or % tolerance of the gage, AIAG's guideline
LEAST_CATEGORIES = 5
PANEL, GAP = 190, 74


def grr_chart(
    part: ArrayLike,
    appraiser: ArrayLike,
    value: ArrayLike,
    tolerance: float | None = None,
    method: str = "anova",
    title: str = "Gage study",
    unit: str = "",
    width: float = 1080,
) -> Chart:
    """A crossed study of single measurements, (m,) each and in any order.

    tolerance: width of the specification, for % tolerance. method: one of METHODS.
    Raises ValueError for a study that is not balanced, naming the first cell that differs.
    """
    if method not in METHODS:
        raise ValueError(f"no method is called '{method}': {', '.join(METHODS)}")
    study = msa.crossed(part, appraiser, value)
    by_anova = msa.anova(study.values, tolerance) if method == "anova" else None
    found = by_anova.study if by_anova else msa.average_range(study.values, tolerance)
    name = f"{title} [{unit}]" if unit else title
    drawn = _drawn(name, study, found, by_anova, width)
    return chart_of(f"{title}: gage R&R", drawn, _figures(title, found, by_anova))


def _drawn(
    title: str, study: msa.Crossed, found: msa.GageStudy, by_anova: msa.Anova | None, width: float
) -> Markup:
    top = TITLE_HEIGHT + FACTS_HEIGHT + 34
    half = (width - 60) / 2
    frames = [
        Frame(44 + column * (half + 60), y, column * (half + 60) + half, y + PANEL)
        for y in (top + row * (PANEL + GAP) for row in range(3))
        for column in range(2)
    ]
    under = frames[-1].bottom + 70
    rows = _rows(found)
    notes = _notes(found, by_anova)
    below = under + len(rows) * 20 + 30
    return svg.drawing(
        width, below + len(notes) * 18 + 6, _label(title, found),
        title_of(title, f"Gage R&R study by {_method(found)}"),
        fact_strip(_facts(study, found), TITLE_HEIGHT, width),
        _components(frames[0], found),
        appraisers.by_part(frames[1], study),
        appraisers.ranges(frames[2], study),
        appraisers.by_appraiser(frames[3], study),
        appraisers.means(frames[4], study),
        appraisers.interaction(frames[5], study),
        table(0, under, (190, 130, 130, 130, 130, 130),
              HEADS, rows),
        *(svg.text(0, below + i * 18, words, "label")
          for i, words in enumerate(notes)),
    )  # fmt: skip


def _method(found: msa.GageStudy) -> str:
    return {
        "anova": "ANOVA with interaction", "anova_pooled": "ANOVA, interaction pooled",
        "average_range": "average and range",
    }.get(found.method, found.method)  # fmt: skip


def _facts(study: msa.Crossed, found: msa.GageStudy) -> tuple[tuple[str, str], ...]:
    tolerance = found.tolerance_ratio("grr")
    share = found.study_ratio("grr")
    return (
        ("Parts", count(found.parts)),
        ("Appraisers", count(found.appraisers)),
        ("Trials", count(found.trials)),
        ("Gage R&R", significant(found.grr, found.grr / 10)),
        ("of study variation", NONE if share is None else percent(share)),
        ("of tolerance", NONE if tolerance is None else percent(tolerance)),
        ("Distinct categories", NONE if found.ndc is None else str(found.ndc)),
        ("By AIAG's guideline", verdict(found)),
    )


def verdict(found: msa.GageStudy) -> str:
    """AIAG: up to 10 % good, up to 30 % perhaps acceptable; by the tolerance where there is one."""
    share = found.tolerance_ratio("grr")
    share = found.study_ratio("grr") if share is None else share
    if share is None:
        return NONE
    few = found.ndc is not None and found.ndc < LEAST_CATEGORIES
    if share > MARGINAL:
        return "not acceptable"
    return "marginal" if share > ACCEPTED or few else "acceptable"


def _components(frame: Frame, found: msa.GageStudy) -> Markup:
    """Shares of contribution, study variation and tolerance, by component."""
    kinds = (
        ("% contribution", "blue", found.contribution_ratio),
        ("% study variation", "orange", found.study_ratio),
        ("% tolerance", "green", found.tolerance_ratio),
    )
    shown = [k for k in kinds if k[0] != "% tolerance" or found.tolerance is not None]
    values = [[of(key) or 0.0 for _, _, of in shown] for key in BARS]
    y = frame.up(0, round_up(max(max(row) for row in values) or 1.0, 5))
    wide = frame.width / len(BARS) * 0.72 / len(shown)
    parts = [grid(frame, y, y.ticks(5), lambda v: percent(v, 0))]
    for i, key in enumerate(BARS):
        left = frame.slot(i, len(BARS)) - wide * len(shown) / 2
        for j, (name, hue, _) in enumerate(shown):
            place = y(values[i][j])
            hint = f"{NAMES[key]}: {percent(values[i][j])} {name[2:]}"
            parts.append(
                svg.box(left + j * wide, place, wide - 2, frame.bottom - place, f"fill-{hue}", hint)
            )
        parts.append(
            svg.text(frame.slot(i, len(BARS)), frame.bottom + 16, NAMES[key], "name small mid")
        )
    for j, (name, hue, _) in enumerate(shown):
        x = frame.left + 160 + j * 122
        parts.append(svg.box(x, frame.top - 23, 10, 10, f"fill-{hue}", "", 2))
        parts.append(svg.text(x + 14, frame.top - 14, name, "label small"))
    head = svg.text(frame.left - 44, frame.top - 14, "Components of variation", "strong")
    return svg.group(head, *parts)


def _rows(found: msa.GageStudy) -> list[list[Cell]]:
    rows = []
    for key, name in NAMES.items():
        sigma = found.sigma(key)
        if sigma is None:
            continue
        ratios = (found.study_ratio, found.contribution_ratio, found.tolerance_ratio)
        shares = [of(key) for of in ratios]
        figures = [significant(v, found.grr / 100) for v in (sigma, 6 * sigma)]
        written = [NONE if share is None else percent(share, 2) for share in shares]
        strong = "strong" if key in ("grr", "tv") else "name"
        rows.append([Cell(name, strong), *(Cell(words) for words in (*figures, *written))])
    return rows


def _notes(found: msa.GageStudy, by_anova: msa.Anova | None) -> list[str]:
    said = ["% study variation and % tolerance compare standard deviations; they do not add up."]
    if by_anova is not None and by_anova.p_interaction is not None:
        kept = "pooled with the error" if by_anova.pooled else "kept"
        said.append(f"Part × appraiser: p = {fixed(by_anova.p_interaction, 3)}, {kept}.")
    said += [f"{NAMES[key]}: the estimate was below 0 and is set to 0." for key in found.zeroed]
    if found.ndc is not None and found.ndc < LEAST_CATEGORIES:
        said.append(f"Only {found.ndc} distinct categories; AIAG asks for {LEAST_CATEGORIES}.")
    return said + [f"{sentence.capitalize()}." for sentence in found.missing]


def _figures(title: str, found: msa.GageStudy, by_anova: msa.Anova | None) -> dict[str, Any]:
    components = {
        key: {
            "sigma": found.sigma(key), "study_ratio": found.study_ratio(key),
            "contribution_ratio": found.contribution_ratio(key),
            "tolerance_ratio": found.tolerance_ratio(key),
        }
        for key in NAMES
    }  # fmt: skip
    return {
        "title": title, "method": found.method, "parts": found.parts,
        "appraisers": found.appraisers, "trials": found.trials, "tolerance": found.tolerance,
        "components": components, "ndc": found.ndc, "guideline": verdict(found),
        "p_interaction": by_anova.p_interaction if by_anova else None,
        "zeroed": list(found.zeroed), "missing": list(found.missing),
        "anova": [
            {"source": r.source, "df": r.df, "ss": r.ss, "ms": r.ms, "f": r.f, "p": r.p}
            for r in (by_anova.table if by_anova else ())
        ],
    }  # fmt: skip


def _label(title: str, found: msa.GageStudy) -> str:
    share = found.study_ratio("grr")
    told = "no study variation" if share is None else f"{percent(share)} of the study variation"
    return (
        f"Gage R&R of {title}: {found.parts} parts, {found.appraisers} appraisers, {found.trials} "
        f"trials; gage R&R is {told}, {found.ndc} distinct categories: {verdict(found)}."
    )
