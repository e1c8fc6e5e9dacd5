"""The chain a placement is about: own policies, the bill of material, and what partners share."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from collab.masterdata.queries.bill_of_material import structure_below
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.models import Partnership
from collab.sharing.queries import fields_for
from inventory.models import COVERAGE, BufferPolicy, CoverageTarget
from inventory.rules.safety_stock import quantile_of
from inventory.services.buffer_figures import Inputs, inputs_of

OWN, PARTNER = "own", "partner"
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class ChainFound:
    """The document of the engine, and in words what is not in it and why."""

    document: dict[str, Any]
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Building:
    stages: list[dict[str, Any]] = field(default_factory=list)
    arcs: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    ids: dict[UUID, str] = field(default_factory=dict)  # policy → stage


def find_chain(*, as_of: datetime, policy_ids: Sequence[UUID] | None = None) -> ChainFound:
    """Return the chain of the active policies [days, base units, money of the policies].

    One stage a policy. A part that is made of others by the bill of material has them as its
    suppliers; where a partner shares how long it takes, it is a stage of its own before ours.
    Whatever is not known is said in ``notes`` and left out: no figure is made up.
    """
    rows = BufferPolicy.objects.filter(owner_id=acting_organisation_id(), is_active=True)
    if policy_ids is not None:
        rows = rows.filter(pk__in=list(policy_ids))
    policies = list(rows.select_related("partner").order_by("part_number", "site_code", "pk"))
    inputs = inputs_of(policies, as_of=as_of)
    made = _Building()
    usable = [each for each in policies if _is_usable(each, inputs[each.pk], made)]
    structure = _structure(usable, as_of)
    suppliers = _suppliers()
    leads = _partner_leads(suppliers)
    for policy in usable:
        made.ids[policy.pk] = _free_id(f"{policy.part_number}@{policy.site_code}", made)
        shared = leads.get((policy.partner_id, policy.part_number))
        if shared is None and policy.partner_id in suppliers:
            made.notes.append(
                _("%(partner)s shares no lead time for %(part)s: its stage is not in the chain.")
                % {"partner": policy.partner.short_name, "part": policy.part_number}
            )
        _own_stage(policy, inputs[policy.pk], shared, made)
    consumed = _own_arcs(usable, structure, made)
    _finish(usable, inputs, consumed, made)
    made.notes += _other_tiers({each.partner_id for each in usable} & suppliers)
    return ChainFound({"version": 1, "stages": made.stages, "arcs": made.arcs}, tuple(made.notes))


def _is_usable(policy: BufferPolicy, inputs: Inputs, made: _Building) -> bool:
    """Say whether a policy can be a stage; if not, note why."""
    lacks = [str(_WORDS[name]) for name in inputs.missing]
    if policy.unit_cost is None:
        lacks.append(_("the cost of a unit"))
    if lacks:
        made.notes.append(
            _("%(part)s at %(site)s is left out: %(lacks)s is not known.")
            % {"part": policy.part_number, "site": policy.site_code, "lacks": ", ".join(lacks)}
        )
    return not lacks


_WORDS: Mapping[str, Any] = {
    "demand": pgettext_lazy("figure", "demand"),
    "demand_sigma": pgettext_lazy("figure", "spread of demand"),
    "lead": pgettext_lazy("figure", "lead time"),
    "lead_sigma": pgettext_lazy("figure", "spread of the lead time"),
}


def _own_stage(policy: BufferPolicy, inputs: Inputs, shared: float | None, made: _Building) -> None:
    """Add the stage of a policy, behind the partner's where that one shares its lead time."""
    days, name = inputs.lead.value or 0.0, made.ids[policy.pk]
    cost = float(policy.unit_cost or 0)
    if shared is not None:
        partner = _free_id(f"{policy.partner.short_name}: {policy.part_number}", made)
        made.stages.append(_stage(partner, shared, cost, PARTNER, policy))
        made.arcs.append({"from": partner, "to": name, "qty": 1})
        days, cost = max(0.0, days - shared), 0.0
    made.stages.append(_stage(name, days, cost, OWN, policy))


def _stage(name: str, days: float, cost: float, tier: str, policy: BufferPolicy) -> dict[str, Any]:
    return {
        "id": name,
        "lead_time": math.ceil(days - ROUNDING),
        "max_service_time": None,
        "cost_added": round(cost, 4),
        "x_part": policy.part_number,
        "x_site": policy.site_code if tier == OWN else "",
        "x_partner": policy.partner.short_name,
        "x_tier": tier,
        "x_policy": str(policy.pk),
    }


