"""Gage R and R where each appraiser has parts of his own, as where a test destroys the part.

    EV^2 = MS_e      PV^2 = (MS_part(appraiser) - MS_e) / r
    AV^2 = (MS_appraiser - MS_part(appraiser)) / (p r)

for p parts of each of o appraisers in r trials. There is no interaction to be seen.
Source: D. C. Montgomery, Design and Analysis of Experiments, chapter 14 (nested designs); AIAG,
Measurement Systems Analysis, 4th edition, chapter IV (non-replicable systems).
Units: those of the measurement. Missing: see `gage`. Errors: ValueError for holes and one trial.

>>> import numpy as np
>>> result = nested(np.array([[[1.0, 3.0], [5.0, 7.0]], [[3.0, 5.0], [7.0, 9.0]]]))
>>> [(row.source, row.df, row.ss) for row in result.table]
[('appraiser', 1, 8.0), ('part', 2, 32.0), ('error', 4, 8.0)]
>>> round(result.study.ev, 4), result.study.av, round(result.study.pv, 4), result.study.zeroed
(1.4142, 0.0, 2.6458, ('av',))
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi.factors import FloatArray
from casparian.kpi.msa.anova import Anova, Source, f_tested, variance_over
from casparian.kpi.msa.gage import GageStudy, checked_tolerance, why_missing
from casparian.kpi.msa.study import checked


def nested(values: ArrayLike, tolerance: float | None = None) -> Anova:
    """Components of an array (appraisers, parts of each, trials)."""
    grid = checked(values)
    people, parts, trials = grid.shape
    if trials < 2:
        raise ValueError("one trial: repeatability cannot be told from the parts")
    table = _table(grid - grid.flat[0])
    mean = {row.source: row.ms for row in table}
    error, within = mean["error"] or 0.0, mean["part"]
    squares = {
        "av": variance_over(mean["appraiser"], error if within is None else within, parts * trials),
        "pv": variance_over(within, error, trials),
    }
    root = {name: None if s is None else math.sqrt(max(0.0, s)) for name, s in squares.items()}
    width = checked_tolerance(tolerance)
    ev = math.sqrt(error)
    study = GageStudy(
        "nested", parts, people, trials, ev, root["av"], None, root["pv"], width,
        tuple(name for name, s in squares.items() if s is not None and s < 0),
        why_missing(parts, people, width, math.hypot(ev, root["av"] or 0.0)),
    )  # fmt: skip
    return Anova(study, table, (), None, False)


def _table(grid: FloatArray) -> tuple[Source, ...]:
    people, parts, trials = grid.shape
    apart = grid - grid[:, :, :1]  # equal values deviate by exactly 0
    cell = grid[:, :, 0] + apart.mean(axis=2)
    who = cell.mean(axis=1)
    within = trials * float(((cell - who[:, np.newaxis]) ** 2).sum())
    error = float(((apart - apart.mean(axis=2, keepdims=True)) ** 2).sum())
    left = Source("error", people * parts * (trials - 1), error)
    part = f_tested(Source("part", people * (parts - 1), within), left)
    appraiser = Source(
        "appraiser", people - 1, parts * trials * float(((who - who.mean()) ** 2).sum())
    )
    return f_tested(appraiser, part if part.df else left), part, left
