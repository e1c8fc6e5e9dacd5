"""Safety stock suggested from measured figures, and what the planner makes of each suggestion."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from collab.masterdata.refusals import Refused, clean_decimal, clean_text, locked
from collab.organisations.context import acting_organisation_id, acting_person_id
from inventory.models import BufferPolicy, BufferSuggestion, CoverageTarget
from inventory.rules.safety_stock import (
    Buffer,
    Limits,
    buffer_of,
    normal_safety_stock,
    order_of,
    quantile_of,
    sampled_safety_stock,
)
from inventory.services.buffer_figures import Inputs, inputs_of
from inventory.services.targets import Target, agree_target

THOUSANDTH, CENT = Decimal("0.001"), Decimal("0.01")
LEVEL = Decimal("0.00001")
SAME_SHARE = 0.05  # of what stands: a smaller change is no reason to ask anybody
LONGEST_DAYS = Decimal("9999.99")
MOST = Decimal("999999999999999.999")  # of a column of quantities
State = BufferSuggestion.State
DECIDED = (State.ACCEPTED, State.CHANGED, State.DISMISSED)


@dataclass(frozen=True, slots=True)
class Aim:
    """A service level that a portfolio gave one item, with the safety stock that goes with it."""

    level: float
    statistical: float
    fill: float


@dataclass(frozen=True, slots=True)
class Suggested:
    """How many policies were looked at, suggest something now, and lack a figure."""

    policies: int
    open: int
    missing: int


@transaction.atomic
def suggest(
    *,
    as_of: datetime,
    policy_ids: Collection[UUID] | None = None,
    aims: Mapping[UUID, Aim] | None = None,
) -> Suggested:
    """Work out all active policies anew; twice in a row changes nothing.

    A policy has at most one open suggestion: it follows the figures until somebody decides, and
    goes when nothing would change any more. ``aims`` replace the policies' own service levels.
    """
    rows = BufferPolicy.objects.filter(owner_id=acting_organisation_id(), is_active=True)
    if policy_ids is not None:
        rows = rows.filter(pk__in=list(policy_ids))
    policies = list(rows.select_for_update(of=("self",)).order_by("pk"))
    inputs = inputs_of(policies, as_of=as_of)
    stands, open_rows = _standing(policies)
    missing = 0
    for policy in policies:
        found = inputs[policy.pk]
        row = open_rows.get(policy.pk)
        if found.missing:
            missing += 1
            _withdraw(row)
            continue
        aim = (aims or {}).get(policy.pk)
        buffer, figures = work_out(policy, found, aim)
        last = stands.get(policy.pk)
        if _is_news(buffer, found, last, as_of):
            _write(policy, row, _values(policy, found, buffer, figures, last), as_of)
        else:
            _withdraw(row)
    left = BufferSuggestion.objects.filter(
        policy_id__in=[each.pk for each in policies], state=State.OPEN
    )
    return Suggested(len(policies), left.count(), missing)


def work_out(
    policy: BufferPolicy, inputs: Inputs, aim: Aim | None
) -> tuple[Buffer, dict[str, Any]]:
    """Return a policy's buffer and every figure it was reckoned with."""
    demand, lead = inputs.uncertain()
    level = aim.level if aim else float(policy.service_level)
    is_sampled = policy.method == BufferPolicy.Method.QUANTILE and bool(inputs.totals)
    if aim is not None:
        statistical, method = aim.statistical, "portfolio"
    elif is_sampled:
        statistical, method = sampled_safety_stock(inputs.totals, level), "quantile"
    else:
        statistical, method = normal_safety_stock(demand, lead, level), "formula"
    limits = Limits(
        *(
            None if value is None else float(value)
            for value in (
                policy.minimum_quantity, policy.maximum_quantity,
                policy.minimum_days, policy.maximum_days,
            )
        )
    )  # fmt: skip
    buffer = buffer_of(
        demand,
        lead,
        statistical,
        limits=limits,
        pack=inputs.pack.value or 0.0,
        hard_days=float(policy.hard_days),
        soft_days=float(policy.soft_days),
    )
    figures = {
        "inputs": {
            name: asdict(getattr(inputs, name))
            for name in ("demand", "demand_sigma", "lead", "lead_sigma", "pack", "available")
        },
        "method": method,
        "level": level,
        "z": quantile_of(level),
        "samples": len(inputs.totals),
        "fill": aim.fill if aim else None,
        "limits": asdict(limits),
        "hard_days": float(policy.hard_days),
        "soft_days": float(policy.soft_days),
        "buffer": asdict(buffer),
    }
    return buffer, figures


