"""REST: readings of sensors, taken in bulk with a verdict on each, and told again."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.urls import URLPattern, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.lists import note_reads, paginate
from collab.masterdata.api.base import MasterDataView
from inventory.api.base import READ
from inventory.api.tracking import CAPTURE
from inventory.models import LatestReading, SensorReading
from inventory.queries.readings import latest_rows_of, reading_facts, readings
from inventory.services.device_plans import devices_named
from inventory.services.readings import (
    ReadingRow,
    Verdict,
    VerdictState,
    note_unknown,
    record_readings,
)
from transport.queries.whole import whole_rows

MOST_ROWS = 5_000
SOURCE = "api"


class SensorReadingBody(serializers.Serializer[Any]):
    """One value of one metric as a device measured it."""

    device = serializers.CharField(max_length=80, help_text="Code or id of a device of yours.")
    metric = serializers.CharField(max_length=60, help_text="temperature, humidity, shock, open …")
    value = serializers.JSONField(help_text="A number, true or false, or text.")
    unit = serializers.CharField(max_length=12, default="", allow_blank=True, help_text="CEL")
    sensed_at = serializers.DateTimeField()
    sequence = serializers.IntegerField(
        default=None, allow_null=True, min_value=0, max_value=2**63 - 1,
        help_text="A number that the device never uses twice for the metric; without, the time.",
    )  # fmt: skip


class _Rows(serializers.ListField):
    """Rows that are checked one by one later: a bad one costs the others nothing."""

    def run_child_validation(self, data: Any) -> Any:
        """Return the rows as they are."""
        return data


class SensorReadingsBody(serializers.Serializer[Any]):
    """A batch of readings, of any devices of yours."""

    readings = _Rows(child=SensorReadingBody(), allow_empty=False, max_length=MOST_ROWS)


class ReadingVerdictOutput(serializers.Serializer[Any]):
    """What became of one reading."""

    index = serializers.IntegerField()
    state = serializers.ChoiceField(choices=[each.value for each in VerdictState])
    reading = serializers.UUIDField(allow_null=True)
    field = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)


class ReadingVerdictsOutput(serializers.Serializer[Any]):
    """What became of a batch, reading by reading."""

    recorded = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    refused = serializers.IntegerField()
    verdicts = ReadingVerdictOutput(many=True)


class SensorReadingQuery(serializers.Serializer[Any]):
    """Filters of the list of readings."""

    device = serializers.UUIDField(required=False)
    metric = serializers.CharField(max_length=60, default="")
    unit = serializers.CharField(max_length=250, default="", help_text="Identifier of a unit.")
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)


class SensorReadingOutput(serializers.Serializer[Any]):
    """One reading; ``thing`` is the unit it was measured on."""

    id = serializers.UUIDField()
    device = serializers.UUIDField()
    owner = serializers.CharField()
    counterparty = serializers.CharField(allow_blank=True)
    metric = serializers.CharField()
    value = serializers.JSONField()
    unit = serializers.CharField(allow_blank=True)
    sensed_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    sequence = serializers.IntegerField(allow_null=True)
    thing = serializers.CharField(allow_blank=True)


class LatestReadingQuery(serializers.Serializer[Any]):
    """Filters of the list of newest readings."""

    device = serializers.UUIDField(required=False)
    unit = serializers.CharField(max_length=250, default="", help_text="Identifier of a unit.")
    is_breached = serializers.BooleanField(required=False)


class LatestReadingOutput(serializers.Serializer[Any]):
    """The newest value of a metric, and how it stands to its limit."""

    id = serializers.UUIDField()
    device = serializers.UUIDField()
    device_code = serializers.CharField()
    owner = serializers.CharField()
    counterparty = serializers.CharField(allow_blank=True)
    metric = serializers.CharField()
    value = serializers.JSONField()
    unit = serializers.CharField(allow_blank=True)
    sensed_at = serializers.DateTimeField()
    thing = serializers.CharField(allow_blank=True)
    least = serializers.FloatField(allow_null=True)
    most = serializers.FloatField(allow_null=True)
    side = serializers.ChoiceField(choices=["", "low", "high"])
    beyond_since = serializers.DateTimeField(allow_null=True)
    is_breached = serializers.BooleanField()


class SensorReadings(MasterDataView):
    """Readings of sensors."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": CAPTURE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = SensorReadingQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": SensorReadingsBody}
    replies: ClassVar[dict[str, Any]] = {"GET": SensorReadingOutput, "POST": ReadingVerdictsOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}

    def get(self, request: Request) -> Response:
        """Return a page, measured last first: one's own and those that partners opened."""
        asked = self.query()
        found = readings(
            device_id=asked.get("device"),
            metric=asked["metric"],
            thing=asked["unit"],
            since=asked.get("since"),
            until=asked.get("until"),
        )
        page = paginate(request, found, order="-id")
        note_reads(SensorReading, page.items)
        rows = reading_facts(page.items)
        names = (
            "id", "metric", "value", "unit", "sensed_at", "received_at", "sequence", "thing",
        )  # fmt: skip
        return Response(page.body([_told(row, names) for row in rows]))

    def post(self, request: Request) -> Response:
        """Take each reading that can be taken; the same batch again changes nothing."""
        verdicts = _record(self.body()["readings"], timezone.now())
        counts = Counter(each.state for each in verdicts)
        body = {
            "recorded": counts[VerdictState.RECORDED],
            "duplicates": counts[VerdictState.DUPLICATE],
            "refused": counts[VerdictState.REFUSED],
            "verdicts": [
                {
                    "index": index,
                    "state": each.state.value,
                    "reading": each.reading,
                    "field": each.field,
                    "reason": each.reason,
                }
                for index, each in enumerate(verdicts)
            ],
        }
        return Response(body)


