"""`casparian chart` with what people really have: every wrong file ends in one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.conftest import Cli

RNG = np.random.default_rng(17)
FILES = {
    "empty.csv": b"",
    "header.csv": b"a,b\n",
    "one.csv": b"v,g\n5,1\n",
    "holes.csv": b"v,g\n,1\n,2\n",
    "infinite.csv": b"v,g\n5,1\n1e999,1\n6,2\n7,2\n",
    "words.csv": b"v,g\n5,1\nwarm,2\n6,2\n",
    "list.csv": b"v\n5\nwarm\n6\n",
    "binary.csv": b"\x00\x01\x02\xff\xfe",
}
WAYS: tuple[tuple[str, ...], ...] = (
    ("spc", "--value", "v"), ("spc", "--value", "v", "--subgroup", "g"),
    ("spc", "--value", "v", "--kind", "xbar-r", "--size", "2"),
    ("spc", "--value", "v", "--kind", "ewma"), ("spc", "--value", "v", "--kind", "cusum"),
    ("spc", "--value", "v", "--kind", "p", "--size", "50"), ("spc", "--value", "v", "--kind", "c"),
    ("capability", "--value", "v", "--lsl", "1", "--usl", "9"),
    ("pareto", "--label", "g", "--weight", "v"),
    ("grr", "--value", "v", "--part", "g", "--appraiser", "g"), ("agreement", "--rating", "v"),
    ("causes", "--value", "v"), ("alarms",),
)  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_wrong_file_ends_in_one_sentence(cli: Cli, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    for way in WAYS:
        answer = cli("chart", way[0], path, *way[1:], "--out", "x.svg")
        if answer.code == 0:
            assert "nan" not in Path("x.svg").read_text("utf-8").lower(), way
            continue
        assert answer.code in (1, 2), way
        assert "Traceback" not in answer.err, way
        said = answer.err.strip().splitlines()[-1]
        assert said.endswith((".", "?", "!")), way
        assert len(said) < 300, way


@pytest.mark.parametrize(
    ("name", "way", "said"),
    [
        ("empty.csv", ("spc",), "empty.csv: the file is empty."),
        ("words.csv", ("spc", "--value", "v"), "column v of words.csv holds 'warm', no number"),
        ("list.csv", ("spc",), "column v of list.csv holds 'warm', no number"),
        ("holes.csv", ("spc", "--value", "v"), "There is no value of v of holes to chart."),
        ("holes.csv", ("spc", "--value", "v", "--kind", "c"), "There is no count of v of holes"),
        ("holes.csv", ("pareto", "--label", "g", "--weight", "v"), "has 2 empty cells"),
        ("infinite.csv", ("spc", "--value", "v"), "column v of infinite.csv holds '1e999'"),
        ("one.csv", ("spc", "--value", "w"), "one.csv has no column 'w'; its columns are v, g."),
    ],
)
def test_the_sentence_says_what_to_mend(
    cli: Cli, tmp_path: Path, name: str, way: tuple[str, ...], said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    answer = cli("chart", way[0], path, *way[1:])
    assert (answer.code, said.casefold() in answer.err.casefold()) == (1, True), answer.err


def test_constant_values_are_drawn(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "constant.csv"
    path.write_text("v\n" + "5\n" * 30, "utf-8")
    assert cli("chart", "spc", path, "--json").json["panels"][0]["ucl"] == 5
    answer = cli("chart", "capability", path, "--lsl", 1, "--usl", 9, "--out", "c.svg", "--json")
    assert answer.json["cp"] is None
    assert "5.000 to 5.005: 30 values" in Path("c.svg").read_text("utf-8")


@pytest.fixture
def rings(tmp_path: Path) -> Path:
    """Subgroups of 3 and 5 in turn; the last ten are shifted."""
    lines = ["sample;diameter;leaking;inspected"]
    for sample in range(1, 41):
        shift = 0.03 if sample > 30 else 0.0
        for _ in range(5 if sample % 2 else 3):
            value = f"{RNG.normal(74 + shift, 0.01):.4f}".replace(".", ",")
            lines.append(f"{sample};{value};{RNG.poisson(3)};{40 + sample % 2 * 20}")
    path = tmp_path / "rings.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def strict(text: str) -> Any:
    """JSON as other programs read it: without NaN and Infinity."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def drawn(cli: Cli, rings: Path, *words: object) -> Any:
    answer = cli("chart", "spc", rings, *words, "--json", "--out", "r.svg")
    assert answer.code == 0, answer.err
    return strict(answer.out)


BY_SAMPLE = ("--value", "diameter", "--subgroup", "sample")


