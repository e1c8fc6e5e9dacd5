"""Premium freight: asked for with its cause, decided by the other side, claimed (TR-20)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from django.db import transaction

from collab.events.bus import publish
from collab.masterdata.refusals import Refused, clean_text, locked
from collab.organisations.context import acting_organisation_id, acting_person_id
from collab.organisations.models import Organisation
from transport.events import PremiumChanged
from transport.models import PremiumAnswer, PremiumFreight
from transport.rules.premium import CauseCode, Party, party_at_fault
from transport.rules.premium import claim as claim_of
from transport.services.billing import clean_cents
from transport.services.numbers import next_number
from transport.services.places import Place

State, Verdict = PremiumFreight.State, PremiumAnswer.Verdict
MEANS = ("van", "truck", "air", "courier", "helicopter")
CARRIER = "carrier"


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumPlan:
    """Premium freight as it is asked for; ``partner`` is a BPN, money in minor units.

    ``is_inbound``: the goods come to the asking side, so the partner is the supplier.
    """

    partner: str
    cause: str
    means: str
    reason: str
    needed_by: datetime
    cost_minor: int
    standard_cost_minor: int = 0
    currency: str = "EUR"
    part_number: str = ""
    is_inbound: bool = True
    origin: Place = field(default_factory=dict)
    destination: Place = field(default_factory=dict)
    order_id: UUID | None = None
    load_id: UUID | None = None
    alert_id: UUID | None = None
    weight_kg: Decimal | None = None


@transaction.atomic
def request_premium(plan: PremiumPlan, *, as_of: datetime) -> PremiumFreight:
    """Ask a partner to agree to premium freight; its cause says who bears it.

    Raises ``Refused`` by field.
    """
    partner = Organisation.objects.filter(bpn=plan.partner).exclude(
        pk=acting_organisation_id()
    ).first()  # fmt: skip
    if partner is None:
        raise Refused("partner", "the BPN of a partner of yours", plan.partner)
    if plan.cause not in {each.value for each in CauseCode}:
        raise Refused("cause", f"one of {', '.join(CauseCode)}", plan.cause)
    if plan.means not in MEANS:
        raise Refused("means", f"one of {', '.join(MEANS)}", plan.means)
    if plan.needed_by <= as_of:
        raise Refused("needed_by", "a time that is still to come", plan.needed_by.isoformat())
    row = PremiumFreight.objects.create(
        counterparty=partner,
        number=next_number("premium"),
        cause=plan.cause,
        is_inbound=plan.is_inbound,
        at_fault=side_of(party_at_fault(CauseCode(plan.cause)), is_inbound=plan.is_inbound),
        means=plan.means,
        reason=clean_text("reason", plan.reason, 400),
        cost_minor=clean_cents(plan.cost_minor, field="cost", at_least=0),
        standard_cost_minor=clean_cents(
            plan.standard_cost_minor, field="standard_cost", at_least=0
        ),
        currency=clean_text("currency", plan.currency, 3).upper(),
        part_number=clean_text("part_number", plan.part_number, 40, required=False),
        origin=dict(plan.origin),
        destination=dict(plan.destination),
        needed_by=plan.needed_by,
        order_id=plan.order_id,
        load_id=plan.load_id,
        alert_id=plan.alert_id,
        weight_kg=plan.weight_kg,
    )
    _tell(row.pk, partner.pk)
    return row


@transaction.atomic
def answer_premium(
    key: UUID, *, verdict: str, reason: str = "", as_of: datetime
) -> tuple[PremiumAnswer, bool]:
    """Say what the acting side thinks of a partner's request; once.

    A refusal and a dispute of the fault need a reason. The same verdict again changes nothing.
    """
    row = PremiumFreight.objects.exclude(owner_id=acting_organisation_id()).get(
        pk=key, counterparty_id=acting_organisation_id()
    )
    if verdict not in Verdict.values:
        raise Refused("verdict", f"one of {', '.join(Verdict.values)}", verdict)
    values = {
        "counterparty_id": row.owner_id,
        "verdict": verdict,
        "reason": clean_text("reason", reason, 400, required=verdict != Verdict.APPROVED),
        "person_id": acting_person_id(),
        "answered_at": as_of,
    }
    made, is_new = PremiumAnswer.objects.get_or_create(
        owner_id=acting_organisation_id(), premium_id=row.pk, defaults=values
    )
    if not is_new and made.verdict != verdict:
        raise Refused("verdict", f"what you said before: {made.verdict}", verdict)
    if is_new:
        _tell(made.pk, row.owner_id)
    return made, is_new


@transaction.atomic
def hear_answer(answer: PremiumAnswer) -> None:
    """Let the partner's answer decide the request; acting for its owner."""
    row = PremiumFreight.objects.select_for_update(of=("self",)).get(pk=answer.premium_id)
    if row.state != State.REQUESTED:
        return
    row.state = State.REFUSED if answer.verdict == Verdict.REFUSED else State.APPROVED
    row.decided_at = answer.answered_at
    row.version += 1
    row.save()
    _tell(row.pk, row.counterparty_id)


@transaction.atomic
def move_on(
    key: UUID, *, to: str, cost_minor: int | None = None, version: int | None = None
) -> PremiumFreight:
    """Say that approved premium freight was moved (with what it really cost), or is claimed."""
    row = locked(PremiumFreight, key, version)
    allowed = {State.APPROVED: State.MOVED, State.MOVED: State.CLAIMED}
    if allowed.get(State(row.state)) != to:
        raise Refused("state", f"what follows {row.state}", to)
    if cost_minor is not None:
        row.cost_minor = clean_cents(cost_minor, field="cost", at_least=0)
    row.state = to
    row.version += 1
    row.save()
    _tell(row.pk, row.counterparty_id)
    return row


def claim_cents(row: PremiumFreight) -> int:
    """Return what the owner, who paid, may claim from who is at fault [minor units]."""
    paid_by = Party.CUSTOMER if row.is_inbound else Party.SUPPLIER
    return claim_of(
        cause=CauseCode(row.cause),
        premium_cents=row.cost_minor,
        standard_cents=row.standard_cost_minor,
        paid_by=paid_by,
    ).cents


SIDES: Mapping[bool, Mapping[Party, str]] = {
    True: {
        Party.CUSTOMER: "owner", Party.SUPPLIER: "counterparty", Party.CARRIER: CARRIER,
        Party.NOBODY: "nobody",
    },
    False: {
        Party.CUSTOMER: "counterparty", Party.SUPPLIER: "owner", Party.CARRIER: CARRIER,
        Party.NOBODY: "nobody",
    },
}  # fmt: skip


def side_of(party: Party, *, is_inbound: bool) -> str:
    """Return which side of a request a party is: owner, counterparty, carrier or nobody."""
    return SIDES[is_inbound][party]


def _tell(key: UUID, partner_id: int) -> None:
    publish(PremiumChanged(change_id=str(uuid4()), row_id=str(key), partner_id=partner_id))
