"""What customers say to dispatch advices, and what follows at the supplier (TR-16)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.masterdata.refusals import Refused, clean_text
from collab.organisations.context import acting_organisation_id, acting_person_id
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from transport.events import AdviceAnswered
from transport.models import AdviceAnswer, DispatchAdvice
from transport.services.advices import ON_ITS_WAY, note_acceptance
from transport.services.places import act_at

Verdict = AdviceAnswer.Verdict
QUERIED = "transport.advice_queried"
OF_ADVICE = "advice"


@transaction.atomic
def answer_advice(
    advice_id: UUID, *, verdict: str, as_of: datetime, note: str = ""
) -> tuple[AdviceAnswer, bool]:
    """Accept an advice sent to the acting organisation, or query it; say if that is new.

    The same again changes nothing; another answer replaces the one before.

    Raises
    ------
    DispatchAdvice.DoesNotExist
        If no such advice was sent to the acting organisation.
    Refused
        For an advice that is not on its way, or a query without a word about it.
    """
    us = acting_organisation_id()
    advice = DispatchAdvice.objects.exclude(owner_id=us).get(pk=advice_id, counterparty_id=us)
    if verdict not in Verdict.values:
        raise Refused("verdict", f"one of {', '.join(Verdict.values)}", verdict)
    if advice.state not in ON_ITS_WAY:
        raise Refused("advice", "an advice that is on its way", advice.get_state_display())
    act_at([advice.ship_to], field="ship_to")
    told = clean_text("note", note, 400, required=verdict == Verdict.QUERY)
    known = (
        AdviceAnswer.objects.select_for_update(of=("self",))
        .filter(owner_id=us, advice_id=advice_id)
        .first()
    )
    if known is not None and (known.verdict, known.note) == (verdict, told):
        return known, False
    answer = known or AdviceAnswer(
        counterparty_id=advice.owner_id,
        advice_id=advice_id,
        advice_number=advice.number,
        revision=advice.revision,
        version=0,
    )
    answer.verdict, answer.note = verdict, told
    answer.person_id, answer.answered_at = acting_person_id(), as_of
    answer.version += 1
    answer.save()
    publish(
        AdviceAnswered(
            change_id=str(uuid7()),
            answer_id=str(answer.pk),
            advice_id=str(advice_id),
            supplier_id=advice.owner_id,
            verdict=str(answer.verdict),
        )
    )
    return answer, True


@transaction.atomic
def hear_answers(answer_ids: Sequence[UUID], *, as_of: datetime) -> None:
    """Take answers of customers in, acting for the supplier; others' words count for nothing."""
    us = acting_organisation_id()
    for answer in AdviceAnswer.objects.filter(pk__in=list(answer_ids), counterparty_id=us):
        advice = DispatchAdvice.objects.filter(
            owner_id=us, pk=answer.advice_id, counterparty_id=answer.owner_id
        ).first()
        if advice is None:
            continue
        if answer.verdict == Verdict.ACCEPTED:
            note_acceptance(advice.pk)
            close_query(advice.pk, at=as_of)
        elif advice.state in ON_ITS_WAY:
            _raise(advice, answer, as_of)


def close_query(advice_id: UUID, *, at: datetime) -> None:
    """Clear the exception of a query that is settled, or about an advice that is over."""
    clear_alert(type=QUERIED, object_kind=OF_ADVICE, object_id=advice_id, at=at)


def _raise(advice: DispatchAdvice, answer: AdviceAnswer, as_of: datetime) -> None:
    raise_alert(
        type=QUERIED,
        object_kind=OF_ADVICE,
        object_id=advice.pk,
        at=as_of,
        concern=Concern(
            severity="warning",
            counterparty_id=answer.owner_id,
            site_code=str(advice.ship_to.get("site_code", ""))[:20],
            title_params={"advice": advice.number, "note": answer.note},
        ),
    )


def name_types() -> None:
    """Give the exception its texts, fullest first."""
    name_type(
        QUERIED,
        _("Query about dispatch advice %(advice)s: %(note)s"),
        _("A dispatch advice is queried"),
    )
