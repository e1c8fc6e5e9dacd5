"""Partnerships and grants, each end saying its own part."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from collab.demo.facts import DemoGrant
from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.organisations.context import acting_for
from collab.sharing.models import Grant, Partnership

SIGNED_DAYS_AGO = 120


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Write who does business with whom and who lets whom see what."""
    signed_at = as_of - timedelta(days=SIGNED_DAYS_AGO)
    for edge in network.partnerships:
        customer = directory.organisations[edge.customer]
        supplier = directory.organisations[edge.supplier]
        with acting_for(customer):
            row = Partnership.objects.create(
                counterparty=supplier, customer=customer, supplier=supplier
            )
        with acting_for(supplier):
            Partnership.objects.filter(pk=row.pk).update(
                state=Partnership.State.ACTIVE, accepted_at=signed_at
            )
    _write_grants(network.grants, directory, signed_at)


def _write_grants(grants: Iterable[DemoGrant], directory: Directory, signed_at: datetime) -> None:
    """Write each owner's grants at once, then the consents of each whom they are about."""
    by_owner: dict[str, list[Grant]] = defaultdict(list)
    consented: dict[str, list[Grant]] = defaultdict(list)
    for each in grants:
        grant = Grant(
            owner=directory.organisations[each.owner],
            viewer=directory.organisations[each.viewer],
            about=directory.organisations[each.about],
            topic=each.topic,
            fields=list(each.fields),
            purpose=each.purpose,
            agreement="Framework agreement 2026",
            valid_from=signed_at,
        )
        by_owner[each.owner].append(grant)
        if each.is_consented:
            consented[each.about].append(grant)
    for owner, given in by_owner.items():
        with acting_for(directory.organisations[owner]):
            Grant.objects.bulk_create(given)
    for about, given in consented.items():
        with acting_for(directory.organisations[about]):
            Grant.objects.filter(pk__in=[each.pk for each in given]).update(
                about_consented_at=signed_at
            )
