"""Questions for figures reach a partner's system or clerk; its figures reach who asked (IN-11)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.bus import Fact, subscribe
from collab.sharing.hear import hand_over, listen
from inventory.events import (
    REFRESH_TOPIC,
    CoverageChanged,
    GoodsReceived,
    RefreshChanged,
    StockCounted,
)
from inventory.services.refresh_asked import Question, asked_by, judge_tasks, open_questions, send
from inventory.services.refreshes import hear_figures
from transport.events import DispatchAdvised

HEAR_ASKED = "inventory.hear_refresh"
HEAR_CHANGED = "inventory.follow_refresh"
HEAR_FIGURES = "inventory.hear_figures"


def tell_partner(event: RefreshChanged) -> Iterable[Fact]:
    """Let the partner see what is asked of it, or no longer."""
    hand_over(
        UUID(event.change_id),
        listener=HEAR_ASKED if event.is_asked else HEAR_CHANGED,
        topic=REFRESH_TOPIC,
        about_ids=[event.partner_id],
        rows=[UUID(key) for key in event.refresh_ids],
    )
    return ()


def hear_asked(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Tell one's own system of questions; without one they are a task of the clerk's."""
    questions = open_questions(keys)
    by_asker: dict[int, list[Question]] = defaultdict(list)
    for each in questions:
        by_asker[each.asker_id].append(each)
    for group in by_asker.values():
        send(group)
    judge_tasks(by_asker, as_of=timezone.now())
    return ()


def hear_changed(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Close the task of answering a partner that waits for nothing any more."""
    judge_tasks(asked_by(keys), as_of=timezone.now())
    return ()


def tell_asker(partner_id: int) -> Iterable[Fact]:
    """Let a partner that waits for figures look at them, now that there may be newer ones."""
    keys = [each.id for each in open_questions(asker_id=partner_id)]
    if keys:
        hand_over(
            uuid7(), listener=HEAR_FIGURES, topic=REFRESH_TOPIC, about_ids=[partner_id], rows=keys
        )
    return ()


def counted(event: StockCounted) -> Iterable[Fact]:
    """Follow a report of one's own stock."""
    return tell_asker(event.counterparty_id)


def covered(event: CoverageChanged) -> Iterable[Fact]:
    """Follow one's own days of supply: stock or planned output changed."""
    return tell_asker(event.counterparty_id)


def advised(event: DispatchAdvised) -> Iterable[Fact]:
    """Follow an own dispatch advice."""
    return tell_asker(event.customer_id)


def received(event: GoodsReceived) -> Iterable[Fact]:
    """Follow an own goods receipt."""
    return tell_asker(event.supplier_id)


def look(keys: Sequence[UUID]) -> Iterable[Fact]:
    """See which of one's own questions are answered."""
    hear_figures(keys)
    return ()


listen(HEAR_ASKED, hear_asked)
listen(HEAR_CHANGED, hear_changed)
listen(HEAR_FIGURES, look)
subscribe(RefreshChanged, tell_partner)
subscribe(StockCounted, counted)
subscribe(CoverageChanged, covered)
subscribe(DispatchAdvised, advised)
subscribe(GoodsReceived, received)
