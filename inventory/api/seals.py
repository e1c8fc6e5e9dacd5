"""REST: seals, looks at them, and their signed evidence."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.masterdata.api.base import MasterDataView
from inventory.api.base import READ, WRITE
from inventory.api.fields import shown
from inventory.api.tracking import CAPTURE
from inventory.models import Lane, Seal, SealScan
from inventory.queries.seals import (
    VIEWS,
    ScanRow,
    SealFilter,
    SealRow,
    evidence_of,
    scans_of,
    seal_rows,
    seals,
)
from inventory.services.seals import (
    MOST_SITES,
    LookPlan,
    SealPlan,
    bind_seal,
    change_terms,
    inspect_seal,
    look_at_seal,
    release_seal,
    remove_seal,
)

PLACES = ("gate", "depot", "cross_dock", "consignee")


class SealQuery(serializers.Serializer[Any]):
    """Filters of the list of seals."""

    view = serializers.ChoiceField(choices=VIEWS, default="all")
    text = serializers.CharField(
        max_length=40, default="", help_text="The beginning of a number, of seal or advice."
    )
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class SealTermsBody(serializers.Serializer[Any]):
    """When and where a seal may be opened; empty lists and null allow everything."""

    device = serializers.CharField(
        max_length=80, default="", allow_blank=True, help_text="Code of the electronic seal."
    )
    tracker = serializers.CharField(
        max_length=80, default="", allow_blank=True, help_text="Code of the position tracker."
    )
    is_high_risk = serializers.BooleanField(default=False, help_text="Needs a position tracker.")
    allowed_sites = serializers.ListField(
        child=serializers.CharField(max_length=20), default=list, max_length=MOST_SITES
    )
    allowed_days = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=7), default=list, max_length=7,
        help_text="ISO: 1 = Monday.",
    )  # fmt: skip
    opens_from = serializers.TimeField(default=None, allow_null=True)
    opens_until = serializers.TimeField(default=None, allow_null=True)
    timezone = serializers.CharField(max_length=40, default="UTC")


class SealBody(SealTermsBody):
    """A seal bound to the manifest of a dispatch advice of yours."""

    advice = serializers.UUIDField()
    number = serializers.CharField(max_length=40)
    applied_at = serializers.DateTimeField(default=None, allow_null=True, help_text="Null: now.")


class SealChangeBody(SealTermsBody):
    """What of a seal changes: its terms, stated anew, and whether it may be opened or is off."""

    is_released = serializers.BooleanField(default=False, help_text="Allow it to be opened.")
    is_removed = serializers.BooleanField(default=False, help_text="Take it off the advice.")


class SealOutput(SealTermsBody):
    """A seal; devices are told to its owner alone."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    advice = serializers.UUIDField()
    advice_number = serializers.CharField()
    shipment_number = serializers.CharField(allow_blank=True)
    owner = serializers.CharField()
    counterparty = serializers.CharField()
    state = serializers.ChoiceField(choices=Seal.State.choices)
    lane = serializers.ChoiceField(choices=Lane.choices)
    needs_inspection = serializers.BooleanField()
    looked_at = serializers.DateTimeField(allow_null=True)
    applied_at = serializers.DateTimeField()
    released_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class SealScanBody(serializers.Serializer[Any]):
    """A look at a seal; no number: there was none."""

    place = serializers.ChoiceField(choices=PLACES)
    number = serializers.CharField(max_length=40, default="", allow_blank=True)
    is_open = serializers.BooleanField(default=False)
    site = serializers.CharField(max_length=20, default="", allow_blank=True)
    at = serializers.DateTimeField(default=None, allow_null=True, help_text="Null: now.")
    note = serializers.CharField(max_length=250, default="", allow_blank=True)


class SealInspectionBody(serializers.Serializer[Any]):
    """The result of a second inspection."""

    is_passed = serializers.BooleanField()
    note = serializers.CharField(max_length=250)
    site = serializers.CharField(max_length=20, default="", allow_blank=True)


class SealScanOutput(serializers.Serializer[Any]):
    """A look at a seal and the lane it led to."""

    id = serializers.UUIDField()
    by = serializers.CharField(help_text="BPN of who looked.")
    place = serializers.ChoiceField(choices=SealScan.Place.choices)
    site_code = serializers.CharField(allow_blank=True)
    number_read = serializers.CharField(allow_blank=True)
    is_open = serializers.BooleanField()
    scanned_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    lane = serializers.ChoiceField(choices=Lane.choices)
    findings = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField(allow_blank=True)


class SealEvidenceOutput(serializers.Serializer[Any]):
    """A seal's story, signed with Ed25519 over the canonical JSON of ``content``."""

    content = serializers.JSONField()
    key_id = serializers.CharField()
    signature = serializers.CharField(help_text="Base64.")