@transaction.atomic
def accept(
    suggestion_id: UUID,
    *,
    as_of: datetime,
    stock: Decimal | str | None = None,
    note: str = "",
    version: int | None = None,
) -> BufferSuggestion:
    """Take a suggestion, with another safety stock if ``stock`` is given [base units].

    The agreed days of supply with the partner follow, so that projection, heat map and alerts
    count against the new minimum at once. Raises ``Refused``, ``VersionConflict`` or
    ``DoesNotExist``.
    """
    row = _open(suggestion_id, version)
    decided = row.safety_stock
    if stock is not None and stock != "":
        zero = Decimal(0)
        decided = clean_decimal("stock", stock, digits=18, places=3, at_least=zero)
    row.state = State.ACCEPTED if decided == row.safety_stock else State.CHANGED
    row.decided_stock = decided
    _close(row, note, as_of)
    _agree(row, decided)
    return row


@transaction.atomic
def dismiss(
    suggestion_id: UUID, *, as_of: datetime, note: str = "", version: int | None = None
) -> BufferSuggestion:
    """Leave everything as it is; the same figures are not suggested again."""
    row = _open(suggestion_id, version)
    row.state = State.DISMISSED
    _close(row, note, as_of)
    return row


@transaction.atomic
def accept_many(suggestion_ids: Iterable[UUID], *, as_of: datetime) -> int:
    """Accept all that are still open, as they are; return how many."""
    rows = BufferSuggestion.objects.filter(
        owner_id=acting_organisation_id(), pk__in=list(suggestion_ids), state=State.OPEN
    )
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    for key in keys:
        accept(key, as_of=as_of)
    return len(keys)


def _open(key: UUID, version: int | None) -> BufferSuggestion:
    row = locked(BufferSuggestion, key, version)
    if row.state != State.OPEN:
        raise Refused("state", "an open suggestion", row.state)
    return row


def _close(row: BufferSuggestion, note: str, as_of: datetime) -> None:
    row.note = clean_text("note", note, 400, required=False)
    row.decided_at, row.decided_by_id = as_of, acting_person_id()
    row.version += 1
    row.save()


def _agree(row: BufferSuggestion, stock: Decimal) -> None:
    """Have policy and agreed days of supply follow the stock decided on.

    A level that a portfolio gave becomes the policy's own. The partner and whom it lets see the
    target also learn how long replenishment takes: placements over tiers reckon with it.
    """
    policy = BufferPolicy.objects.select_related("partner").get(pk=row.policy_id)
    if row.figures["fill"] is not None and policy.service_level != row.service_level:
        policy.service_level = row.service_level
        policy.version += 1
        policy.save(update_fields=["service_level", "version"])
    demand = row.figures["inputs"]["demand"]["value"]
    if not demand:
        return
    days = _days(float(stock) / demand + row.figures["hard_days"])
    stands = CoverageTarget.objects.filter(
        owner_id=policy.owner_id, counterparty_id=policy.partner_id,
        part_number=policy.part_number, site_code=policy.site_code,
    ).first()  # fmt: skip
    most = stands.maximum_days if stands else None
    target, _is_new = agree_target(
        Target(
            counterparty=policy.partner.bpn,
            part_number=policy.part_number,
            site=policy.site_code,
            minimum_days=days,
            maximum_days=None if most is None else max(most, days),
            report_every_hours=stands.report_every_hours if stands else 24,
        )
    )
    target.lead_days = _days(row.figures["inputs"]["lead"]["value"])
    target.save(update_fields=["lead_days"])


