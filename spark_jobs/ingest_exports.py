"""Land waiting exports with Spark: the files are shared out over the executors, the driver commits.

    python -m spark_jobs.ingest_exports --lake LAKE --tag TAG plan [--json]
    python -m spark_jobs.ingest_exports --lake LAKE --tag TAG land --batch ID

`plan` lands the reference data that other files need (tag lists, calendars), cuts the rest into
batches and notes each file's batch in the ledger. `land` lands one batch. Big
delimited files are landed in spans, which are surveyed first. Every task runs the library's own
`Landing`, so the rows are those of the laptop engine; `docs/adr` says why its Parquet
parts are written by the tasks themselves. Both commands are safe to run twice.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import reduce
from typing import Any

import pyarrow as pa

from casparian.contracts.carry import Survey
from casparian.contracts.model import ContractError
from casparian.contracts.tags import Tags
from casparian.formats import all_formats
from casparian.lake.landed import Export, Landed
from casparian.lake.landing import Landing
from casparian.lake.ledger import WAITING, Ledger
from casparian.lake.process import exports, groups, land_rows, process_reference, tags_of, waiting
from casparian.lake.spans import SPAN_BYTES, cut, joined, spanned, survey, together
from casparian.lake.store import Lake, LakeError
from casparian.reading.span import Span
from spark_jobs.jars import JarsMissingError
from spark_jobs.session import NoJavaError, spark_session

JOB = "ingest_exports"
BATCH_BYTES = 4 << 30
Task = Callable[[Landing, list[Export]], Any]
Surveys = dict[tuple[str, Span | None], Survey]  # by source hash and span
SLICES_A_CORE = 2  # tasks a core, so that one big file does not leave the other core idle for long


def plan(lake: Lake, tag: str) -> list[dict[str, Any]]:
    """Batches of waiting files as {batch, files, bytes}; the ledger knows each file's batch."""
    process_reference(lake, tag)
    rows = [row for row in waiting(lake, tag) if row["format"] in all_formats()]
    batches = []
    for place, group in enumerate(groups(rows, all_formats(), BATCH_BYTES, most_files=20_000), 1):
        digest = hashlib.sha256("".join(row["source_hash"] for row in group).encode()).hexdigest()
        batch = f"{place:04d}-{digest[:8]}"
        note_batch(lake, [row | {"batch": batch} for row in group])
        batches.append(
            {"batch": batch, "files": len(group), "bytes": sum(row["size_bytes"] for row in group)}
        )
    return batches


def note_batch(lake: Lake, rows: list[dict[str, Any]]) -> None:
    """Write the rows but those of files that another run has landed meanwhile."""
    with lake.alone():
        done = Ledger(lake).status([row["source_hash"] for row in rows])
        Ledger(lake).write(row for row in rows if done.get(row["source_hash"]) in WAITING)


def land(lake: Lake, tag: str, batch: str, split: int = SPAN_BYTES) -> list[dict[str, Any]]:
    """Land the batch's files that still wait; the ledger rows with closed books."""
    rows = [row for row in waiting(lake, tag) if row["batch"] == batch]
    if not rows:
        return []
    spark = spark_session(JOB, lake.uri)
    try:
        return land_rows(lake, rows, all_formats(), _spark_lander(spark, lake, split), "spark")
    finally:
        spark.stop()


def _spark_lander(
    spark: Any, lake: Lake, split: int
) -> Callable[[list[dict[str, Any]], datetime], Landed]:
    def run(group: list[dict[str, Any]], at: datetime) -> Landed:
        tags = tags_of(lake)

        def on_executors(exports: list[Export], task: Task) -> list[Any]:
            width = spark.sparkContext.defaultParallelism * SLICES_A_CORE
            slices = shared_out(exports, width)
            work = _work(lake, slices, tags, at, task)
            frame = spark.range(0, len(slices), 1, len(slices)).mapInArrow(work, "outcome binary")
            return [pickle.loads(row.outcome) for row in frame.collect()]

        outcomes = on_executors(
            _spanned(exports(lake, group, all_formats()), on_executors, split), land_slice
        )
        for problem in outcomes:
            if isinstance(problem, LakeError):
                raise problem
        return joined(reduce(Landed.merged, outcomes, Landed()))

    return run


