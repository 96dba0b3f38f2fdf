"""Two writers of one Delta table on S3: none overwrites the other, whatever engine they are."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError

from casparian.lake.store import Lake
from spark_jobs import jars, log_store
from tests.started import started

ADDRESS = "silver/equipment/values"
DRIVERS, APPENDS, PATIENCE_S = 2, 5, 600
DRIVER = """
import sys, time
from pathlib import Path
from spark_jobs.session import spark_session

name, uri, meeting, appends, address = sys.argv[1:]
spark = spark_session("append", uri, settings={"spark.driver.memory": "512m"})
(Path(meeting) / name).touch()
while len(list(Path(meeting).iterdir())) < 2:
    time.sleep(0.1)
for number in range(int(appends)):
    frame = spark.sql(f"SELECT '{name}' AS writer, {number} AS number")
    frame.write.format("delta").mode("append").save(f"{uri.replace('s3:', 's3a:')}/{address}")
spark.stop()
"""
OTHER = """
import sys
from functools import reduce
from spark_jobs.session import spark_session

name, uri = sys.argv[1:]
spark = spark_session("other", uri, settings={"spark.driver.memory": "512m"})
java, settings = spark._jvm, spark._jsc.hadoopConfiguration()
store = reduce(getattr, name.split("."), java)(settings)
print("ready", flush=True)
path = java.org.apache.hadoop.fs.Path(sys.stdin.readline().strip())
store.write(path, java.java.util.ArrayList(["theirs"]).iterator(), False, settings)
print("written", flush=True)
"""
OURS, OF_DELTA = "casparian.ConditionalPutLogStore", "io.delta.storage.S3SingleDriverLogStore"


def test_a_missing_compiler_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASPARIAN_CACHE", str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(jars.JarsMissingError, match=r"there is no javac: install a JDK 17"):
        log_store.jar([])


def test_what_does_not_compile_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASPARIAN_CACHE", str(tmp_path))
    with pytest.raises(jars.JarsMissingError, match=r"could not be compiled: .*error: package"):
        log_store.jar([])  # without the jars of Delta
    assert not list(tmp_path.rglob("*.jar"))


@pytest.fixture
def store(s3: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A log store inside a session's Java; ours, if the test names no other class."""
    from pyspark.java_gateway import ensure_callback_server_started

    from spark_jobs.session import spark_session

    spark = spark_session("log store", s3, settings={"spark.driver.memory": "512m"})
    java: Any = spark._jvm
    ensure_callback_server_started(spark.sparkContext._gateway)
    settings = spark._jsc.hadoopConfiguration()
    of_class = getattr(request, "param", OURS)
    found = reduce(getattr, of_class.split("."), java)(settings)

    class Store:
        uri = s3.replace("s3:", "s3a:")
        name = of_class

        def path(self, name: str) -> Any:
            return java.org.apache.hadoop.fs.Path(f"{self.uri}/_delta_log/{name}")

        def write(self, name: str, *lines: str, overwrite: bool = False) -> None:
            self.write_from(name, java.java.util.ArrayList(list(lines)).iterator(), overwrite)

        def write_from(self, name: str, actions: Any, overwrite: bool = False) -> None:
            found.write(self.path(name), actions, overwrite, settings)

        def read(self, name: str) -> list[str]:
            lines = found.read(self.path(name), settings)
            said = []
            while lines.hasNext():
                said.append(lines.next())
            lines.close()
            return said

        def names(self, start: str) -> list[str]:
            each = found.listFrom(self.path(start), settings)
            said = []
            while each.hasNext():
                said.append(each.next().getPath().getName())
            return said

    yield Store()
    spark.stop()


