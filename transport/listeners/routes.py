"""Answers to fixed routes reach their owner; scenarios and re-plans hear when their job ends."""

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid5

from collab.events.bus import Fact, subscribe
from collab.jobs.events import JobEnded
from collab.organisations.context import acting_organisation_id
from collab.sharing.hear import hand_over, listen
from transport.events import ANSWER_TOPIC, RouteAnswered
from transport.models import RouteAnswer
from transport.services.replan import KIND as REPLAN
from transport.services.replan import settle_replan_job
from transport.services.route_answers import hear_route_answers
from transport.services.scenarios import KIND, settle_job

HEAR = "transport.hear_route_answers"


def tell_owner(event: RouteAnswered) -> Iterable[Fact]:
    """Let the owner of the route hear the answer as it is now."""
    key = UUID(event.answer_id)
    answer = RouteAnswer.objects.filter(owner_id=acting_organisation_id(), pk=key).first()
    if answer is not None:
        hand_over(
            uuid5(key, f"v{answer.version}"),
            listener=HEAR,
            topic=ANSWER_TOPIC,
            about_ids=[event.customer_id],
            rows=[key],
        )
    return ()


def hear_answers(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Take the answers over into the routes."""
    us = acting_organisation_id()
    hear_route_answers(list(RouteAnswer.objects.filter(pk__in=list(keys), counterparty_id=us)))
    return ()


def settle_scenario(event: JobEnded) -> Iterable[Fact]:
    """Let no scenario or re-plan wait for a solver that has ended without an answer."""
    if event.kind == KIND:
        settle_job(UUID(event.job_id))
    elif event.kind == REPLAN:
        settle_replan_job(UUID(event.job_id))
    return ()


listen(HEAR, hear_answers)
subscribe(RouteAnswered, tell_owner)
subscribe(JobEnded, settle_scenario)
