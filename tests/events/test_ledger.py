"""The ledger's tables: grown once per object, signed, open to whom the topic is open."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from collab.events.models import Errand, Event
from collab.events.transparency import keeping, reading
from collab.events.transparency.bundles import Record, named_hash
from collab.events.transparency.heads import BadHead, SignedHead
from collab.events.transparency.kinds import register
from collab.events.transparency.merkle import root_of
from collab.events.transparency.models import LogLeaf, LogNode, TransparencyLog, TreeHead
from collab.events.transparency.services import SEAL, Entry, append, seal, seal_all
from collab.events.transparency.trust import published_keys, trusted_keys
from collab.events.transparency.verification import verify
from collab.organisations.context import acting_for
from collab.sharing.models import Grant, Partnership, is_live
from collab.sharing.services import suspend
from tests.events.ledgers import KIND, NAME, facts, log_facts, proof
from tests.harness.cast import Cast, give


def leaf_hashes(entries: list[Entry], secret: bytes) -> list[bytes]:
    records = [Record(each.kind, str(each.id), each.hash) for each in entries]
    return [record.leaf(record.salt(secret)) for record in records]


def test_each_object_is_logged_once_and_the_root_is_that_of_the_definition(cast: Cast) -> None:
    made = facts(7)
    with acting_for(cast.brasov):
        assert append(name=NAME, entries=[*made[:3], made[0]]) == 3
        assert append(name=NAME, entries=made) == 4
        assert append(name=NAME, entries=made) == 0  # a replay adds nothing
        changed = [Entry(KIND, made[0].id, named_hash("another"))]
        assert append(name=NAME, entries=changed) == 0  # what was logged first stands
        head = seal(name=NAME)
        assert head is not None
        assert seal(name=NAME) is None  # nothing new to sign
        log = reading.log_of(cast.brasov.pk, NAME)
        assert head.root_bytes == root_of(leaf_hashes(made, bytes(log.secret)))
        assert (head.log_id, head.tree_size) == (f"{cast.brasov.bpn}/{NAME}", 7)
        head.check(trusted_keys())
        assert LogNode.objects.filter(log_id=log.pk).count() == 7
        assert list(LogLeaf.objects.order_by("index").values_list("object_id", flat=True)) == [
            each.id for each in made
        ]
        report = verify(name=NAME)
        assert report is not None
        assert (report.holds, report.size, report.newest) == (True, 7, head)


def test_one_by_one_gives_the_tree_of_all_at_once(cast: Cast) -> None:
    made = facts(13)
    with acting_for(cast.brasov):
        for each in made:
            append(name=NAME, entries=[each])
        head = seal(name=NAME)
        log = reading.log_of(cast.brasov.pk, NAME)
        assert head is not None
        assert head.root_bytes == root_of(leaf_hashes(made, bytes(log.secret)))
        assert seal_all() == 0


def test_a_head_is_owed_once_in_ten_seconds_and_told(cast: Cast) -> None:
    with acting_for(cast.brasov):
        append(name=NAME, entries=facts(2))
        append(name=NAME, entries=facts(2, start=2))
        owed = Errand.objects.filter(organisation_id=cast.brasov.pk, name=SEAL)
        assert 1 <= owed.count() <= 2  # 2 only where ten seconds end between the two
        assert owed[0].due_at <= timezone.now() + timedelta(seconds=10.1)
        seal_all()
        told = Event.objects.filter(kind="events.transparency.HeadSigned")
        assert [each.body["tree_size"] for each in told] == [4]


def test_a_partner_proves_what_it_sees_and_a_rival_sees_no_log(cast: Cast) -> None:
    made = log_facts(cast.brasov, 6)
    first = proof(cast.avalon, cast.brasov, made[2], 2)
    first.verify(trusted_keys())
    log_facts(cast.brasov, 5, start=6)
    later = proof(cast.avalon, cast.brasov, made[2], 2, since=6)
    later.verify(trusted_keys())
    later.verify_since(first.head, trusted_keys())
    assert proof(cast.avalon, cast.brasov, made[2], 2, size=6) == first
    with acting_for(cast.avalon):
        log = reading.log_of(cast.brasov.pk, NAME)
        reading.consistency(log, 6).verify(trusted_keys())
        with pytest.raises(reading.NotLogged):
            reading.consistency(log, 5)  # no head of that size was signed
        assert not LogLeaf.objects.exists()  # what the hashes stand for stays with the owner
    for stranger in (cast.porto, cast.kestrel, cast.silesia, cast.fjord):
        with acting_for(stranger):
            with pytest.raises(reading.NotLogged):
                reading.log_of(cast.brasov.pk, NAME)
            assert reading.open_logs(NAME) == []
            assert not TreeHead.objects.exists()
            assert not LogNode.objects.exists()


def test_an_entry_is_proved_only_once_a_head_covers_it(cast: Cast) -> None:
    log_facts(cast.brasov, 1)
    made = facts(2, start=1)
    with acting_for(cast.brasov):
        append(name=NAME, entries=made[:1])
    with pytest.raises(reading.NotSigned):
        proof(cast.avalon, cast.brasov, made[0], 1)
    with pytest.raises(reading.NotLogged):
        proof(cast.avalon, cast.brasov, made[1], 2)


@pytest.mark.parametrize("how", ["live", "revoked", "expired", "later", "unconsented", "paused"])
def test_a_log_is_open_exactly_while_a_grant_is_live(cast: Cast, how: str) -> None:
    """``collab.opens`` says in SQL what ``is_live`` says; the cast gives Fjord nothing of this."""
    log_facts(cast.avalon, 1)
    grant = give(cast.avalon, cast.fjord, cast.fjord, NAME)
    now = timezone.now()
    with acting_for(cast.avalon):
        if how == "revoked":
            Grant.objects.filter(pk=grant.pk).update(revoked_at=now)
        elif how == "expired":
            Grant.objects.filter(pk=grant.pk).update(valid_to=now - timedelta(seconds=1))
        elif how == "later":
            Grant.objects.filter(pk=grant.pk).update(valid_from=now + timedelta(hours=1))
        elif how == "unconsented":
            Grant.objects.filter(pk=grant.pk).update(revoked_at=now)
            Grant.objects.create(
                viewer=cast.fjord, about=cast.brasov, topic=NAME, purpose="x", valid_from=now
            )
        elif how == "paused":
            suspend(Partnership.objects.get(counterparty=cast.fjord))
    with acting_for(cast.fjord):
        is_open = Grant.objects.filter(is_live(), owner=cast.avalon, topic=NAME).exists()
        assert is_open is (how == "live")
        assert TransparencyLog.objects.filter(owner=cast.avalon).exists() is is_open
        assert LogNode.objects.filter(owner=cast.avalon).exists() is is_open


def test_nobody_changes_what_was_logged(cast: Cast) -> None:
    log_facts(cast.brasov, 2)
    for statement in (
        "UPDATE events_logleaf SET content_hash = 'x'",
        "UPDATE events_lognode SET hash = '\\x00'",
        "UPDATE events_treehead SET size = 1",
        "UPDATE events_transparencylog SET size = 1",
        "UPDATE events_transparencylog SET name = 'x'",
        "DELETE FROM events_logleaf",
        "DELETE FROM events_lognode",
        "DELETE FROM events_treehead",
        "DELETE FROM events_transparencylog",
        "DELETE FROM events_witnessedhead",
    ):
        with (
            acting_for(cast.brasov),
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_the_objects_are_compared_with_what_was_logged(cast: Cast, monkeypatch: Any) -> None:
    made = log_facts(cast.brasov, 4)
    now: dict[Any, str | None] = {each.id: each.hash for each in made}
    from collab.events.transparency import kinds

    monkeypatch.setattr(kinds, "_rehash", {})
    register(KIND, lambda keys: {key: now[key] for key in keys if key in now})
    with acting_for(cast.brasov):
        report = verify(name=NAME)
        assert report is not None
        assert report.holds
        now[made[0].id] = None  # its keeping time is over
        now[made[1].id] = named_hash("edited in its own table")
        del now[made[3].id]
        report = verify(name=NAME)
        assert report is not None
        found = [(each.entry, each.kind) for each in report.findings]
        assert found == [(2, "changed"), (4, "missing")]


def test_keys_are_changed_without_a_break(cast: Cast, settings: Any, folder: Path) -> None:
    made = log_facts(cast.brasov, 3)
    (old,) = published_keys()
    settings.AUDIT_SEED = bytes(range(32))
    with acting_for(cast.brasov):
        append(name=NAME, entries=facts(1, start=3))
        assert seal(name=NAME) is None  # the old key was not named as a former one
        told = Event.objects.get(kind="events.transparency.LogBroken")
        assert "known key" in told.body["reason"]
        settings.AUDIT_FORMER_KEYS = (old.public_key,)
        head = seal(name=NAME)
    assert head is not None
    assert [each.is_current for each in published_keys()] == [True, False]
    assert head.key_id == published_keys()[0].id != old.id
    found = proof(cast.avalon, cast.brasov, made[0], 0, since=3)
    found.verify(trusted_keys())
    with pytest.raises(BadHead, match="known key"):
        found.verify({old.id: trusted_keys()[old.id]})


def test_heads_are_kept_outside_the_database(cast: Cast, folder: Path) -> None:
    log_facts(cast.brasov, 3)
    log_id = f"{cast.brasov.bpn}/{NAME}"
    (kept,) = keeping.kept(folder, log_id)
    with acting_for(cast.brasov):
        assert reading.newest_head(reading.log_of(cast.brasov.pk, NAME)) == kept
    later = [
        SignedHead.sign(
            log_id=log_id,
            tree_size=size,
            root=bytes(32),
            at=kept.at + timedelta(minutes=minutes),
            seed=bytes(32),
        )
        for size, minutes in ((4, 6), (5, 11), (6, 12), (7, 13))
    ]
    assert all(keeping.keep(folder, each) for each in later)
    assert not keeping.keep(folder, later[-1])
    # the newest, and of the others those that are ten minutes apart
    assert [each.tree_size for each in keeping.kept(folder, log_id)] == [7, 5, 3]


@pytest.mark.committed
def test_writers_wait_in_line(cast: Cast) -> None:
    made = facts(60)
    errors: list[BaseException] = []

    def write(part: int) -> None:
        try:
            for place in range(part, 60, 4):
                with acting_for(cast.brasov):
                    append(name=NAME, entries=[made[place], made[(place + 1) % 60]])
        except BaseException as error:
            errors.append(error)
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(part,)) for part in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert errors == []
    with acting_for(cast.brasov):
        assert seal(name=NAME) is not None
        report = verify(name=NAME)
    assert report is not None
    assert (report.size, report.findings) == (60, ())
