"""Ask suppliers for data in a disruption, pass a request on, and end it (IN-19, OR-08)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.bus import enqueue, publish
from collab.integration.inbox.locks import hold
from collab.masterdata.refusals import Refused, checked, clean_text
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id, acting_person_id
from collab.organisations.models import Organisation
from collab.sharing.models import Partnership
from inventory.events import DataRequested
from inventory.models import (
    Criticality,
    DataAnswer,
    DataRequest,
    DisruptionNotice,
    Ending,
    RequestOrigin,
)
from inventory.rules.data_request import Decision, Step, StepRefused, decided
from inventory.rules.notice import cleaned_text
from inventory.services.notice_facts import parts_of
from inventory.services.request_keys import Chain, new_chain, opened
from inventory.services.subjects import partner_of

MOST_SUPPLIERS, MOST_PARTS = 50, 50
LONGEST_TEXT = 1000
LONGEST = timedelta(days=90)
USUAL, USUAL_ANSWER = timedelta(days=14), timedelta(days=2)
TASK = "inventory.end_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What suppliers, named by BPN, are asked about own ``parts``.

    ``ends_at`` is when the time asked about, and with it all access, ends: at the latest 90 days
    from now; without it, with the notice, or two weeks from now. Answers are due at ``due_at``, in
    two days if not given. The same ``sender_key`` to the same supplier again changes nothing.
    """

    suppliers: Sequence[str]
    parts: Sequence[str]
    criticality: str = Criticality.MEDIUM.value
    text: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    due_at: datetime | None = None
    sender_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """What all requests of one step have in common."""

    cause: str
    effect: str
    criticality: str
    text: str
    starts_at: datetime
    ends_at: datetime
    due_at: datetime
    sender_key: str


@transaction.atomic
def request_data(
    notice_id: UUID, ask: Ask, *, as_of: datetime | None = None
) -> list[DataRequest]:  # fmt: skip
    """Ask own suppliers because of an open notice, sent or received: the root of a chain.

    Returns the requests in the order of the suppliers, all or nothing. Raises
    ``DisruptionNotice.DoesNotExist`` for a notice that we are no end of, and ``Refused``.
    """
    now = as_of or timezone.now()
    notice = _notice(notice_id)
    if notice.state != DisruptionNotice.State.OPEN:
        raise Refused("state", "an open notice", notice.get_state_display())
    latest = notice.ends_at if notice.ends_at and notice.ends_at > now else now + USUAL
    terms = _terms(ask, notice.cause, notice.effect, now, usual_end=min(latest, now + LONGEST))
    hold("inventory.request.root", notice.pk)
    chain = _chain_of(notice.pk) or new_chain()
    return _ask(ask, terms, chain, now, notice_id=notice.pk, received_id=None)


@transaction.atomic
def forward_request(
    received_id: UUID, ask: Ask, *, as_of: datetime | None = None
) -> list[DataRequest]:  # fmt: skip
    """Ask own suppliers for what a received request needs: requests with keys of their own.

    They end with the received one at the latest. Raises ``DataRequest.DoesNotExist`` for one that
    was not addressed to us or has ended, and ``Refused``.
    """
    now = as_of or timezone.now()
    hold_answer(received_id)
    received = received_request(received_id)
    check_step(received, Step.FORWARD)
    chain = opened(received.chain)
    if chain.tiers_left < 1:
        raise Refused("suppliers", "a chain of fewer tiers", "")
    terms = _terms(ask, received.cause, received.effect, now, usual_end=received.ends_at)
    if terms.ends_at > received.ends_at:
        raise Refused("ends_at", "no end after that of the request you pass on", ask.ends_at)
    return _ask(ask, terms, chain.below(), now, notice_id=None, received_id=received.pk)


@transaction.atomic
def withdraw_request(request_id: UUID) -> DataRequest:
    """Take an own request back; whoever was asked loses it at once, and what it asked for it.

    Raises ``DataRequest.DoesNotExist`` for everybody but who asked. Twice is once.
    """
    own = acting_organisation_id()
    found: DataRequest = DataRequest.objects.select_for_update(of=("self",)).get(
        pk=request_id, owner_id=own
    )
    end_requests([found], Ending.WITHDRAWN.value)
    return found


