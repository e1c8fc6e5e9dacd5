"""The audit chain: written with the change itself, and every kind of tampering found by number."""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, ProgrammingError

from collab.events import audit, chain
from collab.organisations import services
from collab.organisations.context import acting_for
from collab.organisations.models import Membership, Organisation
from collab.sharing import services as sharing
from collab.sharing.models import Grant, Partnership
from tests.harness import servers
from tests.harness.cast import Cast, found_person
from tests.integration.machines import machine

ROOT = Path(__file__).resolve().parents[2]


class Undone(Exception):
    """Something went wrong on purpose."""


def actions(organisation: Organisation) -> list[str]:
    with acting_for(organisation):
        return [each["action"] for each in audit.items()]


def entries(organisation: Organisation) -> list[dict[str, Any]]:
    with acting_for(organisation):
        return list(audit.items())


def findings(organisation: Organisation) -> list[tuple[int, str]]:
    with acting_for(organisation):
        return sorted({(each.number, each.kind) for each in audit.state().findings})


def write(organisation: Organisation, count: int) -> None:
    for number in range(count):
        with acting_for(organisation):
            audit.note(
                action="test.done", object_kind="test", object_id=number, change={"step": number}
            )


# The arithmetic


def test_canonical_json_is_that_of_rfc_8785() -> None:
    # section 3.2.3: keys are ordered by their UTF-16 code units, whatever their alphabet
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    ordered = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    body = json.loads(chain.canonical(dict.fromkeys(keys, 0)))
    assert list(body) == ordered
    # section 3.2.2.2: short escapes where they exist, else \u00xx in lower case; no other ones
    assert chain.canonical(['\b\t\n\f\r"\\\u000f\u00e9/']) == (
        b'["\\b\\t\\n\\f\\r\\"\\\\\\u000f\xc3\xa9/"]'
    )
    assert chain.canonical({"b": [True, None], "a": {"y": 1, "x": -2}}) == (
        b'{"a":{"x":-2,"y":1},"b":[true,null]}'
    )


@pytest.mark.parametrize("value", [1.5, 2**53, {1: "x"}, "\ud800", b"x", float("nan")])
def test_what_json_cannot_hold_exactly_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"expected|surrogates"):
        chain.canonical(value)


# Written with the change


def test_changes_of_access_are_told_with_who_and_what(cast: Cast) -> None:
    admin = found_person(cast.brasov, "admin")
    with acting_for(cast.brasov, person_id=admin.pk):
        member = Membership.objects.get(person=admin)
        grant = sharing.give_grant(
            viewer_id=cast.kestrel.pk,
            about_id=cast.kestrel.pk,
            topic="inventory.stock",
            purpose="planning",
            fields=["quantity", "part_number"],
        )
        sharing.revoke(grant)
    given, revoked = entries(cast.brasov)
    assert (given["action"], revoked["action"]) == ("grant.given", "grant.revoked")
    assert given["actor"] == {"kind": "person", "id": str(member.pk)}
    assert given["object"] == {"kind": "grant", "id": str(grant.pk)}
    assert given["change"]["viewer"] == cast.kestrel.bpn
    assert given["change"]["fields"] == ["part_number", "quantity"]
    assert (given["number"], given["previous"]) == (1, chain.GENESIS)
    assert (revoked["number"], revoked["previous"]) == (2, given["hash"])
    assert admin.email not in json.dumps(given)  # a person can be forgotten
    assert actions(cast.kestrel) == []  # nobody reads another one's chain


def test_partnerships_keys_and_members_are_told(cast: Cast) -> None:
    with acting_for(cast.avalon):
        edge = Partnership.objects.get(counterparty=cast.fjord)
        shown = Grant.objects.filter(owner=cast.avalon, viewer=cast.fjord).count()
        sharing.suspend(edge)
        sharing.resume(edge)
        sharing.end(edge)
        member = services.invite_person(email="x@avalon.example", name="X", role="planner")
        services.change_member(member, role="clerk")
    keyed = machine(cast.avalon, ["work:read"])
    with acting_for(cast.avalon):
        services.revoke_key(keyed.key)
        services.switch_client(keyed.client, is_active=False)
    assert actions(cast.avalon) == [
        "partnership.suspended",
        "partnership.resumed",
        *["grant.revoked"] * shown,
        "partnership.ended",
        "member.invited",
        "member.changed",
        "client.created",
        "key.issued",
        "key.revoked",
        "client.switched",
    ]
    assert findings(cast.avalon) == []


def test_what_is_rolled_back_is_not_told(cast: Cast) -> None:
    with acting_for(cast.avalon):
        audit.note(action="a", object_kind="test", object_id=1, change={})
        with suppress(Undone), transaction.atomic():
            audit.note(action="b", object_kind="test", object_id=2, change={})
            raise Undone
        audit.note(action="c", object_kind="test", object_id=3, change={})
    with suppress(Undone), acting_for(cast.avalon):
        audit.note(action="d", object_kind="test", object_id=4, change={})
        raise Undone
    assert actions(cast.avalon) == ["a", "c"]


