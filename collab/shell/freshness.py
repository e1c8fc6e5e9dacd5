"""How old the newest data of each partner is, over all topics it shares."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from collab.sharing.models import live_pairs
from collab.sharing.queries import audience
from collab.shell.topics import shared_topics, topic_label

EXPECTED_EVERY = timedelta(hours=24)
# An exception is a finding, not a report: its age says nothing about the sender.
REPORTS = ("inventory.stock", "inventory.coverage", "forecasting.demand")


@dataclass(frozen=True, slots=True)
class Source:
    """A partner's newest report to us, or ours to it; ``newest_at`` is ``None`` before the first.

    ``age_share`` is the age in units of twice the expected interval, from 0 to 1.
    """

    partner: Organisation
    topics: list[str]
    newest_at: datetime | None
    is_late: bool
    is_stale: bool
    age_share: float

    @property
    def percent(self) -> int:
        """``age_share`` in percent."""
        return round(self.age_share * 100)


def received() -> list[Source]:
    """Return the partners whose reports are open to us, the oldest data first; two queries."""
    us = acting_organisation_id()
    pairs = {
        topic: [pair for pair in live_pairs(topic) if pair[0] != us] for topic in _report_topics()
    }
    found: dict[int, list[tuple[str, datetime | None]]] = defaultdict(list)
    for topic, owner, _about, at in _newest(pairs):
        found[owner].append((topic, at))
    return _sources(found)


def reported() -> list[Source]:
    """Return the partners that see our reports, by the age of our newest one to each."""
    us = acting_organisation_id()
    pairs = {}
    for topic in _report_topics():
        pairs[topic] = [
            (us, each.about_id) for each in audience(topic) if each.about_id == each.viewer_id
        ]
    found: dict[int, list[tuple[str, datetime | None]]] = defaultdict(list)
    for topic, _owner, about, at in _newest(pairs):
        found[about].append((topic, at))
    return _sources(found)


def created_at(key: UUID) -> datetime:
    """Return the instant in a time-ordered key, to the millisecond."""
    return datetime.fromtimestamp((key.int >> 80) / 1000, tz=UTC)


def _report_topics() -> list[str]:
    return [topic.name for topic in shared_topics() if topic.name in REPORTS]


def _newest(
    pairs: dict[str, list[tuple[int, int]]],
) -> Iterable[tuple[str, int, int, datetime | None]]:
    """Yield topic, owner, about and the time of the newest row; one query over all tables."""
    parts: list[str] = []
    params: list[Any] = []
    for topic in shared_topics():
        wanted = pairs.get(topic.name) or []
        if not wanted:
            continue
        for model in topic.models:
            table = connection.ops.quote_name(model._meta.db_table)
            parts.append(
                f"SELECT %s, pair.owner, pair.about, (SELECT id FROM {table} WHERE"
                " owner_id = pair.owner AND counterparty_id = pair.about ORDER BY id DESC LIMIT 1)"
                " FROM unnest(%s::bigint[], %s::bigint[]) AS pair(owner, about)"
            )
            params += [topic.name, [one for one, _ in wanted], [other for _, other in wanted]]
    if not parts:
        return
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        for topic_name, owner, about, key in cursor.fetchall():
            yield topic_name, owner, about, None if key is None else created_at(key)


def _sources(found: dict[int, list[tuple[str, datetime | None]]]) -> list[Source]:
    now = timezone.now()
    partners = Organisation.objects.in_bulk(list(found))
    sources = []
    for pk, rows in found.items():
        if pk not in partners:
            continue
        times = [at for _topic, at in rows if at is not None]
        newest = max(times, default=None)
        age = now - newest if newest else None
        topics = sorted({topic_label(topic) for topic, _at in rows})
        late = age is None or age > EXPECTED_EVERY
        stale = age is None or age > 2 * EXPECTED_EVERY
        share = 1.0 if age is None else min(1.0, age / (2 * EXPECTED_EVERY))
        sources.append(Source(partners[pk], topics, newest, late, stale, share))
    oldest = datetime.min.replace(tzinfo=UTC)
    return sorted(sources, key=lambda source: (source.newest_at or oldest, source.partner.name))
