"""Where tables were read before `table` read them from any carrier."""

from casparian.formats.header import normalise, unique_names
from casparian.formats.table import TableFormat as DelimitedFormat

__all__ = ["DelimitedFormat", "normalise", "unique_names"]