class LatestReadings(MasterDataView):
    """The newest reading of each metric of each device."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = LatestReadingQuery
    lists: ClassVar[bool] = True
    replies: ClassVar[dict[str, Any]] = {"GET": LatestReadingOutput}

    def get(self, request: Request) -> Response:
        """Return a page of one's own and those that partners opened."""
        asked = self.query()
        found = whole_rows(LatestReading.objects.all())
        if "device" in asked:
            found = found.filter(device_id=asked["device"])
        if asked["unit"]:
            found = found.filter(thing=asked["unit"])
        if "is_breached" in asked:
            found = found.filter(is_breached=asked["is_breached"])
        page = paginate(request, found)
        note_reads(LatestReading, page.items)
        names = (
            "id", "device_code", "metric", "value", "unit", "sensed_at", "thing", "least", "most",
            "side", "beyond_since", "is_breached",
        )  # fmt: skip
        return Response(page.body([_told(row, names) for row in latest_rows_of(page.items)]))


def _record(raw: Sequence[Any], received_at: datetime) -> list[Verdict]:
    """Check rows one by one, record what is left, and return all verdicts in order."""
    found: list[Verdict | None] = []
    said: list[Mapping[str, Any]] = []
    for each in raw:
        form = SensorReadingBody(data=each if isinstance(each, Mapping) else {})
        if form.is_valid():
            said.append(form.validated_data)
            found.append(None)
        else:
            field, reasons = next(iter(form.errors.items()))
            found.append(Verdict(VerdictState.REFUSED, str(reasons[0]), str(field)))
    rows: list[ReadingRow | None] = _rows(said)
    unknown = [each["device"] for each, row in zip(said, rows, strict=True) if row is None]
    note_unknown(unknown, source=SOURCE, received_at=received_at)
    known = [row for row in rows if row is not None]
    verdicts = iter(record_readings(known, source=SOURCE, received_at=received_at))
    names = iter(zip(said, rows, strict=True))
    for place, verdict in enumerate(found):
        if verdict is None:
            told, row = next(names)
            found[place] = next(verdicts) if row is not None else _unknown(told["device"])
    return [each for each in found if each is not None]


def _rows(said: Sequence[Mapping[str, Any]]) -> list[ReadingRow | None]:
    known = devices_named({each["device"] for each in said})
    return [
        ReadingRow(
            known[each["device"]],
            each["metric"],
            each["value"],
            each["unit"],
            each["sensed_at"],
            each["sequence"],
        )
        if each["device"] in known
        else None
        for each in said
    ]


def _unknown(name: str) -> Verdict:
    reason = f"expected a device of yours that is switched on, got {name}"
    return Verdict(VerdictState.REFUSED, reason, "device")


def _told(row: Any, names: Sequence[str]) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in names}
    return shown | {
        "device": row.device_id,
        "owner": row.owner.bpn,
        "counterparty": row.partner.bpn,
    }


routes: list[URLPattern] = [
    path("sensor-readings", SensorReadings.as_view(), name="sensor-readings"),
    path("sensor-readings/latest", LatestReadings.as_view(), name="latest-readings"),
]