def end_requests(rows: Iterable[DataRequest], ending: str) -> int:
    """End those own requests that have not ended; return how many there were.

    Their access has ended when this commits; the asked sides end what they asked for them next.
    """
    now, count = timezone.now(), 0
    for row in rows:
        if row.ended_at is None:
            row.ended_at, row.ending, row.changed_at = now, ending, now
            row.version += 1
            row.save()
            _announce(row)
            count += 1
    return count


@transaction.atomic
def end_of_notices(notice_ids: Sequence[UUID]) -> int:
    """End own requests that were made for notices which are open no more; return how many."""
    still_open = DisruptionNotice.objects.filter(
        pk__in=notice_ids, state=DisruptionNotice.State.OPEN
    ).values_list("pk", flat=True)
    over = set(notice_ids) - set(still_open)
    return end_requests(_made_for(notice_id__in=over), Ending.NOTICE.value)


@transaction.atomic
def end_due(request_id: UUID, *, as_of: datetime) -> None:
    """End an own request whose date has come."""
    rows = DataRequest.objects.select_for_update(of=("self",)).filter(
        pk=request_id, owner_id=acting_organisation_id(), ends_at__lte=as_of
    )
    end_requests(rows, Ending.DATE.value)


def requests_below(received_id: UUID) -> list[DataRequest]:
    """Return own requests that pass a received one on, oldest first, locked."""
    return _made_for(received_id=received_id)


def hold_answer(request_id: UUID) -> None:
    """Take turns on a received request: no step, and nothing that goes up, overtakes another."""
    hold("inventory.request.answer", request_id)


def received_request(request_id: UUID) -> DataRequest:
    """Return a live request that is addressed to us, else raise ``DataRequest.DoesNotExist``."""
    own = acting_organisation_id()
    found: DataRequest = DataRequest.objects.exclude(owner_id=own).get(
        pk=request_id, counterparty_id=own
    )
    return found


def decision_on(request_id: UUID) -> Decision:
    """Return what we said to a received request so far."""
    rows = DataAnswer.objects.filter(request_id=request_id, owner_id=acting_organisation_id())
    return Decision(rows.values_list("decision", flat=True).first() or "")


def check_step(received: DataRequest, step: Step) -> Decision:
    """Return the decision after a step of ours on a live request; raise ``Refused`` otherwise."""
    try:
        return decided(decision_on(received.pk), step, is_live=True)
    except StepRefused as refused:
        raise Refused("decision", str(refused).removeprefix("expected "), step.value) from None


def _notice(notice_id: UUID) -> DisruptionNotice:
    """Return a notice that we sent or that was addressed to us."""
    own = acting_organisation_id()
    notice: DisruptionNotice = DisruptionNotice.objects.get(pk=notice_id)
    if own not in {notice.owner_id, notice.counterparty_id}:
        raise DisruptionNotice.DoesNotExist
    return notice


def _chain_of(notice_id: UUID) -> Chain | None:
    """Return the chain of what we asked for a notice before: one party keeps one name in it."""
    first = DataRequest.objects.filter(
        owner_id=acting_organisation_id(), origins__notice_id=notice_id
    ).first()
    return opened(first.chain) if first is not None else None


def _terms(ask: Ask, cause: str, effect: str, now: datetime, *, usual_end: datetime) -> _Terms:
    if ask.criticality not in Criticality.values:
        raise Refused("criticality", f"one of {', '.join(Criticality.values)}", ask.criticality)
    for name in ("starts_at", "ends_at", "due_at"):
        moment = getattr(ask, name)
        if moment is not None and moment.tzinfo is None:
            raise Refused(name, "a time with its zone", moment.isoformat())
    start, end = ask.starts_at or now, ask.ends_at or usual_end
    if not now < end <= now + LONGEST:
        raise Refused("ends_at", f"an end within {LONGEST.days} days from now", end.isoformat())
    if start >= end:
        raise Refused("starts_at", "a start before the end", start.isoformat())
    due = ask.due_at or min(now + USUAL_ANSWER, end)
    if not now < due <= end:
        raise Refused("due_at", "a time to come, no later than the end", due.isoformat())
    text = checked("text", cleaned_text, ask.text)
    if len(text) > LONGEST_TEXT:
        raise Refused("text", f"at most {LONGEST_TEXT} characters", text)
    return _Terms(
        cause=cause, effect=effect, criticality=ask.criticality, text=text, starts_at=start,
        ends_at=end, due_at=due, sender_key=clean_text("sender_key", ask.sender_key, 120,
        required=False),
    )  # fmt: skip


