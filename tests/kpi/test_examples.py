"""Every worked example in a docstring of the library's key figures is a test."""

import doctest
import importlib
import pkgutil

import pytest

import casparian.kpi

ROOM = "casparian.kpi."
MODULES = [
    module.name.removeprefix(ROOM) for module in pkgutil.walk_packages(casparian.kpi.__path__, ROOM)
]
SUBJECTS = {name.partition(".")[0] for name in MODULES}
WITHOUT_EXAMPLE = {"intervals"}  # shown by the example of oee


@pytest.mark.parametrize("name", MODULES)
def test_worked_example(name: str) -> None:
    assert doctest.testmod(importlib.import_module(ROOM + name)).failed == 0


@pytest.mark.parametrize("subject", sorted(SUBJECTS - WITHOUT_EXAMPLE))
def test_every_subject_has_one(subject: str) -> None:
    """In its module, or in one of the modules of its package."""
    own = [name for name in MODULES if name.partition(".")[0] == subject]
    tried = [doctest.testmod(importlib.import_module(ROOM + name)).attempted for name in own]
    assert sum(tried) > 0
