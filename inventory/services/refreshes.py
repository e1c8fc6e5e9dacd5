"""Ask partners for fresh figures until nobody needs them any more (IN-11).

The asking side owns a refresh; the partner reads it, and its own listener has its system told or
a task made for its clerk. An answer is any newer figure, whichever way it came.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.sharing.models import Partnership
from collab.sharing.queries import audience
from inventory.events import REFRESH_TOPIC, RefreshChanged
from inventory.models import PartnerRefresh
from inventory.models.refresh import MOST_IDLE_DAYS
from inventory.queries.partner_figures import newest_figures
from inventory.rules.refresh import Asked
from inventory.services.subjects import part_of, partner_number_of, partner_of

IDS_PER_EVENT = 200
ONE_USE = timedelta(hours=1)
State, Result = PartnerRefresh.State, PartnerRefresh.Result
Direction = PartnerRefresh.Direction
FOLLOWED = ("state", "used_at", "asked_at", "figure_at", "result", "missed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which figures are wanted: of a partner (BPN), an own part, one kind, one direction.

    Without a ``direction`` it is that of the partnership. After ``idle_days`` days on which
    nobody used the figures it stops.
    """

    partner: str
    part_number: str
    kind: str
    direction: str = ""
    idle_days: int = 14


@transaction.atomic
def start_refresh(told: Wanted, *, as_of: datetime | None = None) -> PartnerRefresh:
    """Want figures from now on and ask for them at once; wanted again, it goes on.

    Raises ``Refused`` for what cannot be resolved and for a direction the partnership has not.
    """
    now = as_of or timezone.now()
    partner = partner_of(told.partner)
    part = part_of(told.part_number, partner.pk, own_day(now))
    if told.kind not in PartnerRefresh.Kind.values:
        raise Refused("kind", f"one of {', '.join(PartnerRefresh.Kind.values)}", told.kind)
    if not 1 <= told.idle_days <= MOST_IDLE_DAYS:
        raise Refused("idle_days", f"1 to {MOST_IDLE_DAYS} days", told.idle_days)
    row, is_new = PartnerRefresh.objects.select_for_update(of=("self",)).get_or_create(
        owner_id=acting_organisation_id(),
        counterparty_id=partner.pk,
        part_id=part.id,
        kind=told.kind,
        direction=_direction(partner.pk, told.direction),
        defaults={
            "part_number": part.number,
            "partner_part_number": partner_number_of(part.id, partner.pk, own_day(now)),
            "idle_days": told.idle_days,
            "used_at": now,
            "changed_at": now,
        },
    )
    if not is_new:
        row.idle_days, row.state, row.used_at = told.idle_days, State.ACTIVE, now
    ask([row], as_of=now)
    return row


@transaction.atomic
def ask_now(keys: Collection[UUID], *, as_of: datetime | None = None) -> int:
    """Ask for one's own figures with these keys now, also paused and stopped ones; return how many.

    Who asks needs them: those go on.
    """
    now = as_of or timezone.now()
    rows = _own(keys)
    for row in rows:
        row.state, row.used_at = State.ACTIVE, now
    ask(rows, as_of=now)
    return len(rows)


@transaction.atomic
def pause(keys: Collection[UUID], *, as_of: datetime | None = None) -> int:
    """Ask no more until they are resumed; return how many were active."""
    rows = [row for row in _own(keys) if row.state == State.ACTIVE]
    for row in rows:
        row.state = State.PAUSED
    save(rows, is_asked=False, as_of=as_of or timezone.now())
    return len(rows)


@transaction.atomic
def resume(keys: Collection[UUID], *, as_of: datetime | None = None) -> int:
    """Let paused and stopped ones go on; the night asks. Returns how many were not active."""
    now = as_of or timezone.now()
    rows = [row for row in _own(keys) if row.state != State.ACTIVE]
    for row in rows:
        row.state, row.used_at = State.ACTIVE, now
    save(rows, is_asked=False, as_of=now)
    return len(rows)


@transaction.atomic
def remove(keys: Collection[UUID]) -> int:
    """End refreshes of one's own for good; return how many. Nobody is asked for them any more."""
    rows = _own(keys)
    for row in rows:
        row.state = State.STOPPED
    save(rows, is_asked=False, as_of=timezone.now())
    PartnerRefresh.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def note_use(part_number: str, *, as_of: datetime | None = None) -> None:
    """Note that somebody looks at partners' figures of an own part: it does not stop by itself.

    Looks within an hour of each other are one.
    """
    now = as_of or timezone.now()
    PartnerRefresh.objects.filter(
        owner_id=acting_organisation_id(),
        part_number=part_number,
        state=State.ACTIVE,
        used_at__lt=now - ONE_USE,
    ).update(used_at=now)