def _spanned(
    exports: list[Export], on_executors: Callable[[list[Export], Task], list[Any]], split: int
) -> list[Export]:
    """The exports, big ones in spans that can be landed side by side."""
    cuts = [(each, spans) for each in exports if (spans := cut_or_whole(each, split))]
    cut_up = {each.source_hash for each, _ in cuts}
    done = [each for each in exports if each.source_hash not in cut_up]
    while cuts:
        pieces = [replace(each, span=span) for each, spans in cuts for span in spans]
        found: Surveys = reduce(dict.__or__, on_executors(pieces, survey_slice), {})
        again = []
        for each, spans in cuts:
            surveys = [found[each.source_hash, span] for span in spans]
            fewer = together(spans, surveys)
            if fewer == spans:
                done += spanned(each, spans, surveys)
            else:
                again.append((each, fewer))
        cuts = [cut for cut in again if len(cut[1]) > 1]
        done += [each for each, spans in again if len(spans) == 1]
    return done


def cut_or_whole(each: Export, split: int) -> list[Span]:
    """Spans of a big file; none for one that cannot be opened: landing says so."""
    try:
        return cut(all_formats()[each.format], each, split)
    except OSError:
        return []


def shared_out(exports: list[Export], width: int) -> list[list[Export]]:
    """The files in at most `width` slices of about equal size, each in the order of its paths."""
    slices: list[list[Export]] = [[] for _ in range(max(1, min(width, len(exports))))]
    sizes = [0] * len(slices)
    for each in sorted(exports, key=_size, reverse=True):
        least = sizes.index(min(sizes))
        slices[least].append(each)
        sizes[least] += _size(each) + 100_000  # a small file costs its opening too
    return [sorted(part, key=_place) for part in slices]


def _size(each: Export) -> int:
    return each.span.stop - each.span.start if each.span else each.size


def _place(each: Export) -> tuple[str, int]:
    return each.name, each.span.start if each.span else 0


def _work(
    lake: Lake, slices: list[list[Export]], tags: Tags, at: datetime, task: Task
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What runs on the executors: numbers of slices in, the task's pickled outcomes out."""

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch["id"].to_pylist():
                outcome = task(Landing(lake, all_formats(), tags, at), slices[number])
                yield pa.RecordBatch.from_pydict({"outcome": [pickle.dumps(outcome)]})

    return work


def survey_slice(landing: Landing, exports: list[Export]) -> Surveys:
    """Surveys of spans by source hash and span."""
    return {(each.source_hash, each.span): survey(landing, each) for each in exports}


def land_slice(landing: Landing, exports: list[Export]) -> Landed | LakeError:
    """Files and spans of files, landed."""
    try:
        for each in exports:
            landing.add(each)
        return landing.finish()
    except LakeError as error:
        landing.discard()
        return error


def main(argv: list[str] | None = None) -> int:
    """Exit 0 when done, 1 with one sentence when not, 2 when misused."""
    options = _options().parse_args(argv)
    lake = Lake.at(options.lake)
    try:
        answer = _answer(lake, options)
    except (LakeError, ContractError, JarsMissingError, NoJavaError) as error:
        print(f"{JOB}: {error}", file=sys.stderr)
        return 1
    print(json.dumps(answer) if options.json else _words(answer))
    return 1 if answer.get("failed") else 0


def _answer(lake: Lake, options: argparse.Namespace) -> dict[str, Any]:
    if options.command == "plan":
        return {"batches": plan(lake, options.tag)}
    rows = land(lake, options.tag, options.batch, options.split_mib << 20)
    failed = [
        f"{row['source_path']}: {json.loads(row['notes'])[-1]}"
        for row in rows
        if row["status"] == "failed"
    ]
    return {
        "files": len(rows),
        "records": sum(row["records_read"] for row in rows),
        "failed": failed,
    }


def _words(answer: dict[str, Any]) -> str:
    if "batches" in answer:
        files = sum(batch["files"] for batch in answer["batches"])
        return f"{files} files in {len(answer['batches'])} batches"
    lines = [f"{answer['files']} files, {answer['records']:,} records landed", *answer["failed"]]
    return "\n".join(lines)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"spark_jobs.{JOB}", description="Land waiting exports with Spark."
    )
    parser.add_argument("--lake", required=True, help="folder or s3:// of the lake")
    parser.add_argument("--tag", required=True, help="land the files scanned under this tag")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, words in (("plan", "cut the waiting files into batches"), ("land", "land one batch")):
        command = commands.add_parser(name, help=words)
        command.add_argument("--json", action="store_true", help="print the answer as JSON")
        if name == "land":
            command.add_argument("--batch", required=True, help="a batch that `plan` named")
            command.add_argument(
                "--split-mib",
                type=int,
                default=SPAN_BYTES >> 20,
                help="files of twice this size are landed in spans (default: %(default)s)",
            )
    return parser


if __name__ == "__main__":
    sys.exit(main())
