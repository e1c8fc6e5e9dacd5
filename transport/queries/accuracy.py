"""How good the own arrival estimates were, and which version makes them (TR-13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collab.organisations.context import acting_organisation_id
from transport.models import DrivenTrip, EstimatedArrival, EtaVersion
from transport.rules.eta_accuracy import BandAccuracy, accuracy
from transport.rules.eta_model import Eta

SHOWN_DAYS = 90
MOST_JUDGED = 50_000
DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """The version that makes estimates now; ``row`` is ``None`` for the default."""

    row: EtaVersion | None
    name: str
    since: datetime | None
    judged: int
    within: float | None
    trips_waiting: int

    @property
    def within_percent(self) -> float | None:
        """The share of arrivals between its P10 and P90 [%], as measured in use."""
        return None if self.within is None else 100 * self.within


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Accuracy by hours before arrival, in all and of the version in use."""

    bands: tuple[BandAccuracy, ...]
    judged: int
    within: float | None
    in_use: InUse
    versions: Sequence[EtaVersion]


def report(*, as_of: datetime, model: str = "") -> Report:
    """Return how estimates of the last 90 days did; ``model`` keeps those of one version."""
    pairs = _judged(as_of - timedelta(days=SHOWN_DAYS))
    shown = [(eta, arrived) for eta, arrived in pairs if not model or eta.model == model]
    versions = list(EtaVersion.objects.order_by("-number")[:50])
    row = next((each for each in versions if each.used_from and not each.used_until), None)
    name = str(row) if row is not None else DEFAULT
    own = [(eta, arrived) for eta, arrived in pairs if eta.model == name]
    newest = versions[0].trained_until if versions else None
    waiting = DrivenTrip.objects.all()
    if newest is not None:
        waiting = waiting.filter(arrived_at__gt=newest)
    return Report(
        bands=accuracy(shown),
        judged=len(shown),
        within=_within(shown),
        in_use=InUse(
            row=row,
            name=name,
            since=row.used_from if row is not None else None,
            judged=len(own),
            within=_within(own),
            trips_waiting=waiting.count(),
        ),
        versions=versions,
    )


def _judged(since: datetime) -> list[tuple[Eta, datetime]]:
    """Return own estimates whose arrival is known, the newest 50,000."""
    rows = (
        EstimatedArrival.objects.filter(
            owner_id=acting_organisation_id(), actual_at__gte=since, made_at__gte=since
        )
        .order_by("-made_at")
        .values_list("made_at", "p10", "p50", "p90", "parts", "actual_at")[:MOST_JUDGED]
    )
    return [
        (_eta(made_at, (p10, p50, p90), parts), actual)
        for made_at, p10, p50, p90, parts, actual in rows
        if actual is not None and made_at <= actual
    ]


def _eta(
    made_at: datetime, told: tuple[datetime, datetime, datetime], parts: dict[str, object]
) -> Eta:
    return Eta(
        ping_at=made_at,
        p10=told[0],
        p50=told[1],
        p90=told[2],
        drive_min=0.0,
        dwell_min=0.0,
        short_break_min=0.0,
        long_break_min=0.0,
        model=str(parts.get("model", DEFAULT)),
    )


def _within(pairs: Sequence[tuple[Eta, datetime]]) -> float | None:
    if not pairs:
        return None
    return sum(eta.p10 <= arrived <= eta.p90 for eta, arrived in pairs) / len(pairs)
