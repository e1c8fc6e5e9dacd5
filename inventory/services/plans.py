"""Planned output: what a holder says it will add to its stock, day by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from collab.masterdata.refusals import Refused, clean_text
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Site
from inventory.keys import CoverageKey
from inventory.models import PlannedOutput, PlanReceipt
from inventory.projections import HORIZON_DAYS, THOUSANDTH, refresh_coverage
from inventory.services.subjects import Subject, in_base_unit, resolve

LONGEST_KEY = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Planned output as stated: what is added to one part at one site on one day.

    ``counterparty`` is a BPN, ``part_number`` the holder's number or the counterparty's,
    ``quantity`` is in ``unit`` and replaces what was planned for the day; 0 takes it back.
    ``sender_key`` is the sender's own key of the statement, if any.
    """

    counterparty: str
    part_number: str
    site: str
    on: date
    quantity: Decimal | int | str
    unit: str
    sender_key: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """What became of a statement; ``is_changed`` is false when it said nothing new."""

    output: PlannedOutput
    is_new: bool
    is_changed: bool


@dataclass(frozen=True, slots=True)
class PlanVerdict:
    """The answer to one row of a list: planned, or refused with the reason."""

    row: int
    planned: Planned | None
    refused: Refused | None


def plan_output(plan: Plan, *, as_of: datetime | None = None) -> Planned:
    """Record one statement and let the projection follow; raise ``Refused`` if it is not taken.

    The same ``sender_key`` again changes nothing, even after a later statement for the same day;
    with another content it is refused.
    """
    (verdict,) = plan_many([plan], as_of=as_of)
    if verdict.planned is None:
        raise verdict.refused or ValueError("expected a verdict with a reason, got none")
    return verdict.planned


@transaction.atomic
def plan_many(plans: Sequence[Plan], *, as_of: datetime | None = None) -> list[PlanVerdict]:
    """Record each statement on its own; a refused row leaves the others standing.

    Each coverage that hangs on them is recomputed once.
    """
    now = as_of or timezone.now()
    touched: set[CoverageKey] = set()
    verdicts = []
    for row, plan in enumerate(plans):
        try:
            with transaction.atomic():
                planned = _record(plan, now)
        except Refused as refused:
            verdicts.append(PlanVerdict(row, None, refused))
            continue
        verdicts.append(PlanVerdict(row, planned, None))
        if planned.is_changed:
            output = planned.output
            touched.add(CoverageKey(output.counterparty_id, output.part_id, output.site_id))
    refresh_coverage(touched, as_of=now)
    return verdicts


def _record(plan: Plan, now: datetime) -> Planned:
    sender_key = clean_text("sender_key", plan.sender_key, LONGEST_KEY, required=False)
    subject = resolve(
        counterparty=plan.counterparty, part_number=plan.part_number, site=plan.site, on=plan.on
    )
    quantity = in_base_unit(subject.part, plan.quantity, plan.unit).quantize(THOUSANDTH)
    if sender_key and _was_taken(sender_key, plan, subject, quantity):
        return Planned(_standing(subject, plan.on, quantity)[0], False, False)
    _check_day(plan.on, subject, now)
    output, is_new = _standing(subject, plan.on, quantity)
    is_changed = is_new or output.quantity != quantity
    if is_changed and not is_new:
        output.quantity = quantity
        output.save(update_fields=["quantity", "planned_at"])
    return Planned(output, is_new, is_changed)


def _standing(subject: Subject, on: date, quantity: Decimal) -> tuple[PlannedOutput, bool]:
    """Return the day's plan, locked, and whether it was made just now with ``quantity``."""
    return PlannedOutput.objects.select_for_update(of=("self",)).get_or_create(
        owner_id=acting_organisation_id(),
        counterparty_id=subject.counterparty_id,
        part_id=subject.part.id,
        site_id=subject.site_id,
        on=on,
        defaults={
            "part_number": subject.part.number,
            "partner_part_number": subject.partner_part_number,
            "site_code": subject.site_code,
            "quantity": quantity,
            "unit": subject.part.base_unit,
        },
    )


def _was_taken(sender_key: str, plan: Plan, subject: Subject, quantity: Decimal) -> bool:
    """Say whether this very statement came before, and remember it if not."""
    said = (
        subject.counterparty_id,
        subject.part.id,
        subject.site_id,
        plan.on,
        quantity.normalize(),
    )
    fingerprint = sha256("|".join(str(each) for each in said).encode()).hexdigest()
    receipt, is_new = PlanReceipt.objects.get_or_create(
        owner_id=acting_organisation_id(),
        sender_key=sender_key,
        defaults={"fingerprint": fingerprint, "on": plan.on},
    )
    if receipt.fingerprint != fingerprint:
        raise Refused("sender_key", "a key of its own for each statement", sender_key)
    return not is_new


def _check_day(on: date, subject: Subject, now: datetime) -> None:
    zone = ZoneInfo(Site.objects.values_list("timezone", flat=True).get(pk=subject.site_id))
    today = now.astimezone(zone).date()
    if not today <= on <= today + timedelta(days=HORIZON_DAYS):
        last = today + timedelta(days=HORIZON_DAYS)
        raise Refused("on", f"a day from {today} to {last}", on)
