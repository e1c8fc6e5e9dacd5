"""Releases and capacity groups in the form that partners' systems read, as far as visible."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from collab.integration.catenax.documents import dumps
from collab.integration.edifact import envelope as edifact
from collab.integration.models.messages import PartnerProfile
from collab.integration.x12 import writing as x12
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation, Site
from collab.sharing.queries import fields_for
from forecasting.messages import catenax, delfor_write, x12_830_write
from forecasting.messages.canonical import (
    Basis,
    CapacityMessage,
    CapacityWeek,
    Commitment,
    DemandMessage,
    DemandSeries,
    DemandWeek,
    Entry,
    Function,
    GoAhead,
    Identifier,
    LastReceipt,
    LinkedSeries,
    Moment,
    ScheduleItem,
    ScheduleMessage,
)
from forecasting.models import DEMAND
from forecasting.models import DemandSeries as SeriesModel
from forecasting.queries.capacity import GroupRow
from forecasting.queries.releases import LineRow, ScheduleRow
from forecasting.week_figures import WEEK

FORMS = ("delfor", "x12", "catenax")
KINDS = {
    "delfor": "edifact:DELFOR",
    "x12": "x12:830",
    "catenax": "catenax:week_based_material_demand",
}
CAPACITY_KIND = "catenax:week_based_capacity_group"
_NEEDED = ("part_number", "unit", "document_number", "issued_at", "published_at", "lines")
_WEEKLY = ("part_number", "unit", "published_at", "first_week", "quantities", "site_code")
_GROUP = ("name", "first_week", "actual", "maximum", "is_active", "changed_at", "links")
_LIMITS = {
    "relative_up": "relativePositiveDeviation",
    "relative_down": "relativeNegativeDeviation",
    "absolute_up": "absolutePositiveDeviation",
    "absolute_down": "absoluteNegativeDeviation",
}
Party = tuple[str, str]  # identifier, qualifier


class NotSayable(ValueError):
    """A format has no word for a release, or what it needs is not there or not shared.

    ``field`` names what is missing, ``expected`` what would do.
    """

    def __init__(self, field: str, expected: str, found: object = "") -> None:
        self.field, self.expected, self.found = field, expected, str(found)
        super().__init__(f"{field}: expected {expected}, got {found!r}")


@dataclass(frozen=True, slots=True)
class Written:
    """A message as bytes with the kind that the inbox knows it by."""

    kind: str
    raw: bytes


def schedule_message(row: ScheduleRow, lines: Sequence[LineRow]) -> ScheduleMessage:
    """Return a release as every format means it; raise ``NotSayable`` for hidden fields."""
    _check_shared(row.values, _NEEDED)
    customer, supplier = _parties(row)
    zone = _zone(row, customer)
    local = row.issued_at.astimezone(zone)
    return ScheduleMessage(
        number=row.document_number,
        issued_at=Moment(local.date(), local.time().replace(second=0, microsecond=0)),
        items=(_item(row, lines),),
        function=Function.ORIGINAL if row.release == 1 else Function.REPLACE,
        valid_from=min((line.due_from for line in lines), default=None),
        valid_to=max((line.due_until for line in lines), default=None),
        customer=_named(customer),
        supplier=_named(supplier),
    )


def demand_message(row: ScheduleRow) -> DemandMessage:
    """Return a release as weekly demand; its ID is that of the series.

    Raises ``NotSayable`` for hidden fields, a site without a BPNS and a unit unknown to Catena-X.
    """
    _check_shared(row.values, _WEEKLY)
    customer, supplier = _parties(row)
    series = SeriesModel.objects.filter(pk=row.series_id).first()
    seen = _seen_of_series(series)
    weeks = tuple(
        DemandWeek(week=row.first_week + WEEK * place, quantity=quantity)
        for place, quantity in enumerate(row.quantities)
        if quantity is not None
    )
    stated = DemandSeries(
        site=_bpns(customer.pk, row.site_code),
        category=seen.get("category") or "0001",
        weeks=weeks,
    )
    return DemandMessage(
        demand_id=str(row.series_id),
        customer=customer.bpn,
        supplier=supplier.bpn,
        part_number=row.part_number,
        description=seen.get("description") or row.part_number,
        changed_at=row.published_at,
        series=(stated,),
        unit=_unit(row.unit),
        supplier_part_number=row.supplier_part_number or "",
        is_inactive=seen.get("is_active") is False,
    )


def capacity_message(row: GroupRow) -> CapacityMessage:
    """Return a capacity group as Catena-X says it; a pool over customers is nobody else's."""
    if row.is_pool:
        raise NotSayable("counterparty", "a group of one customer, not a pool")
    _check_shared(row.values, _GROUP)
    ours = Organisation.objects.get(pk=acting_organisation_id()).bpn
    customer = row.partner.bpn if row.is_own else ours
    return CapacityMessage(
        group_id=str(row.id),
        name=row.name,
        customer=customer,
        supplier=row.owner.bpn,
        changed_at=row.changed_at,
        weeks=_capacity_weeks(row),
        linked_series=_linked_series(row),
        linked_groups=tuple(str(link.child_id) for link in row.links if link.child_id),
        unit=_unit(row.unit) if row.unit else "",
        is_inactive=not row.is_active,
        volatility=_volatility(row.volatility),
    )


