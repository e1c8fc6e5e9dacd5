"""Numbers of orders, loads and shipments: short, per organisation and year, never twice."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.db.models import F

from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from transport.models import NumberCounter

PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "order": "TO",
        "load": "LD",
        "shipment": "SH",
        "tariff": "TF",
        "premium": "PF",
        "advice": "DA",
        "invoice": "FI",
        "scenario": "MR",
        "route": "RT",
    }
)


def next_number(kind: str) -> str:
    """Return a new number such as ``LD-26-00042``; raise ``ValueError`` for an unknown kind."""
    return next_numbers(kind, 1)[0]


def hold(kind: str) -> None:
    """Let others who number the same kind wait until this transaction is over."""
    year = own_day().year
    counter, _is_new = NumberCounter.objects.get_or_create(
        owner_id=acting_organisation_id(), kind=kind, year=year
    )
    NumberCounter.objects.select_for_update(of=("self",)).get(pk=counter.pk)


def next_numbers(kind: str, count: int) -> list[str]:
    """Return ``count`` new numbers in ascending order; two statements however many.

    The counter stays locked until the transaction ends, so a number is never given twice.
    """
    if kind not in PREFIXES:
        raise ValueError(f"expected a kind among {', '.join(PREFIXES)}, got {kind!r}")
    if count < 1:
        return []
    year = own_day().year
    counter: dict[str, Any] = {"owner_id": acting_organisation_id(), "kind": kind, "year": year}
    rows = NumberCounter.objects.filter(**counter)
    if not rows.update(last=F("last") + count):
        NumberCounter.objects.get_or_create(**counter)
        rows.update(last=F("last") + count)
    last: int = rows.values_list("last", flat=True).get()
    first = last - count + 1
    return [f"{PREFIXES[kind]}-{year % 100:02}-{each:05}" for each in range(first, last + 1)]
