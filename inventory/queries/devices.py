"""Devices as their owner sees them, with what hangs on them: nobody else sees any."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from inventory.models import Device, DeviceCredential, LatestReading, SensorLimit
from inventory.queries.tracking_words import short

VIEWS: Final = ("on", "crossed", "silent", "throttled", "loose", "off", "all")
SORTS: Final = {
    "code": ("code", "pk"),
    "seen": ("-last_seen_at", "pk"),
    "silent": ("last_seen_at", "pk"),
    "battery": ("battery_percent", "pk"),
}
SILENT_AFTER: Final = timedelta(hours=1)
LOW_BATTERY: Final = 20
MOST_CREDENTIALS: Final = 20
STATES: Final[dict[str, tuple[str, Promise]]] = {
    "off": ("done", _("Switched off")),
    "throttled": ("crit", _("Throttled")),
    "never": ("done", _("Never heard of")),
    "silent": ("warn", _("Silent")),
    "offline": ("warn", _("Offline")),
    "reporting": ("ok", pgettext_lazy("device", "Reporting")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFilter:
    """What to list; empty means any. ``view`` is one of ``VIEWS``, ``sort`` of ``SORTS``."""

    view: str = "on"
    text: str = ""
    kind: str = ""
    sort: str = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRow:
    """One device: the same on the page and in the API."""

    id: UUID
    code: str
    name: str
    kind: str
    thing: str
    load_id: UUID | None
    load_number: str
    site_code: str
    partner: Name
    attached_at: datetime
    is_active: bool
    session: str
    last_seen_at: datetime | None
    battery_percent: int | None
    per_minute: int
    burst: int
    is_throttled: bool
    throttled_at: datetime | None
    throttled_count: int
    breaches: int
    version: int
    now: datetime

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"device-{self.id}"

    @property
    def kind_label(self) -> str:
        """What it is, in words."""
        return str(Device.Kind(self.kind).label)

    @property
    def attached(self) -> str:
        """What it is attached to, as people say it."""
        return short(self.thing) if self.thing else self.load_number or self.site_code

    @property
    def age(self) -> timedelta | None:
        """How long ago it was last heard of."""
        return None if self.last_seen_at is None else self.now - self.last_seen_at

    @property
    def state(self) -> str:
        """One of ``STATES``: the worst that is true of it."""
        if not self.is_active:
            return "off"
        if self.is_throttled:
            return "throttled"
        if self.last_seen_at is None:
            return "never"
        if self.session == Device.Session.OFFLINE:
            return "offline"
        return "silent" if self.now - self.last_seen_at > SILENT_AFTER else "reporting"

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(STATES[self.state][1])

    @property
    def tone(self) -> str:
        """The tone of the state."""
        return STATES[self.state][0]

    @property
    def has_low_battery(self) -> bool:
        """Whether the battery wants changing."""
        return self.battery_percent is not None and self.battery_percent < LOW_BATTERY


def devices(wanted: DeviceFilter | None = None) -> "QuerySet[Device]":
    """Return the acting organisation's devices that the filter has, without an order."""
    chosen = wanted or DeviceFilter(view="all")
    rows = Device.objects.filter(_of_view(chosen.view), owner_id=acting_organisation_id())
    if chosen.kind:
        rows = rows.filter(kind=chosen.kind)
    if chosen.text:
        rows = rows.filter(
            Q(code__istartswith=chosen.text)
            | Q(name__istartswith=chosen.text)
            | Q(load_number__istartswith=chosen.text)
            | Q(thing__endswith=chosen.text)
        )
    return rows


def device_list(wanted: DeviceFilter, *, limit: int, offset: int = 0) -> list[DeviceRow]:
    """Return devices in the order the filter asks for."""
    if wanted.sort not in SORTS:
        raise ValueError(f"expected a sort among {', '.join(SORTS)}, got {wanted.sort!r}")
    rows = devices(wanted).order_by(*SORTS[wanted.sort])
    return device_rows(rows[offset : offset + limit])


def device_by_key(key: UUID) -> DeviceRow | None:
    """Return one device of one's own."""
    return next(iter(device_rows(devices().filter(pk=key))), None)


def device_rows(found: Iterable[Device]) -> list[DeviceRow]:
    """Return the plain rows of devices; three queries however many there are."""
    if isinstance(found, QuerySet):
        found = found.select_related("site")
    rows = list(found)
    own, now = acting_organisation_id(), timezone.now()
    names = names_of({row.counterparty_id for row in rows} - {own})
    breaches = _breaches([row.pk for row in rows])
    return [
        DeviceRow(
            id=row.pk,
            site_code=row.site.code if row.site is not None else "",
            partner=NOBODY
            if row.counterparty_id == own
            else names.get(row.counterparty_id, NOBODY),
            breaches=breaches.get(row.pk, 0),
            now=now,
            **{name: getattr(row, name) for name in _COPIED},
        )
        for row in rows
    ]


_COPIED: Final = (
    "code", "name", "kind", "thing", "load_id", "load_number", "attached_at", "is_active",
    "session", "last_seen_at", "battery_percent", "per_minute", "burst", "is_throttled",
    "throttled_at", "throttled_count", "version",
)  # fmt: skip


def device_counts() -> Mapping[str, int]:
    """Return how many devices want somebody, by view."""
    return {name: devices(DeviceFilter(view=name)).count() for name in ("crossed", "throttled")}


def limits() -> list[SensorLimit]:
    """Return the acting organisation's limits, by metric."""
    own = SensorLimit.objects.filter(owner_id=acting_organisation_id())
    return list(own.select_related("part").order_by("metric", "device_kind", "pk"))


def credentials_of(device_id: UUID) -> list[DeviceCredential]:
    """Return the credentials of a device: live ones, then those revoked last, newest first."""
    own = DeviceCredential.objects.filter(owner_id=acting_organisation_id(), device_id=device_id)
    return list(own.order_by(F("revoked_at").desc(nulls_first=True), "-pk")[:MOST_CREDENTIALS])


def _breaches(keys: Iterable[UUID]) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    own = LatestReading.objects.filter(owner_id=acting_organisation_id(), is_breached=True)
    for key in own.filter(device_id__in=list(keys)).values_list("device_id", flat=True):
        found[key] = found.get(key, 0) + 1
    return found


def _of_view(view: str) -> Q:
    crossed = LatestReading.objects.filter(device_id=OuterRef("pk"), is_breached=True)
    return {
        "on": Q(is_active=True),
        "crossed": Q(Exists(crossed), is_active=True),
        "silent": Q(is_active=True)
        & (Q(last_seen_at__isnull=True) | Q(last_seen_at__lt=timezone.now() - SILENT_AFTER)),
        "throttled": Q(is_active=True, is_throttled=True),
        "loose": Q(is_active=True, thing="", load_id__isnull=True, site__isnull=True),
        "off": Q(is_active=False),
        "all": Q(),
    }[view]
