"""Bands follow the projection of their stock, and the receipts that suppliers plan."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils import timezone

from collab.events.bus import Fact, subscribe
from collab.organisations.context import acting_organisation_id
from collab.sharing.hear import hand_over, listen
from inventory.events import VMI_TOPIC, CoverageChanged, CumulativeChanged, VmiReceiptsPlanned
from inventory.models import CumulativeStanding
from inventory.services.vmi import judge_again, refresh_bands
from inventory.services.vmi_watch import watch_cumulative

LISTENER = "inventory.follow_vmi_plan"


def follow_coverage(event: CoverageChanged) -> Iterable[Fact]:
    """Keep the bands of one's own stock in step."""
    refresh_bands([UUID(key) for key in event.coverage_ids], as_of=timezone.now())
    return ()


def tell_of_plan(event: VmiReceiptsPlanned) -> Iterable[Fact]:
    """Let the customer judge its band with what we plan."""
    hand_over(
        UUID(event.change_id),
        listener=LISTENER,
        topic=VMI_TOPIC,
        about_ids=[event.customer_id],
        rows=[UUID(event.band_id)],
    )
    return ()


def follow_counters(event: CumulativeChanged) -> Iterable[Fact]:
    """Judge one's own bands by what their supplier should have shipped."""
    keys = [UUID(key) for key in event.standing_ids]
    rows = CumulativeStanding.objects.filter(owner_id=acting_organisation_id(), pk__in=keys)
    numbers = set(rows.values_list("part_number", flat=True))
    watch_cumulative(event.supplier_id, numbers, as_of=timezone.now())
    return ()


def follow_plan(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Judge one's own bands whose supplier planned other receipts."""
    judge_again(keys, as_of=timezone.now())
    return ()


listen(LISTENER, follow_plan)
subscribe(CoverageChanged, follow_coverage)
subscribe(CumulativeChanged, follow_counters)
subscribe(VmiReceiptsPlanned, tell_of_plan)
