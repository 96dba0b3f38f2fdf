"""Capability of a process against its specification limits.

    Cp = (USL - LSL) / (6 sigma)          Cpk = min(USL - mean, mean - LSL) / (3 sigma)
    Pp, Ppk: the same with the overall standard deviation s (n - 1)
    Cpm: about a target, Z bench, expected and observed ppm, confidence intervals

Cp and Cpk use the short-term sigma within subgroups: mean range / d2 unless another `method` is
named (`spread`). Pp, Ppk and Cpm use the spread of all single values. What is not normal: by
percentiles (`nonnormal`, ISO 22514-2) or after a Box-Cox transformation (`boxcox`). What a file
states beside what follows from its values: `stated`. Many characteristics at once: `many`. Where
each subgroup is a setup of its own: `between` (Cp B/W).
Every result carries n, the number of subgroups, the method of sigma, the distribution, a test of
normality and the rules that the control chart of the same values broke (`stability`).
Sources: ISO 22514-2; D. C. Montgomery, Introduction to Statistical Quality Control, chapter 8;
AIAG, Statistical Process Control, 2nd edition; NIST/SEMATECH e-Handbook 6.1.6.
Units: none; values and limits share the unit of the measurement.
Missing: a NaN value is left out and counted in `left_out`. A limit that is not specified is None:
with one limit Cpk and Ppk look at that side and Cp and Pp are None; `missing` says so. Without
spread (sigma 0) there is no index.
Errors: ValueError for infinite values and where USL <= LSL.

>>> import numpy as np
>>> values = np.array([[9.0, 11.0], [10.0, 12.0], [8.0, 10.0]])
>>> result = capability(values, lsl=4.0, usl=16.0)
>>> round(result.cp, 4), round(result.cpk, 4), round(result.pp, 4), round(result.ppk, 4)
(1.1284, 1.1284, 1.4142, 1.4142)
>>> result.method, result.n, result.subgroups, result.stable, result.missing
('range', 6, 3, True, ())
"""

from casparian.kpi.capability.between import BetweenWithin, between_within
from casparian.kpi.capability.index import Indices, cpm, indices
from casparian.kpi.capability.limits import Ppm
from casparian.kpi.capability.normality import Fit, anderson_darling, shapiro
from casparian.kpi.capability.spread import Spread, within
from casparian.kpi.capability.study import Capability, capability
from casparian.kpi.spc.sigma import Method

__all__ = [
    "BetweenWithin", "Capability", "Fit", "Indices", "Method", "Ppm", "Spread", "anderson_darling",
    "between_within", "capability", "cpm", "indices", "shapiro", "within",
]  # fmt: skip
