"""Watching a folder: what is finished is landed once, whatever happens to the folder."""

from __future__ import annotations

import gzip
import os
import shutil
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from casparian.lake.ledger import Ledger, not_closed
from casparian.lake.store import Lake, LakeError
from casparian.live import watch as watching
from casparian.live.folder import PASSING, Folder, Stamp, look
from casparian.live.watch import Seen, Watch

VALUES = "silver_equipment.historian_values"
HEAD = "Timestamp,Tag,Value,Quality\n"


def readings(first: int, count: int, tag: str = "TI-1") -> str:
    return "".join(
        f"2025-10-28T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z,{tag},{n / 10},Good\n"
        for n in range(first, first + count)
    )


@dataclass
class Bench:
    """A share, a lake, and what watching told."""

    share: Path
    lake: Lake
    told: list[Seen] = field(default_factory=list)

    def watch(self, **given: Any) -> Watch:
        settings = {"every": 0.05, "settle": 0.2} | given
        return Watch(self.lake, self.share, "share", self.told.append, **settings)

    @contextmanager
    def watched(self, **given: Any) -> Iterator[Watch]:
        watch = self.watch(**given)
        thread = threading.Thread(target=watch.run)
        thread.start()
        try:
            yield watch
        finally:
            watch.stop.set()
            thread.join(20)
        assert not thread.is_alive()

    def write(self, name: str, text: str) -> Path:
        path = self.share / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def events(self, event: str) -> list[str]:
        return [seen.path for seen in self.told if seen.event == event]

    def rows(self) -> int:
        table = self.lake.read(VALUES, ["tag_name"])
        return 0 if table is None else int(table.num_rows)

    def check_books(self) -> None:
        assert not not_closed(Ledger(self.lake).rows())


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    share = tmp_path / "share"
    share.mkdir()
    return Bench(share, Lake.at(tmp_path / "lake"))


def eventually(true: Callable[[], bool], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)


def test_what_comes_is_landed_once(bench: Bench) -> None:
    bench.write("a.csv", HEAD + readings(0, 10))
    with bench.watched():
        eventually(lambda: bench.events("landed") == ["a.csv"])
        bench.write("below/b.csv", HEAD + readings(100, 10))
        eventually(lambda: bench.events("landed") == ["a.csv", "below/b.csv"])
        time.sleep(0.3)
    assert bench.rows() == 20
    assert [seen.event for seen in bench.told] == ["landed", "landed"]
    bench.check_books()