def test_rules_are_chosen_by_name(cli: Cli, rings: Path) -> None:
    western = drawn(cli, rings, *BY_SAMPLE, "--baseline", 30)
    nelson = drawn(cli, rings, *BY_SAMPLE, "--baseline", 30, "--rules", "nelson")
    both = drawn(cli, rings, *BY_SAMPLE, "--baseline", 30, "--rules", "both")
    kinds = ({rule[0] for rule in found["broken"]} - {"R"} for found in (western, nelson, both))
    assert list(kinds) == [{"W"}, {"N"}, {"W", "N"}]
    assert set(western["broken"]) < set(both["broken"])
    some = drawn(cli, rings, *BY_SAMPLE, "--baseline", 30, "--rules", "we4,N1")
    assert {*some["broken"]} - {"R1"} == {"WE4", "N1"}
    assert some["broken"]["WE4"] == western["broken"]["WE4"]
    none = drawn(cli, rings, *BY_SAMPLE, "--baseline", 30, "--rules", "none")
    assert not {*none["broken"]} - {"R1"}
    answer = cli("chart", "spc", rings, *BY_SAMPLE, "--rules", "WE9")
    assert (answer.code, "no rules are called 'WE9'" in answer.err) == (2, True)


def test_phase_one_sets_the_limits_and_they_step_with_the_size(cli: Cli, rings: Path) -> None:
    found = drawn(cli, rings, *BY_SAMPLE, "--baseline", 30)
    assert found["baseline"] == 30
    assert found["panels"][0]["stepped"] is True
    assert {"31", "32"} <= {*found["broken"]["WE1"]}
    assert "Phase I: limits from the first 30 subgroups" in Path("r.svg").read_text("utf-8")
    all_ = drawn(cli, rings, *BY_SAMPLE, "--baseline", 400)
    assert all_["baseline"] == 40
    assert "Phase I" not in Path("r.svg").read_text("utf-8")


def test_phase_one_may_begin_later(cli: Cli, rings: Path) -> None:
    found = drawn(cli, rings, *BY_SAMPLE, "--baseline", "11-30")
    assert (found["baseline_from"], found["baseline"]) == (11, 30)
    assert "Phase I: limits from subgroups 11 to 30" in Path("r.svg").read_text("utf-8")
    late = drawn(cli, rings, *BY_SAMPLE, "--baseline", "31-40")
    assert late["panels"][0]["center"] > found["panels"][0]["center"] + 0.02
    counts = ("--value", "leaking", "--kind", "c", "--baseline", "5-10")
    assert drawn(cli, rings, *counts)["baseline"] == 10
    beyond = cli("chart", "spc", rings, *BY_SAMPLE, "--baseline", "50-60")
    assert (beyond.code, "has none of the 40 subgroups" in beyond.err) == (1, True)
    for wrong in ("0", "5-", "x", "9-3-1", "-4"):
        assert cli("chart", "spc", rings, *BY_SAMPLE, f"--baseline={wrong}").code == 2, wrong


@pytest.mark.parametrize(
    ("kind", "words", "name"),
    [
        ("i-mr", ("--value", "diameter"), "X"),
        ("xbar-s", ("--value", "diameter", "--size", 4), "X̄"),
        ("ewma", BY_SAMPLE, "EWMA"),
        ("cusum", BY_SAMPLE, "CUSUM"),
        ("p", ("--value", "leaking", "--size-column", "inspected"), "p"),
        ("u", ("--value", "leaking", "--size-column", "inspected"), "u"),
        ("laney-p", ("--value", "leaking", "--size-column", "inspected"), "laney-p"),
        ("np", ("--value", "leaking", "--size", 60), "np"),
        ("c", ("--value", "leaking"), "c"),
    ],
)
def test_every_kind_answers_in_json(
    cli: Cli, rings: Path, kind: str, words: tuple[object, ...], name: str
) -> None:
    found = drawn(cli, rings, *words, "--kind", kind)
    assert found["panels"][0]["name"] == name
    assert len(found["points"]) == found["subgroups"]
    assert all(set(point) >= {"subgroup", "rules", name} for point in found["points"])


def test_the_other_charts_answer_in_strict_json(cli: Cli, rings: Path) -> None:
    limits = ("--value", "diameter", "--lsl", 73, "--size", 4)
    assert strict(cli("chart", "capability", rings, *limits, "--json").out)["cp"] is None
    assert strict(cli("chart", "pareto", rings, "--label", "inspected", "--json").out)
    causes = cli("chart", "causes", rings, "--value", "diameter", "--json")
    assert strict(causes.out)["candidates"]
