"""Live: what comes by itself. Agents that are polled and folders that are watched.

Whatever arrives becomes a file first and lands by the lake's own road, so that books, lineage and
quarantine hold for it as for any export.
"""
