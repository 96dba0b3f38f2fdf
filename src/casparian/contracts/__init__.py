"""Contracts: what a table's rows must be, written in ODCS YAML, and the verdict on each record."""

from casparian.contracts.model import Column, Contract, ContractError, RowRule, TableContract, load
from casparian.contracts.verdict import Judge, Verdict

__all__ = [
    "Column",
    "Contract",
    "ContractError",
    "Judge",
    "RowRule",
    "TableContract",
    "Verdict",
    "load",
]
