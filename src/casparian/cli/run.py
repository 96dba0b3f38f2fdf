"""`casparian run`: one format, or a parser of your own, over files into a sink."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from casparian.cli import books
from casparian.cli.desk import Desk, command
from casparian.cli.show import many, say
from casparian.cli.watch import bar

if TYPE_CHECKING:
    from collections.abc import Callable

    from casparian.formats.declared import DeclaredFormat
    from casparian.formats.own import OwnParser
    from casparian.lake.run import Chosen
    from casparian.lake.sinks import Sink
    from casparian.lake.store import Lake
    from casparian.reading.base import Format


@command("""
    casparian run historian_csv exports/hamburg --sink parquet://datalake
    casparian run historian_parser.py --tag sensor_raw --sink delta://datalake
    casparian run lims lims.csv --sink duckdb://plant.duckdb
    casparian run torque.odcs.yaml torque.csv
    casparian run mtconnect probes --sink s3://plant/lake
""")
@click.argument("parser", metavar="FORMAT|PARSER.py|CONTRACT.odcs.yaml")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option(
    "--tag", metavar="TAG", help="Files that were scanned under this tag, instead of paths."
)
@click.option(
    "--sink",
    metavar="SINK",
    help="parquet://DIR, delta://DIR, duckdb://FILE or s3://…  [default: the lake]",
)
@click.option(
    "--timezone", metavar="ZONE", help="IANA zone of times without offset, as Europe/Berlin."
)
@click.option(
    "--contracts",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="Folder of contracts that come before the shipped ones.",
)
@click.option(
    "--schemas",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="Folder of XML schemas (MTConnectStreams_2.0.xsd): documents are checked against them.",
)
def run(
    desk: Desk, parser: str, paths: tuple[Path, ...], tag: str | None, sink: str | None,
    timezone: str | None, contracts: tuple[Path, ...], schemas: str | None,
) -> None:  # fmt: skip
    """Land files with one format, into any sink.

    FORMAT is a name of `casparian formats`; PARSER.py is a file of yours with a function read(path)
    that yields dictionaries; CONTRACT.odcs.yaml is what `casparian infer` drafted. Without paths,
    the files that `scan` noted are read. Verdicts, quarantine and books are the same in every sink,
    and a file is loaded once.
    """
    if paths and tag:
        raise click.UsageError("Give paths or --tag, not both.")
    job = _Job(desk, _own(parser), parser, paths, tag, timezone, contracts, schemas)
    _check_sink(sink)
    data = job.run(sink)
    desk.answer(data, lambda: _show(data))
    if data["failed"] or data["problems"] or not data["books_closed"]:
        raise click.exceptions.Exit(1)


def _own(parser: str) -> OwnParser | None:
    from casparian.formats.own import load_parser

    return load_parser(Path(parser)) if parser.endswith(".py") else None


def _declared(parser: str) -> DeclaredFormat | None:
    from casparian.formats.declared import is_contract, load_declared

    return load_declared(Path(parser)) if is_contract(parser) else None


def _check_sink(sink: str | None) -> None:
    from casparian.lake.sinks import parse
    from casparian.lake.store import LakeError

    try:
        if sink:
            parse(sink)
    except LakeError as error:
        raise click.BadParameter(str(error), param_hint="--sink") from error


class _Job:
    """One run: which files, which parser, which contracts."""

    def __init__(
        self, desk: Desk, own: OwnParser | None, name: str, paths: tuple[Path, ...],
        tag: str | None, timezone: str | None, contracts: tuple[Path, ...], schemas: str | None,
    ):  # fmt: skip
        self.desk, self.own, self.name, self.paths, self.tag = desk, own, name, paths, tag
        self.timezone, self.contracts, self.schemas = timezone, contracts, schemas
        self.declared = _declared(name)
        if self.declared:
            self.contracts = (Path(name).absolute().parent, *contracts)

    def run(self, sink_text: str | None) -> dict[str, Any]:
        from casparian.lake.run import land
        from casparian.lake.sinks import open_sink

        lake, shipped = self.desk.lake, None if self.own else self._shipped()
        with open_sink(sink_text, lake, self._addresses()) as sink:
            chosen = self._chosen(lake, sink)
            parser, folders = self._ready(sink, shipped, chosen)
            with bar("landing") as progress:
                rows = (
                    land(lake, sink, chosen.rows, parser, folders, progress.event, self.schemas)
                    if chosen.rows
                    else []
                )
        known = [row["source_path"] for row in chosen.known]
        more = {"known": known, "other": chosen.other, "problems": chosen.problems}
        return books.summary(rows) | {"sink": sink_text or lake.uri} | more

    def _shipped(self) -> Format:
        from casparian.formats import all_formats
        from casparian.lake.store import LakeError

        if self.declared:
            return cast("Format", self.declared)
        found = all_formats().get(self.name)
        if found is None:
            raise LakeError(
                f"No format is called '{self.name}': `casparian formats` lists them, "
                "and an own parser ends in .py."
            )
        return found

    def _addresses(self) -> list[str]:
        """Silver tables that will be written."""
        from casparian.contracts.model import load

        if not self.own:
            tables = load(self._shipped().contract, *self.contracts).tables.values()
            return [table.silver for table in tables]
        return [
            f"silver_{domain}.{self.own.table}"
            for domain in ("equipment", "materials", "production", "quality")
        ]

    def _chosen(self, lake: Lake, sink: Sink) -> Chosen:
        from casparian.lake.run import from_ledger, from_paths

        parser: Any = self.own or self._shipped()
        if self.paths:
            tag = self.paths[0].absolute().stem
            return from_paths(
                sink,
                self.paths,
                tag,
                parser,
                fits=self._fits(),
                timezone=self.timezone,
            )
        if self.own is None or self.tag:
            self._reference_first(lake)
        return from_ledger(lake, sink, self.tag, parser, fits=self._fits())

    def _fits(self) -> Callable[[str], bool] | None:
        """Which names an own parser or a contract wants; None: by what the files look like."""
        said = self.own or self.declared
        return said.reads if said else None

    def _reference_first(self, lake: Lake) -> None:
        """Readings are judged with the tag list: land it where it waits."""
        from casparian.lake.process import process_reference

        process_reference(lake, self.tag)

    def _ready(
        self, sink: Sink, shipped: Format | None, chosen: Chosen
    ) -> tuple[Format, tuple[Path, ...]]:
        from casparian.lake.own import keep_contract, with_contract

        if self.declared:
            keep_contract(sink.lake, Path(self.name))
        if shipped:
            return shipped, self.contracts
        if self.own is None or not chosen.rows:
            return self.own, self.contracts  # type: ignore[return-value]
        files = (Path(row["full_path"]) for row in chosen.rows)
        return with_contract(sink.lake, self.own, files, self.contracts)


def _show(data: dict[str, Any]) -> None:
    for path, why in data["problems"]:
        say(f"problem: {path}: {why}", "red")
    if data["files"]:
        books.show(data)
        say(f"Written to {data['sink']}.")
    elif not data["known"]:
        say("No file to read: give paths, or scan a folder first.")
    if data["known"]:
        say(f"{many(len(data['known']), 'file')} known already: not loaded again.")
    if data["other"]:
        say(f"{many(len(data['other']), 'file')} of other formats left alone.")
