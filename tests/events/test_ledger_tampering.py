"""Six kinds of tampering, done in the database by its owner: found by its own look and abroad.

Each is done twice: bluntly, by changing rows, which the look at the log names by number; and
thoroughly, by writing the whole log anew so that it is well made in itself and has its heads signed
again. Then the states kept outside the database show it, and without those the witness does.
"""

import shutil
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command

from collab.events.checkpoints import public_key
from collab.events.models import Event
from collab.events.transparency import reading, services
from collab.events.transparency.bundles import named_hash
from collab.events.transparency.models import WitnessedHead
from collab.events.transparency.trust import trusted_keys
from collab.events.transparency.verification import Report, verify
from collab.events.transparency.witnessing import Copy, copies_of, our_copies, witness
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from tests.events.ledgers import KIND, NAME, as_owner, leaves_of, log_facts, rewrite
from tests.harness.cast import Cast

pytestmark = pytest.mark.committed

Leaves = list[tuple[str, UUID, str]]


def look(organisation: Organisation) -> Report:
    with acting_for(organisation):
        report = verify(name=NAME)
    assert report is not None
    return report


def witnessed(viewer: Organisation, owner: Organisation) -> Copy | None:
    with acting_for(viewer):
        return witness(reading.log_of(owner.pk, NAME))


@pytest.fixture
def story(cast: Cast) -> Cast:
    """Brasov and its rival Porto log 20 facts each, in two steps; their customers witness them."""
    for owner, viewer in ((cast.brasov, cast.avalon), (cast.porto, cast.kestrel)):
        for start in (0, 10):
            log_facts(owner, 10, start=start)
            copy = witnessed(viewer, owner)
            assert copy is not None
            assert copy.fits
    assert look(cast.brasov).holds
    return cast


BLUNT: dict[str, tuple[list[str], tuple[int, str]]] = {
    "edit": (
        ["UPDATE events_logleaf SET content_hash = 'ni:///sha-256;00' WHERE {log} AND index = 3"],
        (4, "changed"),
    ),
    "edit of the hash": (
        ["UPDATE events_lognode SET hash = sha256('x') WHERE {log} AND level = 0 AND index = 3"],
        (4, "changed"),
    ),
    "edit of an inner hash": (
        ["UPDATE events_lognode SET hash = sha256('x') WHERE {log} AND level = 4 AND index = 0"],
        (1, "changed"),
    ),
    "delete": (["DELETE FROM events_logleaf WHERE {log} AND index = 6"], (7, "missing")),
    "delete of the hash": (
        ["DELETE FROM events_lognode WHERE {log} AND level = 0 AND index = 6"],
        (7, "missing"),
    ),
    "insert": (
        [
            "INSERT INTO events_logleaf (id, owner_id, log_id, index, object_kind, object_id,"
            " content_hash, appended_at)"
            " SELECT gen_random_uuid(), owner_id, log_id, 20, object_kind, gen_random_uuid(),"
            " content_hash, appended_at"
            " FROM events_logleaf WHERE {log} AND index = 2"
        ],
        (21, "added"),
    ),
    "reorder": (
        [
            "UPDATE events_logleaf SET index = CASE index WHEN 1 THEN 1002 ELSE 1001 END"
            " WHERE {log} AND index IN (1, 2)",
            "UPDATE events_logleaf SET index = index - 1000 WHERE {log} AND index > 1000",
        ],
        (2, "changed"),
    ),
    "truncate": (["DELETE FROM events_logleaf WHERE {log} AND index > 7"], (9, "missing")),
    "truncate with heads": (
        [
            "DELETE FROM events_logleaf WHERE {log} AND index > 9",
            "DELETE FROM events_treehead WHERE {log} AND size > 10",
            "UPDATE events_transparencylog SET size = 10 WHERE {id}",
        ],
        (11, "missing"),
    ),
    "a head of their own": (
        ["UPDATE events_treehead SET root = repeat('0', 64) WHERE {log} AND size = 20"],
        (20, "unsigned"),
    ),
}


@pytest.mark.parametrize("how", BLUNT)
def test_blunt_tampering_is_named_by_number(story: Cast, how: str) -> None:
    with acting_for(story.brasov):
        key = reading.log_of(story.brasov.pk, NAME).pk
    statements, expected = BLUNT[how]
    with as_owner() as cursor:
        for statement in statements:
            cursor.execute(statement.format(log=f"log_id = '{key}'", id=f"id = '{key}'"))
    report = look(story.brasov)
    assert expected in {(each.entry, each.kind) for each in report.findings}, report.findings
    assert look(story.porto).holds
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 2 ledgers"):
        call_command("verify_ledger", stdout=out)
    assert f"{story.brasov.bpn}/{NAME}: entry {expected[0]} {expected[1]}" in out.getvalue()
    assert f"{story.porto.bpn}/{NAME}: 20 entries hold, 2 signed heads agree" in out.getvalue()


def test_a_hole_is_told_although_nothing_is_appended(story: Cast) -> None:
    with as_owner() as cursor:
        cursor.execute(
            "DELETE FROM events_lognode WHERE owner_id = %s AND level = 4", [story.brasov.pk]
        )
    with acting_for(story.brasov):
        assert services.seal(name=NAME) is None
        told = Event.objects.get(kind="events.transparency.LogBroken")
        assert "expected a stored Node(level=4, place=0)" in told.body["reason"]


