"""Gage R and R of a study with holes: components of variance by restricted maximum likelihood.

    value = mean + part + appraiser + part by appraiser + error, all but the mean random
    V = EV^2 I + PV^2 Zp Zp' + AV^2 Zo Zo' + INT^2 Zpo Zpo'
    P = V^-1 - V^-1 X (X' V^-1 X)^-1 X' V^-1
    maximised: -1/2 (log |V| + log |X' V^-1 X| + y' P y), no component below 0, by Fisher's scoring

Cells of any size are taken, empty ones too. Of a balanced study whose components come out above 0
these are the components of `anova` with the interaction (alpha 1); where that sets a variance to 0
the others are fitted to what is left. The interaction is kept out with `interaction=False`, and
where no cell has a second measurement nobody can tell it from the error.
Sources: H. D. Patterson and R. Thompson, Biometrika 58 (1971); S. R. Searle, G. Casella and C. E.
McCulloch, Variance Components (1992), chapter 6; as in SAS (VARCOMP, METHOD=REML) and R's lme4.
Units: those of the measurement; variances in its square. Missing: NaN is a measurement that is not
there; AV is None with one appraiser, PV with one part. A component that comes out as 0 is named in
`zeroed`. `trials` of the result is the largest cell's.
Errors: ValueError for more than 2,000 measurements, where repeatability cannot be told from the
rest or appraisers from parts, for infinite values and labels of another length.

>>> part, who = ["1", "1", "2", "2"] * 2, ["A"] * 4 + ["B"] * 4
>>> whole = unbalanced(part, who, [4.9, 5.1, 7, 7.2, 5, 5.2, 7.3, 7.3])
>>> holes = unbalanced(part[:-1], who[:-1], [4.9, 5.1, 7, 7.2, 5, 5.2, 7.3])
>>> round(whole.ev, 3), round(whole.pv, 3), round(holes.ev, 3), round(holes.pv, 3), holes.ndc
(0.114, 1.519, 0.127, 1.503, 14)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.kpi.factors import FloatArray
from casparian.kpi.msa.gage import GageStudy, checked_tolerance, why_missing
from casparian.kpi.msa.study import counted

MOST = 2_000  # measurements: the work grows with their cube
STEPS = 500
_CLOSE = 1e-11  # of the variance of all values
_NOTHING = 1e-9


@dataclass(frozen=True)
class Fitted:
    """variances: (k + 1,) of the k random effects and of the error. likelihood: its logarithm."""

    variances: FloatArray
    likelihood: float


def unbalanced(
    part: ArrayLike, appraiser: ArrayLike, value: ArrayLike, tolerance: float | None = None,
    *, interaction: bool = True,
) -> GageStudy:  # fmt: skip
    """Components of single measurements, (m,) each and in any order."""
    _, place = counted(part)
    people, who = counted(appraiser)
    values = np.asarray(value, dtype=np.float64)
    if not len(place) == len(who) == len(values):
        raise ValueError("a part, an appraiser and a value are needed for each measurement")
    known = ~np.isnan(values)
    place, who, values = place[known], who[known], values[known]
    cell = place * len(people) + who
    _refuse(values, cell)
    effects = _effects(place, who, cell, interaction)
    fitted = reml(values, np.ones((len(values), 1)), list(effects.values()))
    found = dict(zip((*effects, "ev"), np.sqrt(fitted.variances).tolist(), strict=True))
    width = checked_tolerance(tolerance)
    shape = len(np.unique(place)), len(np.unique(who))
    gage = math.hypot(found["ev"], found.get("av", 0.0), found.get("interaction", 0.0))
    return GageStudy(
        "reml", *shape, int(np.bincount(cell).max()), found["ev"], found.get("av"),
        found.get("interaction"), found.get("pv"), width,
        tuple(name for name, sigma in found.items() if sigma == 0.0),
        why_missing(*shape, width, gage),
    )  # fmt: skip


def _refuse(values: FloatArray, cell: NDArray[np.int64]) -> None:
    if not len(values):
        raise ValueError("no measurements")
    if not np.isfinite(values).all():
        raise ValueError("an infinite value is no measurement")
    if len(values) > MOST:
        raise ValueError(f"more than {MOST:,} measurements: bring a balanced study of them")


def _effects(
    place: NDArray[np.int64], who: NDArray[np.int64], cell: NDArray[np.int64], interaction: bool
) -> dict[str, NDArray[np.int64]]:
    """The random effects that the study can tell apart, each as the level of every value."""
    found = {"pv": place, "av": who}
    found = {name: level for name, level in found.items() if len(np.unique(level)) > 1}
    cells = len(np.unique(cell))
    if len(found) == 2 and cells == len(np.unique(place)):
        raise ValueError("each part was measured by one appraiser: such a study is `nested`")
    if cells == len(cell) and cells <= 1 + sum(len(np.unique(f)) - 1 for f in found.values()):
        raise ValueError("too few measurements: repeatability cannot be told from the rest")
    if interaction and len(found) == 2 and cells < len(cell):
        found["interaction"] = cell
    return found


def reml(values: FloatArray, fixed: FloatArray, effects: list[NDArray[np.int64]]) -> Fitted:
    """Variances of random effects. values: (n,). fixed: (n, p) of full rank. effects: levels (n,).

    Raises ArithmeticError where the scoring does not come to rest.
    """
    unit = float(np.std(values)) or 1.0
    y = (values - values[0]) / unit
    joined = [np.equal.outer(level, level).astype(np.float64) for level in effects]
    model = _Model(y, fixed, [*joined, np.eye(len(y))])
    variances = np.full(len(joined) + 1, float(y.var()) / (len(joined) + 1))
    if not y.var() > 0:
        return Fitted(np.zeros(len(variances)), math.inf)
    at = model.at(variances)
    for _ in range(STEPS):
        step = _step(variances, at)
        variances, at, moved = _improved(model, variances, at, step)
        if moved <= _CLOSE:
            found = np.where(variances > _NOTHING, variances, 0.0)
            return Fitted(found * unit**2, at.likelihood)
    raise ArithmeticError("the components of variance do not come to rest")


@dataclass(frozen=True)
class _At:
    likelihood: float
    score: FloatArray
    information: FloatArray


@dataclass(frozen=True)
class _Model:
    y: FloatArray
    fixed: FloatArray
    joined: list[FloatArray]

    def at(self, variances: FloatArray) -> _At:
        """Likelihood, its gradient and Fisher's information."""
        whole = sum(v * g for v, g in zip(variances, self.joined, strict=True))
        root = np.linalg.cholesky(np.asarray(whole))
        inverse = np.linalg.inv(root)
        inverse = inverse.T @ inverse
        weighed = inverse @ self.fixed
        inner = self.fixed.T @ weighed
        p = inverse - weighed @ np.linalg.solve(inner, weighed.T)
        py = p @ self.y
        each = [p @ g for g in self.joined]
        score = [
            -0.5 * (float(np.trace(pg)) - float(py @ g @ py))
            for pg, g in zip(each, self.joined, strict=True)
        ]
        information = [[0.5 * float((a * b.T).sum()) for b in each] for a in each]
        logs = 2 * float(np.log(np.diag(root)).sum()) + float(np.linalg.slogdet(inner)[1])
        likelihood = -0.5 * (logs + float(self.y @ py))
        return _At(likelihood, np.array(score), np.array(information))


def _step(variances: FloatArray, at: _At) -> FloatArray:
    """Fisher's step; a component that lies at 0 and would go below stays there."""
    free = (variances > _NOTHING / 10) | (at.score > 0)
    free[-1] = True
    step = np.zeros(len(variances))
    chosen = np.ix_(free, free)
    step[free] = np.linalg.lstsq(at.information[chosen], at.score[free], rcond=None)[0]
    return step


def _improved(
    model: _Model, variances: FloatArray, at: _At, step: FloatArray
) -> tuple[FloatArray, _At, float]:
    """As far along the step as it makes the likelihood better; how far that was."""
    least = np.zeros(len(variances))
    least[-1] = _NOTHING / 100  # without any error V has no inverse
    for halving in range(60):
        there = np.maximum(variances + step / 2**halving, least)
        found = model.at(there)
        moved = float(np.abs(there - variances).max())
        if found.likelihood >= at.likelihood or moved <= _CLOSE:
            return there, found, moved
    return variances, at, 0.0
