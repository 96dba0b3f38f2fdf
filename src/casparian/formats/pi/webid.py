"""The name of a tag in its WebId or in a link.

Source: PI Web API Reference, WebID 2.0: the types Full and PathOnly end in the path, upper case
and URL-safe base64 without padding; ids before it have a fixed length.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

_BEFORE = {"F1DP": 32, "P1DP": 4, "F1AbE": 71, "P1AbE": 5, "F1Ab": 70, "P1Ab": 4}
_IN_LINK = re.compile(r"/(?:streams|points|attributes)/([A-Za-z0-9_-]{8,})")


def path_of(web_id: str | None) -> str | None:
    r"""`\\SERVER\TAG`, or the path of an attribute; None where the WebId holds none."""
    for mark, start in _BEFORE.items():
        if web_id and web_id.startswith(mark) and len(web_id) > start:
            return _decoded(web_id[start:])
    return None


def _decoded(text: str) -> str | None:
    padded = text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)
    try:
        path = base64.b64decode(padded, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return "\\\\" + path.lstrip("\\") if "\\" in path and path.isprintable() else None


def web_id_in(links: Any) -> str | None:
    """The first WebId of a stream in the object Links."""
    for link in links.values() if isinstance(links, dict) else ():
        if isinstance(link, str) and (found := _IN_LINK.search(link)):
            return found[1]
    return None


def name_of(path: str | None) -> str | None:
    r"""The name at the end of `\\SERVER\TAG` or `\\AF\DB\Element|Attribute`."""
    if not path:
        return None
    return re.split(r"[|\\]", path.rstrip("\\|"))[-1] or None
