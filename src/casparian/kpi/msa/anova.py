"""Gage R and R by analysis of variance, with the interaction or pooled.

Parts p, appraisers o and trials r are crossed, all random:

    SS_part = o r sum (part mean - mean)^2       SS_appraiser = p r sum (appraiser mean - mean)^2
    SS_interaction = r sum (cell mean - mean)^2 - SS_part - SS_appraiser
    SS_error = sum (value - cell mean)^2         SS_total = their sum

    with interaction     EV^2 = MS_e    INT^2 = (MS_po - MS_e) / r
                         AV^2 = (MS_o - MS_po) / (p r)    PV^2 = (MS_p - MS_po) / (o r)
    pooled               EV^2 = MS_e' = (SS_po + SS_e) / (df_po + df_e)
                         AV^2 = (MS_o - MS_e') / (p r)    PV^2 = (MS_p - MS_e') / (o r)

F of the interaction is MS_po / MS_e; where its p is above `alpha` it is pooled with the error.
Parts and appraisers are tested against the interaction, or the pooled error (Montgomery, Minitab);
with `tested_against="error"` always against the error, as the manual's printed table does: that
changes F and p, no component. An estimated variance
below 0 is set to 0 and named in `zeroed`.
Sources: AIAG, Measurement Systems Analysis, 4th edition (2010), chapter III section B and appendix
A; D. C. Montgomery, Design and Analysis of Experiments, chapter 13. alpha: 0.25 as the manual pools
(Minitab: 0.05). Confidence intervals: `intervals`.
Units: those of the measurement, sums of squares in its square. Missing: see `gage`; F and p are
None where there is nothing to divide by. With one trial error and interaction are one, and nothing
is tested; with one appraiser there are only parts.
Errors: ValueError for holes, one trial with one appraiser, another `tested_against` and a tolerance
that is not above 0.

>>> import numpy as np
>>> study = np.array([[[4.9, 5.1], [5.0, 5.2]], [[7.0, 7.2], [7.3, 7.3]]])
>>> result = anova(study)
>>> [(row.source, row.df, round(row.ss, 5)) for row in result.table]
[('part', 1, 9.245), ('appraiser', 1, 0.045), ('interaction', 1, 0.005), ('error', 4, 0.06)]
>>> result.pooled, round(result.study.ev, 4), round(result.study.pv, 4), result.study.ndc
(True, 0.114, 1.5192, 14)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi.factors import FloatArray
from casparian.kpi.msa.gage import GageStudy, checked_tolerance, why_missing
from casparian.kpi.msa.study import checked

POOLING_ALPHA = 0.25


@dataclass(frozen=True)
class Source:
    """A row of the table: `f` and `p` are None where the source is not tested."""

    source: str
    df: int
    ss: float
    f: float | None = None
    p: float | None = None

    @property
    def ms(self) -> float | None:
        """Mean square."""
        return self.ss / self.df if self.df else None


@dataclass(frozen=True)
class Anova:
    """table: part, appraiser, interaction, error with the tests of the full model.

    reduced: the table without interaction where it was pooled, else empty.
    p_interaction: of the full model. pooled: whether the components are those of the reduced one.
    """

    study: GageStudy
    table: tuple[Source, ...]
    reduced: tuple[Source, ...]
    p_interaction: float | None
    pooled: bool

    @property
    def tested(self) -> tuple[Source, ...]:
        """The table behind the components."""
        return self.reduced or self.table

    @property
    def total_ss(self) -> float:
        """Sum of squares about the mean."""
        return math.fsum(row.ss for row in self.table)


def anova(
    values: ArrayLike, tolerance: float | None = None, alpha: float = POOLING_ALPHA,
    tested_against: Literal["interaction", "error"] = "interaction",
) -> Anova:  # fmt: skip
    """Components of an array (parts, appraisers, trials); alpha 0 always pools, 1 never."""
    grid = checked(values)
    _, appraisers, trials = grid.shape
    if trials == 1 and appraisers == 1:
        raise ValueError("one trial of one appraiser: repeatability cannot be told from the parts")
    if not 0 <= alpha <= 1:
        raise ValueError("alpha is a probability")
    squares = _squares(grid)
    if tested_against not in ("interaction", "error"):
        raise ValueError("parts and appraisers are tested against the interaction or the error")
    full = _table(squares, _degrees(grid), tested_against)
    p = full[2].p
    pooled = _poolable(full[2], alpha)
    reduced = _pooled(full) if pooled else ()
    study = components(reduced or full, grid.shape, checked_tolerance(tolerance), pooled)
    return Anova(study, full, reduced, p, pooled)


def _poolable(interaction: Source, alpha: float) -> bool:
    """Whether the interaction is no more than error; untested (no error at all) only if it is 0."""
    if not interaction.df:
        return False
    return interaction.ss == 0 if interaction.p is None else interaction.p > alpha


def components(
    table: tuple[Source, ...], shape: tuple[int, ...], tolerance: float | None, pooled: bool
) -> GageStudy:
    """EV, AV, INT and PV out of the mean squares of a table, for (parts, appraisers, trials)."""
    parts, appraisers, trials = shape
    mean = {row.source: row.ms for row in table}
    error = mean["error"] or 0.0
    against = mean.get("interaction")
    against = error if against is None else against
    squares = {
        "av": variance_over(mean.get("appraiser"), against, parts * trials),
        "interaction": None if pooled else variance_over(mean.get("interaction"), error, trials),
        "pv": variance_over(mean.get("part"), against, appraisers * trials),
    }
    root = {name: None if s is None else math.sqrt(max(0.0, s)) for name, s in squares.items()}
    ev = math.sqrt(error)
    gage = math.hypot(ev, root["av"] or 0.0, root["interaction"] or 0.0)
    return GageStudy(
        "anova_pooled" if pooled else "anova", parts, appraisers, trials,
        ev, root["av"], root["interaction"], root["pv"], tolerance,
        tuple(name for name, s in squares.items() if s is not None and s < 0),
        why_missing(parts, appraisers, tolerance, gage),
    )  # fmt: skip


def variance_over(mean: float | None, against: float, readings: int) -> float | None:
    return None if mean is None else (mean - against) / readings


def _squares(grid: FloatArray) -> dict[str, float]:
    """Sums of squares about means.

    Means are taken of deviations from a value near by, so that equal values deviate by exactly 0.
    """
    parts, appraisers, trials = grid.shape
    within = grid - grid[:, :, :1]
    cell = grid[:, :, 0] - grid.flat[0] + within.mean(axis=2)
    cell = cell - cell.mean()
    part, who = cell.mean(axis=1), cell.mean(axis=0)
    crossing = cell - part[:, np.newaxis] - who[np.newaxis, :]
    return {
        "part": appraisers * trials * float((part**2).sum()),
        "appraiser": parts * trials * float((who**2).sum()),
        "interaction": trials * float((crossing**2).sum()),
        "error": float(((within - within.mean(axis=2, keepdims=True)) ** 2).sum()),
    }


def _degrees(grid: FloatArray) -> dict[str, int]:
    parts, appraisers, trials = grid.shape
    return {
        "part": parts - 1,
        "appraiser": appraisers - 1,
        "interaction": (parts - 1) * (appraisers - 1),
        "error": parts * appraisers * (trials - 1),
    }


def _table(
    squares: dict[str, float], degrees: dict[str, int], tested_against: str
) -> tuple[Source, ...]:
    """The full model. Error without degrees of freedom (one trial) is the interaction's."""
    rows = {name: Source(name, degrees[name], squares[name]) for name in squares}
    if not degrees["error"]:
        rows["error"] = Source("error", degrees["interaction"], squares["interaction"])
        rows["interaction"] = Source("interaction", 0, 0.0)
    against = rows[tested_against] if rows[tested_against].df else rows["error"]
    return (
        *(f_tested(rows[name], against) for name in ("part", "appraiser")),
        f_tested(rows["interaction"], rows["error"]),
        rows["error"],
    )


def _pooled(full: tuple[Source, ...]) -> tuple[Source, ...]:
    part, appraiser, interaction, error = full
    pooled = Source("error", interaction.df + error.df, interaction.ss + error.ss)
    return f_tested(part, pooled), f_tested(appraiser, pooled), pooled


def f_tested(row: Source, against: Source) -> Source:
    """The row with its F and p against another's mean square."""
    from scipy.special import fdtrc

    mean, error = row.ms, against.ms
    if mean is None or not error or row is against:
        return Source(row.source, row.df, row.ss)
    f = mean / error
    return Source(row.source, row.df, row.ss, f, float(fdtrc(row.df, against.df, f)))
