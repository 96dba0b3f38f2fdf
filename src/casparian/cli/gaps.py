"""`casparian gaps`: what agents observed and nobody has."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from casparian.cli.desk import Desk, command
from casparian.cli.show import many, moment, say, table

if TYPE_CHECKING:
    from casparian.lake.gaps import Gap

REASONS = {
    "buffer_overrun": "the agent's buffer had dropped them",
    "agent_restart": "the agent began anew, the end of its last run is not known",
    "unreachable": "the agent did not answer",
}


@command("""
    casparian gaps                                  every gap
    casparian gaps --agent http://line1:5000        of one agent
    casparian query "FROM ops.gaps WHERE missing > 0"
""")
@click.option("--agent", metavar="URL", help="Only of this agent.")
def gaps(desk: Desk, agent: str | None) -> None:
    """Show what is missing from agents that were polled, and why."""
    from casparian.lake.gaps import read_gaps

    found = read_gaps(desk.lake, agent)
    data = {"gaps": [asdict(gap) for gap in found], "missing": sum(g.missing or 0 for g in found)}
    desk.answer(data, lambda: _show(found))


def in_words(gap: Gap) -> str:
    """A gap in one sentence."""
    where = " ".join(filter(None, (gap.agent, gap.device)))
    what = (
        f"{many(gap.missing, 'observation')} missing ({gap.from_sequence:,} to {gap.to_sequence:,})"
        if gap.missing is not None and gap.to_sequence is not None
        else f"observations from {gap.from_sequence:,} on are missing"
    )
    note = f"; {gap.note}" if gap.note else ""
    return f"{where}: {what} of instance {gap.instance_id}: {REASONS[gap.reason]}{note}."


def _show(found: list[Gap]) -> None:
    if not found:
        say("No gaps.")
        return
    rows = [
        (
            " ".join(filter(None, (gap.agent, gap.device))), gap.reason, str(gap.instance_id),
            gap.from_sequence, gap.to_sequence, "?" if gap.missing is None else f"{gap.missing:,}",
            moment(gap.from_time.replace(microsecond=0)) if gap.from_time else "",
            moment(gap.to_time.replace(microsecond=0)) if gap.to_time else "still",
        )
        for gap in found
    ]  # fmt: skip
    right = ("instance", "first", "last", "missing")
    table(("agent", "reason", *right, "from", "to"), rows, right=right)
    known = sum(gap.missing or 0 for gap in found)
    unknown = sum(gap.missing is None for gap in found)
    more = f", and an unknown number at {many(unknown, 'restart')}" if unknown else ""
    say(f"{many(len(found), 'gap')}: {many(known, 'observation')} missing{more}.")