def _own_arcs(
    policies: Sequence[BufferPolicy],
    structure: Mapping[UUID, Mapping[UUID, float]],
    made: _Building,
) -> set[UUID]:
    """Link parts with what they are made of at the same site, else at any; return components."""
    by_part: dict[UUID, list[BufferPolicy]] = defaultdict(list)
    for policy in policies:
        by_part[policy.part_id].append(policy)
    consumed: set[UUID] = set()
    for parent in policies:
        for part_id, quantity in structure.get(parent.part_id, {}).items():
            offered = by_part.get(part_id, [])
            near = [each for each in offered if each.site_id == parent.site_id] or offered
            for component in near[:1]:
                made.arcs.append(
                    {
                        "from": made.ids[component.pk],
                        "to": made.ids[parent.pk],
                        "qty": quantity,
                    }
                )
                consumed.add(component.pk)
    return consumed


def _finish(
    policies: Sequence[BufferPolicy],
    inputs: Mapping[UUID, Inputs],
    consumed: set[UUID],
    made: _Building,
) -> None:
    """Give the ends their demand, and parents only what they add to their components' cost."""
    stages = {each["id"]: each for each in made.stages}
    for policy in policies:
        stage, figures = stages[made.ids[policy.pk]], inputs[policy.pk]
        if policy.pk not in consumed:
            stage["demand_mean"] = figures.demand.value
            stage["demand_std"] = figures.demand_sigma.value
            stage["z"] = round(quantile_of(float(policy.service_level)), 6)
        own = {made.ids[each.pk]: float(each.unit_cost or 0) for each in policies}
        parts = [arc for arc in made.arcs if arc["to"] == stage["id"] and arc["from"] in own]
        below = math.fsum(own[arc["from"]] * arc["qty"] for arc in parts)
        if below:
            stage["cost_added"] = round(max(0.0, stage["cost_added"] - below), 4)


def _structure(policies: Sequence[BufferPolicy], as_of: datetime) -> dict[UUID, dict[UUID, float]]:
    """Return parent → component → quantity of the bill of material valid now."""
    found: dict[UUID, dict[UUID, float]] = defaultdict(dict)
    today = own_day(as_of)
    for line in structure_below({each.part_id for each in policies}, on=today):
        begins, ends = line.effective_from, line.effective_until
        if (begins is not None and begins > today) or (ends is not None and ends <= today):
            continue
        usage = float(line.usage * line.take_rate * (1 + line.scrap))
        components, component = found[UUID(line.parent)], UUID(line.component)
        components[component] = components.get(component, 0.0) + usage
    return dict(found)


def _suppliers() -> set[int]:
    """Return the partners who supply us."""
    rows = Partnership.objects.filter(
        customer_id=acting_organisation_id(), state=Partnership.State.ACTIVE
    )
    return set(rows.values_list("supplier_id", flat=True))


def _partner_leads(suppliers: set[int]) -> dict[tuple[int, str], float]:
    """Return the lead times that suppliers share of the parts they make for us [days]."""
    rows = CoverageTarget.objects.filter(
        owner_id__in=suppliers, counterparty_id=acting_organisation_id(), lead_days__isnull=False
    )
    found = {}
    for row in rows:
        allowed = fields_for(COVERAGE, row.owner_id, row.counterparty_id)
        number = row.partner_part_number or row.part_number
        if allowed is None or {"lead_days", "partner_part_number"} <= set(allowed):
            found[row.owner_id, number] = float(row.lead_days or 0)
    return found


def _other_tiers(partners: set[int]) -> list[str]:
    """Say which suppliers' suppliers share a lead time, and why they are no stage all the same."""
    rows = CoverageTarget.objects.filter(counterparty_id__in=partners, lead_days__isnull=False)
    pairs = {
        (row.owner_id, row.counterparty_id)
        for row in rows.exclude(owner_id=acting_organisation_id())
        if fields_for(COVERAGE, row.owner_id, row.counterparty_id) is None
    }
    names = names_of({each for pair in pairs for each in pair})

    def told(key: int) -> Name:
        return names.get(key, NOBODY)

    return [
        _("%(tier)s shares lead times for %(partner)s, but neither usage nor cost: no stage.")
        % {"tier": told(owner).short, "partner": told(about).short}
        for owner, about in sorted(pairs)
    ]


def _free_id(wanted: str, made: _Building) -> str:
    taken = {*made.ids.values(), *(each["id"] for each in made.stages)}
    name, count = wanted, 2
    while name in taken:
        name, count = f"{wanted} #{count}", count + 1
    return name
