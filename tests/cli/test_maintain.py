"""`casparian maintain` and `casparian tables --health`, as they are typed."""

from __future__ import annotations

from pathlib import Path

import yaml

from casparian.contracts.model import folder
from casparian.lake.ledger import Ledger
from casparian.lake.store import Lake
from tests.cli.conftest import READINGS, Cli

VALUES = "silver_equipment.historian_values"


def many_landings(cli: Cli, exports: Path, count: int = 9) -> None:
    for day in range(1, count + 1):
        text = READINGS.replace("2025-10-28", f"2025-10-{day:02d}")
        (exports / f"day{day}.csv").write_text(text, "utf-8")
        cli("scan", exports, "--tag", "demo")
        cli("process", "--tag", "demo")


def test_health_says_what_to_do_and_maintain_does_it(cli: Cli, landed: Path) -> None:
    many_landings(cli, landed)
    before = cli("query", f"SELECT * FROM {VALUES} ORDER BY ALL", "--json").json
    said = cli("tables", "--health")
    assert "compact: 10 files could be 1" in said.out
    assert "`casparian maintain` does" in said.out
    plan = {each["address"]: each for each in cli("maintain", "--dry-run", "--json").json}
    assert (plan[VALUES]["files_to_merge"], plan[VALUES]["merged_files"]) == (10, 1)
    assert "merge files" in cli("maintain", "--dry-run").out
    done = cli("maintain", "--json")
    assert (done.code, done.json["problems"]) == (0, [])
    changed = {each["address"] for each in done.json["changed"]}
    assert VALUES in changed
    (told,) = cli("tables", "--health", VALUES, "--json").json
    assert (told["files"], told["verdict"]) == (1, "in order")
    assert cli("query", f"SELECT * FROM {VALUES} ORDER BY ALL", "--json").json == before
    assert "all in order" in cli("tables", "--health").out
    assert cli("maintain", "--dry-run").out.startswith("Every table is in order")
    assert "looked at" in cli("maintain", "historian_values").out


def test_a_plants_own_contract_says_how_long_quarantine_is_kept(cli: Cli, landed: Path) -> None:
    document = yaml.safe_load((folder() / "historian.odcs.yaml").read_text("utf-8"))
    document["slaProperties"] = [
        {"property": "retention", "element": "historian_values_quarantine", "value": 1, "unit": "d"}
    ]
    own = Path("own")
    own.mkdir()
    (own / "historian.odcs.yaml").write_text(yaml.safe_dump(document), "utf-8")
    assert cli("maintain", "--only", "expire", "--contracts", own).code == 0
    lake = Lake.at("lake")
    rows = lake.read("ops_equipment.historian_values_quarantine")
    assert rows is not None
    assert rows.num_rows == 3, "they were landed today"
    document["slaProperties"][0]["value"] = 0
    (own / "historian.odcs.yaml").write_text(yaml.safe_dump(document), "utf-8")
    said = cli("maintain", "--contracts", own)
    assert said.code == 1
    assert "retention of historian_values_quarantine is 0: give 1 day or more." in said.err
    assert len(Ledger(lake).rows()) == 2


def test_metrics_go_to_a_file(cli: Cli, landed: Path) -> None:
    done = cli("tables", "--health", "--prometheus", "metrics/casparian.prom")
    assert done.code == 0
    text = Path("metrics/casparian.prom").read_text("utf-8")
    assert f'casparian_table_files{{table="{VALUES}"}} 1.0' in text
    assert "# HELP casparian_table_files Files of the newest version." in text


def test_misuse_is_told(cli: Cli, landed: Path) -> None:
    assert "--prometheus writes what --health finds" in cli("tables", "--prometheus", "x").err
    assert cli("maintain", "--only", "tidy").code == 2
    said = cli("tables", "--health", "silver_equipment.historian_valuez")
    assert said.code == 1
    assert "did you mean silver_equipment.historian_values" in said.err
