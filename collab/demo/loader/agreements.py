"""Partnerships and grants, each end saying its own part."""

from datetime import datetime, timedelta

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
    for grant in network.grants:
        with acting_for(directory.organisations[grant.owner]):
            given = Grant.objects.create(
                viewer=directory.organisations[grant.viewer],
                about=directory.organisations[grant.about],
                topic=grant.topic,
                fields=list(grant.fields),
                purpose=grant.purpose,
                agreement="Framework agreement 2026",
                valid_from=signed_at,
            )
        if grant.is_consented:
            with acting_for(directory.organisations[grant.about]):
                Grant.objects.filter(pk=given.pk).update(about_consented_at=signed_at)
