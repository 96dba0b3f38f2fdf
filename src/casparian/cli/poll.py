"""`casparian poll`: MTConnect agents, live."""

from __future__ import annotations

import threading
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from casparian.cli import books
from casparian.cli.desk import Desk, command
from casparian.cli.gaps import in_words
from casparian.cli.show import many, moment, say, table
from casparian.cli.ticker import SPAN, Ticker, ended_by_signals

if TYPE_CHECKING:
    from casparian.live.agent import Agent
    from casparian.live.poll import Batch
    from casparian.live.receiver import Told

STYLES = {"away": "yellow", "back": "green", "gap": "yellow", "failed": "red", "lake": "red"}


@command("""
    casparian poll http://agent:5000                    until Ctrl-C
    casparian poll http://agent:5000 --once             what its buffer holds, then end
    casparian poll line1:5000 line2:5000 --every 30s    two agents into one lake
    casparian poll agent:5000 --device VMC-3 --for 1h   one device, for an hour
    casparian poll --status                             how far each agent has been read
""")
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("--tag", default="poll", show_default=True, help="Name for what is landed.")
@click.option("--device", metavar="NAME", help="Only this device of the agent.")
@click.option("--path", metavar="XPATH", help="Only this part of the device model, as //Axes.")
@click.option("--every", type=SPAN, default="10s", show_default=True, help="Land at most so often.")
@click.option("--once", is_flag=True, help="Land what the agent holds now, then end.")
@click.option("--for", "seconds", type=SPAN, metavar="TIME", help="End after this time, as 30s.")
@click.option(
    "--count",
    type=click.IntRange(1),
    default=10_000,
    show_default=True,
    help="Most observations in one answer.",
)
@click.option(
    "--interval", type=SPAN, help="Time between the agent's answers.  [default: as --every]"
)
@click.option(
    "--heartbeat",
    type=SPAN,
    default="10s",
    show_default=True,
    help="An agent without news answers after this time.",
)
@click.option(
    "--no-stream", is_flag=True, help="Ask again and again, instead of letting the agent stream."
)
@click.option(
    "--from",
    "begin",
    type=click.Choice(["buffer", "now"]),
    default="buffer",
    show_default=True,
    help="Where an agent that was never polled begins.",
)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the agents' answers.  [default: landing/ in the lake]",
)
@click.option(
    "--accept",
    type=click.Choice(["xml", "json"]),
    default="xml",
    show_default=True,
    help="What to ask the agent for.",
)
@click.option(
    "--timeout", type=SPAN, default="10s", show_default=True, help="Wait so long for an answer."
)
@click.option(
    "--ca",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Certificates to trust, as a PEM file.",
)
@click.option("--insecure", is_flag=True, help="Do not check the agent's certificate.")
@click.option("--status", is_flag=True, help="Show how far each agent has been read; asks nobody.")
def poll(desk: Desk, urls: tuple[str, ...], status: bool, **given: Any) -> None:
    """Land what MTConnect agents observe, as it comes.

    Asks for `current`, then for the agent's buffer, then lets the agent stream (or asks again and
    again where it cannot). Every answer is kept as a file and landed like any export, once; a run
    goes on where the last one ended, however it ended. What the agent dropped before it was asked,
    and its restarts, are kept as gaps: `casparian gaps`.
    """
    if status:
        _status(desk, given["keep"])
        return
    if not urls:
        raise click.UsageError("Name an agent: casparian poll http://host:5000.")
    ticker = Ticker(desk.as_json)
    try:
        fine = _poll(desk, urls, given, ticker)
    finally:
        ticker.close()
    if not fine:
        raise click.exceptions.Exit(1)


def _poll(desk: Desk, urls: tuple[str, ...], given: dict[str, Any], ticker: Ticker) -> bool:
    from casparian.live.poll import Poll
    from casparian.live.receiver import Rhythm

    every, stop = given["every"], threading.Event()
    rhythm = Rhythm(
        count=given["count"],
        interval=every if given["interval"] is None else given["interval"],
        heartbeat=given["heartbeat"],
        stream=not given["no_stream"],
        history=given["begin"] == "buffer",
    )
    show = _Show(ticker)
    polling = Poll(
        desk.lake, _agents(urls, given), _landing(desk, given["keep"]), given["tag"], rhythm, every,
        show.told, stop=stop,
    )  # fmt: skip
    with ended_by_signals(stop):
        if not given["once"]:
            show.status()
        fine = polling.run(once=given["once"], seconds=given["seconds"])
    if fine or show.files:
        show.end(given["once"])
    return fine and not show.open_books and not (given["once"] and show.problems)


def _agents(urls: tuple[str, ...], given: dict[str, Any]) -> list[Agent]:
    from casparian.lake.store import LakeError
    from casparian.live.agent import Agent, AgentError

    try:
        return [
            Agent(
                url, given["device"], given["path"], timeout=given["timeout"], ca=given["ca"],
                verify=not given["insecure"], kind=given["accept"],
            )
            for url in dict.fromkeys(urls)
        ]  # fmt: skip
    except AgentError as error:
        raise LakeError(str(error)) from error


