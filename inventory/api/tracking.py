"""REST: units with their history, read points, reads of RFID readers."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.masterdata.api.base import MasterDataView
from inventory.api.base import READ, WRITE
from inventory.models import ReadPoint, UnitState
from inventory.queries.tracking import (
    VIEWS,
    TimelineRow,
    UnitFilter,
    UnitRow,
    children_of,
    history_of,
    unit_query,
    units_by_key,
)
from inventory.queries.tracking_queue import ReadPointRow, read_point_rows
from inventory.rules.reader_filter import Read
from inventory.services.read_points import ReadPointPlan, keep_read_point, remove_read_point
from inventory.services.rfid import MOST_READS, Filtered, record_reads

HISTORY = 100
CAPTURE = "inventory:capture"


class TrackedUnitQuery(serializers.Serializer[Any]):
    """Filters of the list of units."""

    unit = serializers.CharField(
        max_length=250, default="", help_text="The beginning of an identifier, or of its digits."
    )
    site = serializers.CharField(max_length=20, default="")
    step = serializers.CharField(max_length=100, default="", help_text="Last business step.")
    part_number = serializers.CharField(max_length=40, default="")
    view = serializers.ChoiceField(choices=VIEWS, default="now")


class TrackedUnitOutput(serializers.Serializer[Any]):
    """One unit as its owner's events make it."""

    id = serializers.UUIDField()
    owner = serializers.CharField()
    counterparty = serializers.CharField(allow_blank=True)
    identifier = serializers.CharField()
    observed_at = serializers.DateTimeField()
    step = serializers.CharField(allow_blank=True)
    disposition = serializers.CharField(allow_blank=True)
    read_point = serializers.CharField(allow_blank=True)
    location = serializers.CharField(allow_blank=True)
    site = serializers.CharField(allow_blank=True)
    placed_at = serializers.DateTimeField(allow_null=True)
    parent = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    part_number = serializers.CharField(allow_blank=True)
    is_ended = serializers.BooleanField()
    source = serializers.CharField()  # type: ignore[assignment]
    source_grade = serializers.CharField()


class TrackedEventOutput(serializers.Serializer[Any]):
    """One event in a unit's history."""

    id = serializers.UUIDField()
    owner = serializers.CharField()
    role = serializers.CharField()
    kind = serializers.CharField()
    action = serializers.CharField(allow_blank=True)
    happened_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    step = serializers.CharField(allow_blank=True)
    disposition = serializers.CharField(allow_blank=True)
    read_point = serializers.CharField(allow_blank=True)
    site = serializers.CharField(allow_blank=True)
    source = serializers.CharField()  # type: ignore[assignment]
    source_grade = serializers.CharField()
    is_voided = serializers.BooleanField()
    event_hash = serializers.CharField()


class OneTrackedUnitOutput(TrackedUnitOutput):
    """One unit with what is in it and its newest events."""

    contents = serializers.ListField(child=serializers.CharField())
    history = TrackedEventOutput(many=True)


class ReadPointBody(serializers.Serializer[Any]):
    """A read point; antennas belong to a reader."""

    identifier = serializers.CharField(max_length=250, help_text="GLN, GS1 link or URN, or a URI.")
    name = serializers.CharField(max_length=80, default="", allow_blank=True)
    site = serializers.CharField(
        max_length=20, default="", allow_blank=True, help_text="Code of a site of yours."
    )
    biz_step = serializers.CharField(max_length=40, default="", allow_blank=True)
    direction = serializers.ChoiceField(choices=ReadPoint.Direction.choices, default="none")
    counterparty = serializers.CharField(
        max_length=16, default="", allow_blank=True, help_text="BPN of the partner it works for."
    )
    reader = serializers.CharField(max_length=40, default="", allow_blank=True)
    antenna = serializers.IntegerField(
        min_value=0, max_value=255, required=False, allow_null=True, default=None
    )
    lane_order = serializers.IntegerField(min_value=0, max_value=32, default=0)
    least_rssi_dbm = serializers.IntegerField(min_value=-120, max_value=0, default=-65)
    least_reads = serializers.IntegerField(min_value=1, max_value=1000, default=2)
    window_ms = serializers.IntegerField(min_value=1, max_value=600_000, default=2000)


