"""Every worked example in a docstring of the library's key figures is a test."""

import doctest
import importlib
import pkgutil

import pytest

import casparian.kpi

MODULES = [module.name for module in pkgutil.iter_modules(casparian.kpi.__path__)]
WITHOUT_EXAMPLE = {"intervals"}  # shown by the example of oee


@pytest.mark.parametrize("name", MODULES)
def test_worked_example(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"casparian.kpi.{name}"))
    assert result.failed == 0
    assert result.attempted > 0 or name in WITHOUT_EXAMPLE
