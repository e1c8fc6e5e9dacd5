"""What a carrier is offered: its price by tariff, the stops, and slots at the plant."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from collab.masterdata.refusals import Refused
from collab.organisations.names import NOBODY, names_of
from transport.models import Leg, Load, Stop
from transport.queries.tariffs import CarrierTariff
from transport.rules.load import Amounts
from transport.rules.tariff import Price, TariffGap
from transport.services.figures import from_json
from transport.services.pricing import movement_of_load, price_between, tariffs_on

SLOT = timedelta(minutes=30)
MOST_SLOTS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One carrier in the order of asking, with its price for the load [minor units]."""

    carrier_id: int
    tariff_id: str
    price_minor: int
    price_lines: list[dict[str, Any]]
    currency: str
    answer_minutes: int
    weight_kg: str

    def body(self) -> dict[str, Any]:
        """Return the plain JSON that a tender keeps."""
        return asdict(self)


def rank_carriers(
    load: Load, stops: Sequence[Stop], legs: Sequence[Leg], *, wanted: Sequence[str] | None
) -> list[Ranked]:
    """Return the carriers to ask: by rank, then price; each by its cheapest tariff.

    ``wanted`` are BPNs in the order of asking. Raises ``Refused`` if no tariff covers the load,
    or a wanted carrier has none.
    """
    movement = movement_of_load(load, stops, legs)
    best: dict[int, tuple[CarrierTariff, Price]] = {}
    gaps: list[str] = []
    for each in tariffs_on(movement.day):
        if each.vehicle_type not in {"", load.vehicle_type} or (
            each.tariff.currency != load.currency
        ):
            continue
        try:
            price = price_between(movement, each.tariff)
        except TariffGap as gap:
            gaps.append(str(gap))
            continue
        known = best.get(each.carrier_id)
        if known is None or (each.rank, price.cents) < (known[0].rank, known[1].cents):
            best[each.carrier_id] = (each, price)
    chosen = _in_order(best, wanted)
    if not chosen:
        raise Refused("carriers", "a tariff that covers the load", "; ".join(gaps) or "no tariff")
    weight = sum((from_json(leg.figures) for leg in legs), Amounts()).kg
    return [_ranked(tariff, price, weight) for tariff, price in chosen]


def _in_order(
    best: dict[int, tuple[CarrierTariff, Price]], wanted: Sequence[str] | None
) -> list[tuple[CarrierTariff, Price]]:
    if wanted is None:
        return sorted(best.values(), key=lambda pair: (pair[0].rank, pair[1].cents))
    names = names_of(best.keys())
    by_bpn = {names.get(key, NOBODY).bpn: pair for key, pair in best.items()}
    for bpn in wanted:
        if bpn not in by_bpn:
            raise Refused("carriers", "carriers with a tariff that covers the load", bpn)
    return [by_bpn[bpn] for bpn in dict.fromkeys(wanted)]


def _ranked(tariff: CarrierTariff, price: Price, weight: Decimal) -> Ranked:
    return Ranked(
        carrier_id=tariff.carrier_id,
        tariff_id=str(tariff.id),
        price_minor=price.cents,
        price_lines=lines_of(price),
        currency=price.currency,
        answer_minutes=tariff.answer_minutes,
        weight_kg=f"{weight:f}",
    )


def lines_of(price: Price) -> list[dict[str, Any]]:
    """Return charge lines as plain JSON."""
    return [
        {
            "code": each.code.value,
            "quantity": f"{each.quantity:f}",
            "unit": each.unit,
            "price": f"{each.price:f}",
            "cents": each.cents,
            "text": each.text,
        }
        for each in price.lines
    ]


def document_of(stops: Sequence[Stop]) -> list[dict[str, Any]]:
    """Return the stops as a carrier that has not accepted yet may see them."""
    return [
        {
            "sequence": each.sequence,
            "purpose": each.purpose,
            "place": {
                name: each.place.get(name)
                for name in ("name", "city", "country", "latitude", "longitude", "timezone")
            },
            "window": [each.window_from.isoformat(), each.window_until.isoformat()],
            "arrival": each.planned_arrival.isoformat(),
            "departure": each.planned_departure.isoformat(),
        }
        for each in stops
    ]


def slots_of(load: Load, stops: Sequence[Stop]) -> list[dict[str, str]]:
    """Return the slots a carrier may pick from at the last delivery: half hours of its window.

    A slot that is booked by another load of the same dock is left out.
    """
    last = next(
        (each for each in reversed(stops) if each.purpose in {"delivery", "cross_dock"}), None
    )
    if last is None:
        return []
    taken = set(
        Stop.objects.filter(
            owner_id=load.owner_id,
            place_code=last.place_code,
            dock=last.dock,
            slot_from__gte=last.window_from,
            slot_from__lte=last.window_until,
        )
        .exclude(load_id=load.pk)
        .values_list("slot_from", flat=True)
        if last.dock
        else ()
    )
    found: list[dict[str, str]] = []
    at = last.window_from
    while at <= last.window_until and len(found) < MOST_SLOTS:
        if at not in taken:
            until = at + SLOT
            found.append({"from": at.isoformat(), "until": until.isoformat(), "dock": last.dock})
        at += SLOT
    return found
