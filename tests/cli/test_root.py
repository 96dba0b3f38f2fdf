"""The command itself: fast help, exit codes, one sentence an error."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from casparian import __version__
from casparian.cli.root import COMMANDS
from tests.cli.conftest import Cli

PYTHON = [sys.executable, "-m", "casparian.cli"]
SRC = str(Path(__file__).parents[2] / "src")
ENVIRONMENT = os.environ | {"PYTHONPATH": SRC}
HEAVY = ("pyarrow", "duckdb", "deltalake", "numpy", "rich", "yaml")


def test_help_names_every_command(cli: Cli) -> None:
    answer = cli("--help")
    assert answer.code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in answer.out
    assert "Examples:" in answer.out


FIRST = {"quarantine": "list", "tags": "list", "chart": "spc"}  # of groups of commands


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_examples(cli: Cli, name: str) -> None:
    words = [name, FIRST[name]] if name in FIRST else [name]
    answer = cli(*words, "--help")
    assert answer.code == 0
    assert f"casparian {' '.join(words)}" in answer.out.partition("Examples:")[2]
    assert "--lake" in answer.out
    assert "--json" in answer.out


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom casparian.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().endswith("[]")


def test_version(cli: Cli) -> None:
    assert __version__ in cli("--version").out


def test_misuse_is_2(cli: Cli) -> None:
    assert cli("nonsense").code == 2
    assert cli("scan").code == 2
    assert cli("query").code == 2
    assert cli("plant", "--out", "p", "--days", "0").code == 2
    assert cli("plant", "--out", "p", "--scale", "0").code == 2
    assert cli("run", "lims", "--sink", "ftp://x").code == 2
    assert cli("run", "lims", "a", "--tag", "t").code == 2


def test_misuse_in_json(cli: Cli) -> None:
    answer = cli("scan", "--json")
    assert answer.code == 2
    assert "PATH" in answer.json["error"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("scan", "missing"), "There is nothing at 'missing': check the path."),
        (("scan", ".", "--timezone", "Mars/Base"), "No time zone is called 'Mars/Base'"),
        (("files", "--lake", "http://x"), "is no lake: give a folder or s3://bucket/prefix."),
        (("tables", "silver_equipment.x"), "has no table"),
        (("run", "nonsense", "."), "No format is called 'nonsense'"),
        (("run", "missing.py", "."), "cannot be read: check the path."),
        (("files", "missing.csv"), "The ledger knows no file 'missing.csv'"),
    ],
)
def test_failure_is_1_and_one_sentence(cli: Cli, words: tuple[str, ...], said: str) -> None:
    answer = cli(*words)
    assert answer.code == 1
    assert said in answer.err
    assert answer.err.startswith("casparian: ")
    assert answer.err.count("\n") == 1
    assert said in cli(*words, "--json").json["error"]


def test_lake_from_the_environment(cli: Cli, seen: Path) -> None:
    assert len(cli("files", "--json").json) == 2
    assert cli("files", "--lake", "none", "--json").json == []


def test_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    sql = "SELECT unnest(range(200000)) AS n"
    with subprocess.Popen(
        [*PYTHON, "query", sql, "--csv"], env=ENVIRONMENT, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, cwd=tmp_path,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        said = running.stderr.read()
    assert running.returncode == 0
    assert said == b""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
def test_interrupt_is_130_without_traceback(tmp_path: Path) -> None:
    parser = tmp_path / "slow.py"
    parser.write_text(
        "import time\ndef read(path):\n    print('begun', flush=True)\n"
        "    time.sleep(30)\n    yield {'a': 1}\n"
    )
    (tmp_path / "in.txt").write_text("x")
    with subprocess.Popen(
        [*PYTHON, "run", str(parser), "in.txt"], env=ENVIRONMENT, cwd=tmp_path,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        # tests that run in the background are told to ignore it, and so would be their children
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:  # fmt: skip
        assert running.stdout is not None
        running.stdout.readline()
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=20)
    assert running.returncode == 130
    assert b"Traceback" not in said
    assert b"Interrupted" in said


def test_output_is_utf8_whatever_the_terminal(tmp_path: Path) -> None:
    environment = ENVIRONMENT | {"PYTHONIOENCODING": "cp437", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [*PYTHON, "query", "SELECT '−40 °C … Prüfstand' AS text", "--json"],
        env=environment, cwd=tmp_path, capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout.decode("utf-8")) == [{"text": "−40 °C … Prüfstand"}]
