"""``engine forecast``: the contract of files, exit codes and the one line of error."""

import json
from pathlib import Path

import pytest

from forecasting.engine.command import main

HEADER = "series,period,quantity\n"


def demand(folder: Path, text: str) -> Path:
    path = folder / "demand.csv"
    path.write_text(HEADER + text, encoding="utf-8")
    return path


def months(series: str, quantity: str, count: int = 24) -> str:
    return "".join(
        f"{series},{2020 + month // 12}-{month % 12 + 1:02},{quantity}\n" for month in range(count)
    )


def run(path: Path, *more: str) -> int:
    return main(["--demand", str(path), "--horizon", "3", "--freq", "M", *more])


def test_every_series_is_answered_and_keys_repeat_the_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = demand(tmp_path, months("steady", "4") + months("gone", "") + "once,2021-05,3\n")
    assert run(path, "--quantiles", "0.50,.9,0.99") == 0
    written = capsys.readouterr()
    answer = json.loads(written.out)
    assert set(answer) == {"series", "seconds"}
    assert list(answer["series"]) == ["steady", "gone", "once"]
    steady = answer["series"]["steady"]
    assert list(steady["quantiles"]) == ["0.50", ".9", "0.99"]
    assert len(steady["mean"]) == len(steady["quantiles"][".9"]) == 3
    assert steady["mean"] == pytest.approx([4.0] * 3, rel=0.05)
    assert answer["series"]["gone"] == {
        "mean": [0.0] * 3,
        "quantiles": {"0.50": [0.0] * 3, ".9": [0.0] * 3, "0.99": [0.0] * 3},
        "method": "no-data",
    }
    assert answer["seconds"] >= 0


def test_the_default_quantiles(tmp_path: Path) -> None:
    target = tmp_path / "answer.json"
    assert run(demand(tmp_path, months("a", "1")), "--json", str(target)) == 0
    found = json.loads(target.read_text(encoding="utf-8"))["series"]["a"]["quantiles"]
    expected = ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "0.95", "0.99"]
    assert list(found) == expected
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_absent_periods_are_missing_or_zero(tmp_path: Path) -> None:
    sparse = months("full", "1") + "rare,2020-01,12\nrare,2021-12,12\n"
    means = {}
    for absent in ("missing", "zero"):
        target = tmp_path / f"{absent}.json"
        path = demand(tmp_path, sparse)
        assert run(path, "--absent", absent, "--json", str(target)) == 0
        found = json.loads(target.read_text(encoding="utf-8"))
        means[absent] = found["series"]["rare"]["mean"][0]
    assert means["missing"] == pytest.approx(12.0)
    assert means["zero"] < 4


def test_twice_is_identical_except_for_the_seconds(tmp_path: Path) -> None:
    path, answers = demand(tmp_path, months("a", "3") + months("b", "0")), []
    for name in ("one.json", "two.json"):
        run(path, "--seed", "7", "--json", str(tmp_path / name))
        answer = json.loads((tmp_path / name).read_text(encoding="utf-8"))
        answers.append(answer["series"])
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ("a,2020-01,nan\n", "got 'nan' (demand.csv:2)"),
        ("a,2020-01,1\na,2020-02,-4\n", "got '-4' (demand.csv:3)"),
        ("a,2020-01,1e300\n", "expected a quantity from 0 to 1e+12, got '1e300' (demand.csv:2)"),
        ("a,2020-01,1_000\n", "got '1_000' (demand.csv:2)"),
        ("a,2020-01,inf\n", "got 'inf' (demand.csv:2)"),
        ("a,2020-01," + "9" * 400 + "\n", "…' (demand.csv:2)"),
        ("a,2020-13,1\n", "expected a period like 2001-03, got '2020-13' (demand.csv:2)"),
        ("a,2020-01\n", "expected 3 columns, got 2 (demand.csv:2)"),
        ("", "expected at least one row, got none (demand.csv:1)"),
    ],
)
def test_bad_files_end_with_two_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: str, complaint: str
) -> None:
    assert run(demand(tmp_path, rows)) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.startswith("error: ")
    assert written.err.endswith(f"{complaint}\n")
    assert written.err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--quantiles", "0.5,1"], "expected a probability in (0, 1), got '1' (--quantiles)"),
        (["--quantiles", "0.5,x"], "expected a number, got 'x' (--quantiles)"),
        (["--quantiles", "0.5,0.50"], "every probability once, got one twice (--quantiles)"),
        (["--horizon", "0"], "expected 1 to 1000 buckets, got 0 (--horizon)"),
        (["--horizon", "9999999999"], "got 9999999999 (--horizon)"),
        (["--horizon", "x"], "invalid int value: 'x' (options)"),
        (["--freq", "Q"], "(options)"),
        (["--freq", "W"], "expected a period like 2001-W09, got '2020-01' (demand.csv:2)"),
        (["--threads", "0"], "expected 1 to 64 threads, got 0 (--threads)"),
        (["--absent", "maybe"], "(options)"),
        (["--what"], "unrecognized arguments: --what (options)"),
        (["--json", "/nowhere/at/all.json"], "got /nowhere/at (--json)"),
        (["--demand", "/nowhere.csv"], "No such file or directory (/nowhere.csv)"),
    ],
)
def test_bad_options_end_with_two_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], complaint: str
) -> None:
    assert run(demand(tmp_path, months("a", "1")), *options) == 2
    written = capsys.readouterr()
    assert (written.out, written.err.count("\n")) == ("", 1)
    assert written.err.startswith("error: ")
    assert written.err.endswith(f"{complaint}\n")


def test_a_target_that_is_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "folder").mkdir()
    assert run(demand(tmp_path, months("a", "1")), "--json", str(tmp_path / "folder")) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not list(tmp_path.glob(".folder*"))
