"""Contracts drafted from a file that no format knows: each guess with its evidence."""

from __future__ import annotations

from casparian.contracts.draft.document import Draft, draft

__all__ = ["Draft", "draft"]
