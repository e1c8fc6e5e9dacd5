"""Comments on plans as far as the viewer may see them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from collab.organisations.context import acting_organisation_id, acting_person_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import fields_for
from forecasting.models import COMMENT, PlanComment

FIELDS = ("object_kind", "object_id", "type", "text", "weeks", "author", "created_at", "changed_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentRow:
    """What one side said; ``values`` holds what the viewer may see."""

    id: UUID
    owner: Name
    is_own: bool
    may_edit: bool
    version: int
    values: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        """Return a visible value; None for one that is hidden."""
        if name in FIELDS:
            return self.values.get(name)
        raise AttributeError(name)

    @property
    def element_id(self) -> str:
        """The id of the comment on screens."""
        return f"comment-{self.id}"

    @property
    def label(self) -> str:
        """What kind of comment it is, in the reader's language."""
        kind = self.values.get("type")
        return str(PlanComment.Type(kind).label) if kind else ""

    @property
    def is_edited(self) -> bool:
        """Whether it was changed after it was said."""
        said: datetime | None = self.values.get("created_at")
        changed: datetime | None = self.values.get("changed_at")
        return bool(said and changed and changed > said)


def comments_on(object_ids: Sequence[UUID], *, limit: int = 100) -> list[CommentRow]:
    """Return what was said about these series and groups, newest first."""
    rows = PlanComment.objects.filter(object_id__in=object_ids).order_by("-changed_at", "-pk")
    return comment_rows(rows[:limit])


def comments_by_key(keys: Iterable[UUID]) -> list[CommentRow]:
    """Return the visible comments among ``keys``."""
    return comment_rows(PlanComment.objects.filter(pk__in=list(keys)))


def commented_weeks(object_ids: Sequence[UUID]) -> dict[UUID, set[date]]:
    """Return the weeks that visible comments speak of, by object."""
    found: dict[UUID, set[date]] = {}
    for row in comments_on(object_ids, limit=1_000):
        if row.object_id and row.weeks:
            found.setdefault(row.object_id, set()).update(row.weeks)
    return found


def comment_rows(found: Iterable[PlanComment]) -> list[CommentRow]:
    """Return the plain rows of ``found`` with the fields that the viewer may see."""
    rows = list(found)
    names = names_of({row.owner_id for row in rows})
    us, person = acting_organisation_id(), acting_person_id()
    shown = []
    for row in rows:
        allowed = fields_for(COMMENT, row.owner_id, row.counterparty_id)
        is_own = row.owner_id == us
        shown.append(
            CommentRow(
                id=row.pk,
                owner=names.get(row.owner_id, NOBODY),
                is_own=is_own,
                may_edit=is_own and row.author_id in {None, person},
                version=row.version,
                values={
                    name: getattr(row, name)
                    for name in FIELDS
                    if allowed is None or name in allowed
                },
            )
        )
    return shown
