"""What of a release or an order is on its way, from what suppliers announced."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, Sum

from collab.masterdata.rules.units import convert
from collab.sharing.queries import fields_for
from forecasting.models import COMMIT, Advised, DeliverySchedule, OrderLine, ScheduleLine
from forecasting.queries.calls import CallRow
from forecasting.rules.advised import Sent, covered, on_the_road

Pair = tuple[int, int]  # customer, supplier
Place = tuple[int, int, str, str]  # customer, supplier, part number, site code


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a release is served [unit of the release].

    ``on_the_road`` (O) is not in its received cumulative; ``shipped`` (L) counts from the start of
    its cumulative period, ``None`` where it states none.
    """

    on_the_road: Decimal
    shipped: Decimal | None


def progress_of(schedule_ids: Iterable[UUID]) -> dict[UUID, Progress]:
    """Return the progress of visible releases; two queries however many there are.

    Suppliers whose grants hide some fields of what they sent take no part.
    """
    schedules = list(DeliverySchedule.objects.filter(pk__in=set(schedule_ids)))
    sent = _sent({(each.owner_id, each.counterparty_id) for each in schedules}, schedules)
    found = {}
    for each in schedules:
        if fields_for(COMMIT, each.counterparty_id, each.owner_id) is not None:
            continue
        converted = (_in_unit(line, unit, each.unit) for unit, line in sent.get(_place(each), []))
        rows = [line for line in converted if line is not None]
        last = (each.last_receipt or {}).get("dispatch_number", "")
        found[each.pk] = Progress(
            on_the_road(rows, issued_at=each.issued_at, last_number=last),
            _shipped(rows, each.received_since),
        )
    return found


def covered_lines(schedule_ids: Iterable[UUID]) -> dict[UUID, Decimal]:
    """Return for each line of these releases how much of it is on the road, the earliest first."""
    progress = progress_of(schedule_ids)
    lines: dict[UUID, list[tuple[UUID, Decimal]]] = defaultdict(list)
    rows = ScheduleLine.objects.filter(schedule_id__in=progress).order_by("due_from", "position")
    for schedule_id, key, quantity in rows.values_list("schedule_id", "pk", "quantity"):
        lines[schedule_id].append((key, quantity))
    found: dict[UUID, Decimal] = {}
    for schedule_id, each in lines.items():
        found |= covered(each, progress[schedule_id].on_the_road)
    return found


def advised_on_calls(calls: Iterable[CallRow]) -> dict[UUID, Decimal]:
    """Return for each call, by its line, how much of it is on the road [unit of the call]."""
    rows = list(calls)
    known = covered_lines({each.schedule_id for each in rows})
    return {each.line_id: known.get(each.line_id, Decimal(0)) for each in rows}


def advised_on_order(line_id: UUID) -> Decimal | None:
    """Return what was sent on an order line [unit of the advice]; ``None`` if it is not shared."""
    line = OrderLine.objects.filter(pk=line_id).first()
    if line is None or fields_for(COMMIT, line.counterparty_id, line.owner_id) is not None:
        return None
    rows = Advised.objects.filter(
        owner_id=line.counterparty_id,
        counterparty_id=line.owner_id,
        order_number=line.order_number,
        part_number=line.part_number,
    )
    total: Decimal | None = rows.aggregate(total=Sum("quantity"))["total"]
    return total or Decimal(0)


def period_start(
    *, customer_id: int, supplier_id: int, part_number: str, site_code: str
) -> date | None:
    """Return since when the customer counts what it received of a part at a site."""
    rows = DeliverySchedule.objects.filter(
        owner_id=customer_id,
        counterparty_id=supplier_id,
        part_number=part_number,
        site_code__in=[site_code, ""],
        is_current=True,
    )
    found: date | None = rows.values_list("received_since", flat=True).first()
    return found


def _sent(
    pairs: set[Pair], schedules: Iterable[DeliverySchedule]
) -> Mapping[Place, list[tuple[str, Sent]]]:
    shared = [pair for pair in pairs if fields_for(COMMIT, pair[1], pair[0]) is None]
    parts: dict[Pair, set[str]] = defaultdict(set)
    sites: dict[tuple[int, int, str], set[str]] = defaultdict(set)
    for each in schedules:
        parts[each.owner_id, each.counterparty_id].add(each.part_number)
        sites[each.owner_id, each.counterparty_id, each.part_number].add(each.site_code)
    chosen = Q(pk__in=[])
    for customer, supplier in shared:
        of_pair = Q(owner_id=supplier, counterparty_id=customer)
        chosen |= of_pair & Q(part_number__in=parts[customer, supplier])
    found: dict[Place, list[tuple[str, Sent]]] = defaultdict(list)
    for row in Advised.objects.filter(chosen) if shared else ():
        line = Sent(
            number=row.number,
            quantity=row.quantity,
            despatched_at=row.despatched_at,
            received_at=row.received_at,
        )
        known = sites[row.counterparty_id, row.owner_id, row.part_number]
        site = row.site_code if row.site_code in known else ""
        key = (row.counterparty_id, row.owner_id, row.part_number, site)
        found[key].append((row.unit, line))
    return found


def _place(schedule: DeliverySchedule) -> Place:
    return (
        schedule.owner_id, schedule.counterparty_id, schedule.part_number, schedule.site_code,
    )  # fmt: skip


def _in_unit(line: Sent, unit: str, wanted: str) -> Sent | None:
    """Return a line in another unit; ``None`` for a unit of another kind."""
    if unit == wanted:
        return line
    try:
        quantity = convert(line.quantity, unit, wanted)
    except ValueError:
        return None
    return Sent(
        number=line.number,
        quantity=quantity,
        despatched_at=line.despatched_at,
        received_at=line.received_at,
    )


def _shipped(rows: Iterable[Sent], since: date | None) -> Decimal | None:
    if since is None:
        return None
    start = datetime.combine(since, time(0), tzinfo=UTC)
    return sum((each.quantity for each in rows if each.despatched_at >= start), Decimal(0))
