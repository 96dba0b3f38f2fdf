"""What a session is told, on one machine and on a cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from spark_jobs import session
from spark_jobs.jars import JarsMissingError

OF_JOB = {"spark.sql.adaptive.enabled": "false"}


@pytest.fixture(autouse=True)
def jars(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(session, "delta_jars", lambda: [tmp_path / "delta.jar"])


def test_one_machine_is_told_to_be_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPARK_MASTER", raising=False)
    assert session._master() == "local[2]"
    told = session._settings(OF_JOB)
    assert told["spark.sql.shuffle.partitions"] == "2"
    assert told["spark.sql.adaptive.enabled"] == "false"
    assert "-XX:MetaspaceSize=256m" in told["spark.driver.extraJavaOptions"]
    assert "spark.jars" not in told


@pytest.mark.parametrize(
    ("name", "value", "master"),
    [
        ("SPARK_MASTER", "k8s://https://cluster", "k8s://https://cluster"),
        ("PYSPARK_GATEWAY_PORT", "4711", None),  # spark-submit has been told
    ],
)
def test_a_cluster_keeps_its_own_master_and_sizes(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, master: str | None
) -> None:
    monkeypatch.delenv("SPARK_MASTER", raising=False)
    monkeypatch.setenv(name, value)
    assert session._master() == master
    told = session._settings(OF_JOB)
    assert told["spark.jars"].endswith("delta.jar")
    assert told["spark.sql.session.timeZone"] == "UTC"
    assert not set(told) & {*session.ON_ONE_MACHINE, *OF_JOB}


def test_a_lake_on_s3_without_the_jars_of_s3a_is_said_before_java_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SPARK_MASTER", raising=False)
    monkeypatch.setenv("CASPARIAN_SPARK_JARS", str(tmp_path))
    with pytest.raises(JarsMissingError, match="in CASPARIAN_SPARK_JARS, as `make stack` does"):
        session.spark_session("test", "s3://lake/plant")
    (tmp_path / "hadoop-aws-3.4.2.jar").touch()
    session._check_s3a()
