"""`make bench` runs every benchmark there is, and reads what each has kept."""

import json

import pytest

from benchmarks.__main__ import READERS
from benchmarks.http import RESULTS


def test_every_benchmark_is_in_the_list() -> None:
    keeping = {
        path.stem
        for path in RESULTS.parent.glob("[a-z]*.py")
        if f"{path.stem}.json" in path.read_text(encoding="utf-8")
    }
    assert keeping == set(READERS)


@pytest.mark.parametrize("name", sorted(READERS))
def test_the_kept_figures_are_readable(name: str) -> None:
    kept = RESULTS / f"{name}.json"
    if not kept.exists():
        pytest.skip("not measured yet")
    verdicts = list(READERS[name](json.loads(kept.read_text(encoding="utf-8"))))
    assert verdicts
    assert all(each.goal and each.measured for each in verdicts)
