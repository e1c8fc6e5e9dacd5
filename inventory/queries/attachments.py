"""What devices rode on before: the unit, load or site of a time that is over."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from inventory.models import DeviceAttachment
from inventory.queries.tracking_words import short

Past = dict[UUID, list[DeviceAttachment]]


def past_attachments(device_ids: Collection[UUID]) -> Past:
    """Return what devices were attached to before, by device, the latest first; one query."""
    found: Past = defaultdict(list)
    if device_ids:
        rows = DeviceAttachment.objects.filter(
            owner_id=acting_organisation_id(), device_id__in=device_ids
        )
        for row in rows.select_related("site").order_by("-began_at"):
            found[row.device_id].append(row)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRow:
    """What a device was attached to before, from when until when, and whose goods it rode with."""

    thing: str
    load_id: UUID | None
    load_number: str
    site_code: str
    partner: Name
    began_at: datetime
    ended_at: datetime

    @property
    def attached(self) -> str:
        """What it was attached to, as people say it."""
        return short(self.thing) if self.thing else self.load_number or self.site_code


def attachment_rows(device_id: UUID, *, limit: int) -> list[AttachmentRow]:
    """Return what a device was attached to before, the latest first; two queries."""
    rows = past_attachments([device_id])[device_id][:limit]
    own = acting_organisation_id()
    names = names_of({row.counterparty_id for row in rows} - {own})
    return [
        AttachmentRow(
            thing=row.thing,
            load_id=row.load_id,
            load_number=row.load_number,
            site_code=row.site.code if row.site is not None else "",
            partner=names.get(row.counterparty_id, NOBODY),
            began_at=row.began_at,
            ended_at=row.ended_at,
        )
        for row in rows
    ]


def attachment_at(past: Sequence[DeviceAttachment], at: datetime) -> DeviceAttachment | None:
    """Return the one of a device's past attachments that held at an instant."""
    return next((each for each in past if each.began_at <= at < each.ended_at), None)
