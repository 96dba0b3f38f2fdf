"""The options of `casparian capability` are those of the library."""

from casparian.cli.capability import SIGMAS
from casparian.lake.capability import METHODS


def test_every_method_of_sigma_can_be_asked_for() -> None:
    assert SIGMAS == METHODS
