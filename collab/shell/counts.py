"""The badges beside navigation entries, by the name that live frames use for them."""

from django.db.models import F

from collab.organisations.context import acting_organisation_id
from collab.sharing.models import Grant
from collab.work import queries as work


def badges() -> dict[str, int]:
    """Return the badges of the acting organisation; entries with nothing to do have 0."""
    return {**work.counts(), "sharing.awaiting": awaiting_consent()}


def awaiting_consent() -> int:
    """Return how many grants wait for the acting organisation's consent."""
    return (
        Grant.objects.filter(
            about=acting_organisation_id(),
            about_consented_at__isnull=True,
            revoked_at__isnull=True,
        )
        .exclude(viewer=F("about"))
        .count()
    )
