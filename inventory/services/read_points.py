"""Read points: what place an identifier or an antenna stands for."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from collab.integration.epcis.identifiers import gln_of, has_right_check_digit, to_link
from collab.masterdata.refusals import Refused, VersionConflict, clean_text, refusing
from collab.organisations.context import acting_organisation_id
from inventory.models import ReadPoint, TrackingCorrection
from inventory.models.tracking import LINK
from inventory.services.subjects import own_site_or_all, partner_of
from inventory.services.tracking_queue import settle_subject, want_count

Direction = ReadPoint.Direction
_TAKEN = {
    "inventory_readpoint_identifier": ("identifier", "a place that is not listed yet"),
    "inventory_readpoint_antenna": ("antenna", "an antenna that is not listed yet"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPointPlan:
    """A read point as somebody states it; ``site`` is a code, ``counterparty`` a BPN, or empty."""

    identifier: str
    name: str = ""
    site: str = ""
    biz_step: str = ""
    direction: str = Direction.NONE.value
    counterparty: str = ""
    reader: str = ""
    antenna: int | None = None
    lane_order: int = 0
    least_rssi_dbm: int = -65
    least_reads: int = 2
    window_ms: int = 2000


@transaction.atomic
def keep_read_point(
    plan: ReadPointPlan, *, key: UUID | None = None, version: int | None = None
) -> ReadPoint:
    """Create a read point, or change the one with ``key``; raise ``Refused`` for what is wrong.

    Events that named the place before it was known are counted now, in the background.
    Raises ``VersionConflict`` if ``version`` is not the one that stands.
    """
    identifier = _identifier(plan.identifier)
    row = _row(key, version)
    row.identifier = identifier
    row.name = clean_text("name", plan.name, 80, required=False)
    row.site = own_site_or_all(plan.site)
    row.biz_step = clean_text("biz_step", plan.biz_step, 40, required=False)
    row.direction = _direction(plan)
    row.counterparty = partner_of(plan.counterparty) if plan.counterparty else None
    row.reader = clean_text("reader", plan.reader, 40, required=False)
    row.antenna = plan.antenna
    row.lane_order = _number("lane_order", plan.lane_order, 0, 32)
    row.least_rssi_dbm = _number("least_rssi_dbm", plan.least_rssi_dbm, -120, 0)
    row.least_reads = _number("least_reads", plan.least_reads, 1, 1000)
    row.window_ms = _number("window_ms", plan.window_ms, 1, 600_000)
    if bool(row.reader) != (row.antenna is not None):
        raise Refused("antenna", "an antenna where there is a reader, and only there", plan.antenna)
    with refusing(_TAKEN, {"identifier": identifier, "antenna": plan.antenna}):
        row.save()
    reason = TrackingCorrection.Reason.READ_POINT.value
    if settle_subject(reason, identifier):
        want_count(reason, identifier)
    return row


def remove_read_point(key: UUID) -> bool:
    """Take a read point away; what was counted there stays. Return whether there was one."""
    count, _by_model = ReadPoint.objects.filter(pk=key).delete()
    return bool(count)


def _row(key: UUID | None, version: int | None) -> ReadPoint:
    if key is None:
        return ReadPoint(owner_id=acting_organisation_id())
    row = ReadPoint.objects.select_for_update(of=("self",)).filter(pk=key).first()
    if row is None:
        raise Refused("id", "a read point of yours", key)
    if version is not None and row.version != version:
        raise VersionConflict(row.version, version)
    row.version += 1
    return row


def _identifier(text: str) -> str:
    plain = clean_text("identifier", text, LINK)
    if plain.isdigit() and len(plain) == 13:
        plain = f"https://id.gs1.org/414/{plain}"
    link = to_link(plain)
    if ":" not in link:
        raise Refused("identifier", "a GLN, a GS1 link or URN, or another URI", text)
    if gln_of(link) and not has_right_check_digit(link):
        raise Refused("identifier", "a GLN with the right check digit", text)
    return link


def _direction(plan: ReadPointPlan) -> str:
    if plan.direction not in Direction.values:
        raise Refused("direction", f"one of {', '.join(Direction.values)}", plan.direction)
    return plan.direction


def _number(field: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise Refused(field, f"a whole number from {low} to {high}", value)
    return value
