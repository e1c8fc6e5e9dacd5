"""Offers, answers, bills and premium freight on open screens: lists fetch themselves again."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from collab.live.topics import Frame, Topic, register
from collab.sharing.models import Shared
from transport.events import (
    ANSWER_TOPIC,
    BILLING_TOPIC,
    PREMIUM_TOPIC,
    TARIFF_TOPIC,
    TENDER_TOPIC,
)
from transport.models import (
    Departure,
    FreightInvoice,
    PremiumAnswer,
    PremiumFreight,
    RouteAnswer,
    Settlement,
    TenderAnswer,
    TenderOffer,
)
from transport.queries.whole import whole_rows

TABLES: dict[str, tuple[type[Shared], ...]] = {
    TENDER_TOPIC: (TenderOffer,),
    ANSWER_TOPIC: (TenderAnswer, RouteAnswer),
    BILLING_TOPIC: (FreightInvoice, Settlement),
    PREMIUM_TOPIC: (PremiumFreight, PremiumAnswer),
    TARIFF_TOPIC: (Departure,),
}


def render(tables: Sequence[type[Shared]]) -> Callable[[Sequence[UUID]], list[Frame]]:
    """Return what draws rows of these tables: their keys, for the lists that show them."""

    def frames(keys: Sequence[UUID]) -> list[Frame]:
        found: list[Any] = []
        for table in tables:
            rows = whole_rows(table.objects.filter(pk__in=list(keys)))
            found += rows.values_list("pk", flat=True)
        return [Frame(data={"id": str(key)}) for key in found]

    return frames


def register_topics() -> None:
    """Make the topics known."""
    for name, tables in TABLES.items():
        register(Topic(name=name, sharing_topic=name, render=render(tables)))