def write_schedule(
    row: ScheduleRow, lines: Sequence[LineRow], form: str, *, control: int = 0
) -> Written:
    """Return a release in a form of ``FORMS``.

    Without a ``control`` number the interchange has one made of the release's own key: the same
    release is the same bytes, and an inbox knows it again. Raises ``NotSayable``.
    """
    if form not in FORMS:
        raise ValueError(f"expected a form among {', '.join(FORMS)}, got {form!r}")
    if form == "catenax":
        return Written(KINDS[form], dumps(catenax.demand_aspect(demand_message(row))))
    message = schedule_message(row, lines)
    customer, supplier = _parties(row)
    number = control or row.id.int % x12.LARGEST_CONTROL + 1
    at = row.published_at.astimezone(_zone(row, customer))
    if form == "delfor":
        raw = _interchange(message, _ends(customer, supplier, "edifact"), number, at)
    else:
        sender, receiver = _ends(customer, supplier, "x12")
        raw = x12.write(
            [(x12_830_write.SET, x12_830_write.write(message))],
            code=x12_830_write.GROUP_CODE,
            sender=sender,
            receiver=receiver,
            control=number,
            prepared_at=at,
            is_acknowledgement_wanted=bool(control),
        )
    return Written(KINDS[form], raw)


def write_capacity(row: GroupRow) -> Written:
    """Return a capacity group as a Catena-X document; raise ``NotSayable``."""
    return Written(CAPACITY_KIND, dumps(catenax.capacity_aspect(capacity_message(row))))


def _item(row: ScheduleRow, lines: Sequence[LineRow]) -> ScheduleItem:
    is_counted = row.received_cumulative is not None
    return ScheduleItem(
        line="1",
        part_number=row.part_number,
        unit=row.unit,
        supplier_part_number=row.supplier_part_number or "",
        previous_number=row.previous_document_number or "",
        ship_to=Identifier(value=row.site_code, scheme="buyer") if row.site_code else None,
        unloading_point=row.unloading_point or "",
        received_cumulative=row.received_cumulative,
        received_since=row.received_since if is_counted else None,
        in_transit=row.in_transit,
        backlog=row.backlog,
        last_receipt=_receipt(row.last_receipt),
        entries=tuple(_entry(line) for line in lines),
        go_aheads=tuple(
            GoAhead(
                commitment=kind,
                quantity=Decimal(told["quantity"]),
                until=date.fromisoformat(told["until"]),
            )
            for kind, told in (
                (Commitment.PRODUCTION, row.production_go_ahead),
                (Commitment.MATERIAL, row.material_go_ahead),
            )
            if told
        ),
    )


def _entry(line: LineRow) -> Entry:
    return Entry(
        commitment=Commitment(line.commitment),
        quantity=line.quantity,
        basis=Basis.DELIVERY,
        start=Moment(line.due_from),
        end=None if line.is_day else line.due_until,
    )


def _receipt(told: Mapping[str, str] | None) -> LastReceipt | None:
    if not told or not (told.get("quantity") or told.get("dispatch_number")):
        return None
    quantity = Decimal(told["quantity"]) if told.get("quantity") else None
    on = told.get("on") if quantity is not None else None
    return LastReceipt(
        quantity=quantity,
        on=Moment(date.fromisoformat(on)) if on else None,
        dispatch_number=told.get("dispatch_number", ""),
    )


def _capacity_weeks(row: GroupRow) -> tuple[CapacityWeek, ...]:
    def at(name: str, place: int) -> Decimal | None:
        column = row.values.get(name) or ()
        return column[place] if place < len(column) else None

    return tuple(
        CapacityWeek(
            week=week,
            actual=actual,
            maximum=maximum,
            agreed=at("agreed", place),
            delta_production=at("delta", place),
        )
        for place, (week, actual, maximum) in enumerate(
            zip(row.weeks, row.actual, row.maximum, strict=True)
        )
        if actual is not None and maximum is not None
    )


