"""``engine milkrun``: the contract of files, exit codes and the one line of error."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collab.engine_fields import Field
from tests.transport.milkrun_cases import SMALL, TINY, violations
from transport.engine.milkrun.command import main
from transport.engine.milkrun.plan_json import plan_of
from transport.engine.milkrun.reader import read_problem

KEYS = {
    "status", "seconds", "cost", "km", "kg_co2e", "baseline", "suppliers", "routes", "allocation",
    "method",
}  # fmt: skip


def spoilt(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    data = json.loads(TINY.read_text(encoding="utf-8"))
    change(data)
    path = folder / "problem.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_a_plan_is_written_in_the_published_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "plan.json"
    steps = ["--iterations", "60", "--problem", str(TINY)]
    assert main([*steps, "--json", str(target)]) == 0
    assert main(steps) == 0
    written = json.loads(target.read_text(encoding="utf-8"))
    printed = json.loads(capsys.readouterr().out)
    assert {key for key in written if not key.startswith("x_")} == KEYS
    assert set(written["cost"]) == {
        "fleet_fixed", "distance", "time", "direct", "stock", "co2", "total",
    }  # fmt: skip
    published = {key: value for key, value in written.items() if key in KEYS}
    assert violations(read_problem(TINY), plan_of(Field(published, "plan.json"))) == ""
    assert [each.name for each in tmp_path.iterdir()] == ["plan.json"]
    del written["seconds"], printed["seconds"]
    assert written == printed


def test_options_in_the_file_are_kept(tmp_path: Path) -> None:
    options = {"pinned": [{"supplier": "S001", "mode": "direct"}], "x_note": "by hand"}
    path = spoilt(tmp_path, lambda data: data.update(x_options=options, x_source="plan 7"))
    target = tmp_path / "plan.json"
    assert main(["--problem", str(path), "--iterations", "30", "--json", str(target)]) == 0
    answer = json.loads(target.read_text(encoding="utf-8"))
    assert answer["suppliers"]["S001"]["mode"] == "direct"


def remove(*way: Any) -> Callable[[dict[str, Any]], object]:
    def change(data: Any) -> None:
        for key in way[:-1]:
            data = data[key]
        del data[way[-1]]

    return change


def put(value: Any, *way: Any) -> Callable[[dict[str, Any]], object]:
    def change(data: Any) -> None:
        for key in way[:-1]:
            data = data[key]
        data[way[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (remove("plant"), "expected this key, got none (problem.json:plant)"),
        (remove("fleet", 0, "capacity", "kg"), "got none (problem.json:fleet[0].capacity.kg)"),
        (put(1, "planet"), "expected no such key (problem.json:planet)"),
        (put(1, "suppliers", 2, "name"), "expected no such key (problem.json:suppliers[2].name)"),
        (put("x", "plant", "lat"), 'from -90 to 90, got "x" (problem.json:plant.lat)'),
        (put(True, "co2_price_per_t"), "got true (problem.json:co2_price_per_t)"),
        (put(-1, "suppliers", 0, "volume", "2", "kg"), "problem.json:suppliers[0].volume.2.kg)"),
        (put({}, "suppliers", 0, "volume", "7"), "expected a working day"),
        (put("S001", "suppliers", 1, "id"), "expected an id that occurs once"),
        (put("PLANT", "suppliers", 1, "id"), "expected an id that occurs once"),
        (put(["TRAM"], "suppliers", 0, "allowed_vehicle_types"), "expected one of ARTIC, RIGID"),
        (put([[4, 2]], "suppliers", 0, "patterns"), "expected ascending weekdays"),
        (put([[3]], "suppliers", 0, "patterns"), "expected working days"),
        (put([[900, 100]], "plant", "windows"), "expected ascending windows"),
        (put(2, "version"), "(problem.json:version)"),
        (put([], "suppliers"), "expected a list of at least 1"),
        (put(0, "fleet", 0, "capacity", "kg"), "expected a number above 0"),
        (put("car", "distances", "model"), "expected one of haversine, matrix"),
        (put({"model": "matrix", "sites": ["PLANT"], "km": [[0]], "min": [[0]]}, "distances"),
         "expected the plant and every supplier"),
        (put({"pinned": [{"supplier": "S9"}]}, "x_options"), "expected a supplier of the problem"),
        (put({"docks": [{}]}, "x_options"), "(problem.json:x_options.docks[0].capability)"),
    ],
)  # fmt: skip
def test_a_bad_problem_ends_with_two_and_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[dict[str, Any]], object],
    complaint: str,
) -> None:
    _fails(["--problem", str(spoilt(tmp_path, change))], capsys, complaint)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "expected JSON, got Expecting value (bad.json:1)"),
        ('{"version": 1,\n "name": }', "(bad.json:2)"),
        ('{"version": NaN}', "expected a finite number, got NaN (bad.json:file)"),
        ('{"version": 1e999}', "expected a finite number, got 1e999 (bad.json:file)"),
        ('{"version": 1, "version": 1}', "expected every key once"),
        ("[]", "expected an object, got [] (bad.json:file)"),
        ("[" * 100_000, "expected JSON of few levels (bad.json:1)"),
    ],
)
def test_what_is_no_problem_at_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, complaint: str
) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    _fails(["--problem", str(path)], capsys, complaint)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--problem", str(SMALL), "--seconds", "0"], "(--seconds)"),
        (["--problem", str(SMALL), "--seconds", "nan"], "(--seconds)"),
        (["--problem", str(SMALL), "--seconds", "soon"], "(options)"),
        (["--problem", str(SMALL), "--threads", "0"], "(--threads)"),
        (["--problem", str(SMALL), "--seed", "-1"], "(--seed)"),
        (["--problem", str(SMALL), "--iterations", "0"], "(--iterations)"),
        (["--problem", str(SMALL), "--json", "/nowhere/at/all.json"], "(--json)"),
        (["--problem", "/nowhere.json"], "No such file or directory (/nowhere.json)"),
        ([], "(options)"),
    ],
)
def test_bad_options(
    capsys: pytest.CaptureFixture[str], options: list[str], complaint: str
) -> None:
    _fails(options, capsys, complaint)


def _fails(arguments: list[str], capsys: pytest.CaptureFixture[str], complaint: str) -> None:
    assert main(arguments) == 2
    written = capsys.readouterr()
    assert (written.out, written.err.count("\n")) == ("", 1)
    assert written.err.startswith("error: ")
    assert complaint in written.err
