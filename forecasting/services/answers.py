"""What a supplier says to a release: seen, accepted or rejected, whole or line by line."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.masterdata.refusals import Refused, clean_text
from collab.organisations.context import acting_organisation_id, acting_person_id
from forecasting.events import ReleaseAnswered
from forecasting.models import DeliverySchedule, ReleaseAnswer, ScheduleLine
from forecasting.queries.terms import TermsBook, pairs_of, terms_book
from forecasting.services.release_alerts import settle_new

ANSWERS_PER_EVENT = 200
Verdict = ReleaseAnswer.Verdict
ON_LINES = (Verdict.ACCEPTED.value, Verdict.REJECTED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAnswer:
    """The answer to one line: accepted, or rejected with a reason."""

    verdict: str
    reason: str = ""


@transaction.atomic
def acknowledge(schedule_ids: Sequence[UUID], *, as_of: datetime | None = None) -> int:
    """Note that these releases were seen; return how many had no answer yet."""
    return _answer_whole(schedule_ids, Verdict.ACKNOWLEDGED.value, as_of=as_of)


@transaction.atomic
def accept(schedule_ids: Sequence[UUID], *, as_of: datetime | None = None) -> int:
    """Accept these releases whole; return how many answers that changed.

    Those whose time to answer is over, and rejected ones, stay as they are.
    """
    return _answer_whole(schedule_ids, Verdict.ACCEPTED.value, as_of=as_of)


@transaction.atomic
def answer_release(
    schedule_id: UUID,
    *,
    verdict: str,
    lines: Mapping[int, LineAnswer] | None = None,
    note: str = "",
    as_of: datetime | None = None,
) -> ReleaseAnswer:
    """Answer one current release; ``lines`` (by position) overrule the verdict of the whole.

    The same answer again changes nothing. Raises ``DeliverySchedule.DoesNotExist`` for a release
    not made to the acting supplier, ``Refused`` for a replaced one, for a verdict after the
    response time (an answer is frozen then), and for a rejection without a reason.
    """
    now = as_of or timezone.now()
    schedule = _received([schedule_id]).get()
    if not schedule.is_current:
        raise Refused("schedule", "the release that counts", schedule.document_number)
    if verdict not in Verdict.values or (lines and verdict == Verdict.ACKNOWLEDGED):
        raise Refused("verdict", "acknowledged, accepted or rejected", verdict)
    text = clean_text("note", note, 400, required=verdict == Verdict.REJECTED and not lines)
    told = _checked(schedule, lines or {})
    whole = _overall(schedule, verdict, told)
    standing = _standing([schedule.pk]).get(schedule.pk)
    if standing is not None and (standing.verdict, standing.lines) == (whole, told):
        return standing
    if whole != Verdict.ACKNOWLEDGED:
        _check_time(schedule, terms_book(pairs_of([schedule])), now)
    elif standing is not None:
        return standing  # having been seen says less than what was said before
    answer = _written(schedule, standing, whole, now, lines=told, note=text)
    answer.save()
    _announce([answer], schedule.owner_id)
    settle_new([schedule], as_of=now)
    return answer


def answer_until(schedule: Any, book: TermsBook) -> datetime:
    """Return until when a release can be accepted or rejected; its answer is frozen then."""
    (pair,) = pairs_of([schedule])
    terms = book.of(pair, schedule.part_number, schedule.site_code)
    found: datetime = schedule.published_at + timedelta(days=terms.acknowledge_days)
    return found


def _answer_whole(schedule_ids: Sequence[UUID], verdict: str, *, as_of: datetime | None) -> int:
    now = as_of or timezone.now()
    schedules = list(_received(schedule_ids).filter(is_current=True).order_by("pk"))
    known = _standing([each.pk for each in schedules])
    book = terms_book(pairs_of(schedules))
    written: dict[int, list[ReleaseAnswer]] = defaultdict(list)
    for schedule in schedules:
        before = known.get(schedule.pk)
        is_late = verdict != Verdict.ACKNOWLEDGED and answer_until(schedule, book) < now
        is_said = before is not None and (
            verdict == Verdict.ACKNOWLEDGED or before.verdict != Verdict.ACKNOWLEDGED
        )
        if is_said or is_late:
            continue
        written[schedule.owner_id].append(_written(schedule, before, verdict, now))
    for customer_id, answers in written.items():
        new = [each for each in answers if each.schedule_id not in known]
        ReleaseAnswer.objects.bulk_create(new, batch_size=500)
        ReleaseAnswer.objects.bulk_update(
            [each for each in answers if each.schedule_id in known],
            ["verdict", "lines", "note", "person_id", "answered_at", "version"],
            500,
        )
        _announce(answers, customer_id)
    settle_new(schedules, as_of=now)
    return sum(map(len, written.values()))


def _received(schedule_ids: Sequence[UUID]) -> Any:
    """Return the releases made to the acting supplier among these."""
    return DeliverySchedule.objects.filter(
        pk__in=schedule_ids, counterparty_id=acting_organisation_id()
    )


def _standing(schedule_ids: Sequence[UUID]) -> dict[UUID, ReleaseAnswer]:
    own = ReleaseAnswer.objects.filter(
        owner_id=acting_organisation_id(), schedule_id__in=schedule_ids
    )
    return {each.schedule_id: each for each in own.select_for_update(of=("self",))}


def _written(
    schedule: DeliverySchedule,
    before: ReleaseAnswer | None,
    verdict: str,
    now: datetime,
    *,
    lines: dict[str, dict[str, str]] | None = None,
    note: str = "",
) -> ReleaseAnswer:
    """Return the answer as it is to be saved: the one there was, or a new one."""
    answer = before or ReleaseAnswer(
        owner_id=acting_organisation_id(),
        counterparty_id=schedule.owner_id,
        schedule_id=schedule.pk,
        series_id=schedule.series_id,
        document_number=schedule.document_number,
        part_number=schedule.part_number,
        version=0,
    )
    answer.verdict, answer.lines, answer.note = verdict, lines or {}, note
    answer.person_id, answer.answered_at = acting_person_id(), now
    answer.version += 1
    return answer


def _checked(
    schedule: DeliverySchedule, lines: Mapping[int, LineAnswer]
) -> dict[str, dict[str, str]]:
    known = set(
        ScheduleLine.objects.filter(schedule_id=schedule.pk).values_list("position", flat=True)
    )
    found = {}
    for position, line in sorted(lines.items()):
        name = f"lines.{position}"
        if position not in known:
            raise Refused(name, "the position of a line", position)
        if line.verdict not in ON_LINES:
            raise Refused(name, "accepted or rejected", line.verdict)
        reason = clean_text(name, line.reason, 200, required=line.verdict == Verdict.REJECTED)
        found[str(position)] = {"verdict": line.verdict, "reason": reason}
    return found


def _overall(
    schedule: DeliverySchedule, verdict: str, lines: Mapping[str, Mapping[str, str]]
) -> str:
    """Return the verdict of the whole: partly accepted where lines differ from it."""
    if not lines:
        return verdict
    count = ScheduleLine.objects.filter(schedule_id=schedule.pk).count()
    verdicts = {line["verdict"] for line in lines.values()}
    if len(lines) < count:
        verdicts.add(verdict)
    return verdicts.pop() if len(verdicts) == 1 else Verdict.PARTIAL.value


def _check_time(schedule: DeliverySchedule, book: TermsBook, now: datetime) -> None:
    until = answer_until(schedule, book)
    if until < now:
        raise Refused("verdict", f"an answer until {until:%Y-%m-%d %H:%M} UTC", f"{now:%Y-%m-%d}")


def _announce(answers: Sequence[ReleaseAnswer], customer_id: int) -> None:
    for start in range(0, len(answers), ANSWERS_PER_EVENT):
        part = answers[start : start + ANSWERS_PER_EVENT]
        publish(
            ReleaseAnswered(
                change_id=str(uuid7()),
                customer_id=customer_id,
                answer_ids=[str(each.pk) for each in part],
                schedule_ids=[str(each.schedule_id) for each in part],
            )
        )