@pytest.mark.spark
@pytest.mark.stack
@pytest.mark.slow
def test_the_store_refuses_the_second_commit(store: Any) -> None:
    from py4j.protocol import Py4JJavaError

    store.write("00000000000000000001.json", '{"a": 1}', '{"b": "ä"}')
    with pytest.raises(Py4JJavaError, match=r"java.nio.file.FileAlreadyExistsException"):
        store.write("00000000000000000001.json", '{"c": 2}')
    assert store.read("00000000000000000001.json") == ['{"a": 1}', '{"b": "ä"}']
    store.write("00000000000000000001.json", '{"a": 1}', '{"b": "ä"}')  # an answer was lost
    store.write("_last_checkpoint", "1", overwrite=True)
    store.write("_last_checkpoint", "2", overwrite=True)
    assert store.read("_last_checkpoint") == ["2"]
    store.write("00000000000000000002.json", "x")
    store.write("_sidecars/00000000000000000009.parquet", "x")
    assert store.names("00000000000000000001.json") == [
        "00000000000000000001.json", "00000000000000000002.json", "_last_checkpoint",
    ]  # fmt: skip
    assert store.names("00000000000000000002.json")[0] == "00000000000000000002.json"
    with pytest.raises(Py4JJavaError, match=r"java.io.FileNotFoundException"):
        store.uri += "/nowhere"
        store.names("0")


class Actions:
    """A commit's lines as Java asks for them; before the first something happens elsewhere."""

    def __init__(self, line: str, meanwhile: Callable[[], None]):
        self.lines, self.happen = [line], meanwhile

    def hasNext(self) -> bool:  # noqa: N802 - Java's names
        self.happen()
        self.happen = lambda: None
        return bool(self.lines)

    def next(self) -> str:
        return self.lines.pop()

    class Java:
        implements = ("java.util.Iterator",)


@pytest.mark.spark
@pytest.mark.stack
@pytest.mark.slow
@pytest.mark.parametrize("store", [OURS, OF_DELTA], indirect=True)
def test_a_commit_of_another_driver_meanwhile(store: Any) -> None:
    """Both write version 1: ours is refused as the second, Delta's own takes the other's away."""
    from py4j.protocol import Py4JJavaError

    name = "00000000000000000001.json"
    store.write("00000000000000000000.json", "first")
    other = started(OTHER, store.name, store.uri)

    def meanwhile() -> None:
        said, wrong = other.communicate(f"{store.path(name)}\n", timeout=120)
        assert said == "written\n", wrong

    try:
        store.write_from(name, Actions("mine", meanwhile))
    except Py4JJavaError as refused:
        assert "FileAlreadyExistsException" in str(refused.java_exception)
    assert store.read(name) == (["theirs"] if store.name == OURS else ["mine"])


@pytest.mark.spark
@pytest.mark.stack
@pytest.mark.slow
def test_two_drivers_and_the_laptop_lose_no_commit(s3: str, tmp_path: Path) -> None:
    """All append to one table at once, the laptop as long as a driver does."""
    uri, meeting = f"{s3}/{ADDRESS}", tmp_path / "meeting"
    write_deltalake(uri, rows("first", 0))
    meeting.mkdir()
    drivers = [driver(f"spark{number}", s3, meeting) for number in range(DRIVERS)]
    until, appends = time.monotonic() + PATIENCE_S, 0
    while any(each.poll() is None for each in drivers):
        assert time.monotonic() < until, said(meeting)
        if len(list(meeting.iterdir())) == DRIVERS:
            appended(uri, rows("laptop", appends))
            appends += 1
        time.sleep(0.5)
    assert [each.returncode for each in drivers] == [0] * DRIVERS, said(meeting)
    assert DeltaTable(uri).version() == DRIVERS * APPENDS + appends
    written = Lake.at(s3).read("silver_equipment.values")
    assert written is not None
    assert Counter(written["writer"].to_pylist()) == {
        "first": 1, "laptop": appends, **{f"spark{n}": APPENDS for n in range(DRIVERS)}
    }  # fmt: skip


def rows(writer: str, number: int) -> pa.Table:
    return pa.table({"writer": [writer], "number": pa.array([number], pa.int32())})


def appended(uri: str, table: pa.Table) -> None:
    for _ in range(50):
        try:
            return write_deltalake(uri, table, mode="append")
        except CommitFailedError:
            continue
    raise AssertionError("fifty times another was faster")


def driver(name: str, uri: str, meeting: Path) -> subprocess.Popen[bytes]:
    """What it says goes to a file: nobody reads a pipe while the laptop appends."""
    words = [sys.executable, "-c", DRIVER, name, uri, str(meeting), str(APPENDS), ADDRESS]
    with meeting.with_name(f"{name}.log").open("wb") as log:
        return subprocess.Popen(words, stdout=log, stderr=log)


def said(meeting: Path) -> str:
    return "\n".join(path.read_text()[-2000:] for path in meeting.parent.glob("*.log"))