class Seals(MasterDataView):
    """Seals."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = SealQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": SealBody}
    replies: ClassVar[dict[str, Any]] = {"GET": SealOutput, "POST": SealOutput}

    def get(self, request: Request) -> Response:
        """Return a page, changed last first: one's own and those that partners opened."""
        asked = self.query()
        wanted = SealFilter(view=asked["view"], text=asked["text"], partner_bpn=asked["partner"])
        found = seals(wanted).select_related("device", "tracker")
        page = paginate(request, found, order="-changed_at")
        note_reads(Seal, page.items)
        return Response(page.body([_seal(row) for row in seal_rows(page.items)]))

    def post(self, request: Request) -> Response:
        """Bind a seal to a dispatch advice."""
        return _answer(bind_seal(SealPlan(**self.body())), 201)


class OneSeal(MasterDataView):
    """One seal."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PUT": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PUT": SealChangeBody}
    replies: ClassVar[dict[str, Any]] = {"GET": SealOutput, "PUT": SealOutput}
    versioned = frozenset({"PUT"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the seal."""
        seal = get_for_org(seals(), pk=key)
        note_reads(Seal, [seal])
        return _answer(seal, 200)

    def put(self, request: Request, key: UUID) -> Response:
        """State anew when and where an own seal may be opened; release it, or take it off."""
        seal, body = self.locked(Seal, key), self.body()
        is_released, is_removed = body.pop("is_released"), body.pop("is_removed")
        plan = SealPlan(advice=seal.advice_id, number=seal.number, **body)
        seal = change_terms(key, plan)
        if is_released:
            seal = release_seal(key)
        if is_removed:
            seal = remove_seal(key)
        return _answer(seal, 200)


class SealScans(MasterDataView):
    """Looks at one seal, at a gate, a depot, a cross-dock and the consignee's."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": CAPTURE}
    bodies: ClassVar[dict[str, Any]] = {"POST": SealScanBody}
    replies: ClassVar[dict[str, Any]] = {
        "GET": SealScanOutput(many=True),
        "POST": SealScanOutput,
    }

    def get(self, request: Request, key: UUID) -> Response:
        """Return all looks at the seal that are open to you, newest first."""
        seal = get_for_org(seals(), pk=key)
        note_reads(Seal, [seal])
        return Response([_scan(row) for row in scans_of(key)])

    def post(self, request: Request, key: UUID) -> Response:
        """Record a look, of either end or whoever the seal is opened to; the lane follows."""
        get_for_org(seals(), pk=key)
        return _scanned(key, look_at_seal(key, LookPlan(**self.body())))


class SealInspections(MasterDataView):
    """Second inspections of one seal's load."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": SealInspectionBody}
    replies: ClassVar[dict[str, Any]] = {"POST": SealScanOutput}

    def post(self, request: Request, key: UUID) -> Response:
        """Record the result: a load that passes is green again."""
        get_for_org(seals(), pk=key)
        return _scanned(key, inspect_seal(key, **self.body()))


class SealEvidence(MasterDataView):
    """The signed evidence of one seal."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": SealEvidenceOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return what you see of the seal, signed with the key of the ledger's heads."""
        seal = get_for_org(seals(), pk=key)
        note_reads(Seal, [seal])
        return Response(evidence_of(seal_rows([seal])[0]))


def _seal(row: SealRow) -> dict[str, Any]:
    renamed = {
        "device": row.device_code,
        "tracker": row.tracker_code,
        "advice": row.advice_id,
        "owner": row.owner.bpn,
        "counterparty": row.partner.bpn,
    }
    return shown(row, SealOutput, besides=renamed) | renamed


def _answer(seal: Seal, status: int) -> Response:
    return Response(_seal(seal_rows([seal])[0]), status=status, headers={"ETag": etag_of(seal)})


def _scan(row: ScanRow) -> dict[str, Any]:
    return shown(row, SealScanOutput, besides={"by"}) | {"by": row.owner.bpn}


def _scanned(key: UUID, scan: SealScan) -> Response:
    row = next(each for each in scans_of(key) if each.id == scan.pk)
    return Response(_scan(row), status=201)


routes: list[URLPattern] = [
    path("seals", Seals.as_view(), name="seals"),
    path("seals/<uuid:key>", OneSeal.as_view(), name="one-seal"),
    path("seals/<uuid:key>/scans", SealScans.as_view(), name="seal-scans"),
    path("seals/<uuid:key>/inspections", SealInspections.as_view(), name="seal-inspections"),
    path("seals/<uuid:key>/evidence", SealEvidence.as_view(), name="seal-evidence"),
]
