"""Ask a partner for newer figures, by id and only if changed since (FC-19)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from collab.events.bus import publish
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from collab.sharing.queries import fields_for
from forecasting.events import UpdateRequested
from forecasting.models import (
    CAPACITY,
    COMMENT,
    DEMAND,
    CapacityGroup,
    DeliverySchedule,
    PlanComment,
    UpdateRequest,
)

KINDS = ("series", "groups", "comments")
MOST = 1_000


@transaction.atomic
def ask_update(
    *, partner: str, asked: Mapping[str, Any], as_of: datetime | None = None
) -> UpdateRequest:
    """Ask a partner (a BPN) for its figures and answer at once from those that stand now.

    ``asked`` maps a kind of ``KINDS`` to a list of ``{"id", "changed_at"}``: with ``changed_at``
    only what changed since is answered; an empty list asks for everything of that kind, and no
    kind at all for everything. What no grant opens is not answered, as if it did not exist.
    Raises ``Refused``.
    """
    now = as_of or timezone.now()
    us = acting_organisation_id()
    other = Organisation.objects.filter(bpn=partner.strip()).exclude(pk=us).first()
    if other is None:
        raise Refused("partner", "the BPN of a partner of yours", partner)
    checked = _checked(asked)
    answer = {kind: _answer(kind, other.pk, wanted) for kind, wanted in checked.items()}
    row = UpdateRequest.objects.create(
        counterparty=other,
        asked=_plain(checked),
        asked_at=now,
        answered_at=timezone.now() if as_of is None else as_of,
        answer=answer,
    )
    publish(UpdateRequested(request_id=str(row.pk), partner_id=other.pk))
    return row


def _checked(asked: Mapping[str, Any]) -> dict[str, dict[UUID, datetime | None]]:
    if unknown := sorted(set(asked) - set(KINDS)):
        raise Refused("asked", f"kinds among {', '.join(KINDS)}", unknown[0])
    wanted = asked or {kind: [] for kind in KINDS}
    found: dict[str, dict[UUID, datetime | None]] = {}
    for kind, rows in wanted.items():
        if len(rows) > MOST:
            raise Refused(kind, f"at most {MOST} ids", len(rows))
        found[kind] = dict(_one(kind, row) for row in rows)
    return found


def _one(kind: str, row: Any) -> tuple[UUID, datetime | None]:
    try:
        key = UUID(str(row["id"]).removeprefix("urn:uuid:"))
    except (TypeError, KeyError, ValueError):
        raise Refused(kind, "ids that are UUIDs", row) from None
    text = row.get("changed_at")
    since = text if isinstance(text, datetime) or text is None else parse_datetime(str(text))
    if text is not None and (since is None or since.tzinfo is None):
        raise Refused(kind, "a time with its zone", text)
    return key, since


def _answer(kind: str, owner_id: int, wanted: Mapping[UUID, datetime | None]) -> Sequence[Any]:
    found = {"series": _series, "groups": _groups, "comments": _comments}[kind](owner_id, wanted)
    return [
        body
        for key, changed_at, body in found
        if (since := wanted.get(key)) is None or changed_at > since
    ]


Found = Iterable[tuple[UUID, datetime, dict[str, Any]]]


def _series(owner_id: int, wanted: Mapping[UUID, Any]) -> Found:
    rows = DeliverySchedule.objects.filter(owner_id=owner_id, is_current=True)
    if wanted:
        rows = rows.filter(series_id__in=wanted)
    for row in rows.order_by("part_number", "pk")[:MOST]:
        body = {"id": str(row.series_id), "changed_at": row.published_at.isoformat()}
        shown = ("part_number", "site_code", "number", "first_week", "quantities")
        yield row.series_id, row.published_at, body | _seen(DEMAND, row, shown)


def _groups(owner_id: int, wanted: Mapping[UUID, Any]) -> Found:
    rows = CapacityGroup.objects.filter(owner_id=owner_id)
    if wanted:
        rows = rows.filter(pk__in=wanted)
    for row in rows.order_by("name", "pk")[:MOST]:
        body = {"id": str(row.pk), "changed_at": row.changed_at.isoformat()}
        shown = ("name", "is_active", "first_week", "actual", "maximum", "agreed", "delta")
        yield row.pk, row.changed_at, body | _seen(CAPACITY, row, shown)


def _comments(owner_id: int, wanted: Mapping[UUID, Any]) -> Found:
    rows = PlanComment.objects.filter(owner_id=owner_id)
    if wanted:
        rows = rows.filter(pk__in=wanted)
    for row in rows.order_by("changed_at", "pk")[:MOST]:
        body = {"id": str(row.pk), "changed_at": row.changed_at.isoformat()}
        shown = ("object_kind", "object_id", "type", "text", "weeks")
        yield row.pk, row.changed_at, body | _seen(COMMENT, row, shown)


def _seen(topic: str, row: Any, names: Sequence[str]) -> dict[str, Any]:
    allowed = fields_for(topic, row.owner_id, row.counterparty_id)
    return {
        name: _text(getattr(row, name)) for name in names if allowed is None or name in allowed
    }  # fmt: skip


def _text(value: Any) -> Any:
    if isinstance(value, list):
        return [_text(each) for each in value]
    return value if value is None or isinstance(value, bool | int) else str(value)


def _plain(checked: Mapping[str, Mapping[UUID, datetime | None]]) -> dict[str, Any]:
    return {
        kind: [
            {"id": str(key), "changed_at": None if since is None else since.isoformat()}
            for key, since in rows.items()
        ]
        for kind, rows in checked.items()
    }
