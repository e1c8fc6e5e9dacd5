"""A partner's monthly count of containers is held against the owner's."""

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid5

from django.utils import timezone

from collab.events.bus import Fact, subscribe
from collab.organisations.context import acting_organisation_id
from collab.sharing.hear import hand_over, listen
from transport.events import EMPTIES_TOPIC, EmptiesMoved
from transport.models import EmptiesAccount, EmptiesConfirmation
from transport.services.empties import compare_month

LISTENER = "transport.compare_empties"


def tell_owner(event: EmptiesMoved) -> Iterable[Fact]:
    """Hand a partner's own confirmations to the owner of the accounts."""
    told = EmptiesConfirmation.objects.filter(
        owner_id=acting_organisation_id(),
        counterparty_id=event.partner_id,
        account_id__in=event.account_ids,
    )
    accounts = set(
        EmptiesAccount.objects.filter(owner_id=acting_organisation_id()).values_list(
            "pk", flat=True
        )
    )
    keys = [each.pk for each in told if each.account_id not in accounts]
    if keys:
        hand_over(
            uuid5(UUID(event.change_id), "confirmed"),
            listener=LISTENER,
            topic=EMPTIES_TOPIC,
            about_ids=[event.partner_id],
            rows=keys,
        )
    return ()


def compare(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Compare the months that a partner confirmed with what is counted here."""
    for each in EmptiesConfirmation.objects.filter(pk__in=list(keys)):
        compare_month(each.account_id, each.month, as_of=timezone.now())
    return ()


listen(LISTENER, compare)
subscribe(EmptiesMoved, tell_owner)
