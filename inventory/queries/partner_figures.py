"""When a partner's newest figures came, whichever way: on the platform or by its messages."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Final

from django.db.models import Max

from collab.organisations.context import acting_organisation_id
from inventory.messages.aspects import DAYS, DELIVERIES, ITEM_STOCK, OUTPUT
from inventory.models import (
    Coverage,
    GoodsReceipt,
    PartnerRefresh,
    PlannedOutput,
    ReceiptLine,
    StatedAspect,
    StockCount,
    StockPosition,
)
from transport.queries.announced import newest_announced

Kind = PartnerRefresh.Kind
Found = tuple[str, datetime]  # own part number, when
ASPECTS: Final = {ITEM_STOCK: Kind.STOCK, DAYS: Kind.DAYS, DELIVERIES: Kind.DELIVERIES,
                  OUTPUT: Kind.OUTPUT}  # fmt: skip


def newest_figures(
    partner_id: int, wanted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], datetime]:
    """Return per (kind, own part number) among ``wanted`` when the partner's newest figures came.

    Only what is visible counts. At most four queries a kind, however many parts.
    """
    found: dict[tuple[str, str], datetime] = {}
    for kind in {kind for kind, _number in wanted}:
        numbers = {number for each, number in wanted if each == kind}
        for number, at in _SOURCES[kind](partner_id, numbers):
            _keep(found, (kind, number), at)
    stated = StatedAspect.objects.filter(
        owner_id=acting_organisation_id(),
        partner_id=partner_id,
        part_number__in={number for _kind, number in wanted},
    )
    for model, number, at in stated.values_list("model", "part_number", "received_at"):
        if (key := (ASPECTS[model].value, number)) in wanted:
            _keep(found, key, at)
    return found


def _keep(found: dict[tuple[str, str], datetime], key: tuple[str, str], at: datetime) -> None:
    found[key] = max(at, found.get(key, at))


def _theirs(model: type, partner_id: int, numbers: Collection[str], field: str) -> Iterable[Found]:
    """Return the newest time of a partner's rows that are about us, by our part number."""
    rows = model.objects.filter(  # type: ignore[attr-defined]
        owner_id=partner_id,
        counterparty_id=acting_organisation_id(),
        partner_part_number__in=numbers,
        **{f"{field}__isnull": False},
    )
    return list(rows.values_list("partner_part_number").annotate(newest=Max(field)))


def _stock(partner_id: int, numbers: Collection[str]) -> Iterable[Found]:
    """Count a report by when it was taken: a clerk counts before it types."""
    yield from _theirs(StockCount, partner_id, numbers, "recorded_at")
    yield from _theirs(StockPosition, partner_id, numbers, "observed_at")


def _days(partner_id: int, numbers: Collection[str]) -> Iterable[Found]:
    """Days of supply are as new as the stock they follow from."""
    yield from _stock(partner_id, numbers)
    yield from _theirs(Coverage, partner_id, numbers, "observed_at")


def _output(partner_id: int, numbers: Collection[str]) -> Iterable[Found]:
    return _theirs(PlannedOutput, partner_id, numbers, "planned_at")


def _deliveries(partner_id: int, numbers: Collection[str]) -> Iterable[Found]:
    """A supplier tells of deliveries by its advices, a customer by its receipts."""
    yield from newest_announced(partner_id, numbers).items()
    lines = ReceiptLine.objects.filter(
        owner_id=partner_id,
        counterparty_id=acting_organisation_id(),
        supplier_part_number__in=numbers,
        receipt__state=GoodsReceipt.State.RECORDED,
    )
    told = lines.order_by().values_list("supplier_part_number")
    yield from told.annotate(newest=Max("receipt__recorded_at"))


_SOURCES: Final[dict[str, Callable[[int, Collection[str]], Iterable[Found]]]] = {
    Kind.STOCK.value: _stock,
    Kind.DAYS.value: _days,
    Kind.DELIVERIES.value: _deliveries,
    Kind.OUTPUT.value: _output,
}
