"""What suppliers and carriers say to fixed routes, and what follows at their owner."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from collab.events.bus import publish
from collab.masterdata.refusals import Refused, clean_text
from collab.organisations.context import acting_organisation_id, acting_person_id
from transport.events import RouteAnswered
from transport.models import RouteAnswer, RouteStop, RouteTemplate
from transport.services.routes import announce_routes

Verdict = RouteAnswer.Verdict
State = RouteTemplate.State
PROPOSED, ACCEPTED, CHANGE = "proposed", "accepted", "change"
"""States of a supplier's stop."""


@transaction.atomic
def answer_route(
    subject_id: UUID, *, verdict: str, as_of: datetime, wish: str = ""
) -> tuple[RouteAnswer, bool]:
    """Accept one's stop (supplier) or route (carrier), or wish a change; say if that is new.

    The same verdict and wish again changes nothing; another one replaces the one before.

    Raises
    ------
    RouteTemplate.DoesNotExist
        If no such route or stop was published to the acting organisation.
    Refused
        For a route that has ended, or a change wanted without a word about it.
    """
    us = acting_organisation_id()
    stop = RouteStop.objects.filter(pk=subject_id, counterparty_id=us).exclude(owner_id=us).first()
    subject = stop or RouteTemplate.objects.exclude(owner_id=us).get(
        pk=subject_id, counterparty_id=us
    )
    if verdict not in Verdict.values:
        raise Refused("verdict", f"one of {', '.join(Verdict.values)}", verdict)
    if isinstance(subject, RouteTemplate) and subject.state == State.ENDED:
        raise Refused("state", "a route that has not ended", subject.get_state_display())
    told = clean_text("wish", wish, 400, required=verdict == Verdict.CHANGE)
    number = subject.number if isinstance(subject, RouteTemplate) else subject.route_number
    known = (
        RouteAnswer.objects.select_for_update(of=("self",))
        .filter(owner_id=us, subject_id=subject_id)
        .first()
    )
    if known is not None and (known.verdict, known.wish) == (verdict, told):
        return known, False
    answer = known or RouteAnswer(
        counterparty_id=subject.owner_id, subject_id=subject_id, route_number=number, version=0
    )
    answer.verdict, answer.wish = verdict, told
    answer.person_id, answer.answered_at = acting_person_id(), as_of
    answer.version += 1
    answer.save()
    publish(
        RouteAnswered(
            answer_id=str(answer.pk),
            subject_id=str(subject_id),
            customer_id=subject.owner_id,
            verdict=verdict,
        )
    )
    return answer, True


@transaction.atomic
def hear_route_answers(answers: Sequence[RouteAnswer]) -> list[RouteTemplate]:
    """Take partners' answers over into one's own routes; return the routes that changed.

    A route is accepted once its carrier took it and active once every supplier did too. A wish
    for a change puts it back to proposed.
    """
    us = acting_organisation_id()
    said = {each.subject_id: each for each in answers if each.counterparty_id == us}
    touched: set[UUID] = set()
    for stop in RouteStop.objects.filter(owner_id=us, pk__in=list(said)):
        answer = said[stop.pk]
        if answer.owner_id == stop.counterparty_id and stop.state != answer.verdict:
            stop.state = answer.verdict
            stop.save(update_fields=["state"])
            touched.add(stop.route_id)
    for route in RouteTemplate.objects.filter(owner_id=us, pk__in=list(said)):
        if said[route.pk].owner_id == route.counterparty_id:
            touched.add(route.pk)
    changed = [each for each in map(settle_route, sorted(touched)) if each is not None]
    announce_routes(changed)
    return changed


def settle_route(route_id: UUID) -> RouteTemplate | None:
    """Give a route the state that its answers make; return it unless it has ended."""
    route: RouteTemplate = RouteTemplate.objects.select_for_update(of=("self",)).get(
        pk=route_id, owner_id=acting_organisation_id()
    )
    if route.state == State.ENDED:
        return None
    stops = set(
        RouteStop.objects.filter(owner_id=route.owner_id, route_id=route.pk).values_list(
            "state", flat=True
        )
    )
    carrier_takes = route.counterparty_id == route.owner_id or _carrier_said(route) == ACCEPTED
    route.state = State.PROPOSED
    if carrier_takes:
        route.state = State.ACTIVE if stops <= {ACCEPTED} else State.ACCEPTED
    route.version += 1
    route.save(update_fields=["state", "version"])
    return route


def _carrier_said(route: RouteTemplate) -> str:
    verdict = (
        RouteAnswer.objects.filter(owner_id=route.counterparty_id, subject_id=route.pk)
        .values_list("verdict", flat=True)
        .first()
    )
    return verdict or ""
