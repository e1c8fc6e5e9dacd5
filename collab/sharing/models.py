"""Who does business with whom, who lets whom see what, and the base of every shared row."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Self, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collab.organisations.context import acting, acting_organisation_id
from collab.organisations.models import Organisation
from collab.organisations.owned import (
    ForeignOwner,
    Owned,
    OwnedForeignKey,
    OwnedManager,
)
from collab.organisations.walls import VIEWER
from collab.sharing.access_log import AccessRead
from collab.sharing.walls import LIVE_GRANT, OwnWalls, Walls, topic_of

__all__ = [
    "AccessRead",
    "ForeignOwner",
    "Grant",
    "Owned",
    "OwnedForeignKey",
    "OwnedManager",
    "Partnership",
    "Shared",
    "SharedManager",
]

Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)


class TwoEndedManager(models.Manager[Row_co]):
    """Rows with two or three ends, each of whom may read; the database decides."""

    def get_queryset(self) -> models.QuerySet[Row_co]:
        acting_organisation_id()  # fail closed outside acting_for
        return super().get_queryset()


class Partnership(Owned):
    """The edge between a customer and a supplier that holds their shared terms.

    The owner invites; only the counterparty can make it active (a trigger holds that).
    """

    class State(models.TextChoices):
        INVITED = "invited", _("Invited")
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        ENDED = "ended", _("Ended")

    counterparty = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    supplier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.INVITED)
    created_at = models.DateTimeField(auto_now_add=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[TwoEndedManager[Self]] = TwoEndedManager()  # type: ignore[assignment]

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(
                also_read=f"counterparty_id = {VIEWER}",
                also_update=f"counterparty_id = {VIEWER}",
            ),
            models.UniqueConstraint(
                fields=["owner", "customer", "supplier"],
                name="sharing_partnership_pair",
            ),
            models.CheckConstraint(
                condition=(Q(customer=models.F("owner")) & Q(supplier=models.F("counterparty")))
                | (Q(supplier=models.F("owner")) & Q(customer=models.F("counterparty"))),
                name="sharing_partnership_ends",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["counterparty", "owner"], name="sharing_partnership_other_end")
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save as either end; the database decides what each may change."""
        if self._state.adding:
            super().save(*args, **kwargs)
        else:
            models.Model.save(self, *args, **kwargs)


class Grant(Owned):
    """``owner`` lets ``viewer`` read its rows of ``topic`` about business with ``about``.

    Bilateral sharing has ``about = viewer``; anything else also needs the consent of ``about``.
    """

    viewer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    about = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    topic = models.CharField(max_length=40)
    fields = ArrayField(models.CharField(max_length=40), default=list, blank=True)  # none = all
    purpose = models.CharField(max_length=200)
    agreement = models.CharField(max_length=80, blank=True)
    is_onward_allowed = models.BooleanField(default=False)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    about_consented_at = models.DateTimeField(null=True, blank=True)
    # While the owner's partnership with that end is suspended; only a trigger sets them.
    is_viewer_paused = models.BooleanField(default=False, db_default=False, editable=False)
    is_about_paused = models.BooleanField(default=False, db_default=False, editable=False)
    narrowed_at = models.DateTimeField(null=True, editable=False)  # by a trigger: showed more then
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[TwoEndedManager[Self]] = TwoEndedManager()  # type: ignore[assignment]

    class Meta(Owned.Meta):
        constraints: ClassVar[list[Any]] = [
            OwnWalls(
                also_read=f"viewer_id = {VIEWER} OR about_id = {VIEWER}",
                # The viewer's end is written by the trigger that pauses, never by a statement.
                also_update=f"about_id = {VIEWER}"
                f" OR (viewer_id = {VIEWER} AND pg_trigger_depth() > 0)",
            ),
            models.CheckConstraint(
                condition=~Q(viewer=models.F("owner")),
                name="sharing_grant_not_to_oneself",
            ),
            models.CheckConstraint(
                condition=~Q(about=models.F("owner")),
                name="sharing_grant_about_somebody",
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["viewer", "topic", "owner", "about"],
                name="sharing_grant_reading",
            ),
            models.Index(fields=["owner", "topic", "viewer"], name="sharing_grant_audience"),
            models.Index(fields=["about", "owner"], name="sharing_grant_about"),
        ]

    @property
    def is_paused(self) -> bool:
        """Whether a suspended partnership keeps the grant from opening anything."""
        return self.is_viewer_paused or self.is_about_paused

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save as owner, or as ``about`` to consent; a trigger holds the difference."""
        if self._state.adding:
            super().save(*args, **kwargs)
        else:
            models.Model.save(self, *args, **kwargs)


class GrantedPair(models.Func):
    """SQL: ``(owner_id, counterparty_id)`` is among the pairs that live grants open."""

    output_field = models.BooleanField()
    conditional = True

    def __init__(self, pairs: Sequence[tuple[int, int]]) -> None:
        super().__init__(models.F("owner_id"), models.F("counterparty_id"))
        self.owners = [owner for owner, _about in pairs]
        self.abouts = [about for _owner, about in pairs]

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_context: Any) -> Any:
        columns, params = [], []
        for expression in self.source_expressions:
            sql, more = compiler.compile(expression)
            columns.append(sql)
            params.extend(more)
        sql = f"({', '.join(columns)}) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))"
        return sql, [*params, self.owners, self.abouts]


def is_live() -> Q:
    """Return the condition under which a grant opens anything: ``Walls`` says the same in SQL."""
    return (
        (Q(about=models.F("viewer")) | Q(about_consented_at__isnull=False))
        & (Q(valid_to__isnull=True) | Q(valid_to__gt=StatementTimestamp()))
        & Q(
            revoked_at__isnull=True,
            valid_from__lte=StatementTimestamp(),
            is_viewer_paused=False,
            is_about_paused=False,
        )
    )


def live_grants(topic: str) -> list[tuple[int, int, list[str]]]:
    """Return (owner, about, fields) of each live grant of ``topic`` to the viewer.

    Read once per unit of work, in the same transaction as the rows they open; as plain SQL,
    because every list of shared rows begins with it.
    """
    current = acting()
    if (found := current.memo.get(("grants", topic))) is None:
        with connection.cursor() as cursor:
            cursor.execute(_LIVE_GRANTS, [current.organisation_id, topic])
            found = current.memo["grants", topic] = cursor.fetchall()
    grants: list[tuple[int, int, list[str]]] = found
    return grants


_LIVE_GRANTS = (
    "SELECT g.owner_id, g.about_id, g.fields FROM sharing_grant g"
    f" WHERE g.viewer_id = %s AND g.topic = %s AND {LIVE_GRANT}"
)


def live_pairs(topic: str) -> list[tuple[int, int]]:
    """Return the (owner, about) pairs that live grants of ``topic`` open to the viewer."""
    return list(dict.fromkeys((owner, about) for owner, about, _fields in live_grants(topic)))


class StatementTimestamp(models.Func):
    """SQL ``statement_timestamp()``: unlike ``now()`` it moves on inside a transaction."""

    template = "statement_timestamp()"
    output_field = models.DateTimeField()


WATCH = "sharing.watch"
"""In the unit of work's memo: called with (topic, owner of each row) for every read of rows."""


