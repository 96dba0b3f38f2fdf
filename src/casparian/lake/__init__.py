"""The lake: Delta tables, the ledger, quarantine, lineage and queries.

The one place that writes Delta.
"""
