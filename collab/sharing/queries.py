"""What the sharing kernel answers: who may see what, and lists in the fast two-branch form."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from collab.organisations.context import acting, acting_organisation_id
from collab.sharing.models import Grant, Shared, is_live, live_grants, live_pairs
from collab.sharing.walls import topic_of


@dataclass(frozen=True, slots=True)
class Audience:
    """One organisation that may see an owner's rows of a topic, and about whom."""

    viewer_id: int
    about_id: int


def audience(topic: str, *, about_ids: Sequence[int] | None = None) -> list[Audience]:
    """Return who else may see the acting organisation's rows of ``topic`` right now."""
    grants = Grant.objects.filter(is_live(), owner=acting_organisation_id(), topic=topic)
    if about_ids is not None:
        grants = grants.filter(about_id__in=about_ids)
    return [Audience(*pair) for pair in grants.values_list("viewer_id", "about_id").distinct()]


def with_partner(bpn: str) -> Q:
    """Return the condition that the other side of a row, seen from the viewer, has this number."""
    own = acting_organisation_id()
    return Q(owner_id=own, counterparty__bpn=bpn) | ~Q(owner_id=own) & Q(owner__bpn=bpn)


def visible_fields(topic: str) -> dict[tuple[int, int], frozenset[str] | None]:
    """Return per (owner, about) pair the fields the viewer may see; ``None`` means all of them.

    Several grants for a pair add up. The viewer's own rows are not listed: all fields.
    """
    memo = acting().memo
    if ("fields", topic) not in memo:
        found: dict[tuple[int, int], frozenset[str] | None] = {}
        for owner_id, about_id, fields in live_grants(topic):
            pair = (owner_id, about_id)
            before = found.get(pair, frozenset())
            found[pair] = None if not fields or before is None else before | frozenset(fields)
        memo["fields", topic] = found
    result: dict[tuple[int, int], frozenset[str] | None] = memo["fields", topic]
    return result


def fields_for(topic: str, owner_id: int, counterparty_id: int) -> frozenset[str] | None:
    """Return the fields the viewer may see of one row; ``None`` means all of them."""
    if owner_id == acting_organisation_id():
        return None
    return visible_fields(topic).get((owner_id, counterparty_id), frozenset())


def latest_rows(
    model: type[Shared],
    columns: Sequence[str],
    *,
    order: str,
    limit: int,
    before: tuple[Any, Any] | None = None,
    where: Q | None = None,
) -> list[tuple[Any, ...]]:
    """Return (order, id, *columns) of the ``limit`` newest visible rows, newest first.

    Two branches, own rows and granted rows pair by pair, instead of one OR: each can walk its
    own index and stop, which an OR cannot (``docs/decisions/0002-guarded-policies.md``); no model
    object is made. ``before`` is the (order, id) of the last row of the page before.
    """
    viewer = acting_organisation_id()
    pairs = [pair for pair in live_pairs(topic_of(model)) if pair[0] != viewer]
    branch, params = _branch(model, (order, "pk", *columns), where, before, limit)
    sql = branch.replace(_WHOSE, f"= {viewer:d}")
    arguments = list(params)
    if pairs:
        about = f"{connection.ops.quote_name(model._meta.db_table)}.counterparty_id"
        granted = branch.replace(_WHOSE, f"= pair.owner AND {about} = pair.about")
        sql = (
            f"({sql}) UNION ALL SELECT newest.* FROM unnest(%s::bigint[], %s::bigint[])"
            f" AS pair(owner, about) CROSS JOIN LATERAL ({granted}) AS newest"
            " ORDER BY 1 DESC, 2 DESC LIMIT %s"
        )
        owners, abouts = (list(side) for side in zip(*pairs, strict=True))
        arguments += [owners, abouts, *params, limit]
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _branch(
    model: type[Shared],
    columns: tuple[str, ...],
    where: Q | None,
    before: tuple[Any, Any] | None,
    limit: int,
) -> tuple[str, tuple[Any, ...]]:
    """Return the SQL of one branch, ``_WHOSE`` in place of whose rows, and its parameters."""
    if before is not None:
        value, key = before
        behind = Q(**{f"{columns[0]}__lt": value}) | Q(**{columns[0]: value}, pk__lt=key)
        return _compiled(model, columns, behind if where is None else where & behind, limit)
    return _compiled_once(model, columns, where, limit)


def _compiled(
    model: type[Shared], columns: tuple[str, ...], where: Q | None, limit: int
) -> tuple[str, tuple[Any, ...]]:
    base: QuerySet[Any] = QuerySet(model)
    if where is not None:
        base = base.filter(where)
    table = connection.ops.quote_name(model._meta.db_table)
    rows = base.extra(where=[f"{table}.owner_id {_WHOSE}"])  # noqa: S610 - names of our own tables
    ordered = rows.order_by(f"-{columns[0]}", "-pk").values_list(*columns)[:limit]
    sql, params = ordered.query.sql_with_params()
    return sql, tuple(params)


_WHOSE = "= -1 /* whose */"
_compiled_once = lru_cache(maxsize=256)(_compiled)  # the first pages of lists, over and over