def _linked_series(row: GroupRow) -> tuple[LinkedSeries, ...]:
    factors = {link.series_id: link.load_factor for link in row.links if link.series_id}
    return tuple(
        LinkedSeries(
            part_number=each.part_number,
            site=_bpns(each.owner_id, each.site_code),
            category=each.category,
            supplier_part_number=each.supplier_part_number,
            load_factor=factors[each.pk],
        )
        for each in SeriesModel.objects.filter(pk__in=factors).order_by("pk")
    )


def _volatility(kept: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not kept or "starts_on" not in kept:
        return None
    start = datetime.combine(date.fromisoformat(kept["starts_on"]), time(0), tzinfo=UTC)
    return {
        "startReferenceDateTime": start.isoformat(),
        "measurementInterval": kept["interval_weeks"],
        "rollingHorizonAlertThresholds": [
            {
                "sequenceNumber": number,
                "subhorizonLength": each["weeks"],
                **{
                    theirs: Decimal(str(each[ours]))
                    for ours, theirs in _LIMITS.items()
                    if each.get(ours) is not None
                },
            }
            for number, each in enumerate(kept["sub_horizons"], start=1)
        ],
    }


def _interchange(
    message: ScheduleMessage, ends: tuple[Party, Party], number: int, at: datetime
) -> bytes:
    """Return the DELFOR in ISO 8859-1, in UTF-8 where that has no sign for something."""
    for syntax in (("UNOC", "3"), ("UNOY", "4")):
        try:
            return edifact.write(
                [(delfor_write.MESSAGE_TYPE, delfor_write.write(message))],
                sender=ends[0],
                receiver=ends[1],
                reference=str(number),
                prepared_at=at,
                syntax=syntax,
            )
        except UnicodeEncodeError:
            continue
    raise AssertionError("expected UTF-8 to hold every character")


def _parties(row: ScheduleRow) -> tuple[Organisation, Organisation]:
    """Return customer and supplier; both need to be known to the viewer."""
    us = acting_organisation_id()
    found = {each.bpn: each for each in Organisation.objects.filter(
        bpn__in=[name.bpn for name in (row.customer, row.supplier) if name.bpn])}  # fmt: skip
    customer = found.get(row.customer.bpn)
    supplier = found.get(row.supplier.bpn)
    if supplier is None and row.is_received:
        supplier = Organisation.objects.get(pk=us)
    if customer is None or supplier is None:
        raise NotSayable("counterparty", "a release whose customer and supplier you know")
    return customer, supplier


def _ends(customer: Organisation, supplier: Organisation, syntax: str) -> tuple[Party, Party]:
    """Return sender and receiver of an interchange, by the profile or else by their numbers."""
    is_ours = customer.pk == acting_organisation_id()
    partner = supplier if is_ours else customer
    profile = PartnerProfile.objects.filter(partner=partner).first()
    own, other = (customer, supplier) if is_ours else (supplier, customer)
    own_end, other_end = _end(own, syntax), _end(other, syntax)
    if profile is not None and profile.own_identifier:
        own_end = profile.own_identifier, profile.own_qualifier
    if profile is not None and profile.identifier:
        other_end = profile.identifier, profile.qualifier
    return (own_end, other_end) if is_ours else (other_end, own_end)


def _end(party: Organisation, syntax: str) -> Party:
    if party.duns:
        return party.duns, "1" if syntax == "edifact" else "01"
    return party.bpn, "ZZZ" if syntax == "edifact" else "ZZ"


def _named(party: Organisation) -> Identifier:
    if party.duns:
        return Identifier(value=party.duns, scheme="duns", name=party.name[:35].strip())
    return Identifier(value=party.bpn, name=party.name[:35].strip())


def _zone(row: ScheduleRow, customer: Organisation) -> ZoneInfo:
    site = Site.visible.filter(owner_id=customer.pk, code=row.site_code or "").first()
    return ZoneInfo(site.timezone if site else customer.timezone)


def _bpns(owner_id: int, code: str) -> str:
    site = Site.visible.filter(owner_id=owner_id, code=code).first() if code else None
    if site is None or not site.bpn:
        raise NotSayable("site", "a site with a BPNS", code)
    return site.bpn


def _unit(code: str) -> str:
    if code not in catenax.UNIT_AS_WRITTEN:
        raise NotSayable("unit", "a unit that Catena-X has a name for", code)
    return code


def _seen_of_series(series: SeriesModel | None) -> dict[str, Any]:
    if series is None:
        return {}
    allowed = fields_for(DEMAND, series.owner_id, series.counterparty_id)
    names = ("category", "description", "is_active")
    return {
        name: getattr(series, name) for name in names if allowed is None or name in allowed
    }  # fmt: skip


def _check_shared(values: Mapping[str, Any], needed: Sequence[str]) -> None:
    for name in needed:
        if values.get(name) is None:
            raise NotSayable(name, "a field that is shared with you")
