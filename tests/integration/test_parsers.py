"""Text that no column can hold is refused where it comes in, with its place."""

from typing import Any

import pytest

from tests.harness.cast import Cast
from tests.integration.machines import machine

COUNT = {
    "counterparty": "BPNL000000000001", "part_number": "BH-100", "site": "BRA1",
    "quantity": "1", "unit": "PCE", "counted_at": "2026-11-02T06:00:00Z",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"unit": "P\0CE"}, "unit"),
        ({"unit": "\ud83a"}, "unit"),
        ({"note": {"inner": ["fine", "\0"]}}, "note.inner.1"),
        ({"wrong\0key": 1}, r"wrong\x00key"),
    ],
)
def test_what_cannot_be_kept_is_named(cast: Cast, change: dict[str, Any], place: str) -> None:
    answer = machine(cast.brasov).post("stock-counts", COUNT | change)
    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [place]


@pytest.mark.parametrize("name", ["\U0001f69a Lager", r"\u0000 written out", "ünï\u200bcode"])
def test_what_only_looks_like_it_is_kept_as_it_is(cast: Cast, name: str) -> None:
    holder = machine(cast.avalon)
    made = holder.post("parts", {"number": "P-1", "name": name, "base_unit": "H87"})
    assert made.status_code == 201, made.content
    assert holder.get(f"parts/{made.json()['id']}").json()["name"] == name
