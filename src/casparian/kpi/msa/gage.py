"""What a gage R and R study says, whichever method it was computed by.

    GRR^2 = EV^2 + AV^2 + INT^2          TV^2 = GRR^2 + PV^2
    % study variation = component / TV   % contribution = component^2 / TV^2
    % tolerance = 6 component / tolerance (5.15 in the manual's editions before 2010)
    ndc = whole part of 1.41 PV / GRR, at least 1

EV: equipment variation (repeatability). AV: appraiser variation. INT: appraiser by part. PV: part
variation. All are standard deviations in the unit of the measurement. Shares are ratios, not
percent, and are not clipped: an error wider than the tolerance shows as a ratio above 1.
Source: AIAG, Measurement Systems Analysis, 4th edition (2010), chapter III section B.
Missing: AV is None with one appraiser, PV with one part; what needs them leaves them out (GRR, TV)
or is None (ndc), and `missing` says so. Without variation at all there are no shares.

>>> result = GageStudy("x", 10, 3, 3, ev=3.0, av=4.0, interaction=None, pv=12.0, tolerance=60.0)
>>> result.grr, result.tv, result.ndc, result.tolerance_ratio("grr")
(5.0, 13.0, 3, 0.5)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

COMPONENTS = ("ev", "av", "interaction", "grr", "pv", "tv")
NDC_FACTOR = 1.41  # as the manual has it: the square root of 2, rounded
STUDY_WIDTH = 6.0  # sigmas that are set against the tolerance


@dataclass(frozen=True)
class GageStudy:
    """Components of a study of n parts, appraisers and trials.

    method: `average_range`, `anova`, `anova_pooled` or `nested`. ev, av, interaction, pv: standard
    deviations, None where `missing` says why. tolerance: width, None where there is none.
    zeroed: components whose estimated variance was negative and is set to 0.
    """

    method: str
    parts: int
    appraisers: int
    trials: int
    ev: float
    av: float | None
    interaction: float | None
    pv: float | None
    tolerance: float | None = None
    zeroed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def grr(self) -> float:
        """Repeatability and reproducibility together."""
        return math.hypot(self.ev, self.av or 0.0, self.interaction or 0.0)

    @property
    def tv(self) -> float:
        """Total variation of the study."""
        return math.hypot(self.grr, self.pv or 0.0)

    def study_ratio(self, component: str) -> float | None:
        """A component as a share of the total variation (% study variation)."""
        sigma = self.sigma(component)
        return None if sigma is None or not self.tv > 0 else sigma / self.tv

    def contribution_ratio(self, component: str) -> float | None:
        """A component's variance as a share of the total variance (% contribution)."""
        share = self.study_ratio(component)
        return None if share is None else share * share

    def variation(self, component: str, width: float = STUDY_WIDTH) -> float | None:
        """Study variation of a component: `width` sigmas, 6 or, in older manuals, 5.15."""
        sigma = self.sigma(component)
        return None if sigma is None else width * sigma

    def tolerance_ratio(self, component: str, width: float = STUDY_WIDTH) -> float | None:
        """Study variation of a component as a share of the tolerance (% tolerance)."""
        variation = self.variation(component, width)
        if variation is None or self.tolerance is None:
            return None
        return variation / self.tolerance

    def process_ratio(self, component: str, process_sigma: float) -> float | None:
        """A component as a share of a known sigma of the process (% process)."""
        if not process_sigma > 0:
            raise ValueError("the sigma of a process is above 0")
        sigma = self.sigma(component)
        return None if sigma is None else sigma / process_sigma

    def sigma(self, component: str) -> float | None:
        """Standard deviation of one of COMPONENTS."""
        if component not in COMPONENTS:
            raise ValueError(f"not a component of a study: {component}")
        found: float | None = getattr(self, component)
        return found

    @property
    def ndc_unrounded(self) -> float | None:
        """Distinct categories before they are cut to whole ones."""
        if self.pv is None or not self.grr > 0:
            return None
        return NDC_FACTOR * self.pv / self.grr

    @property
    def ndc(self) -> int | None:
        """Distinct categories that the gage can tell apart, at least 1."""
        unrounded = self.ndc_unrounded
        return None if unrounded is None else max(1, math.floor(unrounded))


def why_missing(
    parts: int, appraisers: int, tolerance: float | None, grr: float
) -> tuple[str, ...]:
    """Sentences for what a study of this size cannot say."""
    said = [
        "one part: no part variation" if parts < 2 else "",
        "one appraiser: no appraiser variation" if appraisers < 2 else "",
        "no tolerance" if tolerance is None else "",
        "" if grr > 0 else "no variation of the gage",
    ]
    return tuple(s for s in said if s)


def checked_tolerance(tolerance: float | None) -> float | None:
    """A tolerance that can be divided by."""
    if tolerance is not None and not (tolerance > 0 and math.isfinite(tolerance)):
        raise ValueError("the tolerance must be a width above 0")
    return tolerance
