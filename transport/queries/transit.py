"""How long goods were really on their way from a partner to a site."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, stdev

from django.db.models import Q

from collab.organisations.context import acting_organisation_id
from transport.models import Shipment

SECONDS_PER_DAY = 86_400
LEAST_TRIPS = 3


@dataclass(frozen=True, slots=True)
class Transit:
    """Measured days from pick-up to delivery: mean, standard deviation, number of shipments."""

    days: float
    sigma_days: float
    shipments: int


def measured_transit(*, since: datetime) -> dict[tuple[int, str], Transit]:
    """Return the transit of shipments delivered to us, by partner and code of our site.

    Both kinds count: those we ordered and those the partner ordered. Fewer than three shipments
    say nothing and are left out; so are those with a time missing.
    """
    us = acting_organisation_id()
    rows = Shipment.objects.filter(
        Q(owner_id=us, is_inbound=True) | Q(counterparty_id=us, is_inbound=False),
        picked_up_at__isnull=False, delivered_at__gte=since,
    )  # fmt: skip
    taken: dict[tuple[int, str], list[float]] = defaultdict(list)
    columns = ("owner_id", "counterparty_id", "destination", "picked_up_at", "delivered_at")
    for owner, other, place, began, ended in rows.values_list(*columns).iterator():
        if began is None or ended is None or ended <= began:
            continue
        partner = other if owner == us else owner
        days = (ended - began).total_seconds() / SECONDS_PER_DAY
        taken[partner, str(place.get("site_code", ""))].append(days)
    return {
        key: Transit(fmean(days), stdev(days), len(days))
        for key, days in taken.items()
        if len(days) >= LEAST_TRIPS
    }
