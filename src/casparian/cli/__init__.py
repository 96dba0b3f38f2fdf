"""The command line: one module a command, each loaded only when it is asked for."""

from __future__ import annotations

from casparian.cli.root import main

__all__ = ["main"]
