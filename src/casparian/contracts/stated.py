"""What a contract's YAML states of checks: severities, numbers of rows, ages.

Source: Open Data Contract Standard 3.1.0, sections Data quality and Service-level agreement.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

SEVERITIES = {
    **dict.fromkeys(("blocker", "critical", "error", "high"), "critical"),
    **dict.fromkeys(("warning", "medium", "low"), "warning"),
    "info": "info",
}
UNIT_SECONDS = {
    **dict.fromkeys(("d", "day", "days"), 86400),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60),
    **dict.fromkeys(("s", "second", "seconds"), 1),
}


def severity(checks: list[dict[str, Any]]) -> str | None:
    """The contract's word for it as one of ours; None where no check states one."""
    word = next((str(check["severity"]).lower() for check in checks if "severity" in check), None)
    if word is not None and word not in SEVERITIES:
        raise ValueError(f"severity '{word}' is none of {', '.join(SEVERITIES)}")
    return SEVERITIES[word] if word else None


def rows(entry: dict[str, Any]) -> tuple[int | None, int | None, str | None] | None:
    """The number of rows by the ODCS metric `rowCount`."""
    for check in entry.get("quality", ()):
        if check.get("metric") == "rowCount":
            low, high = check.get("mustBeBetween") or (check.get("mustBe"),) * 2
            if "mustBeGreaterThan" in check:
                low = check["mustBeGreaterThan"] + 1
            if "mustBeLessThan" in check:
                high = check["mustBeLessThan"] - 1
            low = check.get("mustBeGreaterOrEqualTo", low)
            high = check.get("mustBeLessOrEqualTo", high)
            return low, high, severity([check])
    return None


def latencies(document: dict[str, Any]) -> Iterator[tuple[str, tuple[str, float]]]:
    """Table → (time column, seconds), by the ODCS service level `latency` of `table.column`."""
    for promise in document.get("slaProperties", ()):
        if promise.get("property") == "latency":
            table, _, column = str(promise["element"]).partition(".")
            yield table, (column, float(promise["value"]) * UNIT_SECONDS[promise["unit"]])
