"""Tracking events as something that webhooks can be told of."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collab.integration.models.webhooks import WebhookEndpoint
from collab.integration.webhooks import sources
from inventory.models import NamedQuery, QuerySubscription
from inventory.services.epcis_subscriptions import subscribe

NAME, EVERYTHING = "tracking", "all-events"
HOURLY = {"minute": "0"}


def offers() -> Sequence[tuple[str, str]]:
    """Return all events and each named query, as events come and once an hour."""
    names = NamedQuery.objects.order_by("name").values_list("name", flat=True)
    found = []
    for name in dict.fromkeys([EVERYTHING, *names]):
        label = _("All events") if name == EVERYTHING else name
        found += [
            (f"stream:{name}", _("%(query)s, as they come") % {"query": label}),
            (f"hour:{name}", _("%(query)s, once an hour") % {"query": label}),
        ]
    return found


def follow(url: str, value: str) -> tuple[WebhookEndpoint, str]:
    """Subscribe an address to a named query; that of all events is made where it is not there.

    Raises ``ForbiddenAddress``, and ``LookupError`` for a query that is gone.
    """
    when, _colon, name = value.partition(":")
    query = NamedQuery.objects.filter(name=name).first()
    if query is None:
        if name != EVERYTHING:
            raise LookupError(f"expected a named query, got {name!r}")
        query = NamedQuery.objects.create(name=EVERYTHING, parameters={}, created_at=timezone.now())
    row, secret = subscribe(query, url=url, schedule=HOURLY if when == "hour" else None)
    return row.endpoint, secret


def told(endpoint_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return what each endpoint of ours is subscribed to."""
    rows = QuerySubscription.objects.filter(endpoint__in=endpoint_ids).select_related("query")
    found = {}
    for row in rows:
        text = _("%(query)s, on schedule") if row.schedule else _("%(query)s, as they come")
        name = _("All events") if row.query.name == EVERYTHING else row.query.name
        found[row.endpoint_id] = text % {"query": name}
    return found


def register() -> None:
    """Offer tracking events to webhooks."""
    label = gettext_lazy("Tracking events")
    sources.register(NAME, sources.Source(label, offers, follow, told))
