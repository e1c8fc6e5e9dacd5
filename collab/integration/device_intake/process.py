"""Takes messages of devices, records them batch by batch, and only then acknowledges them."""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol

from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection
from django.utils import timezone

from collab.integration.device_intake import beacon
from collab.integration.device_intake.broker import Arrival
from collab.integration.device_intake.tenants import Tenants
from collab.integration.mqtt.reader import Delivery, Reader
from collab.integration.mqtt.sparkplug import rebirth_command
from collab.organisations.context import acting_for

logger = logging.getLogger(__name__)

MOST_MESSAGES: Final = 1_000
GATHER_SECONDS: Final = 0.1
WAIT_SECONDS: Final = 0.5
PAUSES: Final = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds between attempts while the database is away."""
_POISON: Final = (DataError, IntegrityError, ValueError, TypeError, LookupError, ArithmeticError)

Keep = Callable[..., None]
"""``keep(deliveries, received_at=...)``, acting for their organisation: records all or raises."""


class Source(Protocol):
    """Where messages come from."""

    @property
    def is_connected(self) -> bool: ...
    def take(self, *, most: int, wait_s: float, gather_s: float) -> list[Arrival]: ...
    def acknowledge(self, batch: Sequence[Arrival]) -> None: ...
    def publish(self, topic: str, payload: bytes) -> None: ...


@dataclass(slots=True)
class Intake:
    """One intake process; `run` ends after `stop` was called, with its last batch recorded."""

    source: Source
    keep: Keep
    reader: Reader = field(default_factory=Reader)
    tenants: Tenants = field(default_factory=Tenants)
    pause: Callable[[float], None] = time.sleep
    messages: int = 0
    is_stopping: bool = False
    _beaten_at: float = float("-inf")

    def stop(self, *_signal: object) -> None:
        """End after the batch at hand; fit for a signal."""
        self.is_stopping = True

    def run(self) -> None:
        """Work until told to stop. What Sparkplug nodes have waiting then is kept as refused."""
        while not self.is_stopping:
            self.step()
        self._record(self.reader.give_up(), timezone.now())

    def step(self) -> None:
        """Take one batch: read, record, commit, acknowledge, ask for births."""
        batch = self.source.take(most=MOST_MESSAGES, wait_s=WAIT_SECONDS, gather_s=GATHER_SECONDS)
        at, now = timezone.now(), time.monotonic()
        deliveries = [
            delivery
            for each in batch
            for delivery in self.reader.read(each.topic, each.payload, now=now, at=at)
        ]
        if self._record(deliveries, at):
            self.source.acknowledge(batch)
            self.messages += len(batch)
        self.reader.tick(now)
        for topic in self.reader.take_rebirths():
            self.source.publish(str(topic), rebirth_command(round(at.timestamp() * 1000)))
        if self.source.is_connected and now - self._beaten_at >= beacon.EVERY_SECONDS:
            self._beaten_at = now
            beacon.beat()

    def _record(self, deliveries: Sequence[Delivery], at: datetime) -> bool:
        """Record what each tenant's devices said; return whether all of it is committed."""
        by_tenant: dict[str, list[Delivery]] = defaultdict(list)
        for delivery in deliveries:
            by_tenant[delivery.tenant].append(delivery)
        done = [self._record_for(name, said, at) for name, said in by_tenant.items()]
        return all(done)

    def _record_for(self, name: str, said: Sequence[Delivery], at: datetime) -> bool:
        """Record for one tenant, waiting for the database as long as it is away."""
        attempt = 0
        while True:
            try:
                key = self.tenants.key_of(name)
                if key is None:
                    logger.warning("%d messages for the unknown tenant %.40r", len(said), name)
                else:
                    self._commit(key, said, at)
            except (OperationalError, InterfaceError) as error:
                if self.is_stopping:
                    return False
                logger.warning("readings wait for the database: %s", error)
                connection.close()
                self.pause(PAUSES[min(attempt, len(PAUSES) - 1)])
                attempt += 1
            else:
                return True

    def _commit(self, key: int, said: Sequence[Delivery], at: datetime) -> None:
        """Record in one transaction; what spoils it is found by halving and kept raw."""
        try:
            with acting_for(key):
                self.keep(said, received_at=at)
        except _POISON as error:
            if len(said) > 1:
                middle = len(said) // 2
                self._commit(key, said[:middle], at)
                self._commit(key, said[middle:], at)
                return
            logger.exception("a message was not taken: %s", said[0].topic)
            with acting_for(key):
                poison = replace(said[0], values=(), reason=f"not taken: {type(error).__name__}")
                self.keep([poison], received_at=at)
