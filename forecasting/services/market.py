"""Market signals (FC-20): proposed with source and range, accepted into the plan or refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from collab.masterdata.queries import explosion, part_by_number
from collab.masterdata.refusals import Refused, clean_decimal, clean_text, locked
from collab.organisations.context import acting_organisation_id, acting_person_id
from collab.organisations.models import Site
from forecasting.models import DemandSeries, DemandVersion, MarketSignal, Step
from forecasting.rules.signal import Effect, Plan, apply_effect, share_of_week
from forecasting.services.versions import NewVersion, add_versions, weekly_of
from forecasting.week_figures import THOUSANDTH, Weekly

MOST_PARTS = 2_000
LEAST_PERCENT, MOST_PERCENT = Decimal(-100), Decimal(1_000)
State = MarketSignal.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A signal as it is told: what, by whom, since when, for which demand, how strong.

    The effect is in % of demand. ``programme`` is a part number whose bill of material sets the
    scope, ``region`` a country code or a site's code; empty ones do not limit it.
    """

    kind: str
    title: str
    source: str
    observed_on: date
    effect_low: Decimal | int | str
    effect_likely: Decimal | int | str
    effect_high: Decimal | int | str
    valid_from: date
    valid_to: date
    programme: str = ""
    region: str = ""
    part_numbers: Sequence[str] = field(default_factory=tuple)
    is_in_baseline: bool = False
    note: str = ""
    external_id: str = ""


@transaction.atomic
def propose_signal(told: Signal) -> tuple[MarketSignal, bool]:
    """Keep a signal until somebody decides; return it, and whether it is new.

    The same ``external_id`` again returns what is there. Raises ``Refused`` naming the field.
    """
    values = _checked(told)
    if values["external_id"]:
        return MarketSignal.objects.get_or_create(
            owner_id=acting_organisation_id(),
            external_id=values.pop("external_id"),
            defaults=values,
        )
    return MarketSignal.objects.create(**values), True


@transaction.atomic
def accept_signal(
    signal_id: UUID, *, version: int | None = None, as_of: datetime | None = None
) -> MarketSignal:
    """Make a new version of every plan in the signal's scope, unless it is in the baseline.

    Accepting it again changes nothing. Raises ``Refused`` for a signal that was turned down,
    ``VersionConflict``, and the model's ``DoesNotExist``.
    """
    now = as_of or timezone.now()
    signal = locked(MarketSignal, signal_id, version)
    if signal.state == State.ACCEPTED:
        return signal
    if signal.state == State.REJECTED:
        raise Refused("state", "a signal that is proposed", signal.state)
    if not signal.is_in_baseline:
        signal.series_changed = _enter(signal, now)
    return _decided(signal, State.ACCEPTED, now)


@transaction.atomic
def reject_signal(
    signal_id: UUID, *, note: str, version: int | None = None, as_of: datetime | None = None
) -> MarketSignal:
    """Turn a proposed signal down, and say why; again changes nothing."""
    signal = locked(MarketSignal, signal_id, version)
    if signal.state == State.REJECTED:
        return signal
    if signal.state == State.ACCEPTED:
        raise Refused("state", "a signal that is proposed", signal.state)
    signal.note = clean_text("note", note, 400)
    return _decided(signal, State.REJECTED, as_of or timezone.now())


@transaction.atomic
def take_back_signal(
    signal_id: UUID, *, version: int | None = None, as_of: datetime | None = None
) -> MarketSignal:
    """Make a decided signal proposed again.

    Plans whose current version is this signal's get the figures from before as a new version;
    those that somebody has changed since stay as they are.
    """
    now = as_of or timezone.now()
    signal = locked(MarketSignal, signal_id, version)
    if signal.state == State.PROPOSED:
        return signal
    _leave(signal, now)
    signal.series_changed = 0
    return _decided(signal, State.PROPOSED, now)


def series_in_scope(signal: MarketSignal) -> list[DemandSeries]:
    """Return the active own series that the signal is about, by part number and site."""
    rows = DemandSeries.objects.filter(owner_id=acting_organisation_id(), is_active=True)
    if signal.part_numbers:
        rows = rows.filter(part_number__in=signal.part_numbers)
    if signal.programme:
        top = part_by_number(signal.programme)
        if top is None:
            return []
        below = explosion({top.id: Decimal(1)}, on=signal.valid_from)
        rows = rows.filter(part_id__in=list(below))
    if signal.region:
        sites = Site.objects.filter(owner_id=acting_organisation_id())
        codes = sites.filter(country=signal.region) | sites.filter(code=signal.region)
        rows = rows.filter(site_code__in=codes.values_list("code", flat=True))
    return list(rows.order_by("part_number", "site_code", "pk"))


