"""The lake: Delta tables, the ledger, quarantine, lineage and queries; the one place that writes Delta."""