class ReadPointOutput(ReadPointBody):
    """A read point of one's own."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()


class TagReadBody(serializers.Serializer[Any]):
    """One read of a tag."""

    tag = serializers.CharField(max_length=250, help_text="24 hexadecimal digits, or an EPC URI.")
    antenna = serializers.IntegerField(min_value=0, max_value=255)
    read_at = serializers.DateTimeField()
    rssi_dbm = serializers.FloatField(min_value=-150, max_value=50)
    count = serializers.IntegerField(min_value=1, max_value=100_000, default=1)


class TagReadsBody(serializers.Serializer[Any]):
    """What a reader read: whole passages, not halves of them."""

    reader = serializers.CharField(max_length=40)
    reads = serializers.ListField(child=TagReadBody(), allow_empty=False, max_length=MOST_READS)


class PassageOutput(serializers.Serializer[Any]):
    """A tag that went by, and what became of its event."""

    tag = serializers.CharField()
    began_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    antenna = serializers.IntegerField()
    direction = serializers.CharField()
    reads = serializers.IntegerField()
    state = serializers.CharField(help_text="recorded, known, conflict, refused or unreadable")
    event = serializers.UUIDField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)


class PassagesOutput(serializers.Serializer[Any]):
    """The passages that the filter found, by their first read."""

    passages = PassageOutput(many=True)


class Units(MasterDataView):
    """Where units are."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = TrackedUnitQuery
    lists: ClassVar[bool] = True
    replies: ClassVar[dict[str, Any]] = {"GET": TrackedUnitOutput}

    def get(self, request: Request) -> Response:
        """Return a page, seen last first: one's own and those that partners opened."""
        asked = self.query()
        wanted = UnitFilter(
            view=asked["view"],
            text=asked["unit"],
            site=asked["site"],
            step=asked["step"],
            part=asked["part_number"],
        )
        page = paginate(request, unit_query(wanted), order="-observed_at")
        rows = {row.id: row for row in units_by_key([row.pk for row in page.items])}
        return Response(page.body([shown(rows[row.pk]) for row in page.items if row.pk in rows]))


class OneUnit(MasterDataView):
    """One unit."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": OneTrackedUnitOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the unit with its contents and its newest events."""
        unit = get_for_org(unit_query(UnitFilter(view="all")), pk=key)
        note_reads(UnitState, [unit])
        row = units_by_key([unit.pk])[0]
        body = shown(row)
        body["contents"] = [each.thing for each in children_of(row)]
        body["history"] = [seen(each) for each in history_of(row.thing, limit=HISTORY)]
        return Response(body)


class ReadPoints(MasterDataView):
    """Places where things are read."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": ReadPointBody}
    replies: ClassVar[dict[str, Any]] = {"GET": ReadPointOutput, "POST": ReadPointOutput}

    def get(self, request: Request) -> Response:
        """Return a page of one's own read points, newest first."""
        page = paginate(request, ReadPoint.objects.select_related("site", "counterparty"))
        return Response(page.body([point(row) for row in read_point_rows(page.items)]))

    def post(self, request: Request) -> Response:
        """Add a read point; events that named the place before are counted now."""
        row = keep_read_point(ReadPointPlan(**self.body()))
        return _answer(row, 201)


