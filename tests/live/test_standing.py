"""One look at the rights of all sockets: one transaction, each organisation by its own walls."""

from typing import Any

from django.db import connection

from collab.live.entitlement import Ticket, admit, look_again
from collab.live.feed import append
from collab.organisations.context import acting_for
from collab.organisations.models import Membership, Organisation, Tenant
from collab.sharing import services
from collab.sharing.models import Grant
from tests.harness.cast import Cast, found_person
from tests.live.server import sign_in


def ticket_for(organisation: Organisation, role: str = "planner") -> Ticket:
    found = admit(sign_in(found_person(organisation, role), organisation))
    assert found is not None
    return found


def test_the_look_costs_the_same_for_one_organisation_and_for_all(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    tickets = [ticket_for(each) for each in cast.everybody()]
    for some in (tickets[:1], tickets):
        with django_assert_num_queries(6):  # sessions, people, tenants, savepoint, look, release
            standing = look_again(some)
        assert standing.valid == frozenset(some)
        assert set(standing.heads) == {each.organisation_id for each in some}


def test_each_ticket_is_judged_by_its_own_organisation(cast: Cast) -> None:
    ours, theirs = ticket_for(cast.avalon), ticket_for(cast.kestrel)
    with acting_for(cast.avalon):
        append("test", [{"en": {"k": "data"}, "de": {"k": "data"}}] * 3)
        Membership.objects.filter(person=ours.person_id).update(is_active=False)
    standing = look_again({ours, theirs})
    assert standing.valid == {theirs}
    assert standing.heads == {cast.avalon.pk: 3, cast.kestrel.pk: 0}
    Tenant.objects.filter(pk=cast.kestrel.pk).update(is_active=False)
    assert look_again({ours, theirs}).valid == frozenset()


def test_the_look_leaves_nobody_acted_for(cast: Cast) -> None:
    look_again({ticket_for(cast.avalon), ticket_for(cast.kestrel)})
    assert Organisation.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('collab.organisation', true)")
        assert not cursor.fetchone()[0]


def test_a_right_that_ends_is_noticed_for_its_viewer_alone(cast: Cast) -> None:
    tickets = {ticket_for(cast.avalon), ticket_for(cast.kestrel)}
    assert look_again(tickets).narrowed == {}
    with acting_for(cast.brasov):
        services.revoke(Grant.objects.get(viewer=cast.avalon, topic="inventory.stock"))
    assert set(look_again(tickets).narrowed) == {cast.avalon.pk}
