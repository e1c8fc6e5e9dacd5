"""The base of every row that belongs to one organisation."""

from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from uuid_utils.compat import uuid7

from collab.organisations.context import acting_organisation_id

Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)


class ForeignOwner(PermissionError):
    """An organisation tried to write a row that another one owns."""


class OwnedManager(models.Manager[Row_co]):
    """The only door to owned rows: it opens for the acting organisation alone."""

    def get_queryset(self) -> models.QuerySet[Row_co]:
        return super().get_queryset().filter(owner_id=acting_organisation_id())


class OwnedForeignKey(models.ForeignKey[Any, Any]):
    """A key to a row of the same owner; ``SameOwner`` in ``Meta.constraints`` enforces it."""

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs.setdefault("related_name", "+")
        super().__init__(to, on_delete, **kwargs)


class Owned(models.Model):
    """A row that only its owner sees; ``id`` is time-ordered and safe to show."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        "organisations.Organisation",
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )

    objects: ClassVar[OwnedManager[Self]] = OwnedManager()

    class Meta:
        abstract = True
        default_manager_name = "objects"
        base_manager_name = "objects"  # a foreign key must not step over the fence

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save for the acting organisation; raise ``ForeignOwner`` for anybody else's row."""
        acting = acting_organisation_id()
        if self.owner_id is None:
            self.owner_id = acting
        if self.owner_id != acting:
            raise ForeignOwner(f"expected a row of organisation {acting}, got {self.owner_id}'s")
        super().save(*args, **kwargs)
