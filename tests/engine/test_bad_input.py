"""Bad input: one clear reason each, nothing lost, the others land, memory bounded."""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from casparian.formats import all_formats
from casparian.lake.ledger import Ledger
from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake, LakeError
from casparian.reading.base import Batch, Damage, Note, Source, UnreadableFile
from tests.engine.content import books, check_books, check_keys, column, tables
from tests.engine.exports import messy_lines, write_export, write_messy, write_tags

MIB = 1 << 20
GOOD = ["2025-10-25T06:00:00Z,LI-2.PV,5,Good", "2025-10-25T06:01:00Z,LI-2.PV,6,Good"]
VALUES = "silver_equipment.historian_values"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.at(tmp_path / "lake")


def land(lake: Lake, root: Path, **more: Any) -> dict[str, dict[str, Any]]:
    """Ledger rows by path; a good file lies beside the bad ones and must land."""
    write_export(root / "zz_good.csv", GOOD)
    scan(lake, root, "t")
    process(lake, "t", **more)
    rows = {row["source_path"]: row for row in Ledger(lake).rows()}
    assert rows["zz_good.csv"]["status"] == "landed"
    check_books(lake)
    return rows


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("empty.csv", b"", "the file is empty"),
        ("blank.csv", b"\r\n\r\n", ""),
        ("junk.csv", os.urandom(4000), ""),
        ("zeros.csv", bytes(5000), ""),
        ("prose.csv", b"dear all,\nplease find\n", ""),
        ("page.html", b"<html><body>503</body></html>", ""),
    ],
)
def test_what_no_format_knows_is_in_the_ledger(
    name: str, data: bytes, why: str, lake: Lake, tmp_path: Path
) -> None:
    root = tmp_path / "in"
    root.mkdir()
    (root / name).write_bytes(data)
    row = land(lake, root)[name]
    assert row["status"] == "unknown"
    assert row["why"]
    assert why in row["why"]


@pytest.mark.parametrize(
    "data", [b"", b"\xef\xbb\xbf", b"\n\n", bytes(100), os.urandom(5000), b"Timestamp\n1\n"]
)
def test_a_format_that_was_told_reads_any_bytes(data: bytes, tmp_path: Path) -> None:
    """Every format, given bytes that are not its own, says one sentence or gives damage.

    An OSError says what is missing beside the file, so that it is tried again.
    """
    path = tmp_path / "file.bin"
    path.write_bytes(data)
    for each in all_formats().values():
        try:
            parts = list(each.read(Source(str(path), "file.bin", "Europe/Berlin")))
        except Exception as error:  # noqa: BLE001 - the class is what is tested
            assert isinstance(error, UnreadableFile | OSError), each.name
            assert "\n" not in str(error), each.name
            assert str(error).endswith(".") or isinstance(error, OSError), each.name
            parts = []
        assert all(isinstance(part, Batch | Damage | Note) for part in parts)


def test_header_only(lake: Lake, tmp_path: Path) -> None:
    write_export(tmp_path / "in" / "header.csv", [])
    row = land(lake, tmp_path / "in")["header.csv"]
    assert (row["status"], row["records_read"]) == ("landed", 0)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-16", "cp1252", "utf-8-sig"])
def test_encodings_of_a_historian_export(codec: str, lake: Lake, tmp_path: Path) -> None:
    path = write_export(
        tmp_path / "in" / "values.csv", [*GOOD, "2025-10-25T06:02:00Z,Füllstand,7,Good"]
    )
    path.write_bytes(path.read_text("utf-8").encode(codec))
    land(lake, tmp_path / "in")
    assert books(lake)["values.csv"][0] == 3
    assert "Füllstand" in column(lake, VALUES, "tag_name")


def test_damage_alone(lake: Lake, tmp_path: Path) -> None:
    write_export(tmp_path / "in" / "damage.csv", ["only", "1,2", "a,b,c,d,e"])
    land(lake, tmp_path / "in")
    assert books(lake)["damage.csv"] == (3, 0, 3, 0)


def test_nothing_valid_and_no_tag_at_all(lake: Lake, tmp_path: Path) -> None:
    write_export(
        tmp_path / "in" / "a.csv", ["soon,,,", "2025-10-25T06:00:00Z,,5,Good", ",LI-2.PV,5,Good"]
    )
    row = land(lake, tmp_path / "in")["a.csv"]
    assert books(lake)["a.csv"] == (3, 0, 3, 0)
    assert {reason for _, _, reason, _ in json.loads(row["reasons"])} == {
        "Bad timestamp", "Missing tag_name", "Missing timestamp",
    }  # fmt: skip


