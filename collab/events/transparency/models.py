"""Tables of the ledger: nothing in them is ever changed or deleted (rights and triggers hold it).

Whoever is granted a topic sees the log of that name, its heads and its hashes (``collab.opens``
in the database); what the hashes stand for (``LogLeaf``) only the owner sees.
"""

from typing import Any, ClassVar, Self, TypeVar

from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.events.transparency.heads import SignedHead
from collab.organisations.context import acting_organisation_id
from collab.organisations.owned import Owned, OwnedForeignKey
from collab.organisations.walls import VIEWER, OwnWalls, SameOwner

Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)
OPENED_LOG = "log_id IN (SELECT id FROM events_transparencylog)"
"""SQL: the log of the row is one that the viewer sees."""


class OpenedManager(models.Manager[Row_co]):
    """Rows that more than their owner may read; the database decides."""

    def get_queryset(self) -> models.QuerySet[Row_co]:
        acting_organisation_id()  # fail closed outside acting_for
        return super().get_queryset()


class TransparencyLog(Owned):
    """The ledger of one organisation's facts of one topic; its row lock puts writers in a line."""

    name = models.CharField(max_length=40)  # the sharing topic of the facts it records
    size = models.BigIntegerField(default=0)  # leaves
    secret = models.BinaryField()  # 32 bytes, from which each leaf's salt is made

    objects: ClassVar[OpenedManager[Self]] = OpenedManager()  # type: ignore[assignment]

    class Meta(Owned.Meta):
        app_label = "events"
        constraints: ClassVar[list[Any]] = [
            OwnWalls(also_read="collab.opens(owner_id, name)"),
            models.UniqueConstraint(fields=["owner", "name"], name="events_log_name"),
        ]


class LogRow(Owned):
    """A row of a log that may have a hundred million of them.

    Every index more costs more than the hash itself: none of its owner alone, and the log is a
    bare key, as only ``append`` writes it, which holds the log's lock.
    """

    owner = models.ForeignKey(
        "organisations.Organisation",
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,
    )
    log_id = models.UUIDField()

    class Meta(Owned.Meta):
        abstract = True


class LogLeaf(LogRow):
    """What leaf ``index`` stands for: an object, and the hash it had when it was logged."""

    index = models.BigIntegerField()  # from 0, without gaps
    object_kind = models.CharField(max_length=40)
    object_id = models.UUIDField()
    content_hash = models.CharField(max_length=100)  # ni:///sha-256;<hex>?ver=…
    appended_at = models.DateTimeField()

    class Meta(LogRow.Meta):
        app_label = "events"
        constraints: ClassVar[list[Any]] = [
            OwnWalls(is_referenced=False),
            models.UniqueConstraint(fields=["owner", "log_id", "index"], name="events_leaf_index"),
            models.UniqueConstraint(
                fields=["owner", "log_id", "object_id"], name="events_leaf_object"
            ),
        ]


class LogNode(LogRow):
    """The hash over ``2**level`` leaves from ``index * 2**level`` on; level 0 are the leaves.

    Only every fourth level is stored (``merkle.STRIDE``).
    """

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField()  # 32 bytes

    objects: ClassVar[OpenedManager[Self]] = OpenedManager()  # type: ignore[assignment]

    class Meta(LogRow.Meta):
        app_label = "events"
        constraints: ClassVar[list[Any]] = [
            OwnWalls(also_read=OPENED_LOG, is_referenced=False),
            models.UniqueConstraint(
                fields=["owner", "log_id", "level", "index"], name="events_node_place"
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            HashIndex(fields=["hash"], condition=Q(level=0), name="events_node_leaf"),
        ]


class HeadFields(models.Model):
    """The fields of a signed tree head."""

    log_name = models.CharField(max_length=80)  # log_id of the head: <BPN>/<name>
    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    timestamp = models.CharField(max_length=24)  # as it was signed
    key_id = models.CharField(max_length=16)
    signature = models.CharField(max_length=88)

    class Meta:
        abstract = True

    def signed(self) -> SignedHead:
        """Return the head as it was signed."""
        return SignedHead(
            self.log_name, self.size, self.root, self.timestamp, self.key_id, self.signature
        )


class TreeHead(HeadFields, Owned):
    """A signed state of a log, for all who may see the log."""

    log = OwnedForeignKey(TransparencyLog, db_index=False)

    objects: ClassVar[OpenedManager[Self]] = OpenedManager()  # type: ignore[assignment]

    class Meta(Owned.Meta):
        app_label = "events"
        constraints: ClassVar[list[Any]] = [
            OwnWalls(also_read=OPENED_LOG),
            SameOwner("log"),
            models.UniqueConstraint(fields=["owner", "log", "size"], name="events_head_size"),
        ]


class WitnessedHead(HeadFields, Owned):
    """A partner's head as the owner of this row, its witness, saw it.

    ``counterparty`` is whose log it is, and may read how far its witnesses have come. A head that
    contradicts the copy before is kept too: both signatures together are the evidence.
    """

    class Verdict(models.TextChoices):
        FITS = "fits", _("Fits the copy before")
        CONTRADICTS = "contradicts", _("Contradicts the copy before")
        UNSIGNED = "unsigned", _("Not signed with a known key")

    counterparty = models.ForeignKey(
        "organisations.Organisation", on_delete=models.PROTECT, related_name="+"
    )
    verdict = models.CharField(max_length=12, choices=Verdict)
    reason = models.CharField(max_length=300, blank=True)
    seen_at = models.DateTimeField()

    objects: ClassVar[OpenedManager[Self]] = OpenedManager()  # type: ignore[assignment]

    class Meta(Owned.Meta):
        app_label = "events"
        constraints: ClassVar[list[Any]] = [
            OwnWalls(also_read=f"counterparty_id = {VIEWER}"),
            models.UniqueConstraint(
                fields=["owner", "log_name", "size", "root", "timestamp"],
                name="events_witnessed_once",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["counterparty", "owner", "-id"], name="events_witnessed_newest"),
        ]


def head_fields(head: SignedHead) -> dict[str, Any]:
    """Return the columns of ``HeadFields`` that hold a head."""
    return {
        "log_name": head.log_id,
        "size": head.tree_size,
        "root": head.root,
        "timestamp": head.timestamp,
        "key_id": head.key_id,
        "signature": head.signature,
    }
