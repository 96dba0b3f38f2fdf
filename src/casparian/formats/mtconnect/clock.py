"""Times of observations: to UTC, and where an agent's or adapter's clock was set back.

An observation is a clock step when its timestamp is more than one second earlier than that of the
observation of the same data item listed before it, while its sequence number is higher. Agents
list a data item's observations by sequence, so document order serves, and the state kept is one
reading a data item, however long the document. What has no readable timestamp or sequence is
passed over.

Source: MTConnect Standard Part 1.0: sequence (order of arrival), timestamp (adapter's clock).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from casparian.reading.times import UTC_US, Clock

STEP_US = 1_000_000  # microseconds; agents mix adapters whose clocks differ by less
_ISO_NS = pa.timestamp("ns", tz="UTC")
Ints = npt.NDArray[np.int64]


def utc(text: pa.Array, clock: Clock) -> pa.Array:
    """timestamp[us, UTC] of xs:dateTime text; null where unreadable. Finer digits are cut."""
    try:
        return pc.cast(text, _ISO_NS).cast(UTC_US, safe=False)
    except pa.ArrowInvalid:
        return clock.utc(text)


def whole(text: pa.Array) -> pa.Array:
    """int64 of decimal text; null where it is none."""
    try:
        return pc.cast(text, pa.int64())
    except pa.ArrowInvalid:
        digits = pc.match_substring_regex(text, r"^\s*\d{1,18}\s*$")
        return pc.cast(pc.utf8_trim_whitespace(pc.if_else(digits, text, None)), pa.int64())


class ClockSteps:
    """Finds clock steps in one document, fed block by block in document order."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str | None, str], int] = {}
        self._last: dict[int, tuple[int, int]] = {}  # data item: (sequence, microseconds)

    def flags(
        self,
        device: pa.DictionaryArray,
        item: pa.DictionaryArray,
        sequence: pa.Array,
        timestamp: pa.Array,
    ) -> pa.Array:
        """bool an observation."""
        known = pc.and_(pc.and_(item.is_valid(), sequence.is_valid()), timestamp.is_valid())
        rows = np.flatnonzero(known.to_numpy(zero_copy_only=False))
        result = np.zeros(len(item), dtype=np.bool_)
        if len(rows):
            index = pa.array(rows)
            micros = timestamp.take(index).cast(pa.int64()).to_numpy()
            codes = self._item_codes(device.take(index), item.take(index))
            result[rows] = self._steps(codes, sequence.take(index).to_numpy(), micros)
        return pa.array(result)

    def _item_codes(self, device: pa.DictionaryArray, item: pa.DictionaryArray) -> Ints:
        """One number a data item of a device, the same for the whole document."""
        devices, items = device.dictionary.to_pylist(), item.dictionary.to_pylist()
        pairs = device.indices.fill_null(len(devices)).to_numpy().astype(np.int64) * len(items)
        used, place = np.unique(pairs + item.indices.to_numpy(), return_inverse=True)
        keys = [([*devices, None][pair // len(items)], items[pair % len(items)]) for pair in used]
        numbers = [self._codes.setdefault(key, len(self._codes)) for key in keys]
        codes: Ints = np.array(numbers, dtype=np.int64)[place]
        return codes

    def _steps(self, codes: Ints, sequence: Ints, micros: Ints) -> npt.NDArray[np.bool_]:
        order = np.argsort(codes, kind="stable")
        code, seq, time = codes[order], sequence[order], micros[order]
        before_seq, before_time = np.roll(seq, 1), np.roll(time, 1)
        for first in np.flatnonzero(np.diff(code, prepend=-1)):
            default = (int(seq[first]), int(time[first]))
            before_seq[first], before_time[first] = self._last.get(int(code[first]), default)
        for last in np.flatnonzero(np.diff(code, append=-1)):
            self._last[int(code[last])] = int(seq[last]), int(time[last])
        result = np.empty(len(codes), dtype=np.bool_)
        result[order] = (seq > before_seq) & (time < before_time - STEP_US)
        return result
