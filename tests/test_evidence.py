"""The evidence files are complete, and every test they name exists."""

import csv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = {
    "leaks.csv": [str(number) for number in range(1, 43)],
    "faults.csv": [f"F{number}" for number in range(1, 19)],
}


def rows(name: str) -> list[dict[str, str]]:
    with (ROOT / "docs" / "evidence" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", FILES)
def test_every_channel_and_fault_is_answered_once(name: str) -> None:
    assert [next(iter(row.values())) for row in rows(name)] == FILES[name]


@pytest.mark.parametrize("name", [*FILES, "keys.csv"])
def test_what_is_said_to_be_tested_names_a_test_that_exists(name: str) -> None:
    for row in rows(name):
        path, _, function = row["test"].partition("::")
        assert bool(path) or not row["state"].startswith("tested"), row
        if path:
            source = ROOT / path
            assert source.is_file(), row
            assert not function or f"def {function}(" in source.read_text(encoding="utf-8"), row