class SharedQuerySet(models.QuerySet[Row_co]):
    """Rows that tell the unit of work whose they were, where it keeps the access log."""

    def _fetch_all(self) -> None:
        is_first = self._result_cache is None
        super()._fetch_all()
        if is_first and (watch := acting().memo.get(WATCH)) is not None:
            watch(topic_of(self.model), list(_owners(self, self._result_cache or [])))


def _owners(queryset: models.QuerySet[Any], rows: Sequence[Any]) -> Iterator[int]:
    """Yield the owners of rows as far as they were read: counts and bare keys have none."""
    if not rows:
        return
    if isinstance(rows[0], models.Model):
        yield from (row.__dict__["owner_id"] for row in rows if "owner_id" in row.__dict__)
    elif isinstance(rows[0], dict):
        yield from (row["owner_id"] for row in rows if "owner_id" in row)
    elif isinstance(rows[0], tuple) and "owner_id" in (names := _names(queryset)):
        place = names.index("owner_id")
        yield from (row[place] for row in rows)


def _names(queryset: models.QuerySet[Any]) -> list[str]:
    """Return the names of a ``values_list`` in its own order."""
    fields: Sequence[Any] = getattr(queryset, "_fields", None) or ()
    return [each if isinstance(each, str) else "" for each in fields]


class SharedManager(models.Manager[Row_co]):
    """The only door to shared rows: the viewer's own, and those that live grants open."""

    def get_queryset(self) -> models.QuerySet[Row_co]:
        viewer = acting_organisation_id()
        mine = Q(owner_id=viewer)
        if pairs := live_pairs(topic_of(self.model)):
            mine = mine | Q(GrantedPair(pairs))
        return SharedQuerySet(self.model, using=self._db).filter(mine)


class Shared(Owned):
    """A fact that ``owner`` recorded about its business with ``counterparty``."""

    counterparty = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", editable=False
    )

    objects: ClassVar[SharedManager[Self]] = SharedManager()  # type: ignore[assignment]

    class Meta(Owned.Meta):
        abstract = True


def shared_models() -> list[type[Shared]]:
    """Return every concrete shared model of the installed apps."""
    from django.apps import apps

    return [m for m in apps.get_models() if issubclass(m, Shared)]


__all__ += [
    "GrantedPair",
    "StatementTimestamp",
    "Walls",
    "is_live",
    "live_grants",
    "live_pairs",
    "shared_models",
]