def test_before_1970_and_far_away(lake: Lake, tmp_path: Path) -> None:
    lines = [
        f"{day}T00:00:00Z,LI-2.PV,5,Good"
        for day in ("1601-01-01", "1969-12-31", "2025-01-01", "9999-12-31")
    ]
    write_export(tmp_path / "in" / "a.csv", lines)
    land(lake, tmp_path / "in")
    assert books(lake)["a.csv"] == (4, 4, 0, 0)
    starts = column(lake, "silver_equipment.historian_hourly", "hour_start")
    assert sorted(at.year for at in starts) == [1601, 1969, 2025, 2025, 9999]
    write_export(tmp_path / "in" / "b.csv", [*lines, "1969-12-31T00:30:00Z,LI-2.PV,6,Good"])
    land(lake, tmp_path / "in")
    assert books(lake)["b.csv"][3] == 4


@pytest.mark.parametrize(
    "header",
    [
        "Timestamp,Tag,Value,Quality,Value",
        "Timestamp,Tag,Value,Quality,value",
        "Timestamp,Tag,Val,Quality,value",
        "Timestamp,Tag,Value,Quality,",
        "Timestamp,Tag,Value,Quality,rule",
        "Timestamp,Tag,Value,Quality,_raw",
        "Timestamp,Tag,Value,Quality,_source_row",
        '"Timestamp" , "Tag" , "Value" , "Quality" , "x"',
    ],
)
def test_odd_headers(header: str, lake: Lake, tmp_path: Path) -> None:
    path = write_export(tmp_path / "in" / "odd.csv", [f"{line},extra" for line in GOOD])
    path.write_text(path.read_text().replace("Timestamp,Tag,Value,Quality", header))
    land(lake, tmp_path / "in")
    assert books(lake)["odd.csv"][0] == 2


ENTITY_BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a0 "lol">'
    + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    + ']><MTConnectStreams xmlns="urn:mtconnect.org:MTConnectStreams:2.0">'
    '<Header creationTime="2025-10-25T06:00:00Z" instanceId="1" sender="a" bufferSize="1"'
    ' version="2.0" firstSequence="1" lastSequence="1" nextSequence="2"/>'
    '<Streams><DeviceStream name="M" uuid="u">'
    '<ComponentStream component="Axes" componentId="x"><Samples>'
    '<Position dataItemId="p" timestamp="2025-10-25T06:00:00Z" sequence="1">&a11;</Position>'
    "</Samples></ComponentStream></DeviceStream></Streams></MTConnectStreams>"
)


