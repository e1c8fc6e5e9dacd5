"""Who is called about what: exactly those whom live grants entitle, about that counterparty."""

from typing import Any

import pytest
from uuid_utils.compat import uuid7

from collab.events.bus import Touch
from collab.events.models import Errand, Event
from collab.live.feed import announce
from collab.organisations.context import acting_for
from collab.sharing.hear import hand_over, listen
from collab.sharing.models import Grant
from tests.harness.cast import SINCE, Cast, give

TOPIC = "inventory.coverage"


@pytest.fixture
def two_customers(cast: Cast) -> Cast:
    """Brasov shows each customer the coverage of that customer.

    Fjord may see something else only, and Silesia what is Kestrel's when Kestrel has consented.
    """
    give(cast.brasov, cast.kestrel, cast.kestrel, TOPIC)
    give(cast.brasov, cast.fjord, cast.kestrel, "inventory.plan")
    with acting_for(cast.brasov):
        Grant.objects.create(
            viewer=cast.silesia, about=cast.kestrel, topic=TOPIC, purpose="asked", valid_from=SINCE
        )
    return cast


def addressed(subject: Any) -> set[int]:
    """Return who is owed a call about ``subject``."""
    rows = Errand.objects.filter(subject_id=subject)
    return set(rows.values_list("organisation_id", flat=True))


def test_a_screen_is_told_about_its_own_business_alone(two_customers: Cast) -> None:
    cast, found = two_customers, {}
    for customer in (cast.avalon, cast.kestrel):
        event = Event(pk=uuid7())
        with acting_for(cast.brasov):
            announce(event, [Touch(TOPIC, uuid7(), customer.pk)])
        found[customer.pk] = addressed(event.pk)
    assert found == {
        cast.avalon.pk: {cast.brasov.pk, cast.avalon.pk, cast.silesia.pk},
        cast.kestrel.pk: {cast.brasov.pk, cast.kestrel.pk},
    }


def test_a_partners_own_data_follow_its_own_business_alone(two_customers: Cast) -> None:
    cast = two_customers
    listen("test.nothing", lambda _rows: [])
    for customer, entitled in (
        (cast.avalon, {cast.avalon.pk, cast.silesia.pk}),
        (cast.kestrel, {cast.kestrel.pk}),
    ):
        subject = uuid7()
        with acting_for(cast.brasov):
            count = hand_over(
                subject,
                listener="test.nothing",
                topic=TOPIC,
                about_ids=[customer.pk],
                rows=[uuid7()],
            )
        assert addressed(subject) == entitled
        assert count == len(entitled)
