"""Tariffs agreed with carriers: a change is a new version, so old charges keep their row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from collab.masterdata.refusals import Refused, clean_text, clean_whole, locked
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from transport.models import Tariff
from transport.queries.tariffs import tariff_of
from transport.rules.tariff import Mode
from transport.services.numbers import next_number

Lines = Sequence[Mapping[str, Any]]
LONGEST_ANSWER = 60 * 24 * 7  # minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffPlan:
    """A tariff as it is told; ``lines`` as ``transport.queries.tariffs`` documents them.

    ``carrier`` is a BPN, ``valid_to`` the first day on which it no longer holds. Without a
    ``number`` one is given.
    """

    carrier: str
    name: str
    mode: str
    valid_from: date
    lines: Lines = field(default_factory=list)
    number: str = ""
    vehicle_type: str = ""
    currency: str = "EUR"
    valid_to: date | None = None
    rank: int = 1
    answer_minutes: int = 60
    pickups_per_week: int | None = None


@transaction.atomic
def keep_tariff(
    plan: TariffPlan, *, key: UUID | None = None, version: int | None = None
) -> tuple[Tariff, bool]:
    """Add a tariff, or replace ``key`` by a new version; return the row and whether it is new.

    The same figures again change nothing. Raises ``Refused`` by field, naming the line whose
    figures make no tariff, and ``VersionConflict``.
    """
    values = _checked(plan)
    before = None
    if key is not None:
        before = locked(Tariff, key, version)
        if before.counterparty_id != values["counterparty"].pk:
            raise Refused("carrier", "the carrier of the tariff", plan.carrier)
        if all(getattr(before, name) == value for name, value in values.items()):
            return before, False
        before.is_active = False
        before.save(update_fields=["is_active"])
    else:
        before = _same_number(plan, values["counterparty"])
        if before is not None:
            if all(getattr(before, name) == value for name, value in values.items()):
                return before, False
            raise Refused("number", "a number this carrier's tariffs do not have yet", plan.number)
    made = Tariff.objects.create(
        number=before.number if before else plan.number.strip() or next_number("tariff"),
        version=before.version + 1 if before else 1,
        **values,
    )
    return made, True


@transaction.atomic
def end_tariff(key: UUID, *, on: date, version: int | None = None) -> Tariff:
    """Let a tariff hold no longer from ``on``; charges priced by it stay as they are."""
    row = locked(Tariff, key, version)
    if on <= row.valid_from:
        raise Refused("valid_to", f"a day after {row.valid_from}", on)
    row.valid_to = on
    row.save(update_fields=["valid_to"])
    return row


def _same_number(plan: TariffPlan, carrier: Organisation) -> Tariff | None:
    if not plan.number.strip():
        return None
    rows = Tariff.objects.filter(
        owner_id=acting_organisation_id(), counterparty=carrier, number=plan.number.strip()
    )
    return rows.order_by("-version").first()


def _checked(plan: TariffPlan) -> dict[str, Any]:
    carrier = (
        Organisation.objects.filter(bpn=plan.carrier).exclude(pk=acting_organisation_id()).first()
    )
    if carrier is None:
        raise Refused("carrier", "the BPN of a carrier you work with", plan.carrier)
    if plan.mode not in {each.value for each in Mode}:
        raise Refused("mode", f"one of {', '.join(each.value for each in Mode)}", plan.mode)
    if plan.valid_to is not None and plan.valid_to <= plan.valid_from:
        raise Refused("valid_to", f"a day after {plan.valid_from}", plan.valid_to)
    clean_text("number", plan.number, 35, required=False)
    values = {
        "counterparty": carrier,
        "name": clean_text("name", plan.name, 80),
        "mode": plan.mode,
        "vehicle_type": clean_text("vehicle_type", plan.vehicle_type, 20, required=False),
        "currency": clean_text("currency", plan.currency, 3).upper(),
        "lines": [dict(each) for each in plan.lines],
        "valid_from": plan.valid_from,
        "valid_to": plan.valid_to,
        "rank": clean_whole("rank", plan.rank, at_least=1, at_most=99),
        "answer_minutes": clean_whole(
            "answer_minutes", plan.answer_minutes, at_least=1, at_most=LONGEST_ANSWER
        ),
        "pickups_per_week": (
            None
            if plan.pickups_per_week is None
            else clean_whole("pickups_per_week", plan.pickups_per_week, at_least=0, at_most=50)
        ),
    }
    _check_lines(values)
    return values


def _check_lines(values: Mapping[str, Any]) -> None:
    """Raise ``Refused`` for the first line that no price can be read from."""
    lines: list[dict[str, Any]] = values["lines"]
    if not any(each.get("kind", "rate") == "rate" for each in lines):
        raise Refused("lines", "at least one rate", len(lines))
    for place, line in enumerate(lines, start=1):
        trial = Tariff(**{**values, "number": "trial", "lines": [line]})
        try:
            tariff_of(trial)
        except (ValueError, KeyError, ArithmeticError, TypeError) as error:
            text = f"no {error}" if isinstance(error, KeyError) else str(error)
            raise Refused("lines", f"figures that make a rate in line {place}", text) from None
