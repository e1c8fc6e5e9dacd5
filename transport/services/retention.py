"""Positions live as long as the tracking window: what is behind it is deleted (TR-12)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from collab.organisations.context import acting_organisation_id
from transport.models import Load, Position, TrackingLink
from transport.services.links import keep_links

AT_ONCE = 500


@transaction.atomic
def forget_old(*, now: datetime) -> int:
    """Delete the acting organisation's positions and links of windows that are over.

    Returns how many loads were forgotten; at most 500 at once, the next run goes on.
    """
    over = TrackingLink.objects.filter(active_until__lt=now).values_list("load_id", flat=True)
    keys = sorted(set(over.order_by("active_until")[:AT_ONCE]))
    if not keys:
        return 0
    Position.objects.filter(owner_id=acting_organisation_id(), load_id__in=keys).delete()
    TrackingLink.objects.filter(load_id__in=keys, active_until__lt=now).delete()
    return len(keys)


def end_lost(*, now: datetime) -> None:
    """End the links of loads that are no longer ours: handed to another carrier, or taken back."""
    followed = set(
        TrackingLink.objects.filter(stopped_at__isnull=True).values_list("load_id", flat=True)
    )
    ours = acting_organisation_id()
    pairs = Load.objects.filter(pk__in=followed).values_list("pk", "owner_id", "counterparty_id")
    kept: set[UUID] = {key for key, *ends in pairs if ours in ends}
    if lost := sorted(followed - kept):
        keep_links(lost, now=now)
