"""What partners ask figures for: told to one's own system, else a task of the clerk's (IN-11)."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from collab.integration.webhooks.services import create_endpoint
from collab.integration.webhooks.services import send as send_webhook
from collab.masterdata.queries import resolve_partner_number
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation, acting_organisation_id
from collab.organisations.models import Organisation
from collab.sharing.models import Partnership
from inventory.models import PartnerRefresh, RefreshAddress
from inventory.refresh_alerts import judge_asked, open_tasks

MOST = 500
State, Result = PartnerRefresh.State, PartnerRefresh.Result
WAITING = (Result.WAITING, Result.UNANSWERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One kind of figures that a partner waits for; ``part_number`` is the partner's."""

    id: UUID
    asker_id: int
    part_number: str
    own_part_number: str
    kind: str
    direction: str
    asked_at: datetime


def open_questions(
    keys: Collection[UUID] | None = None, *, asker_id: int | None = None
) -> list[Question]:
    """Return what partners wait for now, at most ``MOST``, the oldest first."""
    rows = PartnerRefresh.objects.filter(
        counterparty_id=acting_organisation_id(), state=State.ACTIVE, result__in=WAITING
    )
    if keys is not None:
        rows = rows.filter(pk__in=list(keys))
    if asker_id is not None:
        rows = rows.filter(owner_id=asker_id)
    return [
        Question(
            id=row.pk,
            asker_id=row.owner_id,
            part_number=row.part_number,
            own_part_number=row.partner_part_number,
            kind=row.kind,
            direction=row.direction,
            asked_at=row.asked_at,
        )
        for row in rows.order_by("pk")[:MOST]
        if row.asked_at is not None
    ]


def asked_by(keys: Collection[UUID]) -> set[int]:
    """Return whose refreshes these are; of those that are gone, whoever has an open task here."""
    rows = PartnerRefresh.objects.filter(
        pk__in=list(keys), counterparty_id=acting_organisation_id()
    )
    askers = list(rows.values_list("owner_id", flat=True))
    found = set(askers)
    if len(askers) < len(set(keys)):
        own = acting_organisation_id()
        ends = Partnership.objects.filter(pk__in=open_tasks()).values_list("customer", "supplier")
        found |= {key for pair in ends for key in pair if key != own}
    return found


def send(questions: Sequence[Question]) -> bool:
    """Have one's own system told of one partner's questions; False without an address for it."""
    address = RefreshAddress.objects.select_related("endpoint").first()
    if address is None or not address.endpoint.is_active or not questions:
        return False
    send_webhook(address.endpoint, json.dumps(_body(questions)).encode())
    return True


def judge_tasks(asker_ids: Iterable[int], *, as_of: datetime) -> None:
    """Keep one open task a partner that waits for figures, unless one's own system takes them."""
    has_system = RefreshAddress.objects.filter(endpoint__is_active=True).exists()
    for asker_id in sorted(set(asker_ids)):
        edge = _edge(asker_id)
        asker = Organisation.objects.filter(pk=asker_id).first()
        if edge is not None and asker is not None:
            count = 0 if has_system else len(open_questions(asker_id=asker_id))
            judge_asked(edge, asker, count, at=as_of)


@transaction.atomic
def set_address(url: str) -> str:
    """Have questions sent to ``url`` from now on; return the secret that signs, shown this once.

    Raises ``ForbiddenAddress`` for a URL that we do not send to.
    """
    endpoint, secret = create_endpoint(url)
    RefreshAddress.objects.all().delete()
    RefreshAddress.objects.create(endpoint=endpoint)
    return secret


@transaction.atomic
def remove_address() -> bool:
    """Have questions be tasks again; return whether there was an address."""
    count, _rows = RefreshAddress.objects.all().delete()
    return bool(count)


def current_address() -> str:
    """Return where questions are sent; empty without an address."""
    address = RefreshAddress.objects.select_related("endpoint").first()
    return str(address.endpoint.url) if address is not None else ""


def partner_behind(edge_id: UUID) -> Organisation | None:
    """Return the other side of an edge of one's own; ``None`` where there is no such edge."""
    own = acting_organisation_id()
    edge = Partnership.objects.filter(Q(customer_id=own) | Q(supplier_id=own), pk=edge_id).first()
    if edge is None:
        return None
    return Organisation.objects.get(
        pk=edge.supplier_id if edge.customer_id == own else edge.customer_id
    )


def _edge(partner_id: int) -> Partnership | None:
    """Return the edge to a partner: the task of answering it is about that."""
    own = acting_organisation_id()
    return (
        Partnership.objects.filter(
            Q(customer_id=own, supplier_id=partner_id) | Q(customer_id=partner_id, supplier_id=own)
        )
        .order_by("pk")
        .first()
    )


def _own_number(question: Question) -> str:
    """Return one's own number of the part: as the partner knows it, else as we know the partner."""
    if question.own_part_number:
        return question.own_part_number
    on = own_day()
    part = resolve_partner_number(question.asker_id, question.part_number, on)
    return part.number if part is not None else ""


def _body(questions: Sequence[Question]) -> dict[str, object]:
    asker = Organisation.objects.get(pk=questions[0].asker_id)
    return {
        "type": "inventory.figures_asked",
        "partner": asker.bpn,
        "of": acting_organisation().bpn,
        "questions": [
            {
                "id": str(each.id),
                "kind": each.kind,
                "direction": each.direction,
                "part_number": _own_number(each),
                "partner_part_number": each.part_number,
                "asked_at": each.asked_at.isoformat(),
            }
            for each in questions
        ],
    }