class OneReadPoint(MasterDataView):
    """One read point."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PUT": WRITE, "DELETE": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PUT": ReadPointBody}
    replies: ClassVar[dict[str, Any]] = {"GET": ReadPointOutput, "PUT": ReadPointOutput}
    versioned = frozenset({"PUT", "DELETE"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the read point."""
        return _answer(get_for_org(ReadPoint, pk=key), 200)

    def put(self, request: Request, key: UUID) -> Response:
        """Replace what the read point stands for."""
        self.locked(ReadPoint, key)
        return _answer(keep_read_point(ReadPointPlan(**self.body()), key=key), 200)

    def delete(self, request: Request, key: UUID) -> Response:
        """Take the read point away; what was counted there stays."""
        self.locked(ReadPoint, key)
        remove_read_point(key)
        return Response(status=204)


class RfidReads(MasterDataView):
    """Reads of RFID readers, filtered into passages."""

    scopes: ClassVar[dict[str, str]] = {"POST": CAPTURE}
    bodies: ClassVar[dict[str, Any]] = {"POST": TagReadsBody}
    replies: ClassVar[dict[str, Any]] = {"POST": PassagesOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}

    def post(self, request: Request) -> Response:
        """Record an event for each passage; the same reads again change nothing."""
        body = self.body()
        reads = [Read(**each) for each in body["reads"]]
        done = record_reads(body["reader"], reads, received_at=timezone.now())
        return Response({"passages": _passages(done)})


def shown(row: UnitRow) -> dict[str, Any]:
    """Return a unit as the API shows it."""
    return {
        "id": row.id,
        "owner": row.owner.bpn,
        "counterparty": row.partner.bpn,
        "identifier": row.thing,
        "observed_at": row.observed_at,
        "step": row.biz_step,
        "disposition": row.disposition,
        "read_point": row.read_point,
        "location": row.biz_location,
        "site": row.site_code,
        "placed_at": row.placed_at,
        "parent": row.parent,
        "part_number": row.part_number,
        "is_ended": row.is_ended,
        "source": row.source,
        "source_grade": row.source_grade,
    }


def seen(row: TimelineRow) -> dict[str, Any]:
    """Return an event of a history as the API shows it."""
    return {
        "id": row.id,
        "owner": row.owner.bpn,
        "role": row.role,
        "kind": row.kind,
        "action": row.action,
        "happened_at": row.happened_at,
        "recorded_at": row.recorded_at,
        "step": row.biz_step,
        "disposition": row.disposition,
        "read_point": row.read_point,
        "site": row.site_code,
        "source": row.source,
        "source_grade": row.source_grade,
        "is_voided": row.is_voided,
        "event_hash": row.event_hash,
    }


def point(row: ReadPointRow) -> dict[str, Any]:
    """Return a read point as the API shows it."""
    names = (
        "id", "identifier", "name", "biz_step", "direction", "counterparty", "reader", "antenna",
        "lane_order", "least_rssi_dbm", "least_reads", "window_ms", "version",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names} | {"site": row.site_code}


def _passages(done: Filtered) -> list[dict[str, Any]]:
    verdicts = iter(done.verdicts)
    unreadable = set(done.unreadable)
    found = []
    for each in done.passages:
        verdict = None if each.tag in unreadable else next(verdicts)
        found.append(
            {
                "tag": each.tag,
                "began_at": each.began_at,
                "ended_at": each.ended_at,
                "antenna": each.antenna,
                "direction": each.way.value,
                "reads": each.reads,
                "state": verdict.state.value if verdict else "unreadable",
                "event": verdict.event if verdict else None,
                "reason": verdict.reason if verdict else "",
            }
        )
    return found


def _answer(row: ReadPoint, status: int) -> Response:
    body = point(read_point_rows([row])[0])
    return Response(body, status=status, headers={"ETag": etag_of(row)})


routes: list[URLPattern] = [
    path("tracked-units", Units.as_view(), name="tracked-units"),
    path("tracked-units/<uuid:key>", OneUnit.as_view(), name="tracked-unit"),
    path("read-points", ReadPoints.as_view(), name="read-points"),
    path("read-points/<uuid:key>", OneReadPoint.as_view(), name="one-read-point"),
    path("rfid-reads", RfidReads.as_view(), name="rfid-reads"),
]
