"""A quick answer for packages that are not installed.

pyarrow asks for pandas at every array it makes and for dateutil at every instant. Where they are
not installed, Python looks through all of its path each time: a tenth of the time of landing a
file.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec


class _Absent(MetaPathFinder):
    """Says no for one package and its modules without looking."""

    def __init__(self, name: str):
        self.name = name

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] == self.name:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return None


def remember_absent(*names: str) -> None:
    """From now on an import of one of these fails at once, if it is not installed now."""
    known = {finder.name for finder in sys.meta_path if isinstance(finder, _Absent)}
    for name in set(names) - known - set(sys.modules):
        if find_spec(name) is None:
            sys.meta_path.insert(0, _Absent(name))