def _ask(
    ask: Ask,
    terms: _Terms,
    chain: Chain,
    now: datetime,
    *,
    notice_id: UUID | None,
    received_id: UUID | None,
) -> list[DataRequest]:
    """Write a request to each supplier; the received one's sender is none of them."""
    if not 1 <= len(ask.suppliers) <= MOST_SUPPLIERS:
        raise Refused("suppliers", f"1 to {MOST_SUPPLIERS} suppliers", len(ask.suppliers))
    if not 1 <= len(ask.parts) <= MOST_PARTS:
        raise Refused("parts", f"1 to {MOST_PARTS} parts", len(ask.parts))
    suppliers = [_supplier(bpn) for bpn in dict.fromkeys(ask.suppliers)]
    for key in sorted(supplier.pk for supplier in suppliers):  # in one order: no deadlock
        hold("inventory.request", key)
    told: set[str] = set()
    found = []
    for supplier in suppliers:
        parts, theirs = parts_of(ask.parts, supplier, own_day())
        if not parts:
            raise Refused("suppliers", "suppliers that know one of the parts each", supplier.bpn)
        told.update(parts, theirs)
        found.append(_write(supplier, (parts, theirs), terms, chain, now))
    if unknown := [number for number in ask.parts if number.strip() not in told]:
        raise Refused("parts", "a part that a supplier knows", unknown[0])
    known = set(RequestOrigin.objects.filter(request__in=found).values_list("request", flat=True))
    for row in found:
        if row.pk not in known:
            RequestOrigin.objects.create(
                request=row, notice_id=notice_id, received_id=received_id
            )  # fmt: skip
            enqueue(TASK, row.pk, due_at=row.ends_at)
            _announce(row)
    return found


def _supplier(bpn: str) -> Organisation:
    try:
        found = partner_of(bpn)
    except Refused:
        raise Refused("suppliers", "BPNs of active suppliers of yours", bpn) from None
    edges = Partnership.objects.filter(
        customer_id=acting_organisation_id(), supplier=found, state=Partnership.State.ACTIVE
    )
    if not edges.exists():
        raise Refused("suppliers", "BPNs of active suppliers of yours", bpn)
    return found


def _write(
    supplier: Organisation,
    numbers: tuple[list[str], list[str]],
    terms: _Terms,
    chain: Chain,
    now: datetime,
) -> DataRequest:
    """Write one supplier's request under the next number of the two; a known one stays.

    ``numbers`` are ours of the parts, and the supplier's of them. The caller holds the two's turn.
    """
    pair = DataRequest.objects.filter(owner_id=acting_organisation_id(), counterparty=supplier)
    key = terms.sender_key
    if key and (known := pair.filter(sender_key=key).first()) is not None:
        return known
    last = pair.aggregate(last=Max("number"))["last"] or 0
    return DataRequest.objects.create(
        id=uuid4(),  # random: a time in the key would order requests to others
        counterparty=supplier,
        number=last + 1,
        cause=terms.cause,
        effect=terms.effect,
        criticality=terms.criticality,
        text=terms.text,
        parts=numbers[0],
        partner_parts=numbers[1],
        starts_at=terms.starts_at,
        ends_at=terms.ends_at,
        due_at=terms.due_at,
        chain=chain.sealed(),
        sender_key=terms.sender_key,
        created_at=now,
        changed_at=now,
        person_id=acting_person_id(),
    )


def _made_for(**where: object) -> list[DataRequest]:
    """Return own requests by their origin, oldest first, locked."""
    keys = RequestOrigin.objects.filter(**where).values_list("request", flat=True)
    rows = DataRequest.objects.select_for_update(of=("self",)).filter(
        owner_id=acting_organisation_id(), pk__in=list(keys)
    )
    return list(rows.order_by("created_at", "pk"))


def _announce(row: DataRequest) -> None:
    publish(
        DataRequested(
            change_id=str(uuid7()),
            request_id=str(row.pk),
            asked_id=row.counterparty_id,
            has_ended=row.ended_at is not None,
        )
    )