def test_a_second_run_knows_the_first(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.write("a.csv", HEAD + readings(0, 10))
    bench.watch().run(once=True)
    monkeypatch.setattr(watching, "land_arrivals", lambda *a, **k: pytest.fail("nothing is new"))
    bench.watch().run(once=True)
    assert bench.events("landed") == ["a.csv"]


def test_a_file_that_is_being_written_waits(bench: Bench) -> None:
    path = bench.write("slow.csv", HEAD)
    with bench.watched(settle=0.5):
        for part in range(8):
            time.sleep(0.15)
            with path.open("a") as file:
                file.write(readings(part * 5, 5))
            assert bench.events("landed") == []
        eventually(lambda: bench.events("landed") == ["slow.csv"])
    assert bench.rows() == 40
    assert len(Ledger(bench.lake).rows()) == 1


def test_a_log_that_grows(bench: Bench) -> None:
    path = bench.write("log.csv", HEAD + readings(0, 10))
    with bench.watched():
        eventually(lambda: len(bench.events("landed")) == 1)
        with path.open("a") as file:
            file.write(readings(10, 5))
        eventually(lambda: len(bench.events("landed")) == 2)
    assert bench.rows() == 15
    latest = bench.told[-1].row
    assert latest is not None
    assert (latest["records_read"], latest["records_valid"], latest["records_duplicate"]) == (
        15, 5, 10,
    )  # fmt: skip
    bench.check_books()


def test_a_file_that_is_replaced_and_one_that_is_deleted(bench: Bench) -> None:
    path = bench.write("a.csv", HEAD + readings(0, 10))
    with bench.watched():
        eventually(lambda: len(bench.events("landed")) == 1)
        fresh = bench.write("a.csv.tmp", HEAD + readings(500, 7))
        fresh.replace(path)
        eventually(lambda: len(bench.events("landed")) == 2)
        path.unlink()
        time.sleep(0.3)
        bench.write("b.csv", HEAD + readings(900, 1))
        eventually(lambda: len(bench.events("landed")) == 3)
    assert bench.rows() == 18
    bench.check_books()


def test_gone_before_it_was_finished(bench: Bench) -> None:
    bench.write("keep.csv", HEAD + readings(0, 1))
    with bench.watched(settle=30) as watch:
        path = bench.write("brief.csv", HEAD)
        eventually(lambda: "brief.csv" in watch.waiting)
        path.unlink()
        eventually(lambda: bench.events("gone") == ["brief.csv"])


def test_passing_names_and_empty_files_are_left(bench: Bench) -> None:
    for name in ("x.tmp", "x.csv.part", "~$x.xlsx", "x.crdownload", "x.filepart", ".x.csv", "x~"):
        assert PASSING.search(name)
        bench.write(name, HEAD + readings(0, 1))
    for name in ("x.csv", "template.csv", "part.csv", "a.partly.csv"):
        assert not PASSING.search(name)
    bench.write("empty.csv", "")
    watch = bench.watch()
    watch.run(once=True)
    assert bench.told == []
    assert watch.waiting == {"empty.csv": "empty"}


def test_a_share_that_goes_away_and_comes_back(bench: Bench) -> None:
    bench.write("a.csv", HEAD + readings(0, 10))
    with bench.watched():
        eventually(lambda: len(bench.events("landed")) == 1)
        away = bench.share.with_name("away")
        bench.share.rename(away)
        eventually(lambda: len(bench.events("offline")) == 1)
        time.sleep(0.3)
        (away / "b.csv").write_text(HEAD + readings(100, 5))
        away.rename(bench.share)
        eventually(lambda: len(bench.events("landed")) == 2)
    assert [seen.event for seen in bench.told] == ["landed", "offline", "online", "landed"]
    assert bench.rows() == 15


def test_a_mount_point_without_its_share(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.write("a.csv", HEAD + readings(0, 10))
    with bench.watched():
        eventually(lambda: len(bench.events("landed")) == 1)
        away = bench.share.with_name("away")
        bench.share.rename(away)
        bench.share.mkdir()
        eventually(lambda: len(bench.events("offline")) == 1)
        monkeypatch.setattr(watching, "land_arrivals", lambda *a, **k: pytest.fail("known"))
        bench.share.rmdir()
        away.rename(bench.share)
        eventually(lambda: len(bench.events("online")) == 1)
        time.sleep(0.4)


def test_bad_files_are_told_and_stop_nobody(bench: Bench) -> None:
    bench.write("a.csv", HEAD + readings(0, 10))
    bench.write("notes.txt", "Dear all,\nplease find the export attached.\n")
    (bench.share / "broken.zip").write_bytes(b"PK\x03\x04 not really")
    (bench.share / "broken.csv.gz").write_bytes(gzip.compress(b"x" * 5000)[:40])
    bench.watch().run(once=True)
    assert bench.events("landed")[:1] == ["a.csv"]
    assert "notes.txt" in bench.events("unknown")
    assert bench.events("problem") == ["broken.zip"]
    bench.check_books()


def test_archives(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(bench.share / "runs.zip", "w") as archive:
        archive.writestr("one.csv", HEAD + readings(0, 10))
        archive.writestr("two.csv", HEAD + readings(50, 10))
    bench.watch().run(once=True)
    assert bench.events("landed") == ["runs.zip!/one.csv", "runs.zip!/two.csv"]
    assert bench.rows() == 20
    monkeypatch.setattr(watching, "land_arrivals", lambda *a, **k: pytest.fail("known"))
    bench.watch().run(once=True)


def test_a_file_that_changes_while_it_is_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "AGAIN_S", 0.2)
    path = bench.write("a.csv", HEAD + readings(0, 10))
    original, calls = watching.land_arrivals, []

    def meanwhile(lake: Lake, root: Path, files: Any, tag: str, **more: Any) -> Any:
        from casparian.lake import landing

        calls.append(files)
        if len(calls) == 1:
            facts = landing.facts

            def other(name: str, *rest: Any) -> Any:
                monkeypatch.setattr(landing, "facts", facts)
                path.write_text(HEAD + readings(0, 12), "utf-8")
                return facts(name, *rest)

            monkeypatch.setattr(landing, "facts", other)
        return original(lake, root, files, tag, **more)

    monkeypatch.setattr(watching, "land_arrivals", meanwhile)
    with bench.watched():
        eventually(lambda: bench.events("landed") == ["a.csv"])
    assert bench.events("problem") == ["a.csv"]
    assert bench.rows() == 12
    bench.check_books()


def test_a_lake_that_cannot_be_written_is_waited_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "AGAIN_S", 0.1)
    original = watching.land_arrivals
    bench.write("a.csv", HEAD + readings(0, 10))

    def refused(*words: Any, **more: Any) -> Any:
        raise LakeError("The lake could not be written (no space left on device).")

    monkeypatch.setattr(watching, "land_arrivals", refused)
    with bench.watched():
        eventually(lambda: len(bench.events("lake")) == 1)
        time.sleep(0.4)
        monkeypatch.setattr(watching, "land_arrivals", original)
        eventually(lambda: bench.events("landed") == ["a.csv"])
    assert len(bench.events("lake")) == 2, "said once, and once that it is over"
    assert bench.rows() == 10


def test_the_lake_in_the_folder_is_no_export(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "all", Lake.at(tmp_path / "all" / "lake"))
    bench.write("a.csv", HEAD + readings(0, 10))
    bench.watch().run(once=True)
    bench.told.clear()
    bench.watch().run(once=True)
    assert bench.told == []


def test_a_folder_that_never_was(bench: Bench) -> None:
    shutil.rmtree(bench.share)
    with pytest.raises(LakeError, match="nothing at"):
        bench.watch().run()


def test_a_copy_and_a_touch_are_known(bench: Bench) -> None:
    path = bench.write("a.csv", HEAD + readings(0, 10))
    bench.watch().run(once=True)
    shutil.copy(path, bench.share / "copy.csv")
    os.utime(path, (1, 1))
    bench.watch().run(once=True)
    assert sorted(bench.events("known")) == ["a.csv", "a.csv"], "the row's first name"
    assert bench.rows() == 10


def test_one_file_can_be_watched(bench: Bench) -> None:
    bench.share = bench.write("log.csv", HEAD + readings(0, 3))
    bench.watch().run(once=True)
    assert bench.events("landed") == ["log.csv"]


def test_looks_are_compared_by_size_and_time(tmp_path: Path) -> None:
    clock = [0.0]
    path = tmp_path / "a.csv"
    path.write_text("x")
    folder = Folder(10.0, lambda: clock[0])
    folder.see(look(tmp_path))
    clock[0] = 9.0
    assert folder.finished() == {}
    os.utime(path, (5, 5))
    folder.see(look(tmp_path))
    clock[0] = 12.0
    assert folder.finished() == {}, "its time began anew"
    clock[0] = 19.0
    assert folder.finished() == {path.as_posix(): Stamp(1, 5_000_000_000)}
    path.write_text("xy")
    assert folder.finished() == {}, "the folder's list was older than the file"