@pytest.mark.committed
def test_writers_wait_in_a_line_and_never_in_a_circle(cast: Cast) -> None:
    """Two grants revoked in opposite order by many threads: rows first, the chain's head last."""
    with acting_for(cast.brasov):
        keys = list(Grant.objects.filter(owner=cast.brasov).order_by("pk").values_list("pk")[:2])
    errors: list[DatabaseError] = []

    def revoke_one_by_one(turn: int) -> None:
        try:
            for (key,) in keys if turn % 2 else reversed(keys):
                with acting_for(cast.brasov):
                    grant = Grant.objects.select_for_update().get(pk=key)
                    audit.note(
                        action="grant.seen", object_kind="grant", object_id=key, change={"n": turn}
                    )
                    grant.save()
        except DatabaseError as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=revoke_one_by_one, args=[turn]) for turn in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert [each["number"] for each in entries(cast.brasov)] == list(range(1, 17))
    assert findings(cast.brasov) == []


# Tampering


@pytest.mark.parametrize("verb", ["UPDATE events_auditentry SET action = 'x'",
                                  "DELETE FROM events_auditentry",
                                  "DELETE FROM events_audithead",
                                  "TRUNCATE events_auditentry"])  # fmt: skip
def test_the_run_time_role_can_only_add(cast: Cast, verb: str) -> None:
    write(cast.avalon, 1)
    with (
        acting_for(cast.avalon),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(verb)


def as_owner(organisation: Organisation, *statements: str) -> None:
    """Do what only the owner of the tables can: set the walls aside, then change the chain."""
    held = psycopg2.connect(servers.OWNER_URL)
    try:
        with held, held.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('collab.organisation', %s, true)", [str(organisation.pk)]
            )
            for table in ("events_auditentry", "events_audithead"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for statement in statements:
                cursor.execute(statement)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in ("events_auditentry", "events_audithead"):
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    finally:
        held.close()


COPY = """
INSERT INTO events_auditentry (id, owner_id, number, at, actor_kind, actor_id, action, object_kind,
                               object_id, change, previous, hash)
SELECT gen_random_uuid(), owner_id, {number}, at, actor_kind, actor_id, 'forged', object_kind,
       object_id, change, previous, hash FROM events_auditentry WHERE number = {of}
"""
SWAP = [
    "UPDATE events_auditentry SET number = -3 WHERE number = 3",
    "UPDATE events_auditentry SET number = 3 WHERE number = 4",
    "UPDATE events_auditentry SET number = 4 WHERE number = -3",
]
SHIFT = [
    "UPDATE events_auditentry SET number = -number WHERE number > 2",
    "UPDATE events_auditentry SET number = 1 - number WHERE number < 0",
]


@pytest.mark.committed
@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["UPDATE events_auditentry SET change = '{\"step\": 99}' WHERE number = 3"],
         [(3, "changed")]),
        (["UPDATE events_auditentry SET change = '{\"step\": 2.5}' WHERE number = 3"],
         [(3, "changed")]),
        (["UPDATE events_auditentry SET hash = repeat('a', 64) WHERE number = 3"],
         [(3, "changed"), (4, "unlinked")]),
        (["DELETE FROM events_auditentry WHERE number = 3"], [(3, "missing")]),
        ([COPY.format(number=7, of=6)],
         [(7, "changed"), (7, "unlinked")]),
        ([*SHIFT, COPY.format(number=3, of=2)],
         [(3, "changed"), (3, "unlinked"), (4, "changed"), (5, "changed"), (6, "changed"),
          (7, "changed")]),
        (SWAP, [(3, "changed"), (3, "unlinked"), (4, "changed"), (4, "unlinked"), (5, "unlinked")]),
        (["DELETE FROM events_auditentry WHERE number > 4"], [(5, "missing"), (6, "missing")]),
        (["TRUNCATE events_auditentry"], [(number, "missing") for number in range(1, 7)]),
    ],
    ids=["change", "fraction", "hash", "delete", "append", "insert", "reorder", "cut", "truncate"],
)  # fmt: skip
def test_tampering_in_the_database_is_named_by_number(
    cast: Cast, statements: list[str], expected: list[tuple[int, str]]
) -> None:
    write(cast.avalon, 6)
    write(cast.kestrel, 2)
    assert findings(cast.avalon) == []  # the positive control
    as_owner(cast.avalon, *statements)
    found = findings(cast.avalon)
    assert [each for each in found if each in expected] == expected
    assert {number for number, _kind in found} >= {number for number, _kind in expected}
    if "TRUNCATE" not in statements[0]:
        assert findings(cast.kestrel) == []


@pytest.mark.committed
def test_an_entry_moved_to_another_organisation_is_foreign(cast: Cast) -> None:
    write(cast.avalon, 2)
    tables = ("events_auditentry", "events_audithead")
    as_owner(
        cast.avalon,
        *(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY" for table in tables),
        *(f"UPDATE {table} SET owner_id = {cast.kestrel.pk}" for table in tables),
        "SET CONSTRAINTS ALL IMMEDIATE",
        *(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY" for table in tables),
    )
    assert {kind for _number, kind in findings(cast.kestrel)} == {"changed"}


def test_the_log_is_for_administrators_and_machines_with_the_scope(
    cast: Cast, client_for: Callable[..., Any]
) -> None:
    write(cast.avalon, 1)
    assert client_for(cast.avalon, role="admin").get("/api/v1/audit").status_code == 200
    assert client_for(cast.avalon, role="planner").get("/api/v1/audit").status_code == 403
    assert machine(cast.avalon, ["sharing:read"], name="x").get("audit").status_code == 403
    assert machine(cast.kestrel, ["audit:read"]).get("audit?action=test.done").json()["items"] == []