def _landing(desk: Desk, keep: Path | None) -> Path:
    from casparian.lake.store import LakeError

    if keep is None and desk.lake.uri.startswith("s3://"):
        raise LakeError("The lake is a bucket: name a folder for the agents' answers with --keep.")
    return keep or Path(desk.lake.uri) / "landing"


class _Show:
    """What polling tells, for people or as JSON lines."""

    def __init__(self, ticker: Ticker):
        self.ticker = ticker
        self.records = self.files = self.waiting = self.problems = 0
        self.open_books = False

    def told(self, told: Told | Batch) -> None:
        from casparian.live.poll import Batch

        if isinstance(told, Batch):
            self._batch(told)
        elif told.event == "document":
            self.waiting += 1
        elif told.gap is not None:
            self._gap(told)
        else:
            words = {"back": "answers again."}
            text = " ".join(filter(None, (told.agent if told.event == "back" else "", told.text)))
            self.ticker.line(
                f"{text} {words.get(told.event, '')}".strip(), STYLES.get(told.event),
                event=told.event, agent=told.agent, text=told.text,
            )  # fmt: skip
        self.status()

    def status(self) -> None:
        waits = f", {many(self.waiting, 'answer')} to land" if self.waiting else ""
        self.ticker.status(
            f"polling: {many(self.records, 'observation')} in {many(self.files, 'answer')} landed"
            f"{waits} (Ctrl-C ends)"
        )

    def _gap(self, told: Told) -> None:
        gap = told.gap
        assert gap is not None
        if gap.reason == "unreachable":
            return  # said as away and back
        self.ticker.line(f"gap: {in_words(gap)}", STYLES["gap"], event="gap", **asdict(gap))

    def _batch(self, batch: Batch) -> None:
        data = books.summary(batch.arrived.landed)
        unknown = [(row["source_path"], row["why"]) for row in batch.arrived.unknown]
        problems = [*batch.arrived.problems, *data["failed"], *data["rejected"], *unknown]
        self.problems += len(problems)
        self.waiting = 0
        self.files += data["files"]
        self.records += data["records_read"]
        self.open_books = self.open_books or not data["books_closed"]
        if data["files"]:
            self.ticker.line(
                f"{many(data['files'], 'answer')}: {data['records_read']:,} observations = "
                f"{data['records_valid']:,} valid + {data['records_quarantined']:,} quarantined + "
                f"{data['records_duplicate']:,} duplicate ({batch.seconds:.1f} s)",
                event="landed", seconds=round(batch.seconds, 3), **data,
            )  # fmt: skip
        for path, why in problems:
            self.ticker.line(f"problem: {path}: {why}", "red", event="problem", path=path, why=why)

    def end(self, once: bool) -> None:
        self.ticker.close()
        closed = "Books NOT closed." if self.open_books else "Books closed."
        if not self.ticker.as_json:
            nothing = "Nothing new. " if once and not self.files else ""
            say(
                f"{nothing}{many(self.records, 'observation')} in {many(self.files, 'answer')} "
                f"landed. {closed}"
            )


def _status(desk: Desk, keep: Path | None) -> None:
    from casparian.lake.arrivals import landed_below
    from casparian.lake.gaps import read_gaps
    from casparian.live.shelf import shelves

    gaps = read_gaps(desk.lake)
    found = []
    for shelf in shelves(_landing(desk, keep)):
        landed = landed_below(desk.lake, shelf.folder)
        kept = [path.absolute().as_posix() for path in shelf.documents()]
        at = shelf.position()
        mine = [gap for gap in gaps if (gap.agent, gap.device) == (shelf.agent, shelf.scope)]
        found.append(
            {
                "agent": shelf.agent,
                "device": shelf.scope,
                "instance_id": at.instance_id if at else None,
                "next_sequence": at.next if at else None,
                "last_answer": at.at if at else None,
                "answers": len(kept),
                "waiting": len(set(kept) - landed),
                "gaps": len(mine),
                "missing": sum(gap.missing or 0 for gap in mine),
                "folder": shelf.folder.as_posix(),
            }
        )
    desk.answer({"agents": found}, lambda: _show_status(found))


def _show_status(found: list[dict[str, Any]]) -> None:
    from datetime import datetime

    if not found:
        say("No agent has been polled into this lake: casparian poll http://host:5000.")
        return
    rows = [
        (
            " ".join(filter(None, (each["agent"], each["device"]))), str(each["instance_id"] or ""),
            each["next_sequence"],
            moment(datetime.fromisoformat(each["last_answer"]).replace(microsecond=0))
            if each["last_answer"] else "",
            each["answers"], each["waiting"], each["gaps"], each["missing"],
        )
        for each in found
    ]  # fmt: skip
    right = ("instance", "next", "answers", "waiting", "gaps", "missing")
    table(("agent", "instance", "next", "last answer", *right[2:]), rows, right=right)
