"""Typed comments on weeks of a series or a capacity group (FC-19)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from collab.events.bus import publish
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.context import (
    acting_organisation,
    acting_organisation_id,
    acting_person_id,
)
from collab.organisations.models import Person
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from forecasting.events import PlanCommented
from forecasting.models import CapacityGroup, DemandSeries, PlanComment

LONGEST = 5_000
MOST_WEEKS = 104
ACTION = "forecasting.comment_asks"
OBJECT_KIND = "forecasting.comment"
Type = PlanComment.Type
Kind = PlanComment.ObjectKind


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentInput:
    """A comment on a series or a group (``object_kind``); ``weeks`` are Mondays, none = all.

    ``external_id`` is the sender's own key: the same one again edits its comment.
    """

    object_kind: str
    object_id: UUID
    text: str
    type: str = Type.DEFAULT.value
    weeks: Sequence[date] = ()
    external_id: str = ""


@transaction.atomic
def comment(said: CommentInput, *, as_of: datetime | None = None) -> tuple[PlanComment, bool]:
    """Say something about a plan to the other side; return the comment and whether it is new.

    On a pool it is a note to oneself. Raises ``Refused`` for an object that is not visible.
    """
    now = as_of or timezone.now()
    other_id = _other_side(said)
    text, weeks = _checked(said.text, said.type, said.weeks)
    if said.external_id:
        known = _own_comments().filter(external_id=said.external_id).first()
        if known is not None:
            return _edit(known, text, said.type, weeks, now), False
    row = PlanComment.objects.create(
        counterparty_id=other_id,
        object_kind=said.object_kind,
        object_id=said.object_id,
        type=said.type,
        text=text,
        weeks=weeks,
        author=_author(),
        author_id=acting_person_id(),
        external_id=said.external_id.strip()[:80],
        created_at=now,
        changed_at=now,
    )
    _announce(row)
    return row, True


@transaction.atomic
def edit_comment(
    comment_id: UUID,
    *,
    text: str,
    type: str | None = None,  # noqa: A002
    weeks: Sequence[date] | None = None,
    version: int | None = None,
    as_of: datetime | None = None,
) -> PlanComment:
    """Change one's own comment; what it said before stays in its history.

    Raises ``PlanComment.DoesNotExist`` for somebody else's organisation's, ``Refused`` for
    another author's, ``VersionConflict``.
    """
    row = _authored(comment_id, version)
    kind = type or row.type
    checked, on = _checked(text, kind, row.weeks if weeks is None else weeks)
    return _edit(row, checked, kind, on, as_of or timezone.now())


@transaction.atomic
def delete_comment(comment_id: UUID, *, version: int | None = None) -> None:
    """Take one's own comment back: text and history are gone. Errors as ``edit_comment``."""
    row = _authored(comment_id, version)
    _announce(row)
    row.delete()


def hear_comment(comment_id: UUID, *, as_of: datetime | None = None) -> None:
    """Ask the acting partner to act if a comment asks for it; take that back if it no more does."""
    now = as_of or timezone.now()
    us = acting_organisation_id()
    row = PlanComment.objects.filter(pk=comment_id, counterparty_id=us).exclude(owner_id=us).first()
    if row is None or row.type != Type.ACTION:
        clear_alert(type=ACTION, object_kind=OBJECT_KIND, object_id=comment_id, at=now)
        return
    number, other, site = _numbers(row)
    raise_alert(
        type=ACTION,
        object_kind=OBJECT_KIND,
        object_id=row.pk,
        concern=Concern(
            severity="warning",
            counterparty_id=row.owner_id,
            part_number=number,
            partner_part_number=other,
            site_code=site,
            title_params={"text": row.text[:200]},
        ),
        at=now,
    )


def _other_side(said: CommentInput) -> int:
    """Return the partner that the object is shared with; refuse one that is not visible."""
    model = {Kind.SERIES.value: DemandSeries, Kind.GROUP.value: CapacityGroup}.get(said.object_kind)
    if model is None:
        raise Refused("object_kind", f"one of {', '.join(Kind.values)}", said.object_kind)
    us = acting_organisation_id()
    ends = model.objects.filter(pk=said.object_id).values_list("owner_id", "counterparty_id")
    found = ends.first()
    if found is None or us not in found:
        raise Refused("object_id", "a series or group of yours", said.object_id)
    owner_id, counterparty_id = found
    return int(counterparty_id if owner_id == us else owner_id)


def _checked(text: str, kind: str, weeks: Sequence[date]) -> tuple[str, list[date]]:
    said = text.replace("\0", "").strip()
    if not said:
        raise Refused("text", "something said", text)
    if len(said) > LONGEST:
        raise Refused("text", f"at most {LONGEST} characters", len(said))
    if kind not in Type.values:
        raise Refused("type", f"one of {', '.join(Type.values)}", kind)
    if len(weeks) > MOST_WEEKS:
        raise Refused("weeks", f"at most {MOST_WEEKS} weeks", len(weeks))
    for week in weeks:
        if week.weekday():
            raise Refused("weeks", "Mondays", week)
    return said, sorted(set(weeks))


def _own_comments() -> QuerySet[PlanComment]:
    return PlanComment.objects.select_for_update(of=("self",)).filter(
        owner_id=acting_organisation_id()
    )


def _authored(comment_id: UUID, version: int | None) -> PlanComment:
    row = _own_comments().get(pk=comment_id)
    if row.author_id is not None and row.author_id != acting_person_id():
        raise Refused("comment", f"a comment of your own, not {row.author}'s", comment_id)
    if version is not None and version != row.version:
        raise VersionConflict(row.version, version)
    return row


def _edit(
    row: PlanComment, text: str, kind: str, weeks: Sequence[date], now: datetime
) -> PlanComment:
    if (row.text, row.type, row.weeks) == (text, kind, list(weeks)):
        return row
    row.history = [*row.history, {"text": row.text, "at": row.changed_at.isoformat()}]
    row.text, row.type, row.weeks, row.changed_at = text, kind, list(weeks), now
    row.version += 1
    row.save()
    _announce(row)
    return row


def _announce(row: PlanComment) -> None:
    publish(
        PlanCommented(
            comment_id=str(row.pk), partner_id=row.counterparty_id, object_id=str(row.object_id)
        )
    )


def _author() -> str:
    key = acting_person_id()
    person = Person.objects.filter(pk=key).first() if key is not None else None
    return (person.name if person else acting_organisation().short_name)[:120]


def _numbers(row: PlanComment) -> tuple[str, str, str]:
    """Return own number, the other's number and site of the series that is spoken of."""
    series = DemandSeries.objects.filter(pk=row.object_id).first()
    if series is None:
        return "", "", ""
    ours, theirs = series.part_number, series.supplier_part_number
    if series.owner_id != acting_organisation_id():
        ours, theirs = theirs or ours, ours
    return ours, theirs, series.site_code


def name_types() -> None:
    """Give the alert types of comments their texts, fullest first."""
    name_type(
        ACTION,
        _("%(number)s: %(text)s"),
        _("A comment on a plan asks you to act"),
    )
