"""When parts were measured: day, month and year told apart, sheet by sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from casparian.reading.base import Note
from casparian.reading.time_text import order_of
from casparian.reading.times import detect_layout, guess_note

_DAY = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?=\D|\Z)")


@dataclass
class Days:
    """What a file's dates say of their order; the source's zone tells where they do not."""

    timezone: str | None = None
    orders: dict[str, str] = field(default_factory=dict)
    said: dict[str, None] = field(default_factory=dict)

    def learn(self, sheet: str, days: Sequence[str]) -> None:
        """Which comes first, from the dates in the first rows of a table."""
        layout = detect_layout(days, self.timezone) if days else None
        if layout and layout.order in ("dmy", "mdy"):
            self.said |= {guess_note(layout.order): None} if layout.guessed else {}
            self.orders.setdefault(sheet, layout.order)

    def iso(self, sheet: str, day: str | None, clock: str | None) -> str | None:
        """Day and time of day as ISO text; other forms as they are."""
        if day and clock and (day.endswith("00:00:00") or ":" not in day):
            day = f"{day.removesuffix(' 00:00:00')} {clock}"
        if day is None or not (found := _DAY.match(day)):
            return day
        order = self._order(sheet, found[0])
        first, second = (found[1], found[2]) if order == "dmy" else (found[2], found[1])
        return f"{found[3]}-{second:0>2}-{first:0>2}{day[found.end() :]}"

    def _order(self, sheet: str, day: str) -> str:
        """As learned, unless this day proves another."""
        proved, known = order_of(day), self.orders.get(sheet)
        if proved in ("dmy", "mdy") and proved != known:
            self.orders[sheet] = proved
            if known:
                self.said[f"The date {day} proves another order than those before it."] = None
        return self.orders.get(sheet) or detect_layout([day], self.timezone).order

    def notes(self) -> Iterator[Note]:
        """What a person should know of the file's dates."""
        yield from map(Note, self.said)
