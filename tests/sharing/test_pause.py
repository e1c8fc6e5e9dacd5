"""A suspended partnership closes what its two ends let each other see, on every channel."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from collab.live.feed import announce
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from collab.sharing import services
from collab.sharing.access import what_partner_sees
from collab.sharing.models import Grant, Partnership, live_pairs
from collab.sharing.queries import audience, visible_fields
from tests.harness.cast import Cast, partner
from tests.integration.machines import machine
from tests.sharing.test_access import count_stock

TOPIC = "inventory.stock"


def edge(one: Organisation, other: Organisation) -> Partnership:
    return Partnership.objects.get(
        owner__in=[one.pk, other.pk], counterparty__in=[one.pk, other.pk]
    )


def suspend(by: Organisation, other: Organisation) -> None:
    with acting_for(by):
        services.suspend(edge(by, other))


def resume(by: Organisation, other: Organisation) -> None:
    with acting_for(by):
        services.resume(edge(by, other))


def raw_count(viewer: Organisation, table: str, owner: Organisation) -> int:
    """Count what the walls alone let through: no manager, no filter of ours."""
    with acting_for(viewer), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE owner_id = %s", [owner.pk])
        found: int = cursor.fetchone()[0]
    return found


@pytest.mark.parametrize("by", ["avalon", "brasov"])
def test_either_end_closes_lists_walls_and_addressing_at_once(cast: Cast, by: str) -> None:
    count_stock(cast)
    ends = (cast.avalon, cast.brasov) if by == "avalon" else (cast.brasov, cast.avalon)
    caller = machine(cast.avalon, name="reader")

    def seen() -> tuple[int, int, int, bool]:
        with acting_for(cast.avalon):
            pairs = len(live_pairs(TOPIC))
        with acting_for(cast.brasov):
            told = cast.avalon.pk in {each.viewer_id for each in audience(TOPIC)}
        listed = len(caller.get("stock").json()["items"])
        return listed, raw_count(cast.avalon, "inventory_stockposition", cast.brasov), pairs, told

    assert seen() == (1, 1, 1, True)
    suspend(*ends)
    assert seen() == (0, 0, 0, False)
    assert raw_count(cast.brasov, "inventory_stockposition", cast.brasov) == 1  # one's own stays
    with acting_for(cast.brasov):
        assert [each for each in what_partner_sees(cast.avalon.pk) if each.topic == TOPIC] == []
    resume(*ends)
    assert seen() == (1, 1, 1, True)


def test_what_is_shown_to_a_third_party_about_the_other_end_is_closed_too(cast: Cast) -> None:
    pair = (cast.brasov.pk, cast.avalon.pk)
    with acting_for(cast.silesia):
        assert pair in live_pairs("work.exceptions")
    suspend(cast.avalon, cast.brasov)  # Silesia cannot even see that partnership
    with acting_for(cast.silesia):
        assert live_pairs("work.exceptions") == []
        assert visible_fields("work.exceptions") == {}
    resume(cast.brasov, cast.avalon)
    suspend(cast.silesia, cast.brasov)  # now the viewer's own one
    with acting_for(cast.silesia):
        assert live_pairs("work.exceptions") == []
    with acting_for(cast.avalon):
        assert pair in live_pairs("work.exceptions")
    resume(cast.silesia, cast.brasov)
    with acting_for(cast.silesia):
        assert pair in live_pairs("work.exceptions")


def test_other_partnerships_stay_open(cast: Cast) -> None:
    suspend(cast.avalon, cast.brasov)
    with acting_for(cast.kestrel):
        assert live_pairs(TOPIC) == [(cast.porto.pk, cast.kestrel.pk)]


def test_a_second_active_edge_of_the_same_two_keeps_the_grants_open(cast: Cast) -> None:
    partner(cast.brasov, cast.avalon)  # Avalon supplies Brasov as well
    with acting_for(cast.avalon):
        services.suspend(Partnership.objects.get(customer=cast.avalon, supplier=cast.brasov))
        assert len(live_pairs(TOPIC)) == 1
        services.suspend(Partnership.objects.get(customer=cast.brasov, supplier=cast.avalon))
    with acting_for(cast.avalon):
        assert live_pairs(TOPIC) == []


def test_a_grant_given_meanwhile_waits_as_well(cast: Cast) -> None:
    suspend(cast.silesia, cast.brasov)
    with acting_for(cast.brasov):
        grant = services.give_grant(
            viewer_id=cast.silesia.pk, about_id=cast.kestrel.pk, topic=TOPIC, purpose="planning"
        )
        grant.refresh_from_db()
        assert grant.is_paused
    with acting_for(cast.kestrel):
        services.consent(Grant.objects.get(pk=grant.pk))
    with acting_for(cast.silesia):
        assert live_pairs(TOPIC) == []
    resume(cast.silesia, cast.brasov)
    with acting_for(cast.silesia):
        assert live_pairs(TOPIC) == [(cast.brasov.pk, cast.kestrel.pk)]


def test_a_paused_grant_that_is_revoked_stays_closed(cast: Cast) -> None:
    suspend(cast.avalon, cast.brasov)
    with acting_for(cast.brasov):
        services.revoke(Grant.objects.get(owner=cast.brasov, viewer=cast.avalon, topic=TOPIC))
    resume(cast.avalon, cast.brasov)
    with acting_for(cast.avalon):
        assert live_pairs(TOPIC) == []


@pytest.mark.parametrize("column", ["is_viewer_paused", "is_about_paused", "narrowed_at"])
@pytest.mark.parametrize("who", ["brasov", "avalon"])
def test_no_statement_opens_a_paused_grant(cast: Cast, who: str, column: str) -> None:
    suspend(cast.avalon, cast.brasov)
    value = "NULL" if column == "narrowed_at" else "false"
    statement = f"UPDATE sharing_grant SET {column} = {value} WHERE topic = %s AND viewer_id = %s"
    with (
        acting_for(getattr(cast, who)),
        pytest.raises(DatabaseError, match="expected"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [TOPIC, cast.avalon.pk])


def test_no_screen_is_addressed_while_it_is_paused(cast: Cast) -> None:
    from uuid_utils.compat import uuid7

    from collab.events.bus import Touch
    from collab.events.models import Errand, Event

    def addressed() -> set[int]:
        key: Any = uuid7()
        with acting_for(cast.brasov):
            announce(Event(pk=key), [Touch("inventory.coverage", uuid7(), cast.avalon.pk)])
        rows = Errand.objects.filter(subject_id=key)
        return set(rows.values_list("organisation_id", flat=True))

    assert addressed() == {cast.brasov.pk, cast.avalon.pk, cast.silesia.pk}
    suspend(cast.brasov, cast.avalon)
    assert addressed() == {cast.brasov.pk}
    resume(cast.avalon, cast.brasov)
    assert addressed() == {cast.brasov.pk, cast.avalon.pk, cast.silesia.pk}
