"""Demand and capacity notifications and what they mean: the rules that a schema cannot state.

2.0.0 and 3.0.0 give the same message: materials as pairs of numbers, one related notification.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from collab.integration.catenax.notification import AffectedMaterial, Notification
from collab.integration.inbox.findings import Finding, MessageRefused

OPEN, RESOLVED = "open", "resolved"
_PREFIX: Final = "urn:uuid:"
Material = tuple[str, str]  # the customer's number, the supplier's; empty where not said


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeMessage:
    """A notification as every version means it; sites are BPNS."""

    key: UUID
    source_id: UUID
    related_id: UUID | None
    cause: str
    effect: str
    is_resolved: bool
    starts_at: datetime
    ends_at: datetime | None
    changed_at: datetime
    text: str
    resolution: str
    sites: tuple[str, ...]
    partner_sites: tuple[str, ...]
    materials: tuple[Material, ...]


def message_of(aspect: Notification) -> NoticeMessage:
    """Return what a notification means; raise ``MessageRefused`` for a broken rule."""
    _check(aspect)
    key = _uuid(aspect.notification_id)
    source = aspect.source_id or aspect.source_notification_id or aspect.notification_id
    related = (*(aspect.related_ids or ()), *([aspect.related_id] if aspect.related_id else []))
    return NoticeMessage(
        key=key,
        source_id=_uuid(source),
        related_id=_uuid(related[0]) if related else None,
        cause=aspect.cause,
        effect=aspect.effect,
        is_resolved=aspect.status == RESOLVED,
        starts_at=aspect.starts_at,
        ends_at=aspect.ends_at,
        changed_at=aspect.changed_at,
        text=aspect.words or "",
        resolution=aspect.resolution or "",
        sites=aspect.sender_sites or (),
        partner_sites=aspect.recipient_sites or (),
        materials=_materials(aspect),
    )


def aspect_of(message: NoticeMessage) -> Notification:
    """Return a message as a notification 3.0.0; a resolved one names no sites, as CX-0146 asks."""
    is_open = not message.is_resolved
    return Notification(
        notification_id=_written(message.key),
        source_id=_written(message.source_id),
        related_ids=(_written(message.related_id),) if message.related_id else None,
        cause=message.cause,
        effect=message.effect,
        status=OPEN if is_open else RESOLVED,
        starts_at=message.starts_at,
        ends_at=message.ends_at,
        changed_at=message.changed_at,
        words=message.text or None,
        resolution=message.resolution or None,
        sender_sites=(message.sites or None) if is_open else None,
        recipient_sites=(message.partner_sites or None) if is_open else None,
        materials=tuple(
            AffectedMaterial(customer_part=customer or None, supplier_part=supplier or None)
            for customer, supplier in message.materials
        )
        or None,
    )


def _check(aspect: Notification) -> None:
    wrong: list[tuple[str, str, object]] = []
    if aspect.ends_at is not None and aspect.ends_at < aspect.starts_at:
        wrong.append(("/expectedEndDateOfEffect", "no end before the start", aspect.ends_at))
    if aspect.status == RESOLVED and not (aspect.resolution or "").strip():
        wrong.append(("/resolvingMeasureDescription", "what resolved the disruption", ""))
    if aspect.status == OPEN and not (aspect.words or "").strip():
        wrong.append(("/text", "a text of an open notification", ""))
    if aspect.cause == "insolvency" and aspect.source_id is None:
        wrong.append(("/sourceDisruptionId", "a source: 2.0.0 knows no insolvency", ""))
    for place, each in enumerate(aspect.materials or ()):
        if not (each.customer_part or each.supplier_part):
            wrong.append((f"/materialsAffected/{place}", "a material number of either side", ""))
    if wrong:
        raise MessageRefused(
            [
                Finding(code="rule", path=path, expected=expected, found=str(found))
                for path, expected, found in wrong
            ]
        )


def _materials(aspect: Notification) -> tuple[Material, ...]:
    if aspect.materials is not None:
        return tuple((each.customer_part or "", each.supplier_part or "")
                     for each in aspect.materials)  # fmt: skip
    return (
        *((number, "") for number in aspect.customer_parts or ()),
        *(("", number) for number in aspect.supplier_parts or ()),
    )


def _uuid(identifier: str) -> UUID:
    return UUID(identifier.lower().removeprefix(_PREFIX))


def _written(key: UUID) -> str:
    return f"{_PREFIX}{key}"
