"""SCADA trends, by the header words of their systems."""

from casparian.formats.scada.trends import SCADA_TRENDS

FORMATS = (SCADA_TRENDS,)
