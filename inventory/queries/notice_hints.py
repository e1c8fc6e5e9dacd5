"""What disruption notices mark on the projection of a part: own ones, and accepted ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q

from collab.masterdata.queries import aliases_of, part_by_number
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from inventory.models import DisruptionNotice, NoticeAcceptance
from inventory.queries.notices import NoticeRow, notice_rows, notices


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeHint:
    """An open notice about a part: a band on its projection, both days included.

    It changes no figure: nobody knows yet how much less or more there will be.
    """

    id: UUID
    name: str
    partner: str
    is_own: bool
    label: str
    cause: str
    tone: str
    first_day: date
    last_day: date | None

    def covers(self, day: date) -> bool:
        """Say whether the effect touches ``day``."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


def hints_of(number: str) -> list[NoticeHint]:
    """Return what marks the projection of the part with this number, by start.

    Own open notices, and received ones that a planner of ours accepted.
    """
    accepted = NoticeAcceptance.objects.values_list("notice_id", flat=True)
    own = acting_organisation_id()
    rows = notices().filter(state=DisruptionNotice.State.OPEN)
    rows = rows.filter(_about(number, own)).filter(Q(owner_id=own) | Q(pk__in=list(accepted)))
    return [_hint(row) for row in notice_rows(rows.order_by("starts_at", "pk"))]


def marked_days(hints: Iterable[NoticeHint], days: Iterable[date]) -> set[date]:
    """Return those of ``days`` that some hint covers."""
    told = list(hints)
    return {day for day in days if any(hint.covers(day) for hint in told)}


def _about(number: str, own: int) -> Q:
    """Match notices that name the part: by the viewer's number, or by a partner's for it."""
    named = Q(owner_id=own, parts__contains=[number])
    named |= Q(counterparty_id=own, partner_parts__contains=[number])
    part = part_by_number(number)
    for alias in aliases_of(part.id) if part else ():
        named |= Q(
            owner_id=alias.partner_id, counterparty_id=own, parts__contains=[alias.partner_number]
        )
    return named


def _hint(row: NoticeRow) -> NoticeHint:
    return NoticeHint(
        id=row.id,
        name=row.name,
        partner=row.partner.short,
        is_own=row.is_own,
        label=row.effect_label,
        cause=row.cause_label,
        tone=row.tone,
        first_day=own_day(row.starts_at),
        last_day=own_day(row.ends_at) if row.ends_at else None,
    )
