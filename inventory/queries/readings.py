"""Readings: the newest of each metric, and their history; own ones and those partners opened.

A grant that opens some fields only opens no reading: a value says nothing without its metric.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from collab.masterdata.unit_words import unit_word
from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from inventory.models import LatestReading, SensorReading
from inventory.queries.tracking_words import short
from inventory.rules.event_ids import lower_bound
from inventory.rules.reading_values import told
from transport.queries.whole import whole_rows

CHARTED: Final = 500
MOST_METRICS: Final = 200
SYMBOLS: Final = {
    "CEL": "°C", "FAH": "°F", "KEL": "K", "P1": "%", "PAL": "Pa", "A97": "hPa", "LUX": "lx",
    "MTS": "m/s", "VLT": "V",
}  # fmt: skip
"""UN/ECE Recommendation 20 codes of what sensors measure; what goods are counted in has words."""
TABLED: Final = 50
"""Readings that the table beside a chart names one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestRow:
    """The newest value of one metric; the same on pages, in the API and on the socket."""

    id: UUID
    device_id: UUID
    device_code: str
    owner: Name
    partner: Name
    is_own: bool
    metric: str
    value: float | bool | str
    number: float | None
    unit: str
    sensed_at: datetime
    received_at: datetime
    thing: str
    least: float | None
    most: float | None
    side: str
    beyond_since: datetime | None
    is_breached: bool

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"reading-{self.id}"

    @property
    def shown(self) -> str:
        """The value as people read it, with its unit."""
        return shown_value(self.value, self.unit)

    @property
    def unit_label(self) -> str:
        """The unit as people read it."""
        return sensed_unit(self.unit)

    @property
    def limits(self) -> str:
        """Between what it has to stay, in words; empty where it has no limit."""
        if self.least is not None and self.most is not None:
            return f"{self.least:g} … {self.most:g} {self.unit_label}".strip()
        if self.least is not None:
            return f"≥ {self.least:g} {self.unit_label}".strip()
        return f"≤ {self.most:g} {self.unit_label}".strip() if self.most is not None else ""

    @property
    def side_label(self) -> str:
        """How it stands, in words."""
        return str(LatestReading.Side(self.side).label)

    @property
    def tone(self) -> str:
        """The tone of how it stands."""
        if self.is_breached:
            return "crit"
        return "warn" if self.side else "ok"

    @property
    def thing_label(self) -> str:
        """The unit it rides on, as people say it."""
        return short(self.thing) if self.thing else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingFact:
    """One value in a history."""

    id: UUID
    device_id: UUID
    owner: Name
    partner: Name
    metric: str
    value: float | bool | str
    number: float | None
    unit: str
    sensed_at: datetime
    received_at: datetime
    sequence: int | None
    thing: str
    source: str

    @property
    def shown(self) -> str:
        """The value as people read it, with its unit."""
        return shown_value(self.value, self.unit)


def shown_value(value: float | bool | str, unit: str) -> str:
    """Return a value with its unit, to four digits behind the point at most."""
    if isinstance(value, (bool, str)):
        return str(value).lower() if isinstance(value, bool) else value
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return f"{text} {sensed_unit(unit)}".strip()


def sensed_unit(unit: str) -> str:
    """Return the symbol of a unit of measurement, as devices send it; an unknown one as it is."""
    return SYMBOLS.get(unit) or unit_word(unit)


def latest_of_device(device_id: UUID) -> list[LatestRow]:
    """Return the newest values of a device of one's own: crossed limits first, by metric.

    A device names its metrics itself: at most ``MOST_METRICS`` are told.
    """
    own = LatestReading.objects.filter(owner_id=acting_organisation_id(), device_id=device_id)
    return latest_rows_of(own.order_by("-is_breached", "metric")[:MOST_METRICS])


def latest_on_unit(thing: str) -> list[LatestRow]:
    """Return the newest values of all visible devices on a unit, crossed limits first."""
    rows = whole_rows(LatestReading.objects.filter(thing=thing))
    return latest_rows_of(rows.order_by("-is_breached", "metric", "device_code")[:100])


def latest_by_key(keys: Sequence[UUID]) -> list[LatestRow]:
    """Return the visible ones among ``keys``."""
    return latest_rows_of(whole_rows(LatestReading.objects.filter(pk__in=keys)))


def latest_rows_of(found: "Iterable[LatestReading]") -> list[LatestRow]:
    """Return the plain rows of newest values; two queries however many there are."""
    rows, own = list(found), acting_organisation_id()
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    return [
        LatestRow(
            id=row.pk,
            owner=names.get(row.owner_id, NOBODY),
            partner=_partner(names, row.owner_id, row.counterparty_id),
            is_own=row.owner_id == own,
            value=told(row.number, row.text),
            **{name: getattr(row, name) for name in _LATEST},
        )
        for row in rows
    ]


def readings(
    *,
    device_id: UUID | None = None,
    metric: str = "",
    thing: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> "QuerySet[SensorReading]":
    """Return visible readings without an order; their keys sort by the time of measuring."""
    rows = whole_rows(SensorReading.objects.all())
    if device_id is not None:
        rows = rows.filter(device_id=device_id)
    if metric:
        rows = rows.filter(metric=metric)
    if thing:
        rows = rows.filter(thing=thing)
    if since is not None:
        rows = rows.filter(pk__gte=lower_bound(since))
    if until is not None:
        rows = rows.filter(pk__lt=lower_bound(until))
    return rows


def history_of(device_id: UUID, metric: str, *, limit: int = CHARTED) -> list[ReadingFact]:
    """Return the newest values of a metric of a device of one's own, oldest first."""
    own = Q(owner_id=acting_organisation_id())
    rows = SensorReading.objects.filter(own, device_id=device_id, metric=metric)
    return reading_facts(rows.order_by("-pk")[:limit])[::-1]


def reading_facts(found: Iterable[SensorReading]) -> list[ReadingFact]:
    """Return the plain rows of readings; two queries however many there are."""
    rows = list(found)
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    return [
        ReadingFact(
            id=row.pk,
            owner=names.get(row.owner_id, NOBODY),
            partner=_partner(names, row.owner_id, row.counterparty_id),
            value=told(row.number, row.text),
            **{name: getattr(row, name) for name in _FACT},
        )
        for row in rows
    ]


_LATEST: Final = (
    "device_id", "device_code", "metric", "number", "unit", "sensed_at", "received_at", "thing",
    "least", "most", "side", "beyond_since", "is_breached",
)  # fmt: skip
_FACT: Final = (
    "device_id", "metric", "number", "unit", "sensed_at", "received_at", "sequence", "thing",
    "source",
)  # fmt: skip


def _partner(names: dict[int, Name], owner_id: int, counterparty_id: int) -> Name:
    return NOBODY if owner_id == counterparty_id else names.get(counterparty_id, NOBODY)
