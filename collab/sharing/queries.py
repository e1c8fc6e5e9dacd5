"""What the sharing kernel answers: who may see what, and lists in the fast two-branch form."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models import Q, QuerySet

from collab.organisations.context import acting, acting_organisation_id
from collab.sharing.models import Grant, Shared, StatementTimestamp, live_pairs
from collab.sharing.walls import topic_of

Row = TypeVar("Row", bound=Shared)


@dataclass(frozen=True, slots=True)
class Audience:
    """One organisation that may see an owner's rows of a topic, and about whom."""

    viewer_id: int
    about_id: int


def audience(topic: str, *, about_ids: Sequence[int] | None = None) -> list[Audience]:
    """Return who else may see the acting organisation's rows of ``topic`` right now."""
    grants = Grant.objects.filter(
        Q(about=models.F("viewer")) | Q(about_consented_at__isnull=False),
        Q(valid_to__isnull=True) | Q(valid_to__gt=StatementTimestamp()),
        owner=acting_organisation_id(),
        topic=topic,
        revoked_at__isnull=True,
        valid_from__lte=StatementTimestamp(),
    )
    if about_ids is not None:
        grants = grants.filter(about_id__in=about_ids)
    return [Audience(*pair) for pair in grants.values_list("viewer_id", "about_id").distinct()]


def visible_fields(topic: str) -> dict[tuple[int, int], frozenset[str] | None]:
    """Return per (owner, about) pair the fields the viewer may see; ``None`` means all of them.

    Several grants for a pair add up. The viewer's own rows are not listed: all fields.
    """
    memo = acting().memo
    if ("fields", topic) not in memo:
        found: dict[tuple[int, int], frozenset[str] | None] = {}
        open_pairs = set(live_pairs(topic))
        grants = Grant.objects.filter(
            Q(about=acting_organisation_id()) | Q(about_consented_at__isnull=False),
            Q(valid_to__isnull=True) | Q(valid_to__gt=StatementTimestamp()),
            viewer=acting_organisation_id(),
            topic=topic,
            revoked_at__isnull=True,
            valid_from__lte=StatementTimestamp(),
        ).values_list("owner_id", "about_id", "fields")
        for owner_id, about_id, fields in grants:
            pair = (owner_id, about_id)
            if pair not in open_pairs:
                continue
            before = found.get(pair, frozenset())
            found[pair] = None if not fields or before is None else before | frozenset(fields)
        memo[("fields", topic)] = found
    result: dict[tuple[int, int], frozenset[str] | None] = memo[("fields", topic)]
    return result


def fields_for(topic: str, owner_id: int, counterparty_id: int) -> frozenset[str] | None:
    """Return the fields the viewer may see of one row; ``None`` means all of them."""
    if owner_id == acting_organisation_id():
        return None
    return visible_fields(topic).get((owner_id, counterparty_id), frozenset())


def latest(
    model: type[Row],
    *,
    order: str,
    limit: int,
    before: tuple[Any, Any] | None = None,
    where: Q | None = None,
) -> QuerySet[Row]:
    """Return the ``limit`` newest visible rows by ``order`` (descending), ties broken by id.

    Two branches, own rows and granted rows pair by pair, instead of one OR: each can walk its
    own index and stop, which an OR cannot (``docs/decisions/0002-guarded-policies.md``).
    ``before`` is the (order, id) of the last row of the page before.
    """
    keys = _newest_ids(model, order=order, limit=limit, before=before, where=where)
    return model.objects.filter(pk__in=keys).order_by(f"-{order}", "-pk")


def _newest_ids(
    model: type[Row],
    *,
    order: str,
    limit: int,
    before: tuple[Any, Any] | None,
    where: Q | None,
) -> list[Any]:
    base: QuerySet[Row] = QuerySet(model)
    if where is not None:
        base = base.filter(where)
    if before is not None:
        value, key = before
        base = base.filter(Q(**{f"{order}__lt": value}) | Q(**{order: value}, pk__lt=key))
    base = base.order_by(f"-{order}", "-pk")
    viewer = acting_organisation_id()
    found = list(base.filter(owner_id=viewer).values_list(order, "pk")[:limit])
    pairs = [pair for pair in live_pairs(topic_of(model)) if pair[0] != viewer]
    if pairs:
        # Pair by pair inside PostgreSQL: each inner list walks its index and stops at the limit.
        table = connection.ops.quote_name(model._meta.db_table)
        granted = base.extra(  # noqa: S610 - no value from outside: names of our own tables
            where=[f"{table}.owner_id = pair.owner AND {table}.counterparty_id = pair.about"]
        ).values_list(order, "pk")[:limit]
        sql, params = granted.query.sql_with_params()
        owners, abouts = (list(side) for side in zip(*pairs, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT newest.* FROM unnest(%s::bigint[], %s::bigint[]) AS pair(owner, about)"
                f" CROSS JOIN LATERAL ({sql}) AS newest ORDER BY 1 DESC, 2 DESC LIMIT %s",
                [owners, abouts, *params, limit],
            )
            found += cursor.fetchall()
    return [key for _value, key in sorted(found, reverse=True)[:limit]]
