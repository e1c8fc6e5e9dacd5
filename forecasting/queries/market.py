"""Market signals as pages and the API show them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from forecasting.models import MarketSignal

SORTS = ("-observed_on", "observed_on", "valid_from", "-valid_from", "title", "-effect_likely")


@dataclass(frozen=True, slots=True)
class SignalFilter:
    """Which signals are asked for; empty texts ask for all."""

    q: str = ""
    state: str = ""
    kind: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left out."""
        return not (self.q or self.state or self.kind)


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One signal; the effect is in % of demand."""

    id: UUID
    kind: str
    kind_label: str
    title: str
    source: str
    observed_on: date
    programme: str
    region: str
    part_numbers: list[str]
    effect_low: Decimal
    effect_likely: Decimal
    effect_high: Decimal
    valid_from: date
    valid_to: date
    is_in_baseline: bool
    state: str
    state_label: str
    decided_at: datetime | None
    note: str
    series_changed: int
    added_value: dict[str, Any] | None
    external_id: str
    version: int

    @property
    def scope(self) -> str:
        """What the signal is limited to, in one line; empty = everything."""
        parts = ", ".join(self.part_numbers[:3]) + (" …" if len(self.part_numbers) > 3 else "")
        return " · ".join(each for each in (self.programme, self.region, parts) if each)


def filtered_signals(wanted: SignalFilter) -> QuerySet[MarketSignal]:
    """Return the acting organisation's signals that the filter lets through."""
    rows = MarketSignal.objects.all()
    if wanted.q:
        rows = rows.filter(
            Q(title__icontains=wanted.q)
            | Q(source__icontains=wanted.q)
            | Q(programme__icontains=wanted.q)
        )
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    return rows.filter(kind=wanted.kind) if wanted.kind else rows


def signal_row(signal: MarketSignal) -> SignalRow:
    """Return a signal as a plain row."""
    return SignalRow(
        signal.pk,
        signal.kind,
        str(signal.get_kind_display()),
        signal.title,
        signal.source,
        signal.observed_on,
        signal.programme,
        signal.region,
        list(signal.part_numbers),
        signal.effect_low,
        signal.effect_likely,
        signal.effect_high,
        signal.valid_from,
        signal.valid_to,
        signal.is_in_baseline,
        signal.state,
        str(signal.get_state_display()),
        signal.decided_at,
        signal.note,
        signal.series_changed,
        signal.added_value,
        signal.external_id,
        signal.version,
    )
