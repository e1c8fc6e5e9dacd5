"""Named queries as streams over websockets: ``/ws/epcis/queries/<name>``."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Final
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
import redis
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from collab.events import wake
from collab.integration import callers
from collab.integration.epcis.read import encode
from collab.integration.scopes import allows
from collab.live.machines import Ended
from collab.organisations.context import acting_for, acting_organisation_id
from inventory.models import NamedQuery
from inventory.queries import epcis
from inventory.rules.epcis_query import Query
from inventory.services.epcis_subscriptions import FIRST, MOST_PER_ROUND, documents, query_of

logger = logging.getLogger(__name__)
PREFIX: Final = "/ws/epcis/queries/"
SCOPE: Final = "inventory:read"


class QueryStream:
    """The events of a named query as its owner's side sees them recorded, each sent once."""

    def __init__(
        self, token: str, address: str, organisation_id: int, name: str, since: datetime | None
    ) -> None:
        self.channel = channel_of(organisation_id)
        self._token, self._address = token, address
        self._organisation_id = organisation_id
        self._name, self._since = name, since
        self._sent: set[UUID] = set()

    def begin(self) -> list[str]:
        """Return the events recorded from ``since`` on; they are not sent again."""
        texts: list[str] = []
        if self._since is None:
            return texts
        after = (self._since, FIRST)
        with self._entitled() as query:
            while rows := epcis.events(query, limit=MOST_PER_ROUND, after=after):
                self._sent |= {row.id for row in rows}
                texts += self._texts(rows)
                after = (rows[-1].recorded_at, rows[-1].id)
        return texts

    def read(self, message: bytes) -> list[str]:
        """Return those of the recorded events that the query asks for."""
        keys = [UUID(key) for key in msgspec.json.decode(message, type=list[str])]
        with self._entitled() as query:
            rows = epcis.events(query, limit=len(keys), among=keys)
            return self._texts([row for row in rows if row.id not in self._sent])

    @contextmanager
    def _entitled(self) -> Iterator[Query]:
        """Act for the caller's organisation with the query; ``Ended`` if it may no longer."""
        if not _may_listen(self._token, self._address, self._organisation_id):
            raise Ended("the key was revoked")
        with acting_for(self._organisation_id):
            row = NamedQuery.objects.filter(name=self._name).first()
            if row is None:
                raise Ended("the query was removed")
            yield query_of(row)

    def _texts(self, rows: Sequence[epcis.EventRow]) -> list[str]:
        now = timezone.now()
        return [encode(each).decode() for each in documents(rows, query_name=self._name, now=now)]


def open_stream(name: str, query: str, token: str, address: str) -> QueryStream | None:
    """Return the stream of a named query, ``None`` if the key or the query is not good.

    ``initialRecordTime`` in the query string has earlier events sent first.
    """
    try:
        caller = callers.by_bearer(token, address)
    except callers.Refused:
        return None
    text = parse_qs(query).get("initialRecordTime", [""])[0]
    try:
        since = parse_datetime(text) if text else None
    except ValueError:
        return None
    if (text and (since is None or since.tzinfo is None)) or not allows(caller.scopes, SCOPE):
        return None
    with acting_for(caller.organisation_id):
        if "\0" in name or not NamedQuery.objects.filter(name=name).exists():
            return None
    return QueryStream(token, address, caller.organisation_id, name, since)


def tell_listeners(keys: Sequence[UUID]) -> None:
    """Tell the acting organisation's sockets of recorded events, after the commit."""
    transaction.on_commit(partial(_publish, acting_organisation_id(), [str(key) for key in keys]))


def channel_of(organisation_id: int) -> str:
    """Return the name under which an organisation's sockets hear of events."""
    return f"collab:epcis:{organisation_id}"


def _may_listen(token: str, address: str, organisation_id: int) -> bool:
    try:
        caller = callers.by_bearer(token, address)
    except callers.Refused:
        return False
    return caller.organisation_id == organisation_id and allows(caller.scopes, SCOPE)


def _publish(organisation_id: int, keys: list[str]) -> None:
    try:
        wake.connection().publish(channel_of(organisation_id), msgspec.json.encode(keys))
    except redis.RedisError as error:
        logger.warning("sockets not told, they come back when Redis does: %s", error)