@transaction.atomic
def hear_figures(keys: Collection[UUID], *, as_of: datetime | None = None) -> int:
    """See which of one's own open questions are answered by now; return how many."""
    rows = _own(keys)
    figures = figures_of(rows)
    answered = [row for row in rows if settle(row, figures) and row.result == Result.ANSWERED]
    save(answered, is_asked=False, as_of=as_of or timezone.now())
    return len(answered)


def open_keys(*, part_number: str, partner_id: int) -> list[UUID]:
    """Return the own questions about a part that a partner has not answered."""
    rows = PartnerRefresh.objects.filter(
        owner_id=acting_organisation_id(),
        counterparty_id=partner_id,
        part_number=part_number,
        result__in=[Result.WAITING, Result.UNANSWERED],
    )
    return list(rows.values_list("pk", flat=True))


def settle(row: PartnerRefresh, figures: dict[tuple[int, str, str], datetime]) -> bool:
    """Bring one row up to date with what the partner gave; return whether it changed."""
    newest = figures.get((row.counterparty_id, row.kind, row.part_number))
    before = (row.figure_at, row.result)
    row.figure_at = newest or row.figure_at
    if asked_of(row).is_answered:
        row.result, row.missed = Result.ANSWERED, 0
    return before != (row.figure_at, row.result)


def ask(rows: Sequence[PartnerRefresh], *, as_of: datetime) -> int:
    """Put the question to the partners that can be reached; return to how many rows it went."""
    partners = {row.counterparty_id for row in rows}
    readers = audience(REFRESH_TOPIC, about_ids=sorted(partners)) if partners else []
    reached = {each.viewer_id for each in readers if each.viewer_id == each.about_id}
    for row in rows:
        if row.counterparty_id in reached:
            row.asked_at = as_of
            row.result = Result.UNANSWERED if row.missed else Result.WAITING
        else:
            row.result = Result.UNREACHED
    save(rows, is_asked=True, as_of=as_of)
    return sum(row.counterparty_id in reached for row in rows)


def save(rows: Iterable[PartnerRefresh], *, is_asked: bool, as_of: datetime) -> None:
    """Write changed rows and tell each partner of its own."""
    by_partner: dict[int, list[PartnerRefresh]] = defaultdict(list)
    for row in rows:
        row.changed_at = as_of
        row.version += 1
        by_partner[row.counterparty_id].append(row)
    changed = [row for group in by_partner.values() for row in group]
    PartnerRefresh.objects.bulk_update(changed, [*FOLLOWED, "idle_days", "changed_at", "version"])
    for partner_id, group in by_partner.items():
        for start in range(0, len(group), IDS_PER_EVENT):
            publish(
                RefreshChanged(
                    change_id=str(uuid7()),
                    partner_id=partner_id,
                    refresh_ids=[str(row.pk) for row in group[start : start + IDS_PER_EVENT]],
                    is_asked=is_asked,
                )
            )


def asked_of(row: PartnerRefresh) -> Asked:
    """Return a row as the rules take it."""
    return Asked(
        used_at=row.used_at,
        idle_days=row.idle_days,
        asked_at=row.asked_at,
        figure_at=row.figure_at,
        missed=row.missed,
    )


def figures_of(rows: Iterable[PartnerRefresh]) -> dict[tuple[int, str, str], datetime]:
    """Return when the newest figures of these rows came, by partner, kind and own part number."""
    wanted: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for row in rows:
        wanted[row.counterparty_id].add((row.kind, row.part_number))
    return {
        (partner_id, *key): at
        for partner_id, keys in wanted.items()
        for key, at in newest_figures(partner_id, keys).items()
    }


def _own(keys: Collection[UUID]) -> list[PartnerRefresh]:
    return list(
        PartnerRefresh.objects.select_for_update(of=("self",))
        .filter(pk__in=list(keys), owner_id=acting_organisation_id())
        .order_by("pk")
    )


def _direction(partner_id: int, told: str) -> str:
    """Return the direction of the goods; refuse one that the partnership has not."""
    own = acting_organisation_id()
    rows = Partnership.objects.filter(
        Q(customer_id=own, supplier_id=partner_id) | Q(customer_id=partner_id, supplier_id=own),
        state=Partnership.State.ACTIVE,
    )
    known = {
        Direction.OUTBOUND.value if supplier == partner_id else Direction.INBOUND.value
        for supplier in rows.values_list("supplier_id", flat=True)
    }
    if not told and len(known) == 1:
        return known.pop()
    if told not in known:
        raise Refused("direction", f"one of {', '.join(sorted(known))}", told)
    return told
