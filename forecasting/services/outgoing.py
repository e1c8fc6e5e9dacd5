"""Put releases into the outbox for suppliers' systems, and answer what partners ask for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from collab.integration.inbox.outbox import next_number, queue
from collab.integration.inbox.registry import Outcome
from collab.integration.models.messages import InboundMessage, OutboundMessage
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from collab.sharing.models import Grant, is_live
from forecasting.messages.canonical import UpdateRequest, WantedObject
from forecasting.models import CAPACITY, DEMAND, CapacityGroup, DeliverySchedule
from forecasting.queries.capacity import group_rows
from forecasting.queries.outgoing import NotSayable, Written, write_capacity, write_schedule
from forecasting.queries.releases import lines_of_schedule, schedule_rows

ACKNOWLEDGED = {"delfor", "x12"}  # forms whose receipt a partner's system confirms
MOST_ANSWERS = 1_000


@transaction.atomic
def send_schedule(schedule_id: UUID, *, form: str) -> OutboundMessage:
    """Queue an own current release for its supplier's system, under the next control number.

    Raises ``DeliverySchedule.DoesNotExist`` for one that is not one's own, ``Refused`` for one
    that is replaced and for what the form cannot say.
    """
    own = DeliverySchedule.objects.filter(owner_id=acting_organisation_id())
    schedule = own.get(pk=schedule_id)
    if not schedule.is_current:
        raise Refused("schedule", "the release that counts", schedule.document_number)
    row = schedule_rows([schedule])[0]
    number = next_number(schedule.counterparty_id)
    try:
        written = write_schedule(row, lines_of_schedule(row), form, control=number)
    except NotSayable as reason:
        raise Refused(reason.field, reason.expected, reason.found) from None
    return queue(
        receiver_id=schedule.counterparty_id,
        kind=written.kind,
        raw=written.raw,
        number=number,
        title=f"{schedule.part_number} {schedule.document_number}",
        wants_answer=form in ACKNOWLEDGED,
    )


@transaction.atomic
def answer_request(asked: UpdateRequest, *, partner_id: int, message_id: UUID) -> Outcome:
    """Answer a partner's request for newer states with what stands now, one message an object.

    Only what the acting organisation states itself, about this partner, on topics that a grant
    opens to it: what it may not see is not answered, as if it did not exist. Objects that no
    format can say are left out and counted as held.
    """
    about = InboundMessage.objects.filter(pk=message_id).defer("raw").first()
    sent = held = 0
    for title, written in _answers(asked, partner_id):
        if written is None:
            held += 1
            continue
        sent += 1
        queue(
            receiver_id=partner_id,
            kind=written.kind,
            raw=written.raw,
            number=next_number(partner_id),
            title=title,
            about=about,
        )
    return Outcome(applied=sent, held=held)


Answers = Iterator[tuple[str, Written | None]]  # title and message; None: cannot be said


def _answers(asked: UpdateRequest, partner_id: int) -> Answers:
    if _may_see(DEMAND, partner_id) and (asked.demands or asked.is_for_everything):
        yield from _demands(_since(asked.demands), partner_id)
    if _may_see(CAPACITY, partner_id) and (asked.capacity_groups or asked.is_for_everything):
        yield from _capacities(_since(asked.capacity_groups), partner_id)


def _demands(since: Mapping[UUID, datetime | None], partner_id: int) -> Answers:
    rows = DeliverySchedule.objects.filter(
        is_current=True, owner_id=acting_organisation_id(), counterparty_id=partner_id
    ).order_by("part_number", "pk")
    if since:
        rows = rows.filter(series_id__in=since)
    changed = [
        each
        for each in rows[:MOST_ANSWERS]
        if _is_newer(each.published_at, since.get(each.series_id))
    ]
    for row in schedule_rows(changed):
        yield row.part_number, _said(lambda row=row: write_schedule(row, [], "catenax"))  # type: ignore[misc]


def _capacities(since: Mapping[UUID, datetime | None], partner_id: int) -> Answers:
    rows = CapacityGroup.objects.filter(
        owner_id=acting_organisation_id(), counterparty_id=partner_id
    ).order_by("name", "pk")
    if since:
        rows = rows.filter(pk__in=since)
    changed = [
        each for each in rows[:MOST_ANSWERS] if _is_newer(each.changed_at, since.get(each.pk))
    ]
    for row in group_rows(changed):
        yield row.name, _said(lambda row=row: write_capacity(row))  # type: ignore[misc]


def _said(write: Callable[[], Written]) -> Written | None:
    try:
        return write()
    except NotSayable:
        return None


def _since(wanted: Sequence[WantedObject]) -> dict[UUID, datetime | None]:
    return {UUID(each.object_id): each.changed_since for each in wanted}


def _is_newer(changed_at: datetime, since: datetime | None) -> bool:
    return since is None or changed_at > since


def _may_see(topic: str, partner_id: int) -> bool:
    """Whether a live grant opens the acting organisation's rows about the partner to it, whole.

    A grant of some fields only opens no message, whose form has no place for what is hidden.
    """
    grants = Grant.objects.filter(is_live(), owner=acting_organisation_id(), topic=topic)
    return grants.filter(viewer=partner_id, about=partner_id, fields=[]).exists()
