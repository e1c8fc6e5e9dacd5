"""What each supplier sends to a plant in a week: orders that wait, and firm calls without one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, names_of
from transport.engine.milkrun.problem import Load
from transport.models import ContainerType, OrderItem, TransportOrder
from transport.services.calls import plan_from_calls
from transport.services.figures import Needed, needed_of
from transport.services.places import Place

PALLET_LDM = 0.4  # 1.2 x 0.8 m on a floor 2.4 m wide
WORDS = {
    "volume_m3": gettext_lazy("the volume"),
    "pallets": gettext_lazy("the pallet places"),
    "load_metres": gettext_lazy("the load metres"),
}


@dataclass(frozen=True, slots=True)
class Lack:
    """What is missing before a week can be planned: of which supplier, in the planner's words."""

    supplier: str
    what: str


@dataclass(slots=True)
class Sent:
    """What one supplier sends in the week, by day of delivery."""

    place: Place
    by_day: dict[date, Load] = field(default_factory=dict)
    empties: Load = field(default_factory=Load)
    orders: int = 0
    calls: int = 0

    @property
    def total(self) -> Load:
        """The week's amount."""
        return sum(self.by_day.values(), Load())

    @property
    def empties_per_pallet(self) -> Load:
        """What goes back for a pallet collected."""
        pallets = self.total.pallets
        return self.empties.times(1 / pallets) if pallets else Load()


@dataclass(frozen=True, slots=True)
class _Goods:
    """An order or the plan of one: where from, for when, how much, in which packs."""

    name: str
    origin: Place
    day: date
    needed: Needed
    packs: Sequence[tuple[str, int]]
    is_call: bool


def sent_in_week(
    plant: Place, first_week: date, *, as_of: datetime, supplier_ids: Iterable[int] | None = None
) -> tuple[dict[str, Sent], list[Lack]]:
    """Return by place code what comes to the plant in the week, and what cannot be reckoned with.

    Orders that are open or planned count with their delivery day, firm calls that have no order
    yet as the order they would become.
    """
    wanted = None if supplier_ids is None else set(supplier_ids)
    zone = ZoneInfo(plant["timezone"])
    last = first_week + timedelta(days=6)
    goods = _ordered(plant, first_week, last, zone)
    called, lacks = _called(plant, first_week, last, zone, as_of=as_of, wanted=wanted)
    kinds = {each.code: each for each in ContainerType.objects.all()}
    found: dict[str, Sent] = {}
    for each in (*goods, *called):
        if wanted is not None and each.origin["organisation_id"] not in wanted:
            continue
        if missing := _unknown(each.needed):
            what = _("%(what)s of %(order)s") % {"what": ", ".join(missing), "order": each.name}
            lacks.append(Lack(str(each.origin["name"]), what))
            continue
        sent = found.setdefault(str(each.origin["code"]), Sent(each.origin))
        sent.by_day[each.day] = sent.by_day.get(each.day, Load()) + load_of(each.needed)
        sent.empties += _empties(each.packs, kinds)
        sent.orders += not each.is_call
        sent.calls += each.is_call
    return dict(sorted(found.items())), lacks


def load_of(needed: Needed) -> Load:
    """Return what goods need as the engine counts it; a dimension not known counts nothing."""
    return Load(
        float(needed.weight_kg),
        float(needed.volume_m3 or 0),
        float(needed.pallets or 0),
        float(needed.load_metres or 0),
    )


def _ordered(plant: Place, first: date, last: date, zone: ZoneInfo) -> list[_Goods]:
    opens = datetime.combine(first, datetime.min.time(), zone)
    rows = list(
        TransportOrder.objects.filter(
            owner_id=acting_organisation_id(),
            is_inbound=True,
            destination_code=plant["code"],
            state__in=[TransportOrder.State.OPEN, TransportOrder.State.PLANNED],
            delivery_from__gte=opens,
            delivery_from__lt=opens + timedelta(days=(last - first).days + 1),
        ).order_by("pk")
    )
    packs: dict[object, list[tuple[str, int]]] = {}
    items = OrderItem.objects.filter(order_id__in=[each.pk for each in rows], packs__isnull=False)
    for key, code, count in items.values_list("order_id", "pack_code", "packs"):
        packs.setdefault(key, []).append((code, count or 0))
    return [
        _Goods(
            row.number,
            row.origin,
            row.delivery_from.astimezone(zone).date(),
            needed_of(row),
            packs.get(row.pk, ()),
            is_call=False,
        )
        for row in rows
    ]


def _called(
    plant: Place,
    first: date,
    last: date,
    zone: ZoneInfo,
    *,
    as_of: datetime,
    wanted: set[int] | None,
) -> tuple[list[_Goods], list[Lack]]:
    plans, missing = plan_from_calls(until=last, as_of=as_of)
    known = set(
        TransportOrder.objects.filter(
            owner_id=acting_organisation_id(), source_key__in=[each.source_key for each in plans]
        ).values_list("source_key", flat=True)
    )
    goods = [
        _Goods(
            _("the call %(key)s") % {"key": plan.source_key.removeprefix("call/")},
            plan.origin,
            plan.delivery.opens.astimezone(zone).date(),
            plan.needed,
            [(each.pack_code, each.packs) for each in plan.items if each.packs],
            is_call=True,
        )
        for plan in plans
        if plan.destination["code"] == plant["code"] and plan.source_key not in known
    ]
    names = names_of({each.call.supplier_id for each in missing})
    lacks = [
        Lack(
            names.get(each.call.supplier_id, NOBODY).short,
            f"{each.call.part_number}: {', '.join(each.what)}",
        )
        for each in missing
        if each.call.site_code == plant["site_code"]
        and first <= each.call.due_from <= last
        and (wanted is None or each.call.supplier_id in wanted)
    ]
    return [each for each in goods if first <= each.day <= last], lacks


def _unknown(needed: Needed) -> list[str]:
    return [str(word) for name, word in WORDS.items() if not getattr(needed, name)]


def _empties(packs: Iterable[tuple[str, int]], kinds: Mapping[str, ContainerType]) -> Load:
    """Return the room that the same containers take on their way back empty."""
    total = Load()
    for code, count in packs:
        kind = kinds.get(code)
        if kind is None:
            continue
        places = float(Decimal(count) / kind.per_pallet_place)
        total += Load(
            float(kind.weight_kg) * count,
            float(kind.volume_m3) * count,
            places,
            places * PALLET_LDM,
        )
    return total
