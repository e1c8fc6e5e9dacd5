"""What a partner sees of us, and what it has read: the two answers that make sharing bearable."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from collab.organisations.context import acting, acting_organisation_id
from collab.sharing.access_log import AccessRead
from collab.sharing.models import WATCH, Grant, is_live, shared_models
from collab.sharing.walls import topic_of

_PENDING = "reads"
_SAMPLE = 5
# In key order, so that two requests of one viewer cannot wait for each other in a circle.
_COUNT = """
INSERT INTO sharing_accessread AS r (id, viewer_id, provider_id, topic, minute, reads, rows)
SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[],
                     %s::int[], %s::int[])
    ON CONFLICT (viewer_id, provider_id, topic, minute)
    DO UPDATE SET reads = r.reads + EXCLUDED.reads, rows = r.rows + EXCLUDED.rows
"""


@dataclass(frozen=True, slots=True)
class TopicPreview:
    """What one viewer sees of the acting organisation's rows of a topic."""

    topic: str
    table: str
    about: tuple[str, ...]
    """Short names of the organisations whose business is shown."""
    fields: tuple[str, ...] | None
    """``None`` stands for all of them."""
    count: int
    sample: tuple[dict[str, Any], ...]
    """Up to five rows, newest first, each with the visible fields only."""


def log_reads(topic: str, owner_ids: Iterable[int]) -> None:
    """Note that the acting organisation is being shown rows of these owners, one id per row.

    Own rows are no reads through a grant. Inside a request the notes are written at its end, in
    its transaction and once per owner, topic and minute. Where the reads are watched anyway
    (``watch_reads``) this adds nothing.
    """
    if WATCH not in acting().memo:
        _note(topic, owner_ids)


def watch_reads() -> None:
    """Note from now on every shared row that the unit of work reads: for pages and their panels."""
    acting().memo[WATCH] = _note


def _note(topic: str, owner_ids: Iterable[int]) -> None:
    me = acting_organisation_id()
    pending: dict[str, Counter[int]] = acting().memo.setdefault(_PENDING, defaultdict(Counter))
    pending[topic].update(each for each in owner_ids if each != me)


def write_reads() -> int:
    """Write what ``log_reads`` noted; return how many (owner, topic) pairs there were."""
    pending: dict[str, Counter[int]] = acting().memo.pop(_PENDING, {})
    noted = sorted(
        (owner, topic, rows) for topic, owners in pending.items() for owner, rows in owners.items()
    )
    if not noted:
        return 0
    from uuid_utils.compat import uuid7

    me, size = acting_organisation_id(), len(noted)
    minute = timezone.now().replace(second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT,
            [
                [str(uuid7()) for _ in noted],
                [me] * size,
                [owner for owner, _topic, _rows in noted],
                [topic for _owner, topic, _rows in noted],
                [minute] * size,
                [1] * size,
                [rows for _owner, _topic, rows in noted],
            ],
        )
    return size


def reads_of_mine(since: datetime | None = None) -> QuerySet[AccessRead]:
    """Return who read the acting organisation's rows, newest minute first."""
    rows = AccessRead.objects.filter(provider_id=acting_organisation_id())
    if since is not None:
        rows = rows.filter(minute__gte=since)
    return rows.order_by("-minute", "-pk")


def what_partner_sees(viewer_id: int) -> list[TopicPreview]:
    """Return which of the acting organisation's rows ``viewer_id`` sees now.

    One entry for each table and each organisation the rows are about, as each may have fields of
    its own.
    """
    open_grants = Grant.objects.filter(
        is_live(), owner_id=acting_organisation_id(), viewer_id=viewer_id
    ).select_related("about")  # both are parties to one's own grants, hence visible
    by_business: dict[tuple[str, int], list[Grant]] = defaultdict(list)
    for grant in open_grants.order_by("about__short_name", "pk"):
        by_business[grant.topic, grant.about_id].append(grant)
    return [
        _preview(model, grants)
        for model in sorted(shared_models(), key=lambda each: each._meta.label)
        for (topic, _about), grants in by_business.items()
        if topic == topic_of(model)
    ]


def _preview(model: Any, grants: list[Grant]) -> TopicPreview:
    rows = model.objects.filter(
        owner_id=acting_organisation_id(), counterparty_id__in=[each.about_id for each in grants]
    )
    fields = _fields(grants)
    own = [f.attname for f in model._meta.concrete_fields if not f.is_relation or f.name == "id"]
    shown = own if fields is None else [name for name in own if name == "id" or name in fields]
    return TopicPreview(
        topic=grants[0].topic,
        table=str(model._meta.verbose_name),
        about=tuple(sorted({each.about.short_name for each in grants})),
        fields=None if fields is None else tuple(sorted(fields)),
        count=rows.count(),
        sample=tuple(rows.order_by("-pk").values(*shown)[:_SAMPLE]),
    )


def _fields(grants: list[Grant]) -> set[str] | None:
    """Return the union of the grants' fields; one without a list shows all."""
    if any(not each.fields for each in grants):
        return None
    return {name for each in grants for name in each.fields}
