"""Seal stored secrets with the newest field key, so that the former one can be taken away.

Each app registers the columns in which it keeps sealed texts. A batch is one transaction, and a
text that changed meanwhile is left to the next run: whatever stops the work, doing it again goes
on where it ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.db.models import Model

from collab.integration.webhooks.sealing import is_newest, resealed
from collab.organisations.context import acting_for, acting_for_platform

BATCH: Final = 500

_columns: dict[type[Model], tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many texts were sealed anew, were so already, and could be opened by no key."""

    anew: int = 0
    already: int = 0
    unreadable: tuple[str, ...] = ()

    def __add__(self, other: "Resealed") -> "Resealed":
        return Resealed(
            self.anew + other.anew,
            self.already + other.already,
            self.unreadable + other.unreadable,
        )


def register(model: type[Model], *columns: str) -> None:
    """Have the sealed texts of these columns resealed; empty texts hold no secret."""
    _columns[model] = columns


def registered() -> dict[type[Model], tuple[str, ...]]:
    """Return all columns with sealed texts, by table."""
    return dict(_columns)


def reseal_all(*, is_dry: bool = False) -> Resealed:
    """Seal the secrets of all active tenants with the newest key; ``is_dry`` only counts.

    Work of the platform: called outside of any ``acting_for``.
    """
    total = Resealed()
    for owner_id in acting_for_platform(reason="secrets are sealed with a new key"):
        for model, columns in _columns.items():
            last: UUID | None = None
            while True:
                with acting_for(owner_id):
                    rows = _batch(model, owner_id, last)
                    for row in rows:
                        total += _reseal(model, row, columns, is_dry=is_dry)
                if len(rows) < BATCH:
                    break
                last = rows[-1].pk
    return total


def _batch(model: type[Model], owner_id: int, after: UUID | None) -> Sequence[Any]:
    rows = model._base_manager.filter(owner_id=owner_id).order_by("pk")
    return list((rows.filter(pk__gt=after) if after else rows)[:BATCH])


def _reseal(model: type[Model], row: Any, columns: Sequence[str], *, is_dry: bool) -> Resealed:
    total = Resealed()
    for column in columns:
        stored = getattr(row, column)
        if not stored:
            continue
        if is_newest(stored):
            total += Resealed(already=1)
            continue
        try:
            fresh = resealed(stored)
        except InvalidToken:
            total += Resealed(unreadable=(f"{model._meta.label} {row.pk} {column}",))
            continue
        same = model._base_manager.filter(pk=row.pk, **{column: stored})
        if is_dry or same.update(**{column: fresh}):
            total += Resealed(anew=1)
    return total
