"""Measurement system analysis: what of a measured spread is the gage and who used it.

study          crossed studies as arrays; what is not balanced is refused
unbalanced     gage R and R of a study with holes, by restricted maximum likelihood
average_range  gage R and R by average and range, K from d2*
anova          gage R and R by analysis of variance, with interaction or pooled
nested         where each appraiser has parts of his own
intervals      confidence intervals of the components
gage           what both methods say: % study variation, % contribution, % tolerance, ndc
bias           bias, linearity and type-1 studies (Cg, Cgk)
attribute      agreement of ratings; kappa: Cohen's, weighted too, and Fleiss'
concordance    Kendall's W
stability      a master measured over time, on a control chart

Source: AIAG, Measurement Systems Analysis, 4th edition (2010). Units are those of the measurement;
components are standard deviations, shares are ratios. What missing means stands in each module.

>>> part, who = ["1", "1", "2", "2"] * 2, ["A"] * 4 + ["B"] * 4
>>> study = crossed(part, who, [4.9, 5.1, 7, 7.2, 5, 5.2, 7.3, 7.3])
>>> by_anova, by_range = anova(study.values).study, average_range(study.values)
>>> round(by_anova.grr, 3), by_anova.ndc, round(by_range.grr, 3), by_range.ndc
(0.145, 14, 0.151, 14)
"""

from casparian.kpi.msa.anova import POOLING_ALPHA, Anova, Source, anova
from casparian.kpi.msa.attribute import Agreement, Share, attribute_agreement
from casparian.kpi.msa.average_range import average_range
from casparian.kpi.msa.bias import Bias, Linearity, Type1, bias, linearity, type_1
from casparian.kpi.msa.concordance import Concordance, kendall
from casparian.kpi.msa.gage import COMPONENTS, NDC_FACTOR, GageStudy
from casparian.kpi.msa.intervals import component_intervals
from casparian.kpi.msa.kappa import (
    Kappa,
    cohen,
    cohen_of_table,
    counts_of,
    fleiss,
    fleiss_against,
    fleiss_by_category,
)
from casparian.kpi.msa.nested import nested
from casparian.kpi.msa.stability import Stability, stability
from casparian.kpi.msa.study import Crossed, crossed
from casparian.kpi.msa.unbalanced import unbalanced

__all__ = [
    "COMPONENTS", "NDC_FACTOR", "POOLING_ALPHA", "Agreement", "Anova", "Bias", "Concordance",
    "Crossed", "GageStudy", "Kappa", "Linearity", "Share", "Source", "Stability", "Type1", "anova",
    "attribute_agreement", "average_range", "bias", "cohen", "cohen_of_table",
    "component_intervals", "counts_of", "crossed", "fleiss", "fleiss_against",
    "fleiss_by_category", "kendall", "linearity", "nested", "stability", "type_1", "unbalanced",
]  # fmt: skip
