"""The one exception of a limit that is crossed, and of a seal that was tampered with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from collab.organisations.context import acting_organisation_id
from collab.work.links import link_kind
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from inventory.models import LatestReading, UnitState
from inventory.queries.tracking_words import short
from inventory.rules.sensor_limits import Breach

OUTSIDE: Final = "inventory.sensor_limit"
UNIT_KIND: Final = "inventory.tracked_unit"
DEVICE_KIND: Final = "inventory.device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A metric against its limit, on a handling unit or, where it rides on none, on its device.

    ``unit_id`` is the key of the unit's state; ``side`` says which limit, since when it is crossed.
    """

    device_id: UUID
    device_code: str
    unit_id: UUID | None
    thing: str
    part_number: str
    site_code: str
    counterparty_id: int
    metric: str
    measured_in: str
    severity: str
    least: float | None
    most: float | None
    side: str
    since: datetime | None

    @property
    def key(self) -> dict[str, Any]:
        """What the exception is told apart by: one for each metric of a unit."""
        return {
            "type": OUTSIDE,
            "object_kind": UNIT_KIND if self.unit_id else DEVICE_KIND,
            "object_id": self.unit_id or self.device_id,
            "bucket": self.metric,
        }

    @property
    def concern(self) -> Concern:
        """What the exception shows."""
        limit = self.least if self.side == LatestReading.Side.LOW else self.most
        return Concern(
            severity=self.severity,
            counterparty_id=self.counterparty_id,
            part_number=self.part_number,
            site_code=self.site_code,
            title_params={
                "device": self.device_code,
                "unit": short(self.thing) if self.thing else self.device_code,
                "metric": self.metric,
                "side": self.side,
                "limit": "" if limit is None else f"{limit:g} {self.measured_in}".strip(),
                "since": self.since.isoformat() if self.since else "",
            },
        )


def settle_crossing(crossing: Crossing, *, is_breached: bool, as_of: datetime) -> None:
    """Raise the exception of a limit that is crossed, or close it once nothing on the unit is."""
    if is_breached:
        raise_alert(**crossing.key, concern=crossing.concern, at=as_of)
    elif not _other_breach(crossing):
        clear_alert(**crossing.key, at=as_of)


def tell_of_past(crossing: Crossing, breach: Breach) -> None:
    """Tell of a limit that was crossed and is no longer, heard of only now: open and closed."""
    if _other_breach(crossing):
        return
    raise_alert(**crossing.key, concern=crossing.concern, at=breach.breached_at)
    clear_alert(**crossing.key, at=breach.ended_at)


def end_crossings(device_id: UUID, *, as_of: datetime) -> None:
    """Close what stands open about a device that is taken off, and let it begin anew."""
    rows = LatestReading.objects.filter(owner_id=acting_organisation_id(), device_id=device_id)
    breached = list(rows.filter(is_breached=True))
    rows.update(side="", beyond_since=None, is_breached=False, judged=None, least=None, most=None)
    for row in breached:
        for unit_id in _unit_keys(row.thing):
            clear_alert(
                type=OUTSIDE, object_kind=UNIT_KIND, object_id=unit_id, bucket=row.metric, at=as_of
            )
        clear_alert(
            type=OUTSIDE, object_kind=DEVICE_KIND, object_id=device_id, bucket=row.metric, at=as_of
        )


def _unit_keys(thing: str) -> list[UUID]:
    own = UnitState.objects.filter(owner_id=acting_organisation_id(), thing=thing)
    return list(own.values_list("pk", flat=True)) if thing else []


def _other_breach(crossing: Crossing) -> bool:
    """Say whether another device on the unit still measures the metric outside its limits."""
    if not crossing.thing:
        return False
    others = LatestReading.objects.filter(
        owner_id=acting_organisation_id(),
        thing=crossing.thing,
        metric=crossing.metric,
        is_breached=True,
    )
    return bool(others.exclude(device_id=crossing.device_id).exists())


def name_types() -> None:
    """Give the exceptions their texts, fullest first, and their objects their pages."""
    name_type(
        OUTSIDE,
        _("%(metric)s of %(unit)s is outside its limit of %(limit)s (%(device)s)"),
        _("%(metric)s of %(unit)s is outside its limits"),
        _("A unit is outside the limits of a sensor"),
    )
    link_kind(UNIT_KIND, "inventory:unit", _("Look at the unit"))
    link_kind(DEVICE_KIND, "inventory:device", _("Look at the device"))
