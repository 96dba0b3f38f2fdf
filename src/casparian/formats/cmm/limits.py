"""Specification limits of a line of a report: as written, or nominal and tolerances."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from casparian.reading.spc import number


def limits(record: Mapping[str, str | None]) -> tuple[Decimal | None, Decimal | None]:
    """(lower, upper) limit: as written, or nominal and tolerances.

    A tolerance without a nominal and without a lower one is a form's, from nothing up.
    """
    lower, upper, nominal = (number(record.get(name)) for name in ("lsl", "usl", "nominal"))
    both = number((record.get("tol") or "").lstrip("±+-/ ") or None)
    plus = number(record.get("tol_plus"))
    minus = number(record.get("tol_minus"))
    plus = both if plus is None else plus
    minus = both if minus is None else minus
    if nominal is None and minus is None and plus is not None and both is None:
        upper = plus if upper is None else upper
    if nominal is not None and plus is not None and upper is None:
        upper = nominal + plus
    if nominal is not None and minus is not None and lower is None:
        lower = nominal + minus if _signed(record, minus) else nominal - abs(minus)
    return lower, upper


def _signed(record: Mapping[str, str | None], minus: Decimal) -> bool:
    """A lower deviation above the nominal (+0.1 to +0.3) is meant where its sign is written."""
    text = (record.get("tol_minus") or "").strip()
    return minus > 0 and text.startswith("+")
