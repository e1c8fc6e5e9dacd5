"""A truck of Fjord's with Brasov's goods for Avalon, on its way today."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from collab.events.models import Errand
from collab.events.relay import work_off
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from tests.harness.cast import Cast, give
from tests.integration.machines import Machine, machine
from tests.transport.moving import order_of, site_of, truck
from transport.models import Load, LoadState, Shipment, Stop, Visit
from transport.services.loads import StopPlan, assign_carrier, make_load, move_load
from transport.services.orders import Window
from transport.services.positions import HEAR_POSITIONS

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BRASOV, MUNICH = (45.65, 25.61), (48.14, 11.58)
PLATE = "B 100 FJO"


@dataclass(slots=True)
class Trip:
    """One load of Avalon's with its carrier's key; ``start`` is when the pick-up opens."""

    cast: Cast
    load: Load
    start: datetime
    fjord: Machine

    def at(self, share: float) -> tuple[float, float]:
        """Return the place after a share of the way from Brasov to Munich [degrees]."""
        return (
            BRASOV[0] + (MUNICH[0] - BRASOV[0]) * share,
            BRASOV[1] + (MUNICH[1] - BRASOV[1]) * share,
        )

    def ping(self, share: float, at: datetime, **changes: Any) -> dict[str, Any]:
        """Return a position report after a share of the way."""
        latitude, longitude = self.at(share)
        return {
            "load": self.load.number,
            "latitude": latitude,
            "longitude": longitude,
            "recorded_at": at.isoformat(),
            **changes,
        }

    def send(self, *reports: dict[str, Any]) -> dict[str, Any]:
        """Post reports with Fjord's key and let everybody hear; return the answer."""
        answer = self.fjord.post("positions", list(reports))
        assert answer.status_code == 207, answer.content
        hear()
        found: dict[str, Any] = answer.json()
        return found

    def now(self) -> Load:
        """Return the load as its owner has it."""
        with acting_for(self.cast.avalon):
            return Load.objects.get(pk=self.load.pk)

    def stops(self) -> list[Stop]:
        """Return its stops."""
        with acting_for(self.cast.avalon):
            return list(Stop.objects.filter(load_id=self.load.pk).order_by("sequence"))

    def shipment(self) -> Shipment:
        """Return what is on it, as its owner has it."""
        with acting_for(self.cast.avalon):
            return Shipment.objects.get()

    def visits(self, viewer: Organisation) -> list[Visit]:
        """Return the visits that somebody sees."""
        with acting_for(viewer):
            return list(Visit.objects.order_by("stop_sequence"))


def hear() -> None:
    """Let everything that is owed happen, as if the two seconds of coalescing had passed."""
    work_off()
    Errand.objects.filter(state=Errand.State.PENDING).update(due_at=timezone.now())
    work_off()
    Errand.objects.filter(name=HEAR_POSITIONS, state=Errand.State.DONE).delete()


def make_trip(cast: Cast, *, hours: float = 48.0, began: timedelta = HOUR) -> Trip:
    """Make a load that Fjord has accepted: picked up since ``began``, due ``hours`` after."""
    start = timezone.now() - began
    due = start + timedelta(hours=hours)
    with acting_for(cast.avalon):
        order = order_of(
            cast.brasov,
            cast.avalon,
            pickup=Window(start, start + 2 * HOUR),
            delivery=Window(due - 4 * HOUR, due),
        )
        load = make_load(
            mode="full_truck",
            vehicle_type=truck(),
            state=LoadState.PLANNED,
            stops=[
                StopPlan(
                    purpose=Stop.Purpose.PICKUP,
                    place=site_of(cast.brasov),
                    window_from=start,
                    window_until=start + 2 * HOUR,
                    planned_arrival=start,
                    planned_departure=start + HOUR,
                    on=[order.pk],
                ),
                StopPlan(
                    purpose=Stop.Purpose.DELIVERY,
                    place=site_of(cast.avalon),
                    window_from=due - 4 * HOUR,
                    window_until=due,
                    planned_arrival=due - HOUR,
                    planned_departure=due,
                    off=[order.pk],
                ),
            ],
        )
        move_load(load.pk, LoadState.TENDERED, by="planner", happened_at=start - 2 * HOUR)
        assign_carrier(load.pk, carrier_id=cast.fjord.pk, plate=PLATE)
        load = move_load(load.pk, LoadState.ACCEPTED, by="carrier", happened_at=start - HOUR)
    hear()
    return Trip(cast, load, start, machine(cast.fjord))


def let_partners_see(cast: Cast) -> None:
    """Let Brasov see Avalon's exceptions about it, and Silesia a few of their fields."""
    give(cast.avalon, cast.brasov, cast.brasov, "work.exceptions")
    give(
        cast.avalon,
        cast.silesia,
        cast.brasov,
        "work.exceptions",
        fields=["type", "severity", "part_number", "partner_part_number", "site_code"],
    )
