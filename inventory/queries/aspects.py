"""Own stock, days of supply, deliveries and planned production as Catena-X aspects (IN-01)."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from collab.integration.catenax import documents, reading
from collab.integration.catenax import stock_models as models
from collab.masterdata.queries import PartRow
from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation, acting_organisation_id
from collab.organisations.models import Organisation, Site
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.models import Partnership
from forecasting.messages.catenax import UNIT_AS_WRITTEN
from inventory.messages.aspects import DAYS, DELIVERIES, ITEM_STOCK, OUTPUT, Figure, figures_of
from inventory.models import (
    Coverage,
    MaterialTwin,
    PlannedOutput,
    SiteAddress,
    StatedAspect,
    StockKind,
    StockPosition,
)
from inventory.queries.deliveries import DeliveryRow, deliveries
from inventory.services.subjects import part_of, partner_of

VERSIONS: Final = {ITEM_STOCK: "2.0.0", DAYS: "2.0.0", DELIVERIES: "2.0.0", OUTPUT: "2.0.0"}
HEADER_VERSION: Final = "3.0.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedRow:
    """What a partner stated of a part; figures are read from its document."""

    id: UUID
    partner: Name
    part_number: str
    model: str
    direction: str
    changed_at: datetime | None
    received_at: datetime
    document: Any
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an aspect is about: the other side, the own part, and the part's identifier."""

    partner: Organisation
    part: PartRow
    asset_id: str
    direction: str


def aspect_of(model: str, *, partner: str, part_number: str) -> Any:
    """Return what is known now of an own part with a partner (BPN) as an aspect of ``model``.

    Raises ``Refused`` for an unknown partner, part or model, and for a site without its BPNS or
    BPNA or a unit without a word in Catena-X: nothing is left out silently.
    """
    if model not in _WRITERS:
        raise Refused("model", f"one of {', '.join(_WRITERS)}", model)
    other = partner_of(partner)
    part = part_of(part_number, other.pk, own_day())
    twin = MaterialTwin.objects.filter(
        owner_id=acting_organisation_id(), partner=other, part_id=part.id
    ).first()
    asked = _Asked(other, part, f"urn:uuid:{twin.asset_id if twin else part.id}", _direction(other))
    return _WRITERS[model](asked)


def write_aspect(model: str, *, partner: str, part_number: str) -> bytes:
    """Return the aspect as JSON; raises as ``aspect_of``."""
    found = aspect_of(model, partner=partner, part_number=part_number)
    return documents.dumps(reading.write(found))


def write_message(model: str, *, partner: str, part_number: str, at: datetime) -> bytes:
    """Return the aspect as a message with its header; raises as ``aspect_of``."""
    found = aspect_of(model, partner=partner, part_number=part_number)
    header = models.MessageHeader(
        message_id=f"urn:uuid:{uuid4()}",
        context=f"urn:samm:io.catenax.{model}:{VERSIONS[model]}",
        sent_at=at,
        sender=acting_organisation().bpn,
        receiver=partner,
        version=HEADER_VERSION,
    )
    return documents.dumps({"header": reading.write(header), "content": reading.write(found)})


def stated_rows(*, number: str = "") -> list[StatedRow]:
    """Return what partners stated, of one own part or of all, the newest first."""
    rows = StatedAspect.objects.filter(owner_id=acting_organisation_id())
    if number:
        rows = rows.filter(part_number=number)
    return plain_rows(rows.order_by("-received_at", "-pk"))


def plain_rows(found: Iterable[StatedAspect]) -> list[StatedRow]:
    """Return statements with their figures."""
    rows = list(found)
    names = names_of({row.partner_id for row in rows})
    made = []
    for row in rows:
        document = documents.loads(row.document.encode())
        made.append(
            StatedRow(
                id=row.pk,
                partner=names.get(row.partner_id, NOBODY),
                part_number=row.part_number,
                model=row.model,
                direction=row.direction,
                changed_at=row.changed_at,
                received_at=row.received_at,
                document=document,
                figures=figures_of(reading.parse(models.MODELS[row.model], document)),
            )
        )
    return made


def _stock(asked: _Asked) -> models.ItemStock:
    """Return what is on hand for the partner: a free and a blocked figure a site."""
    sums: dict[tuple[UUID, bool], Decimal] = defaultdict(Decimal)
    times: dict[tuple[UUID, bool], datetime] = {}
    for row in _own(StockPosition, asked).filter(observed_at__isnull=False):
        key = (row.site_id, row.kind == StockKind.BLOCKED)
        sums[key] += row.quantity
        times[key] = max(row.observed_at, times.get(key, row.observed_at))
    stocks = tuple(
        models.AllocatedStock(
            quantity=_amount(sums[key], asked.part.base_unit),
            site=_bpns(key[0]),
            address=_bpna(key[0]),
            is_blocked=key[1],
            updated_at=times[key],
        )
        for key in sorted(sums)
    )
    positions = (models.StockPosition(stocks=stocks),) if stocks else ()
    return models.ItemStock(asset_id=asked.asset_id, direction=asked.direction, positions=positions)