def test_leaves_swapped_between_tenants_are_changed(story: Cast) -> None:
    """Each log salts its leaves with its own secret: the rival's row does not fit into it."""
    one, other = leaves_of(story.brasov)[3], leaves_of(story.porto)[3]
    with as_owner() as cursor:
        for mine, theirs in ((one, other), (other, one)):
            cursor.execute(
                "UPDATE events_logleaf SET object_id = %s, content_hash = %s WHERE id = %s",
                [str(theirs.object_id), theirs.content_hash, str(mine.pk)],
            )
    for owner in (story.brasov, story.porto):
        assert [(each.entry, each.kind) for each in look(owner).findings] == [(4, "changed")]


def test_a_log_given_to_another_tenant_is_foreign(story: Cast) -> None:
    with as_owner() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        spare = -1  # no foreign key is checked before the end
        for before, after in (
            (story.brasov.pk, spare),
            (story.porto.pk, story.brasov.pk),
            (spare, story.porto.pk),
        ):
            for table in ("transparencylog", "logleaf", "lognode", "treehead"):
                cursor.execute(
                    f"UPDATE events_{table} SET owner_id = %s WHERE owner_id = %s", [after, before]
                )
    for owner, viewer in ((story.brasov, story.avalon), (story.porto, story.kestrel)):
        assert {each.kind for each in look(owner).findings} >= {"foreign"}
        copy = witnessed(viewer, owner)
        assert copy is None or not copy.fits


def edited(leaves: Leaves, _others: Leaves) -> Leaves:
    kind, key, _hash = leaves[3]
    return [*leaves[:3], (kind, key, named_hash("forged")), *leaves[4:]]


def deleted(leaves: Leaves, _others: Leaves) -> Leaves:
    return [*leaves[:3], *leaves[4:]]


def inserted(leaves: Leaves, _others: Leaves) -> Leaves:
    return [*leaves[:3], (KIND, uuid4(), named_hash("forged")), *leaves[3:]]


def reordered(leaves: Leaves, _others: Leaves) -> Leaves:
    return [*leaves[:3], leaves[4], leaves[3], *leaves[5:]]


def truncated(leaves: Leaves, _others: Leaves) -> Leaves:
    return leaves[:13]


def swapped(leaves: Leaves, others: Leaves) -> Leaves:
    return [*leaves[:3], others[3], *leaves[4:]]


@pytest.mark.parametrize("forge", [edited, deleted, inserted, reordered, truncated, swapped])
def test_a_log_written_anew_contradicts_what_was_signed(
    story: Cast, forge: Callable[[Leaves, Leaves], Leaves], folder: Path
) -> None:
    own, others = (
        [(leaf.object_kind, leaf.object_id, leaf.content_hash) for leaf in leaves_of(each)]
        for each in (story.brasov, story.porto)
    )
    forged = forge(own, others)
    rewrite(story.brasov, forged)
    report = look(story.brasov)
    assert report.findings, "expected the states kept outside the database to tell"
    with acting_for(story.brasov):
        assert services.seal(name=NAME) is None  # and nothing is signed over it
    copy = witnessed(story.avalon, story.brasov)
    assert copy is not None
    assert not copy.fits  # heads it saw before are gone

    shutil.rmtree(folder)  # whoever runs the installation and has its key takes those away too
    with acting_for(story.brasov):
        assert services.seal(name=NAME) is not None
    assert look(story.brasov).holds
    copy = witnessed(story.avalon, story.brasov)
    assert copy is not None
    assert (copy.verdict, copy.head.tree_size) == ("contradicts", len(forged))
    copy.head.check(trusted_keys())  # two signed heads that contradict each other are evidence
    log_facts(story.brasov, 4, start=30)
    copy = witnessed(story.avalon, story.brasov)
    assert copy is not None
    assert not copy.fits  # growing on does not heal it
    kestrel = witnessed(story.kestrel, story.porto)
    assert kestrel is None or kestrel.fits


def test_witnesses_keep_copies_and_the_owner_sees_how_far_they_are(story: Cast) -> None:
    assert witnessed(story.avalon, story.brasov) is None  # nothing new was signed
    log_facts(story.brasov, 2, start=20)
    with acting_for(story.brasov):
        (copy,) = copies_of(story.brasov.pk, NAME, [story.avalon.pk, story.kestrel.pk])
        assert (copy.witness_id, copy.head.tree_size, copy.fits) == (story.avalon.pk, 20, True)
        assert our_copies(NAME, [story.porto.pk]) == []
        with pytest.raises(ValueError, match="one's own"):
            witness(reading.log_of(story.brasov.pk, NAME))
    copy_after = witnessed(story.avalon, story.brasov)
    assert copy_after is not None
    with acting_for(story.avalon):
        assert our_copies(NAME, [story.brasov.pk, story.porto.pk]) == [copy_after]
        assert WitnessedHead.objects.count() == 3
    for stranger in (story.kestrel, story.porto, story.silesia):
        with acting_for(stranger):
            assert copies_of(story.brasov.pk, NAME, [story.avalon.pk]) == []
            assert not WitnessedHead.objects.filter(counterparty=story.brasov.pk).exists()


def test_a_head_signed_by_nobody_known_is_not_taken(story: Cast, settings: Any) -> None:
    current = settings.AUDIT_SEED
    settings.AUDIT_SEED = bytes(32)
    settings.AUDIT_FORMER_KEYS = (public_key(current),)
    log_facts(story.brasov, 1, start=20)
    settings.AUDIT_SEED, settings.AUDIT_FORMER_KEYS = current, ()
    copy = witnessed(story.avalon, story.brasov)
    assert copy is not None
    assert copy.verdict == "unsigned"
