"""Seals and looks at them: own ones and those that partners opened; and their signed evidence."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR

from collab.events.chain import canonical
from collab.events.transparency.heads import key_id
from collab.organisations.context import acting_organisation, acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import with_partner
from inventory.models import Lane, Seal, SealScan
from inventory.rules.seals import OPEN_METRICS
from inventory.seal_alerts import finding_label
from transport.queries.whole import whole_rows

VIEWS: Final = ("on", "red", "open", "removed", "all")
SORTS: Final = {
    "newest": ("-changed_at", "-pk"),
    "number": ("number", "pk"),
    "advice": ("advice_number", "number", "pk"),
}
EVIDENCE: Final = "collab.seal-evidence.v1"
TONES: Final = {Lane.RED.value: "crit", Lane.GREEN.value: "ok", Lane.NONE.value: "done"}
ON: Final = (Seal.State.CLOSED, Seal.State.RELEASED, Seal.State.OPENED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealFilter:
    """What to list; empty means any. ``view`` is one of ``VIEWS``, ``sort`` of ``SORTS``."""

    view: str = "on"
    text: str = ""
    partner_bpn: str = ""
    sort: str = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealRow:
    """One seal: the same row on the page, in the API, on the socket."""

    id: UUID
    number: str
    advice_id: UUID
    advice_number: str
    shipment_number: str
    owner: Name
    partner: Name
    is_own: bool
    device_code: str
    tracker_code: str
    is_high_risk: bool
    allowed_sites: Sequence[str]
    allowed_days: Sequence[int]
    opens_from: time | None
    opens_until: time | None
    timezone: str
    state: str
    lane: str
    needs_inspection: bool
    looked_at: datetime | None
    applied_at: datetime
    released_at: datetime | None
    changed_at: datetime
    version: int

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"seal-{self.id}"

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(Seal.State(self.state).label)

    @property
    def day_labels(self) -> str:
        """The days on which it may be opened, in words; empty if on any."""
        return ", ".join(str(WEEKDAYS_ABBR[day - 1]) for day in self.allowed_days)

    @property
    def lane_label(self) -> str:
        """The lane in words."""
        return str(Lane(self.lane).label)

    @property
    def tone(self) -> str:
        """The tone of the lane."""
        return TONES[self.lane]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRow:
    """One look at a seal."""

    id: UUID
    owner: Name
    place: str
    site_code: str
    number_read: str
    is_open: bool
    scanned_at: datetime
    recorded_at: datetime
    lane: str
    findings: Sequence[str]
    note: str

    @property
    def place_label(self) -> str:
        """Where, in words."""
        return str(SealScan.Place(self.place).label)

    @property
    def lane_label(self) -> str:
        """The lane in words."""
        return str(Lane(self.lane).label)

    @property
    def tone(self) -> str:
        """The tone of the lane."""
        return TONES[self.lane]

    @property
    def finding_labels(self) -> list[str]:
        """What was found, in words."""
        return [finding_label(word) for word in self.findings]


def seals(wanted: SealFilter | None = None) -> "QuerySet[Seal]":
    """Return the visible seals that the filter has: a query set, without an order."""
    chosen = wanted or SealFilter(view="all")
    rows = whole_rows(Seal.objects.filter(_of_view(chosen.view)))
    if chosen.text:
        rows = rows.filter(
            Q(number__istartswith=chosen.text) | Q(advice_number__istartswith=chosen.text)
        )
    if chosen.partner_bpn:
        rows = rows.filter(with_partner(chosen.partner_bpn))
    return rows


def seal_list(wanted: SealFilter, *, limit: int, offset: int = 0) -> list[SealRow]:
    """Return seals in the order the filter asks for."""
    if wanted.sort not in SORTS:
        raise ValueError(f"expected a sort among {', '.join(SORTS)}, got {wanted.sort!r}")
    return seal_rows(seals(wanted).order_by(*SORTS[wanted.sort])[offset : offset + limit])


def seals_by_key(keys: Sequence[UUID]) -> list[SealRow]:
    """Return the visible rows among ``keys``."""
    return seal_rows(seals().filter(pk__in=keys))


def seal_rows(found: Iterable[Seal]) -> list[SealRow]:
    """Return the plain rows of seals; device codes are told to their owner alone."""
    if isinstance(found, QuerySet):
        found = found.select_related("device", "tracker")
    rows, own = list(found), acting_organisation_id()
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    return [
        SealRow(
            id=row.pk,
            owner=names.get(row.owner_id, NOBODY),
            partner=names.get(row.counterparty_id, NOBODY),
            is_own=row.owner_id == own,
            device_code=row.device.code if row.device is not None else "",
            tracker_code=row.tracker.code if row.tracker is not None else "",
            **{name: getattr(row, name) for name in _COPIED},
        )
        for row in rows
    ]


_COPIED: Final = (
    "number", "advice_id", "advice_number", "shipment_number", "is_high_risk", "allowed_sites",
    "allowed_days", "opens_from", "opens_until", "timezone", "state", "lane", "needs_inspection",
    "looked_at", "applied_at", "released_at", "changed_at", "version",
)  # fmt: skip
_SCAN: Final = (
    "place", "site_code", "number_read", "is_open", "scanned_at", "recorded_at", "lane",
    "findings", "note",
)  # fmt: skip


def scans_of(seal_id: UUID) -> list[ScanRow]:
    """Return the visible looks at a seal, newest first."""
    rows = list(whole_rows(SealScan.objects.filter(seal=seal_id)).order_by("-scanned_at", "-pk"))
    names = names_of({row.owner_id for row in rows})
    return [
        ScanRow(
            id=row.pk,
            owner=names.get(row.owner_id, NOBODY),
            **{name: getattr(row, name) for name in _SCAN},
        )
        for row in rows
    ]


def evidence_of(row: SealRow) -> dict[str, Any]:
    """Return a seal's whole story as the viewer sees it, signed with the platform's Ed25519 key.

    The signature is of the canonical JSON (RFC 8785) of ``content``; the key is the one that signs
    the heads of the ledger.
    """
    content = {
        "format": EVIDENCE,
        "made_at": timezone.now().isoformat(),
        "made_for": acting_organisation().bpn,
        "seal": _plain_seal(row),
        "looks": [_plain_scan(each) for each in reversed(scans_of(row.id))],
        "counts_as_opening": sorted(OPEN_METRICS),
    }
    private = Ed25519PrivateKey.from_private_bytes(settings.AUDIT_SEED)
    return {
        "content": content,
        "key_id": key_id(private.public_key().public_bytes_raw()),
        "signature": base64.b64encode(private.sign(canonical(content))).decode("ascii"),
    }


def _plain_seal(row: SealRow) -> Mapping[str, Any]:
    names = [name for name in _COPIED if name not in {"version", "changed_at"}]
    found = {name: _plain(getattr(row, name)) for name in names}
    return found | {"id": str(row.id), "owner": row.owner.bpn, "counterparty": row.partner.bpn}


def _plain_scan(row: ScanRow) -> Mapping[str, Any]:
    found = {name: _plain(getattr(row, name)) for name in _SCAN}
    return found | {"id": str(row.id), "by": row.owner.bpn}


def _plain(value: object) -> object:
    if isinstance(value, (datetime, time)):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _of_view(view: str) -> Q:
    return {
        "on": Q(state__in=ON),
        "red": Q(lane=Lane.RED, state__in=ON),
        "open": Q(state=Seal.State.OPENED),
        "removed": Q(state=Seal.State.REMOVED),
        "all": Q(),
    }[view]
