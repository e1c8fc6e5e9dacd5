"""Transport orders from firm calls: one per supplier, site and pick-up day (TR-01)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Site
from collab.organisations.names import NOBODY, names_of
from forecasting.queries import CallFilter, CallRow, open_calls
from transport.models import TransportOrder
from transport.rules.collection import Collection, NeverOpen, collection
from transport.services.call_alerts import settle_differences
from transport.services.opening import opening_of
from transport.services.orders import (
    OrderPlan,
    Placed,
    Window,
    cancel_order,
    place_orders,
    travel_minutes,
)
from transport.services.packing import Missing, Packed, pack, together
from transport.services.places import Place, place_of, places_of_partner, site_of_role

HANDLING = timedelta(hours=1)
CALL = TransportOrder.Source.CALL.value
MOST_DAYS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class FromCalls:
    """What became of the firm calls; ``missing`` are those that cannot be moved yet."""

    placed: Sequence[Placed] = ()
    cancelled: Sequence[TransportOrder] = ()
    missing: Sequence[Missing] = ()
    differing: Sequence[TransportOrder] = field(default_factory=list)
    """Orders on a load already, which the calls do not agree with any more: left as they are."""

    @property
    def new(self) -> int:
        """How many orders are new."""
        return sum(each.is_new for each in self.placed)

    @property
    def changed(self) -> int:
        """How many open orders were brought into line."""
        return sum(each.is_changed for each in self.placed)


@transaction.atomic
def place_orders_from_calls(
    *, until: date, as_of: datetime, supplier_id: int | None = None
) -> FromCalls:
    """Place orders for firm calls due from ``as_of`` to ``until``; twice is once.

    A line over several days is wanted in full on its first one. After a new release open orders
    follow it: changed, or cancelled where nothing is called any more. Orders on a load are left;
    where they differ an exception tells so. A role at one site places what that site calls.
    Raises ``Refused`` for more than 120 days.
    """
    today = own_day(as_of)
    if not today <= until <= today + timedelta(days=MOST_DAYS):
        raise Refused("until", f"a day within {MOST_DAYS} days from {today}", until)
    plans, missing = plan_from_calls(until=until, as_of=as_of, supplier_id=supplier_id)
    placed = place_orders(plans)
    keys = {each.order.source_key for each in placed}
    stale = TransportOrder.objects.filter(
        owner_id=acting_organisation_id(),
        source=CALL,
        delivery_until__gte=as_of,
        delivery_from__date__lte=until,
    ).exclude(source_key__in=keys)
    if supplier_id is not None:
        stale = stale.filter(counterparty_id=supplier_id)
    if reach := site_of_role():
        stale = stale.filter(destination__site_code=reach)
    unweighed = {_group(each.call) for each in missing}
    cancelled, differing = (
        [],
        [each.order for each in placed if each.differs and each.order.state == "planned"],
    )
    for order in stale.filter(state__in=["open", "planned"]).order_by("pk"):
        if (order.counterparty_id, order.destination["site_code"]) in unweighed:
            continue  # its call may be there, only not weighed yet
        if order.state == TransportOrder.State.OPEN:
            cancelled.append(
                cancel_order(order.pk, reason=_("Not called any more"), frees_key=True)
            )
        else:
            differing.append(order)
    settle_differences(differing, as_of=as_of, supplier_id=supplier_id, site_code=reach)
    return FromCalls(placed=placed, cancelled=cancelled, missing=missing, differing=differing)


def plan_from_calls(
    *, until: date, as_of: datetime, supplier_id: int | None = None
) -> tuple[list[OrderPlan], list[Missing]]:
    """Return the orders that firm calls amount to, and the calls that lack something."""
    today, reach = own_day(as_of), site_of_role()
    wanted = CallFilter(
        customer_id=acting_organisation_id(), supplier_id=supplier_id, since=today, until=until
    )
    calls = [
        each
        for each in open_calls(wanted)
        if each.due_from >= today and reach in {"", each.site_code}
    ]
    packed, missing = pack(calls)
    ways = _Ways(calls, as_of)
    groups: dict[str, tuple[CallRow, Collection, list[Packed]]] = {}
    for call in calls:
        if call.line_id not in packed:
            continue
        found = ways.collection_of(call)
        if isinstance(found, str):
            missing.append(Missing(call, (found,)))
            continue
        key = ways.key_of(call, found)
        groups.setdefault(key, (call, found, []))[2].append(packed[call.line_id])
    plans = [
        OrderPlan(
            origin=ways.origin_of(call),
            destination=ways.destination_of(call),
            pickup=Window(*times.pickup),
            delivery=Window(*times.delivery),
            needed=together(rows),
            items=[each.item for each in rows],
            is_urgent=times.is_urgent,
            source=CALL,
            source_key=key,
        )
        for key, (call, times, rows) in sorted(groups.items())
    ]
    return plans, missing


class _Ways:
    """Places and times of calls, each looked up once."""

    def __init__(self, calls: Sequence[CallRow], as_of: datetime) -> None:
        self._as_of = as_of
        own = Site.objects.filter(code__in={each.site_code for each in calls})
        self._sites = {each.code: place_of(each) for each in own}
        suppliers = {each.supplier_id for each in calls}
        self._names = names_of(suppliers)
        self._places: Mapping[int, list[Place]] = {
            each: places_of_partner(each) for each in sorted(suppliers)
        }
        self._known: dict[tuple[int, str, date], Collection | str] = {}

    def origin_of(self, call: CallRow) -> Place:
        """Return where the supplier hands over: its first visible place by code."""
        return self._places[call.supplier_id][0]

    def destination_of(self, call: CallRow) -> Place:
        """Return the own site the call names."""
        return self._sites[call.site_code]

    def key_of(self, call: CallRow, times: Collection) -> str:
        """Return what makes the order of a call unique: supplier, site and pick-up day."""
        bpn = self._names.get(call.supplier_id, NOBODY).bpn
        return f"call/{bpn}/{call.site_code}/{times.day.isoformat()}"

    def collection_of(self, call: CallRow) -> Collection | str:
        """Return when the goods are collected, or in words what is missing to know it."""
        key = (call.supplier_id, call.site_code, call.due_from)
        if key not in self._known:
            self._known[key] = self._collection(call)
        return self._known[key]

    def _collection(self, call: CallRow) -> Collection | str:
        if call.site_code not in self._sites:
            return _("your site %(code)s") % {"code": call.site_code or "–"}
        if not self._places[call.supplier_id]:
            return _("a place of the supplier")
        origin, destination = self.origin_of(call), self.destination_of(call)
        try:
            return collection(
                call.due_from,
                origin=opening_of(origin),
                destination=opening_of(destination),
                travel=timedelta(minutes=travel_minutes(origin, destination)),
                handling=HANDLING,
                now=self._as_of,
            )
        except NeverOpen:
            return _("a worked day in the calendars of both places")


def _group(call: CallRow) -> tuple[int, str]:
    return call.supplier_id, call.site_code
