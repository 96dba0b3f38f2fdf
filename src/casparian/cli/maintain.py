"""`casparian maintain`: compact, Z-order, vacuum and expire by the policies of the contracts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli.desk import Desk, command
from casparian.cli.show import many, say, table

if TYPE_CHECKING:
    from casparian.lake.maintain import Maintenance, Plan
    from casparian.lake.maintained import Done

JOBS = ("expire", "z_order", "compact", "vacuum", "log")


@command("""
    casparian maintain                                       every table, every job
    casparian maintain --dry-run                             what it would do
    casparian maintain --only compact silver_equipment.historian_values
    casparian query "FROM ops.maintenance ORDER BY started_at DESC LIMIT 20"
""")
@click.argument("addresses", nargs=-1)
@click.option(
    "--only", type=click.Choice(JOBS), multiple=True, help="Only this job; may be given again."
)
@click.option("--dry-run", is_flag=True, help="Change nothing, say what would be done.")
@click.option(
    "--journal-days",
    type=click.IntRange(min=1),
    default=400,
    show_default=True,
    help="Days that checks, queries asked and maintenance done are kept.",
)
@click.option(
    "--contracts",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="Folder of contracts that come before the shipped ones.",
)
def maintain(
    desk: Desk,
    addresses: tuple[str, ...],
    only: tuple[str, ...],
    dry_run: bool,
    journal_days: int,
    contracts: tuple[Path, ...],
) -> None:
    """Keep the tables in order: all of them, or these ADDRESSES.

    Small files become large ones, rows lie by the columns that queries ask for, files that nobody
    needs are deleted, quarantine past its time goes. The contracts say how. It is safe beside
    running landings, and to run again; no row changes but those that expire, which the books tell.
    """
    from casparian.lake.explain import resolve
    from casparian.lake.maintain import Maintenance

    wanted = [resolve(desk.lake, name) for name in addresses]
    job = Maintenance(desk.lake, contracts, only or JOBS, journal_days)
    if dry_run:
        plans = {a: job.plan(a) for a in wanted or desk.lake.addresses()}
        found = {address: plan for address, plan in plans.items() if plan and not plan.empty}
        desk.answer([_plan(a, p) for a, p in found.items()], lambda: _show_plans(found))
        return
    done = job.run(wanted)
    desk.answer(_data(job, done), lambda: _show(done))
    if any(each.problem for each in done):
        raise click.exceptions.Exit(1)


def _data(job: Maintenance, done: list[Done]) -> dict[str, Any]:
    return {
        "run_id": job.run_id,
        "tables": len({each.address for each in done}),
        "changed": [asdict(each) for each in done if each.changed],
        "problems": [f"{each.address}: {each.problem}" for each in done if each.problem],
    }


def _plan(address: str, plan: Plan) -> dict[str, Any]:
    return {
        "address": address,
        "z_order": list(plan.order),
        "files_to_sort": sum(map(len, plan.cubes)),
        "files_to_merge": sum(map(len, plan.bins)),
        "merged_files": len(plan.bins),
        "files_to_delete": plan.unneeded,
        "records_to_expire": plan.due,
    }


def _show_plans(plans: dict[str, Plan]) -> None:
    if not plans:
        say("Every table is in order: nothing would be done.")
        return
    heads = ("table", "sort files", "by", "merge files", "into", "delete files", "expire records")
    lines = [
        (a, sum(map(len, p.cubes)), ", ".join(p.order), sum(map(len, p.bins)), len(p.bins),
         p.unneeded, p.due)
        for a, p in plans.items()
    ]  # fmt: skip
    table(
        heads, lines, right=("sort files", "merge files", "into", "delete files", "expire records")
    )


def _show(done: list[Done]) -> None:
    changed: dict[str, list[Done]] = defaultdict(list)
    for each in done:
        if each.changed:
            changed[each.address].append(each)
    if changed:
        heads = ("table", "files", "now", "files deleted", "records expired", "did", "s")
        table(heads, [_line(a, d) for a, d in changed.items()], right=(*heads[1:5], "s"))
    for each in done:
        if each.problem:
            say(f"{each.address}, {each.job}: {each.problem}", "red")
    tables = len({each.address for each in done})
    say(f"{many(tables, 'table')} looked at, {len(changed):,} changed.")


def _line(address: str, done: list[Done]) -> tuple[Any, ...]:
    jobs = ", ".join(f"{d.job} by {d.columns}" if d.columns else d.job for d in done)
    return (
        address, done[0].files_before, done[-1].files_after, sum(d.files_deleted for d in done),
        sum(d.rows_expired for d in done), jobs, sum(d.seconds for d in done),
    )  # fmt: skip
