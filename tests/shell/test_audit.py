"""The audit page: for administrators, newest first, and it says whether the chain holds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from collab.events import audit, sealing
from collab.events.audit_log import AuditEntry
from collab.organisations.context import acting_for
from tests.harness.cast import Cast

PAGE = "/t/avalon/settings/audit/"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> None:
    """Keep this test's checkpoints apart."""
    settings.CHECKPOINTS = tmp_path


def write(cast: Cast, count: int) -> None:
    with acting_for(cast.avalon):
        for number in range(count):
            audit.note(
                action="grant.given", object_kind="grant", object_id=number, change={"n": "=1"}
            )


def test_entries_come_newest_first_and_page_by_page(
    cast: Cast, client_for: Callable[..., Client]
) -> None:
    write(cast, 60)
    admin = client_for(cast.avalon, role="admin")
    first = admin.get(PAGE)
    assert [row[0].number for row in first.context["rows"]] == list(range(60, 10, -1))
    older = admin.get(first.context["older"])
    assert [row[0].number for row in older.context["rows"]] == list(range(10, 0, -1))
    assert older.context["older"] == ""
    assert admin.get(f"{PAGE}?before=nonsense").status_code == 200


def test_the_page_says_how_the_chain_stands(cast: Cast, client_for: Callable[..., Client]) -> None:
    write(cast, 3)
    admin = client_for(cast.avalon, role="admin")
    assert "The chain holds" in admin.get(PAGE).content.decode()
    with acting_for(cast.avalon):
        sealing.seal()
    write(cast, 1)
    text = admin.get(PAGE).content.decode()
    assert "Entries 1 to 3 were verified and signed" in text
    assert "1 later entry was verified just now" in text
    with acting_for(cast.avalon):
        forged = AuditEntry.objects.get(number=4)
        forged.pk, forged.number = None, 5
        AuditEntry.objects.bulk_create([forged])
    broken = admin.get(PAGE).content.decode()
    assert "The chain is broken" in broken
    assert "entry 5" in broken


def test_the_file_holds_all_entries_and_no_formula(
    cast: Cast, client_for: Callable[..., Client]
) -> None:
    write(cast, 60)
    answer = client_for(cast.avalon, role="admin").get(f"{PAGE}?export=csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 61
    assert lines[1].startswith("60,")


def test_others_do_not_see_it(cast: Cast, client_for: Callable[..., Client]) -> None:
    write(cast, 1)
    assert client_for(cast.avalon, role="planner").get(PAGE).status_code == 403
    assert client_for(cast.kestrel, role="admin").get(PAGE).status_code == 404
    own = client_for(cast.kestrel, role="planner")
    assert own.get("/t/kestrel/settings/audit/").status_code == 403