def _standing(
    policies: Collection[BufferPolicy],
) -> tuple[dict[UUID, BufferSuggestion], dict[UUID, BufferSuggestion]]:
    """Return the last decision and the open suggestion of each policy that has one."""
    keys = [each.pk for each in policies]
    rows = BufferSuggestion.objects.filter(policy_id__in=keys)
    last = rows.filter(state__in=DECIDED).order_by("policy_id", "-decided_at", "-pk")
    waiting = rows.filter(state=State.OPEN).select_for_update(of=("self",))
    return (
        {row.policy_id: row for row in last.distinct("policy_id")},
        {row.policy_id: row for row in waiting},
    )


def _is_news(
    buffer: Buffer, inputs: Inputs, last: BufferSuggestion | None, as_of: datetime
) -> bool:
    """Say whether a planner should look: not the figures decided on, or an order is due.

    An order that was decided on is given its lead time before it is asked for again.
    """
    if last is None:
        return True
    stands = float(last.safety_stock)  # as suggested then: whoever chose another stock knew it
    least = max(inputs.pack.value or 0.0, SAME_SHARE * stands, float(THOUSANDTH))
    if abs(buffer.packed - stands) >= least:
        return True
    waited = last.decided_at is None or as_of >= last.decided_at + timedelta(
        days=inputs.lead.value or 0.0
    )
    return waited and _order(buffer, inputs) > 0


def _order(buffer: Buffer, inputs: Inputs) -> float:
    if inputs.available.value is None:
        return 0.0
    return order_of(inputs.available.value, buffer, pack=inputs.pack.value or 0.0)


def _values(
    policy: BufferPolicy,
    inputs: Inputs,
    buffer: Buffer,
    figures: dict[str, Any],
    last: BufferSuggestion | None,
) -> dict[str, Any]:
    """Return the columns of a suggestion."""
    before = last.decided_stock if last is not None else None
    demand = inputs.demand.value or 0.0
    change = None
    if policy.unit_cost is not None:
        more = _exact(buffer.packed) - (before or Decimal(0))
        change = max(-MOST, min(MOST, more * policy.unit_cost)).quantize(CENT)
    available = inputs.available.value
    return {
        "service_level": Decimal(str(figures["level"])).quantize(LEVEL),
        "safety_stock": _exact(buffer.packed),
        "reorder_point": _exact(buffer.reorder_point),
        "target": _exact(buffer.target),
        "minimum_days": _days(buffer.minimum / demand) if demand else None,
        "order_quantity": _exact(_order(buffer, inputs)),
        "available": None if available is None else _exact(available),
        "before": before,
        "lead_share": Decimal(str(buffer.lead_share)).quantize(Decimal("0.0001")),
        "cost_change": change,
        "figures": figures | {"changes": _changes(figures, last)},
    }


def _changes(figures: dict[str, Any], last: BufferSuggestion | None) -> list[dict[str, Any]]:
    """Return the inputs that differ from those of the last decision, the largest change first."""
    if last is None:
        return []
    found = []
    for name, now in figures["inputs"].items():
        before = last.figures.get("inputs", {}).get(name, {}).get("value")
        if name == "available" or before is None or now["value"] in (None, before):
            continue
        share = abs(now["value"] - before) / max(abs(before), 1e-9)
        found.append((share, {"figure": name, "before": before, "after": now["value"]}))
    if figures["level"] != last.figures.get("level"):
        found.append(
            (0.0, {"figure": "level", "before": last.figures["level"], "after": figures["level"]})
        )
    return [each for _share, each in sorted(found, key=lambda pair: -pair[0])]


def _write(
    policy: BufferPolicy, row: BufferSuggestion | None, values: dict[str, Any], as_of: datetime
) -> None:
    if row is None:
        BufferSuggestion.objects.create(
            owner_id=policy.owner_id, policy=policy, created_at=as_of, **values
        )
        return
    if all(getattr(row, name) == value for name, value in values.items()):
        return
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.save()


def _withdraw(row: BufferSuggestion | None) -> None:
    if row is not None:
        row.state = State.SUPERSEDED
        row.version += 1
        row.save(update_fields=["state", "version"])


def _exact(value: float) -> Decimal:
    """Return a quantity as its column holds it; one beyond all sense is the largest there is."""
    return min(Decimal(str(min(value, float(MOST)))).quantize(THOUSANDTH), MOST)


def _days(value: float) -> Decimal:
    return min(Decimal(str(value)).quantize(CENT), LONGEST_DAYS)
