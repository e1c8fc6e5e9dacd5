"""Calls of the founding story that Brasov packs for Avalon, and what it sends."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from collab.masterdata.models import Packaging, Part
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation, Site
from forecasting.queries.calls import CallFilter, CallRow, open_calls
from tests.forecasting.plans import OURS, Plan, make_plan
from tests.harness.cast import Cast
from transport.rules.handling_units import Packing, suggest
from transport.services.consignments import Consignment, StatedLine
from transport.services.places import place_of
from transport.services.plates import give_plates

D = Decimal
PER_BOX, BOXES = 48, 4
__all__ = ["BOXES", "PER_BOX", "Story", "make_story"]


@dataclass(frozen=True, slots=True)
class Story:
    """What Avalon calls off from Brasov, with what is known of the part's packs."""

    plan: Plan
    customer: Organisation
    supplier: Organisation

    def calls(self) -> list[CallRow]:
        """Return the firm calls as the supplier sees them."""
        with acting_for(self.supplier):
            return open_calls(CallFilter(supplier_id=self.supplier.pk))

    def consignment(self, quantity: int = 480, **changes: Any) -> Consignment:
        """Return goods of one line, packed and with plates; acts for the supplier."""
        packing = Packing(
            line=1,
            quantity=D(quantity),
            per_pack=D(PER_BOX),
            pack_type="KLT-6428",
            packs_per_load_unit=BOXES,
            piece_kg=D("2.1"),
            pack_kg=D("1.9"),
        )
        left = timezone.now() - timedelta(minutes=5)
        with acting_for(self.supplier):
            units = suggest([packing])
            plates = give_plates(len(units))
            told = Consignment(
                customer_id=self.customer.pk,
                ship_from=place_of(Site.visible.get(owner=self.supplier)),
                ship_to=place_of(Site.visible.get(owner=self.customer)),
                lines=[
                    StatedLine(position=1, part_number=self.part, quantity=D(quantity), unit="H87")
                ],
                units=[
                    replace(unit, plate=plate) for unit, plate in zip(units, plates, strict=True)
                ],
                gross_kg=D(2000),
                net_kg=D(1008),
                despatched_at=left,
                expected_at=left + timedelta(hours=30),
                source_key=f"test:{plates[0] if plates else quantity}",
                plate="BV-01-ABC",
                carrier_name="Fjord Freight",
            )
        return replace(told, **changes)

    @property
    def part(self) -> str:
        """The customer's number of the part."""
        return "AM-700"


def make_story(cast: Cast, *, at: datetime | None = None) -> Story:
    """Release four firm weeks of 480 to Brasov, whose part has a packaging and a weight."""
    plan = make_plan(cast.avalon, cast.brasov)
    with acting_for(cast.brasov):
        part = Part.objects.get(number=OURS)
        part.gross_weight_g = D(2100)
        part.save()
        Packaging.objects.create(
            part=part,
            code="KLT-6428",
            kind="BX",
            quantity=PER_BOX,
            tare_weight_kg=D("1.9"),
            packs_per_load_unit=BOXES,
            is_returnable=True,
        )
    plan.release([480] * 10, at=at)
    return Story(plan, cast.avalon, cast.brasov)
