"""Answer a request for data: approve, decline, and keep what goes up in step (IN-19).

Everything is computed acting for the one who answers, from its own rows and from what those whom
it asked told it. Nothing leaves before it approves; what comes from further down later follows by
itself, under keyed names, as it has agreed to by approving.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.organisations.context import acting_organisation_id, acting_person_id
from collab.organisations.models import Organisation
from inventory.events import DataAnswered
from inventory.models import DataAnswer, DataRequest, Ending, RequestOrigin
from inventory.rules.data_request import Decision, Node, Report, Step, report
from inventory.services.data_requests import (
    check_step,
    decision_on,
    end_requests,
    hold_answer,
    received_request,
    requests_below,
)
from inventory.services.request_figures import figures_of
from inventory.services.request_keys import opened
from transport.queries.whole import whole_rows

TOLD = ("decision", "figures", "nodes", "gaps", "is_final")


@dataclass(frozen=True, slots=True)
class Leaving:
    """Exactly what an approval sends: own figures by part, and the tiers below as they go up."""

    figures: list[dict[str, Any]]
    nodes: tuple[Node, ...]
    gaps: Mapping[int, int]
    is_final: bool


def leaving(request_id: UUID) -> Leaving:
    """Return what would leave now; nothing does. Raises ``DataRequest.DoesNotExist``."""
    received = received_request(request_id)
    check_step(received, Step.APPROVE)
    return _leaving(received)


@transaction.atomic
def approve_request(request_id: UUID) -> DataAnswer:
    """Answer with own figures as of now, and what those below told; again brings them up to date.

    Raises ``DataRequest.DoesNotExist`` and ``Refused`` after a refusal.
    """
    hold_answer(request_id)
    received = received_request(request_id)
    decision = check_step(received, Step.APPROVE)
    found = _leaving(received)
    return _keep(received, _told(decision, found), as_of=timezone.now())


@transaction.atomic
def decline_request(request_id: UUID) -> DataAnswer:
    """Answer with nothing, for good; what was told before is gone, and own requests below end.

    Raises ``DataRequest.DoesNotExist``. Twice is once.
    """
    hold_answer(request_id)
    received = received_request(request_id)
    decision = check_step(received, Step.DECLINE)
    end_requests(requests_below(received.pk), Ending.ABOVE.value)
    nothing = Leaving([], (), {}, is_final=False)
    return _keep(received, _told(decision, nothing), as_of=timezone.now())


@transaction.atomic
def follow_answers(request_ids: Sequence[UUID]) -> None:
    """Bring own answers in step with what those whom we asked for them answered."""
    above = RequestOrigin.objects.filter(
        request__in=list(request_ids), received_id__isnull=False
    ).values_list("received_id", flat=True)
    for key in sorted({key for key in above if key is not None}):
        hold_answer(key)
        try:
            received = received_request(key)
        except DataRequest.DoesNotExist:
            continue  # it has ended: nothing goes up any more
        if decision_on(key) is not Decision.APPROVED:
            continue
        answer = DataAnswer.objects.get(request_id=key, owner_id=acting_organisation_id())
        found = _leaving(received, figures=answer.figures)
        _keep(received, _told(Decision.APPROVED, found), as_of=answer.as_of)


@transaction.atomic
def close_answer(request_id: UUID) -> bool:
    """End what hangs on a received request that is open to us no more; return whether it is so.

    Own requests below end, and our answer is shown to nobody any longer.
    """
    hold_answer(request_id)
    try:
        received_request(request_id)
    except DataRequest.DoesNotExist:
        end_requests(requests_below(request_id), Ending.ABOVE.value)
        rows = DataAnswer.objects.filter(
            request_id=request_id, owner_id=acting_organisation_id(), ended_at__isnull=True
        )
        rows.update(ended_at=timezone.now())
        return True
    return False


def _leaving(
    received: DataRequest, *, figures: Sequence[Mapping[str, Any]] | None = None
) -> Leaving:  # fmt: skip
    told = [dict(each) for each in (figures if figures is not None else figures_of(received))]
    found = report(Decision.APPROVED, Node(1, "", ()), _reports(received.pk))
    assert found is not None  # it is approved
    below = tuple(
        Node(node.tier - 1, node.key, node.figures) for node in found.nodes if node.tier > 1
    )
    gaps = {tier - 1: count for tier, count in found.gaps.items()}
    return Leaving(told, below, gaps, found.is_final)


def _reports(received_id: UUID) -> list[Report | None]:
    """Return what each of our own requests for a received one came to, ended ones left out."""
    below = [row for row in requests_below(received_id) if row.ended_at is None]
    answers = {answer.request_id: answer for answer in answers_to([row.pk for row in below])}
    bpns = dict(
        Organisation.objects.filter(pk__in={row.counterparty_id for row in below}).values_list(
            "pk", "bpn"
        )
    )
    return [
        report_from(row, answers.get(row.pk), bpns.get(row.counterparty_id, "")) for row in below
    ]


def answers_to(request_ids: Sequence[UUID]) -> list[DataAnswer]:
    """Return what we were answered to own requests, as far as we may still see it.

    A grant that opens some fields only opens no answer.
    """
    rows = DataAnswer.objects.filter(request_id__in=request_ids)
    return list(whole_rows(rows).exclude(owner_id=acting_organisation_id()))


def report_from(request: DataRequest, answer: DataAnswer | None, bpn: str) -> Report | None:
    """Return an answer to an own request as it goes up, its party under its keyed name."""
    if answer is None or answer.decision != DataAnswer.Decision.APPROVED:
        return None
    chain = opened(request.chain)
    figures = tuple(
        {"part": chain.part(bpn, theirs or ours), **figure}
        for ours, theirs, figure in zip(
            request.parts, request.partner_parts, answer.figures, strict=True
        )
    )
    below = [
        Node(each["tier"] + 1, each["key"], tuple(each["figures"])) for each in answer.nodes
    ]  # fmt: skip
    gaps = {int(tier) + 1: count for tier, count in answer.gaps.items()}
    nodes = (Node(1, chain.party(bpn), figures), *below)
    return Report(nodes, gaps, answer.is_final)


def _told(decision: Decision, found: Leaving) -> dict[str, Any]:
    return {
        "decision": decision.value,
        "figures": found.figures,
        "nodes": [
            {"tier": node.tier, "key": node.key, "figures": [dict(each) for each in node.figures]}
            for node in found.nodes
        ],
        "gaps": {str(tier): count for tier, count in found.gaps.items()},
        "is_final": found.is_final,
    }


def _keep(received: DataRequest, told: dict[str, Any], *, as_of: datetime) -> DataAnswer:
    """Write our answer and tell who asked, unless it says what it said before."""
    answer, is_new = DataAnswer.objects.select_for_update(of=("self",)).get_or_create(
        owner_id=acting_organisation_id(),
        request_id=received.pk,
        defaults={
            "counterparty_id": received.owner_id,
            "number": received.number,
            "ends_at": received.ends_at,
            "as_of": as_of,
            "person_id": acting_person_id(),
            **told,
        },
    )
    if not is_new and all(getattr(answer, name) == told[name] for name in TOLD):
        return answer
    if not is_new:
        for name in TOLD:
            setattr(answer, name, told[name])
        answer.as_of = as_of
        answer.version += 1
        answer.save()
    publish(
        DataAnswered(
            change_id=str(uuid7()),
            request_id=str(received.pk),
            asker_id=received.owner_id,
            decision=answer.decision,
            is_final=answer.is_final,
        )
    )
    return answer