def _enter(signal: MarketSignal, now: datetime) -> int:
    """Write the signal's effect into every current plan that it touches; return how many."""
    effect = _effect(signal)
    current = DemandVersion.objects.filter(
        series_id__in=[each.pk for each in series_in_scope(signal)], is_current=True
    )
    wanted = []
    for version in current:
        weekly = weekly_of(version)
        if not any(share_of_week(week, effect) for week in weekly.weeks()):
            continue
        plan = apply_effect(
            version.first_week,
            version.quantities,
            effect,
            low=_or_likely(version.low, version.quantities),
            high=_or_likely(version.high, version.quantities),
        )
        wanted.append(_version(version, plan, signal, now))
    add_versions(wanted)
    return len(wanted)


def _leave(signal: MarketSignal, now: datetime) -> None:
    mine = DemandVersion.objects.filter(step=Step.SIGNAL, source_id=signal.pk, is_current=True)
    wanted = []
    for version in mine:
        before = DemandVersion.objects.get(series_id=version.series_id, number=version.number - 1)
        wanted.append(
            NewVersion(
                series_id=version.series_id,
                step=before.step,
                likely=weekly_of(before),
                low=_weekly(before, "low"),
                high=_weekly(before, "high"),
                reasons=before.reasons,
                note=signal.title,
                source_id=before.source_id,
                changed_at=now,
            )
        )
    add_versions(wanted)


def _version(before: DemandVersion, plan: Plan, signal: MarketSignal, now: datetime) -> NewVersion:
    def rounded(figures: Sequence[Decimal | None]) -> Weekly:
        return Weekly(
            before.first_week,
            tuple(None if each is None else each.quantize(THOUSANDTH) for each in figures),
        )

    return NewVersion(
        series_id=before.series_id,
        step=Step.SIGNAL.value,
        likely=rounded(plan.likely),
        low=rounded(plan.low),
        high=rounded(plan.high),
        reasons=before.reasons,
        note=signal.title,
        source_id=signal.pk,
        changed_at=now,
    )


def _or_likely(
    bound: Sequence[Decimal | None] | None, likely: Sequence[Decimal | None]
) -> list[Decimal | None]:
    """Return the bound; a week that has none starts from the likely figure."""
    if bound is None:
        return list(likely)
    return [each if each is not None else other for each, other in zip(bound, likely, strict=True)]


def _weekly(version: DemandVersion, name: str) -> Weekly | None:
    figures = getattr(version, name)
    return None if figures is None else Weekly(version.first_week, tuple(figures))


def _effect(signal: MarketSignal) -> Effect:
    return Effect(
        signal.effect_low,
        signal.effect_likely,
        signal.effect_high,
        signal.valid_from,
        signal.valid_to,
    )


def _decided(signal: MarketSignal, state: str, now: datetime) -> MarketSignal:
    signal.state = state
    is_open = state == State.PROPOSED
    signal.decided_by_id = None if is_open else acting_person_id()
    signal.decided_at = None if is_open else now
    signal.version += 1
    signal.save()
    return signal


def _checked(told: Signal) -> dict[str, Any]:
    if told.kind not in MarketSignal.Kind.values:
        raise Refused("kind", f"one of {', '.join(MarketSignal.Kind.values)}", told.kind)
    low, likely, high = (
        clean_decimal(
            name, getattr(told, name), digits=7, places=2,
            at_least=LEAST_PERCENT, at_most=MOST_PERCENT,
        )
        for name in ("effect_low", "effect_likely", "effect_high")
    )  # fmt: skip
    if not low <= likely:
        raise Refused("effect_likely", f"at least the low effect {low}", likely)
    if not likely <= high:
        raise Refused("effect_high", f"at least the likely effect {likely}", high)
    if told.valid_to < told.valid_from:
        raise Refused("valid_to", f"a day from {told.valid_from} on", told.valid_to)
    return {
        "kind": told.kind,
        "title": clean_text("title", told.title, 120),
        "source": clean_text("source", told.source, 200),
        "observed_on": told.observed_on,
        "programme": _known_part("programme", told.programme),
        "region": _known_region(told.region),
        "part_numbers": _known_parts(told.part_numbers),
        "effect_low": low,
        "effect_likely": likely,
        "effect_high": high,
        "valid_from": told.valid_from,
        "valid_to": told.valid_to,
        "is_in_baseline": told.is_in_baseline,
        "note": clean_text("note", told.note, 400, required=False),
        "external_id": clean_text("external_id", told.external_id, 80, required=False),
    }


def _known_part(name: str, number: str) -> str:
    if not number.strip():
        return ""
    part = part_by_number(number)
    if part is None:
        raise Refused(name, "a part number of yours", number)
    return part.number


def _known_parts(numbers: Sequence[str]) -> list[str]:
    if len(numbers) > MOST_PARTS:
        raise Refused("part_numbers", f"at most {MOST_PARTS} part numbers", len(numbers))
    return [_known_part("part_numbers", number) for number in numbers if number.strip()]


def _known_region(region: str) -> str:
    text = clean_text("region", region, 40, required=False)
    if not text:
        return ""
    sites = Site.objects.filter(owner_id=acting_organisation_id())
    if not (sites.filter(country=text) | sites.filter(code=text)).exists():
        raise Refused("region", "the country or the code of one of your sites", region)
    return text