def _days(asked: _Asked) -> models.DaysOfSupply:
    """Return the days of supply of each site, of today and the days that follow."""
    places = []
    for row in _own(Coverage, asked).order_by("site_code", "pk"):
        zone = ZoneInfo(Site.objects.values_list("timezone", flat=True).get(pk=row.site_id))
        days = tuple(
            models.SuppliedDays(
                at=_midnight(row.projected_from + timedelta(days=place), zone), days=days
            )
            for place, days in enumerate(row.projected_days)
        )
        if days:
            places.append(
                models.AllocatedDays(
                    days=days,
                    site=_bpns(row.site_id),
                    address=_bpna(row.site_id),
                    updated_at=row.changed_at,
                )
            )
    return models.DaysOfSupply(
        asset_id=asked.asset_id, direction=asked.direction, allocated=tuple(places)
    )


def _deliveries(asked: _Asked) -> models.DeliveryInformation:
    """Return what is on its way between the two sides, as far as its ends are known by BPNS."""
    rows = deliveries(number=asked.part.number, partner_bpn=asked.partner.bpn)
    found = tuple(_delivery(row) for row in rows if row.events)
    positions = (models.DeliveryPosition(deliveries=found),) if found else ()
    return models.DeliveryInformation(asset_id=asked.asset_id, positions=positions)


def _delivery(row: DeliveryRow) -> models.Delivery:
    return models.Delivery(
        quantity=_amount(row.quantity, row.unit),
        updated_at=row.observed_at,
        events=tuple(
            models.TransitEvent(at=each.at, kind=f"{each.certainty}-{each.leg}")
            for each in row.events
        ),
        places=models.TransitLocations(
            origin=models.Location(site=_bpns_by_code(row.supplier.bpn, row.origin)),
            destination=models.Location(site=_bpns_by_code(row.customer.bpn, row.destination)),
        ),
        tracking_number=row.advice_number,
    )


def _output(asked: _Asked) -> models.PlannedProductionOutput:
    """Return the planned output of each day to come, completed by the end of the day."""
    rows = _own(PlannedOutput, asked).filter(on__gte=own_day(), quantity__gt=0)
    outputs = []
    for row in rows.order_by("on", "site_code", "pk"):
        zone = ZoneInfo(Site.objects.values_list("timezone", flat=True).get(pk=row.site_id))
        outputs.append(
            models.AllocatedOutput(
                quantity=_amount(row.quantity, asked.part.base_unit),
                site=_bpns(row.site_id),
                completed_at=_midnight(row.on + timedelta(days=1), zone),
                updated_at=row.planned_at,
            )
        )
    positions = (models.OutputPosition(outputs=tuple(outputs)),) if outputs else ()
    return models.PlannedProductionOutput(asset_id=asked.asset_id, positions=positions)


def _own(model: Any, asked: _Asked) -> Any:
    """Return the own rows of a table about the part and the partner: a query set."""
    return model.objects.filter(
        owner_id=acting_organisation_id(), counterparty=asked.partner, part_id=asked.part.id
    )


def _direction(partner: Organisation) -> str:
    """Return the direction from our side: OUTBOUND to a customer, INBOUND to a supplier."""
    is_customer = Partnership.objects.filter(
        customer=partner,
        supplier_id=acting_organisation_id(),
        state=Partnership.State.ACTIVE,
    ).exists()
    return "OUTBOUND" if is_customer else "INBOUND"


def _amount(value: Decimal, unit: str) -> models.Amount:
    if unit not in UNIT_AS_WRITTEN:
        raise Refused("unit", "a unit that Catena-X has a word for", unit)
    return models.Amount(value=value, unit=UNIT_AS_WRITTEN[unit])


def _midnight(on: Any, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time.min, tzinfo=zone)


def _bpns(site_id: UUID) -> str:
    site = Site.objects.get(pk=site_id)
    if not site.bpn:
        raise Refused("site", "a site with its BPNS", site.code)
    return site.bpn


def _bpns_by_code(owner_bpn: str, code: str) -> str:
    found = Site.visible.filter(owner__bpn=owner_bpn, code=code).values_list("bpn", flat=True)
    if not (bpn := found.first() if code else None):
        raise Refused("site", "a site with its BPNS", code)
    return bpn


def _bpna(site_id: UUID) -> str:
    row = SiteAddress.objects.filter(owner_id=acting_organisation_id(), site_id=site_id).first()
    if row is None:
        code = Site.objects.values_list("code", flat=True).get(pk=site_id)
        raise Refused("site", "a site whose BPNA is noted", code)
    return row.bpna


_WRITERS: Final[dict[str, Callable[[_Asked], Any]]] = {
    ITEM_STOCK: _stock,
    DAYS: _days,
    DELIVERIES: _deliveries,
    OUTPUT: _output,
}
