"""``engine route``: the contract of files, exit codes and the one line of error."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.transport.route_cases import CASES
from transport.engine.routing.command import main

ROOT = Path(__file__).resolve().parents[2]


def run(path: Path, *more: str) -> int:
    return main(["--instance", str(path), "--seconds", "20", "--iterations", "300", *more])


def test_the_answer_has_the_keys_of_the_contract(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(CASES / "windows.txt") == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == {"status", "distance", "vehicles", "routes", "seconds"}
    assert answer["vehicles"] == len(answer["routes"])

    target = tmp_path / "answer.json"
    assert run(CASES / "mixed.vrp", "--json", str(target)) == 0
    assert capsys.readouterr().out == ""
    mixed = json.loads(target.read_text(encoding="utf-8"))
    assert mixed["cost"] > 0
    assert len(mixed["route_vehicles"]) == mixed["vehicles"]
    assert [each.name for each in tmp_path.iterdir()] == ["answer.json"]


def test_an_infeasible_instance_is_an_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "heavy.txt"
    text = (CASES / "windows.txt").read_text(encoding="utf-8")
    path.write_text(text.replace("3         20", "3          9"), encoding="utf-8")
    assert run(path) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["status"], answer["distance"], answer["routes"]) == ("infeasible", None, [])
    assert answer["conflicts"][0] == {
        "constraint": "capacity",
        "stops": [1],
        "reason": "stop 1 needs 10, the largest vehicle holds 9",
    }


def test_twice_is_identical_except_for_the_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    answers = []
    for _ in range(2):
        run(CASES / "trips.vrp", "--seed", "7")
        answers.append(json.loads(capsys.readouterr().out) | {"seconds": 0})
    assert answers[0] == answers[1]


def test_a_mark_and_windows_line_ends_change_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = []
    for name in ("windows.txt", "trips.vrp"):
        text = (CASES / name).read_text(encoding="utf-8").replace("\n", "\r\n")
        marked = tmp_path / name
        marked.write_bytes(b"\xef\xbb\xbf" + text.encode())
        for path in (CASES / name, marked):
            assert run(path) == 0
            answers.append(json.loads(capsys.readouterr().out) | {"seconds": 0})
    assert answers[0] == answers[1]
    assert answers[2] == answers[3]


def swap(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    ("name", "change", "complaint"),
    [
        ("windows.txt", lambda _: "", "got an empty file (bad:1)"),
        ("windows.txt", lambda _: "\ufeff\n \n", "got an empty file (bad:1)"),
        (
            "windows.txt",
            swap("VEHICLE", "FLEET"),
            "expected the name of the instance, then VEHICLE (bad:1)",
        ),
        (
            "windows.txt",
            swap("NUMBER ", "COUNT "),
            "expected NUMBER CAPACITY, got 'COUNT CAPACITY' (bad:4)",
        ),
        ("windows.txt", swap("3         20", "three     20"), "got 'three' (bad:5)"),
        ("windows.txt", swap("3         20", "0         20"), "from 1 to 100000, got '0' (bad:5)"),
        ("windows.txt", swap("CUSTOMER\n", "STOPS\n"), "expected CUSTOMER, got 'STOPS' (bad:7)"),
        ("windows.txt", swap("68         10 ", "68        -10 "), "got '-10' (bad:11)"),
        (
            "windows.txt",
            swap("68         10 ", "68        1.5 "),
            "whole number from 0 to 10000000, got '1.5' (bad:11)",
        ),
        ("windows.txt", swap("    45         68", "    nan        68"), "got 'nan' (bad:11)"),
        ("windows.txt", swap("    45         68", "    1e999      68"), "got '1e999' (bad:11)"),
        (
            "windows.txt",
            swap("    2      45", "    1      45"),
            "expected customer 2, got '1' (bad:12)",
        ),
        ("windows.txt", lambda text: text.rstrip()[:-3], "expected 7 columns, got 6 (bad:16)"),
        (
            "windows.txt",
            lambda text: text[: text.index("    1 ")],
            "expected a depot and at least one customer, got fewer (bad:10)",
        ),
        (
            "plain.vrp",
            swap("TYPE : CVRP", "TYPE : TSP"),
            "expected a type among CVRP, VRPTW, HFVRP, MTVRPTWR, got 'TSP' (bad:3)",
        ),
        (
            "plain.vrp",
            swap("CAPACITY : 10\n", ""),
            "expected CAPACITY or its section, once (bad:CAPACITY)",
        ),
        ("plain.vrp", swap("DIMENSION : 7", "DIMENSION : x"), "got 'x' (bad:4)"),
        (
            "plain.vrp",
            swap("DIMENSION : 7", "DIMENSION : 8"),
            "expected 8 rows in DEMAND_SECTION, got 7 (bad:22)",
        ),
        (
            "plain.vrp",
            swap("DIMENSION : 7", "DIMENSION : 6"),
            "expected 6 rows in DEMAND_SECTION, got more (bad:22)",
        ),
        ("plain.vrp", swap("DEMAND_SECTION", "WISH_SECTION"), "got 'WISH_SECTION' (bad:15)"),
        ("plain.vrp", swap("CAPACITY : 10", "DISTANCE : 90"), "got 'DISTANCE' (bad:6)"),
        ("plain.vrp", swap("EUC_2D", "GEO"), "expected EUC_2D or EXPLICIT, got 'GEO' (bad:5)"),
        (
            "plain.vrp",
            swap("2 10 3", "2 10"),
            "expected 3 columns in NODE_COORD_SECTION, got 2 (bad:9)",
        ),
        (
            "plain.vrp",
            swap("DEPOT_SECTION\n1", "DEPOT_SECTION\n2"),
            "expected one depot, node 1 (bad:24)",
        ),
        (
            "mixed.vrp",
            swap("\n4\t120", ""),
            "expected 4 rows in VEHICLES_UNIT_DISTANCE_COST_SECTION, got 3 (bad:35)",
        ),
        ("trips.vrp", swap("2\t10\t60", "2\t10\tsix"), "got 'six' (bad:24)"),
        (
            "trips.vrp",
            swap("TIME_WINDOW_SECTION", "SERVICE_TIME_SECTION"),
            "expected time windows with release times (bad:TIME_WINDOW_SECTION)",
        ),
        (
            "trips.vrp",
            swap("CAPACITY: 10", "CAPACITY: 10\nCAPACITY: 10"),
            "expected CAPACITY once, got it twice (bad:7)",
        ),
    ],
)
def test_bad_files_end_with_two_and_one_line_that_names_the_place(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    change: Callable[[str], str],
    complaint: str,
) -> None:
    path = tmp_path / "bad"
    path.write_text(change((CASES / name).read_text(encoding="utf-8")), encoding="utf-8")
    assert run(path) == 2
    written = capsys.readouterr()
    assert (written.out, written.err.count("\n")) == ("", 1)
    assert written.err.startswith("error: ")
    assert written.err.endswith(f"{complaint}\n")


def test_bytes_that_are_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad"
    path.write_bytes(b"name\n\nVEHICLE\n\xff\xfe\n")
    assert run(path) == 2
    assert capsys.readouterr().err == "error: expected UTF-8 text, got bytes (bad:4)\n"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--seconds", "0"], "expected seconds above 0, got 0.0 (--seconds)"),
        (["--seconds", "nan"], "got nan (--seconds)"),
        (["--seconds", "ten"], "invalid float value: 'ten' (options)"),
        (["--iterations", "0"], "expected at least one, got 0 (--iterations)"),
        (["--seed", "-1"], "got -1 (--seed)"),
        (["--threads", "0"], "expected 1 to 64 threads, got 0 (--threads)"),
        (["--what"], "unrecognized arguments: --what (options)"),
        (["--json", "/nowhere/at/all.json"], "got /nowhere/at (--json)"),
        (["--instance", "/nowhere.txt"], "No such file or directory (/nowhere.txt)"),
        (["--instance", "/"], "Is a directory (/)"),
    ],
)
def test_bad_options_end_with_two_and_one_line(
    capsys: pytest.CaptureFixture[str], options: list[str], complaint: str
) -> None:
    assert run(CASES / "windows.txt", *options) == 2
    written = capsys.readouterr()
    assert (written.out, written.err.count("\n")) == ("", 1)
    assert written.err.endswith(f"{complaint}\n")


def test_the_command_needs_no_database_and_two_threads_are_two_searches() -> None:
    ended = subprocess.run(
        [
            *(sys.executable, "manage.py", "engine", "route", "--seconds", "20"),
            *("--instance", str(CASES / "plain.vrp"), "--iterations", "50", "--threads", "2"),
        ],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["distance"] == 118.0
