"""Gage studies: AIAG's, one with a real interaction, one appraiser, one trial, a hole, ratings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.kpi.gage_data import AIAG

Row = dict[str, Any]


def studies() -> dict[str, np.ndarray]:
    """Values of the studies that can be judged, by study_id."""
    real = AIAG.copy()
    real[3, 1] += 3.0
    return {
        "AIAG": AIAG,
        "interaction": real,
        "alone": AIAG[:, :1],
        "once": AIAG[:, :, :1],
        "part": AIAG[:1],
        "constant": np.full((3, 2, 2), 7.1),
        "coarse": np.repeat(AIAG[:, :, :1], 2, axis=2),
        "small": AIAG[:2, :2, :2] + 24.0,
    }


TOLERANCES = {"AIAG": 4.0, "small": 2.0}


def measurements() -> list[Row]:
    rows = [
        _row(study, part, who, trial, value)
        for study, values in studies().items()
        for (part, who, trial), value in np.ndenumerate(values)
    ]
    rows += [_row("hole", *place, 1.0 + sum(place)) for place in ((0, 0, 0), (0, 0, 1), (1, 0, 0))]
    rows.append({**_row("rated", 0, 0, 0, None), "rating": "ok"})
    return rows


def _row(study: str, part: int, who: int, trial: int, value: float | None) -> Row:
    return {
        "study_id": study, "characteristic": "measurement", "part": str(part + 1),
        "appraiser": "ABC"[who], "trial": str(trial + 1), "value": value, "rating": None,
        "tolerance": TOLERANCES.get(study), "units": "mm", "gage": "G1",
    }  # fmt: skip


TABLES: dict[str, Callable[[], list[Row]]] = {"silver_quality.msa_measurements": measurements}