def test_entity_bomb(lake: Lake, tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    (root / "bomb.xml").write_text(ENTITY_BOMB)
    before = peak_kib()
    row = land(lake, root)["bomb.xml"]
    assert row["status"] in ("rejected", "unknown", "landed")
    assert row["records_valid"] == 0
    if row["status"] != "unknown":
        assert row["records_quarantined"] == row["records_read"] == 1
    assert peak_kib() - before < 200 * 1024


def test_truncated_xml(landed_plant: Any, lake: Lake, tmp_path: Path) -> None:
    """What stands before the end is kept, the unreadable rest counts as one record."""
    whole = next((landed_plant.plant.exports).rglob("HAM-CNC-01_20251025_12.xml")).read_bytes()
    root = tmp_path / "in"
    root.mkdir()
    (root / "cut.xml").write_bytes(whole[: len(whole) // 2])
    row = land(lake, root)["cut.xml"]
    assert ["Damaged file", 1] in [reason[2:] for reason in json.loads(row["reasons"])]
    assert row["records_valid"] > 100


def test_zip_bomb_in_a_workbook(lake: Lake, tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    with zipfile.ZipFile(root / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "xl/workbook.xml", '<workbook><sheets><sheet name="P" sheetId="1"/></sheets></workbook>'
        )
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(600):
                sheet.write(b" " * MIB)
    assert (root / "bomb.xlsx").stat().st_size < MIB
    before = peak_kib()
    row = land(lake, root)["bomb.xlsx"]
    assert row["status"] in ("rejected", "unknown")
    assert peak_kib() - before < 200 * 1024


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK\x03\x04" + bytes(3000), b"not a zip at all"])
def test_broken_workbook(data: bytes, lake: Lake, tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    (root / "broken.xlsx").write_bytes(data)
    assert land(lake, root)["broken.xlsx"]["status"] in ("rejected", "unknown")


RUN = """
import json, sys
from pathlib import Path
from casparian.lake.ledger import Ledger
from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake, LakeError
lake = Lake.at(sys.argv[1])
try:
    scan(lake, Path(sys.argv[2]), "t")
    process(lake, "t")
except LakeError as error:
    print(json.dumps({"problem": str(error)}))
else:
    names = ("status", "records_read", "records_quarantined", "reasons")
    rows = [[row[name] for name in names] for row in Ledger(lake).rows()]
    # ru_maxrss would tell the parent's peak, which a child takes over
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else ["VmHWM: 0"]
    peak = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
    print(json.dumps({"rows": rows, "kib": int(peak)}))
"""


def run_apart(lake: Path, root: Path, **more: Any) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(lake), str(root)],
        capture_output=True,
        text=True,
        check=False,
        **more,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.slow
def test_a_line_of_one_gigabyte(tmp_path: Path) -> None:
    """The line is one damaged record; what stands before and behind it lands."""
    root = tmp_path / "in"
    root.mkdir()
    with (root / "long.csv").open("wb") as out:
        out.write(b"Timestamp,Tag,Value,Quality\n" + GOOD[0].encode() + b"\n")
        for _ in range(1024):
            out.write(b"x" * MIB)
        out.write(b"\n" + GOOD[1].encode() + b"\n")
    answer = run_apart(tmp_path / "lake", root)
    ((status, read, quarantined, reasons),) = answer["rows"]
    assert (status, read, quarantined) == ("landed", 3, 1)
    assert json.loads(reasons) == [["historian_values", "damaged_record", "Damaged record", 1]]
    assert answer["kib"] < 400 * 1024


@pytest.mark.slow
def test_a_hole_in_a_file(tmp_path: Path) -> None:
    """A header and a hole of NULs, as a full disk or a crashed logger leaves."""
    root = tmp_path / "in"
    root.mkdir()
    with (root / "hole.csv").open("wb") as out:
        out.write(
            b"Timestamp,Tag,Value,Quality\n"
            + b"\n".join(line.encode() for line in GOOD * 50)
            + b"\n"
        )
        out.truncate(256 * MIB)
    answer = run_apart(tmp_path / "lake", root)
    ((status, read, *_),) = answer["rows"]
    assert (status, read) == ("landed", 101)
    assert answer["kib"] < 400 * 1024


AS_NOBODY = """
import os, sys
from pathlib import Path
from casparian.formats import all_formats
from casparian.lake.scan import scan
from casparian.lake.store import Lake
import deltalake
all_formats()
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
found = scan(Lake.at(sys.argv[1]), Path(sys.argv[2]), "t")
print(sorted(found.problems), len(found.rows))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_a_folder_and_a_file_without_permission() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        root, lake = Path(folder) / "in", Path(folder) / "lake"
        write_export(root / "closed" / "a.csv", GOOD)
        write_export(root / "secret.csv", GOOD)
        write_export(root / "zz_good.csv", messy_lines(1))
        lake.mkdir()
        lake.chmod(0o777)
        (root / "closed").chmod(0)
        (root / "secret.csv").chmod(0)
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, str(lake), str(root)],
            capture_output=True,
            text=True,
            check=False,
        )
        (root / "closed").chmod(0o755)
    expected = "[('closed', 'permission denied'), ('secret.csv', 'permission denied')] 1"
    assert done.stdout.strip() == expected, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes of POSIX")
def test_a_pipe_is_no_file(lake: Lake, tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    os.mkfifo(root / "pipe.csv")
    (root / "dangling.csv").symlink_to(root / "nowhere.csv")
    write_export(root / "zz_good.csv", GOOD)
    found = scan(lake, root, "t")
    assert sorted(found.problems) == [
        ("dangling.csv", "no such file or directory"), ("pipe.csv", "not a regular file"),
    ]  # fmt: skip
    assert len(found.rows) == 1


class _Growing:
    """The historian format, while another process goes on writing the file."""

    def __init__(self, inner: Any, path: Path):
        self._inner, self._path = inner, path

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def read(self, source: Source) -> Iterator[Batch | Damage]:
        for place, part in enumerate(self._inner.read(source)):
            if not place and source.path == str(self._path):
                with self._path.open("a") as out:
                    out.write("2025-10-25T09:00:00Z,LI-2.PV,9,Good\n")
            yield part


def test_a_file_that_grows_while_it_is_read(lake: Lake, tmp_path: Path) -> None:
    root = tmp_path / "in"
    write_tags(root)
    path = write_export(root / "growing.csv", messy_lines(1))
    growing = _Growing(all_formats()["historian_csv"], path)
    rows = land(lake, root, formats=all_formats() | {"historian_csv": growing})
    row = rows["growing.csv"]
    assert row["status"] == "failed"
    assert json.loads(row["notes"]) == [
        "The file changed while it was read: it stays for the next run."
    ]
    for address in lake.addresses():
        if address != "ops.files":
            assert (
                row["source_hash"] not in column(lake, address, "_source_hash")
                if "hourly" not in address and "daily" not in address
                else True
            )
    assert sum(column(lake, "silver_equipment.historian_hourly", "reading_count")) == 2, (
        "the good file's"
    )
    land(lake, root)
    assert books(lake)["growing.csv"][0] == len(path.read_text().splitlines()) - 1
    check_keys(lake, {VALUES: ("timestamp", "tag_name")})


LIMITED = (
    "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    "resource.setrlimit(resource.RLIMIT_FSIZE, ({bytes}, {bytes}))\n"
)


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
@pytest.mark.parametrize("kib", [1, 4, 12])
def test_full_disk(kib: int, tmp_path: Path) -> None:
    """The run ends with one sentence, nothing is half done, and with space it is finished."""
    root = write_messy(tmp_path / "in", files=3, count=1200)
    folder = tmp_path / "lake"
    code = LIMITED.format(bytes=kib * 1024) + RUN
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(root)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    problem = json.loads(done.stdout.splitlines()[-1])["problem"]
    assert (
        problem == "The lake could not be written (file too large): free some space and run again."
    )
    lake = Lake.at(folder)
    statuses = {row["status"] for row in Ledger(lake).rows()}
    assert statuses <= {"new", "landed"}, "no export is blamed"
    scan(lake, root, "t")
    process(lake, "t")
    check_books(lake)
    whole = Lake.at(tmp_path / "whole")
    scan(whole, root, "t")
    process(whole, "t")
    assert tables(lake) == tables(whole)


def test_a_lake_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    root = write_messy(tmp_path / "in", files=2)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(
        LakeError, match=r"^The lake could not be written \(.*\): mend that and run again\.$"
    ):
        scan(Lake.at(tmp_path / "file" / "lake"), root, "t")


def test_a_run_waits_for_the_one_that_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_messy(tmp_path / "in", files=2)
    lake = Lake.at(tmp_path / "lake")
    scan(lake, root, "t")
    code = (
        "import sys; from casparian.lake.alone import alone\n"
        "with alone(sys.argv[1], 5): print('held', flush=True); input()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, lake.uri], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    )
    assert other.stdout is not None
    assert other.stdout.readline().strip() == b"held"
    monkeypatch.setattr("casparian.lake.store.COMMIT_WAIT_S", 0.2)
    with pytest.raises(
        LakeError, match="Another run keeps committing to this lake: run again later"
    ):
        process(lake, "t")
    other.communicate(b"\n")
    process(lake, "t")
    check_books(lake)


@pytest.mark.slow
def test_two_runs_in_one_lake_at_once(tmp_path: Path) -> None:
    """Both land all files; whatever happens, nothing is doubled and the books close."""
    root = write_messy(tmp_path / "in", files=5, count=200)
    folder = tmp_path / "lake"
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", RUN, str(folder), str(root)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    answers = [run.communicate() for run in runs]
    assert all(run.returncode == 0 for run in runs), [err.decode()[-800:] for _, err in answers]
    lake = Lake.at(folder)
    process(lake, "t")
    check_books(lake)
    whole = Lake.at(tmp_path / "whole")
    scan(whole, root, "t")
    process(whole, "t")
    assert tables(lake) == tables(whole)


@pytest.mark.slow
def test_two_runs_with_overlapping_files_at_once(tmp_path: Path) -> None:
    """Different files of the same hours: no key twice, whoever comes first."""
    folders = [write_messy(tmp_path / name, files=3, count=200) for name in ("a", "b")]
    write_export(folders[1] / "historian" / "other.csv", messy_lines(0, 150))
    (folders[0] / "historian" / "line_1.csv").unlink()
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", RUN, str(tmp_path / "lake"), str(root)], stdout=subprocess.PIPE
        )
        for root in folders
    ]
    for run in runs:
        run.communicate()
        assert run.returncode == 0
    lake = Lake.at(tmp_path / "lake")
    process(lake, "t")
    check_books(lake)
    check_keys(
        lake,
        {
            VALUES: ("timestamp", "tag_name"),
            "silver_equipment.historian_hourly": ("tag_name", "hour_start"),
        },
    )
    assert sum(column(lake, "silver_equipment.historian_hourly", "reading_count")) == len(
        column(lake, VALUES, "value")
    )


def peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def test_the_readers_see_bytes_not_names(tmp_path: Path) -> None:
    """A source opens what its filesystem gives; formats never need a path of their own."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,2\n")
    with Source(str(path), "a.csv").open() as stream:
        assert io.BytesIO(stream.read()).getvalue() == b"a,b\n1,2\n"
