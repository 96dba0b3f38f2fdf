"""Casparian: plant exports in, governed Delta tables out, with every row explained."""

__version__ = "0.1.0"
