"""Where the values of a gage study stand.

LONG    a row a measurement: part, appraiser, trial, value, in any order of columns.
TRIALS  a row a part (and appraiser), a column a trial, or a column an appraiser's trial.
FORM    a row an appraiser's trial, a column a part: the data sheet of AIAG's manual.
Averages and ranges that a form states are passed over: they are results.

Source: AIAG Measurement Systems Analysis, 4th edition, gage repeatability and reproducibility data
collection sheet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from casparian.formats.gage import words
from casparian.reading.spc import number
from casparian.reading.workbook import Row, cell_text

LONG, TRIALS, FORM = "long", "trials", "form"
Texts = dict[str, str | None]


@dataclass
class Table:
    """One table: columns by field, and columns of values with what they stand for."""

    kind: str
    columns: dict[str, int]
    values: dict[int, tuple[str | None, str | None]] = field(default_factory=dict)
    parts: dict[int, str] = field(default_factory=dict)
    labels: int = 0  # FORM: columns left of the values
    units: str | None = None
    references: dict[int, str] = field(default_factory=dict)
    appraiser: str | None = None

    def records(self, row: Row) -> Iterator[Texts]:
        """The measurements of one row."""
        if self.kind == LONG:
            yield {name: text_at(row, place) for name, place in self.columns.items()}
        elif self.kind == TRIALS:
            yield from self._of_part(row)
        else:
            yield from self._of_trial(row)

    def _of_part(self, row: Row) -> Iterator[Texts]:
        common = {name: text_at(row, place) for name, place in self.columns.items()}
        if words.skipped(common.get("part")):
            return
        for place, (appraiser, trial) in self.values.items():
            if (text := text_at(row, place)) is not None:
                own: Texts = {"trial": trial, "value": text}
                yield common | own | ({"appraiser": appraiser} if appraiser else {})

    def _of_trial(self, row: Row) -> Iterator[Texts]:
        texts = [text_at(row, place) for place in range(self.labels)]
        labels = [text for text in texts if text is not None]
        if any(map(words.skipped, labels)):
            return
        if any(words.field_of(text) == "reference" for text in labels):
            return
        appraiser, trial = self._labelled(labels)
        for place, part in self.parts.items():
            if (text := text_at(row, place)) is not None:
                yield {
                    "appraiser": appraiser, "trial": trial, "part": part, "value": text,
                    "reference": self.references.get(place),
                }  # fmt: skip

    def _labelled(self, labels: list[str]) -> tuple[str | None, str | None]:
        """(appraiser, trial) of a row; the appraiser is named on the first of them."""
        if not labels:
            return self.appraiser, None
        last = labels[-1]
        both = words.appraiser_and_trial(last)
        trial = words.trial_of(last)
        if len(labels) > 1 and trial is not None:
            self.appraiser = words.appraiser_of(labels[-2]) or labels[-2]
        elif both is not None:
            self.appraiser, trial = both
        elif trial is None:
            self.appraiser = words.appraiser_of(last) or last
        return self.appraiser, trial

    def names_appraiser(self, row: Row) -> bool:
        """A row of a FORM that only says whose trials follow."""
        filled = [text for text in map(cell_text, row) if text is not None]
        if self.kind != FORM or len(filled) > 2 or not filled or number(filled[0]) is not None:
            return False
        named = words.appraiser_of(filled[0])
        if named is None and words.field_of(filled[0]) == "appraiser" and len(filled) == 2:
            named = filled[1]
        if named is not None:
            self.appraiser = named
        return named is not None


def text_at(row: Row, place: int) -> str | None:
    return cell_text(row[place]) if place < len(row) else None
