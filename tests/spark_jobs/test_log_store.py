"""Two writers of one Delta table on S3: none overwrites the other, whatever engine they are."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError

from spark_jobs import jars, log_store

ADDRESS = "silver/equipment/values"
DRIVERS, APPENDS = 2, 8
DRIVER = """
import sys
from pathlib import Path
from spark_jobs.session import spark_session

name, uri, meeting, appends, address = sys.argv[1:]
spark = spark_session("append", uri, settings={"spark.driver.memory": "512m"})
rows = spark.createDataFrame([(name, 0)], "writer string, number int").coalesce(1)
(Path(meeting) / name).touch()
sys.stdin.readline()
for number in range(int(appends)):
    frame = rows.selectExpr("writer", f"{number} AS number")
    frame.write.format("delta").mode("append").save(f"{uri.replace('s3:', 's3a:')}/{address}")
spark.stop()
"""


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
def store(s3: str) -> Iterator[Any]:
    """Our log store inside a session's Java, and its settings."""
    from spark_jobs.session import spark_session

    spark = spark_session("log store", s3)
    java: Any = spark._jvm
    settings = spark._jsc.hadoopConfiguration()
    found = java.casparian.ConditionalPutLogStore(settings)

    class Store:
        uri = s3.replace("s3:", "s3a:")

        def path(self, name: str) -> Any:
            return java.org.apache.hadoop.fs.Path(f"{self.uri}/_delta_log/{name}")

        def write(self, name: str, *lines: str, overwrite: bool = False) -> None:
            actions = java.java.util.ArrayList(list(lines)).iterator()
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


@pytest.mark.spark
@pytest.mark.stack
@pytest.mark.slow
def test_two_drivers_and_the_laptop_lose_no_commit(s3: str, tmp_path: Path) -> None:
    """All append to one table at once; with Delta's own log store commits would vanish."""
    write_deltalake(f"{s3}/{ADDRESS}", rows("first", 0))
    drivers = [driver(f"spark{number}", s3, tmp_path) for number in range(DRIVERS)]
    while len(list(tmp_path.iterdir())) < DRIVERS:
        assert all(each.poll() is None for each in drivers), drivers[0].communicate()
    for each in drivers:
        assert each.stdin
        each.stdin.write("go\n")
        each.stdin.flush()
    for number in range(APPENDS):
        appended(f"{s3}/{ADDRESS}", rows("laptop", number))
    said = [each.communicate(timeout=300) for each in drivers]
    assert [each.returncode for each in drivers] == [0] * DRIVERS, said
    table = DeltaTable(f"{s3}/{ADDRESS}")
    assert table.version() == (DRIVERS + 1) * APPENDS
    assert len(table.get_add_actions()) == (DRIVERS + 1) * APPENDS + 1


def rows(writer: str, number: int) -> pa.Table:
    return pa.table({"writer": [writer], "number": pa.array([number], pa.int32())})


def appended(uri: str, table: pa.Table) -> None:
    for _ in range(50):
        try:
            return write_deltalake(uri, table, mode="append")
        except CommitFailedError:
            continue
    raise AssertionError("fifty times another was faster")


def driver(name: str, uri: str, meeting: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", DRIVER, name, uri, str(meeting), str(APPENDS), ADDRESS]
    return subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
