"""What is agreed about a part: days of supply, supplier-managed bands, safety stock."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from inventory.models import BufferSuggestion
from inventory.queries.buffers import SuggestionRow, suggestion_row
from inventory.queries.targets import TargetRow, target_rows, targets
from inventory.queries.vmi import BandRow, band_rows, bands

State = BufferSuggestion.State
MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PartTerms:
    """Targets, bands and the newest decision or suggestion of safety stock by site."""

    targets: Sequence[TargetRow]
    bands: Sequence[BandRow]
    buffers: Sequence[SuggestionRow]


def part_terms(number: str) -> PartTerms:
    """Return what is agreed about the part with this number of either side; few queries."""
    named = Q(part_number=number) | Q(partner_part_number=number)
    seen = Q(seen_part_number=number) | Q(seen_partner_part_number=number)
    return PartTerms(
        targets=target_rows(targets().filter(seen)[:MOST]),
        bands=band_rows(bands().filter(named).order_by("site_code", "pk")[:MOST]),
        buffers=_buffers(number),
    )


def _buffers(number: str) -> list[SuggestionRow]:
    rows = (
        BufferSuggestion.objects.select_related("policy__part", "policy__partner")
        .filter(policy__part_number=number, state__in=(State.OPEN, State.ACCEPTED, State.CHANGED))
        .order_by("policy_id", "-pk")
        .distinct("policy_id")
    )
    return [suggestion_row(row) for row in rows[:MOST]]
