"""Whether a block of XML may be read by splitting it at `<`.

Source: XML 1.0 section 2.4 (character data), 2.2 (characters) and 2.5 to 2.7 (comments, CDATA).
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa

_WHOLE = re.compile(rb"<(?:!--[^<]*?-->|!\[CDATA\[[^<]*?\]\]>|\?[^<]*?\?>)")


def is_plain(block: bytes) -> bool:
    """Whether splitting at `<` cannot mislead: whole, simple comments and only legal characters."""
    if _marks(block) or not _is_utf8(block):
        return False
    data = np.frombuffer(block, dtype=np.uint8)
    controls = np.count_nonzero(data < 32)
    return bool(controls == np.count_nonzero(data == 10) + np.count_nonzero(data == 9))


def _marks(block: bytes) -> bool:
    """Whether the block holds the like of a comment or CDATA section that is not whole."""
    if (b"]" in block and b"]]>" in block) or (b"\xef" in block and b"\xef\xbf" in block):
        return True
    if b"!" not in block and b"?" not in block:
        return False
    return block.count(b"<!") + block.count(b"<?") != len(_WHOLE.findall(block))


def _is_utf8(block: bytes) -> bool:
    try:
        one_text(block).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def one_text(block: bytes) -> pa.StringArray:
    """The block as one Arrow string, without a copy."""
    ends = pa.py_buffer(np.array([0, len(block)], dtype=np.int32))
    return pa.StringArray.from_buffers(1, ends, pa.py_buffer(block))
