"""REST: devices, their credentials, and the limits of what they measure."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import paginate
from collab.integration.lookups import get_for_org
from collab.masterdata.api.base import MasterDataView
from collab.organisations.context import acting_organisation_id
from inventory.api.base import READ, WRITE
from inventory.api.fields import shown
from inventory.models import Device, DeviceCredential, SensorLimit
from inventory.queries.devices import VIEWS, DeviceFilter, DeviceRow, device_rows, devices
from inventory.services.device_plans import (
    MOST_AT_ONCE,
    MOST_PER_MINUTE,
    DevicePlan,
    keep_device,
    remove_device,
)
from inventory.services.devices import issue_credential, revoke
from inventory.services.sensor_limits import MOST_SECONDS, LimitPlan, keep_limit, remove_limit


class DeviceQuery(serializers.Serializer[Any]):
    """Filters of the list of devices."""

    view = serializers.ChoiceField(choices=VIEWS, default="all")
    kind = serializers.ChoiceField(choices=Device.Kind.choices, default="")
    text = serializers.CharField(
        max_length=80, default="", help_text="The beginning of a code, a name or a load's number."
    )


class DeviceBody(serializers.Serializer[Any]):
    """A device, attached to at most one of a unit, a load and a site."""

    code = serializers.CharField(max_length=80, help_text="Letters, digits and . _ : -")
    name = serializers.CharField(max_length=80, default="", allow_blank=True)
    kind = serializers.ChoiceField(choices=Device.Kind.choices, default="sensor")
    thing = serializers.CharField(
        max_length=250, default="", allow_blank=True, help_text="Identifier of a unit or asset."
    )
    load = serializers.CharField(
        max_length=35, default="", allow_blank=True, help_text="Number of a load."
    )
    site = serializers.CharField(
        max_length=20, default="", allow_blank=True, help_text="Code of a site of yours."
    )
    per_minute = serializers.IntegerField(
        min_value=1, max_value=MOST_PER_MINUTE, default=60, help_text="Readings it may send."
    )
    burst = serializers.IntegerField(
        min_value=1, max_value=MOST_AT_ONCE, default=600, help_text="Readings it may send at once."
    )
    is_active = serializers.BooleanField(default=True)
    attached_at = serializers.DateTimeField(
        default=None, allow_null=True, help_text="Since when; null: now, if it changes."
    )


class DeviceOutput(DeviceBody):
    """A device of one's own with when it was last heard of."""

    id = serializers.UUIDField()
    counterparty = serializers.CharField(
        allow_blank=True, help_text="BPN of the partner whose goods it rides with."
    )
    state = serializers.CharField()
    session = serializers.ChoiceField(choices=Device.Session.choices)
    last_seen_at = serializers.DateTimeField(allow_null=True)
    battery_percent = serializers.IntegerField(allow_null=True)
    is_throttled = serializers.BooleanField()
    throttled_at = serializers.DateTimeField(allow_null=True)
    throttled_count = serializers.IntegerField()
    breaches = serializers.IntegerField(help_text="Metrics outside their limits.")
    version = serializers.IntegerField()


class DeviceCredentialOutput(serializers.Serializer[Any]):
    """A new credential with its secret, shown this once."""

    username = serializers.CharField()
    secret = serializers.CharField()


class SensorLimitBody(serializers.Serializer[Any]):
    """Between what a metric has to stay; the most specific limit counts."""

    metric = serializers.CharField(max_length=60)
    unit = serializers.CharField(max_length=12, default="", allow_blank=True)
    least = serializers.FloatField(default=None, allow_null=True)
    most = serializers.FloatField(default=None, allow_null=True)
    duration_s = serializers.IntegerField(
        min_value=0, max_value=MOST_SECONDS, default=0, help_text="Outside for so long [s]."
    )
    severity = serializers.ChoiceField(choices=SensorLimit.Severity.choices, default="warning")
    thing = serializers.CharField(max_length=250, default="", allow_blank=True)
    part_number = serializers.CharField(max_length=40, default="", allow_blank=True)
    device_kind = serializers.ChoiceField(choices=Device.Kind.choices, default="", allow_blank=True)


class SensorLimitOutput(SensorLimitBody):
    """A limit of one's own."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()


class Devices(MasterDataView):
    """Devices."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = DeviceQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": DeviceBody}
    replies: ClassVar[dict[str, Any]] = {"GET": DeviceOutput, "POST": DeviceOutput}

    def get(self, request: Request) -> Response:
        """Return a page of one's own devices, newest first."""
        page = paginate(request, devices(DeviceFilter(**self.query())).select_related("site"))
        return Response(page.body([_device(row) for row in device_rows(page.items)]))

    def post(self, request: Request) -> Response:
        """Register a device."""
        return _answer(keep_device(DevicePlan(**self.body())), 201)


class OneDevice(MasterDataView):
    """One device."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PUT": WRITE, "DELETE": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PUT": DeviceBody}
    replies: ClassVar[dict[str, Any]] = {"GET": DeviceOutput, "PUT": DeviceOutput}
    versioned = frozenset({"PUT", "DELETE"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the device."""
        return _answer(get_for_org(_own(), pk=key), 200)

    def put(self, request: Request, key: UUID) -> Response:
        """State anew what the device is and what it is attached to."""
        self.locked(Device, key)
        return _answer(keep_device(DevicePlan(**self.body()), key=key), 200)

    def delete(self, request: Request, key: UUID) -> Response:
        """Take the device away; its history stays."""
        self.locked(Device, key)
        remove_device(key)
        return Response(status=204)


class DeviceCredentials(MasterDataView):
    """Credentials of a device: two may be live, so that one can take the other's place."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    replies: ClassVar[dict[str, Any]] = {"POST": DeviceCredentialOutput}

    def post(self, request: Request, key: UUID) -> Response:
        """Give the device a credential; the secret is shown this once."""
        name, secret = issue_credential(get_for_org(_own(), pk=key))
        response = Response({"username": name, "secret": secret}, status=201)
        replayed = {"username": name, "secret": ""}
        response.replay_data = replayed  # type: ignore[attr-defined]  # the secret but once
        return response


class OneDeviceCredential(MasterDataView):
    """One credential of a device."""

    scopes: ClassVar[dict[str, str]] = {"DELETE": WRITE}

    def delete(self, request: Request, key: UUID, credential: UUID) -> Response:
        """Take the credential back: the device cannot log in with it any more."""
        revoke(get_for_org(DeviceCredential, pk=credential, device_id=key).pk)
        return Response(status=204)


class SensorLimits(MasterDataView):
    """Limits of what devices measure."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": SensorLimitBody}
    replies: ClassVar[dict[str, Any]] = {"GET": SensorLimitOutput, "POST": SensorLimitOutput}

    def get(self, request: Request) -> Response:
        """Return a page of one's own limits, newest first."""
        self.query()
        page = paginate(request, SensorLimit.objects.select_related("part"))
        return Response(page.body([_limit(row) for row in page.items]))

    def post(self, request: Request) -> Response:
        """State a limit; what it covers is judged anew."""
        return _limit_answer(keep_limit(LimitPlan(**self.body())), 201)


class OneSensorLimit(MasterDataView):
    """One limit."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PUT": WRITE, "DELETE": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PUT": SensorLimitBody}
    replies: ClassVar[dict[str, Any]] = {"GET": SensorLimitOutput, "PUT": SensorLimitOutput}
    versioned = frozenset({"PUT", "DELETE"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the limit."""
        return _limit_answer(get_for_org(SensorLimit, pk=key), 200)

    def put(self, request: Request, key: UUID) -> Response:
        """State the limit anew; what it covers is judged anew."""
        self.locked(SensorLimit, key)
        return _limit_answer(keep_limit(LimitPlan(**self.body()), key=key), 200)

    def delete(self, request: Request, key: UUID) -> Response:
        """Take the limit away; what it alone held open closes."""
        self.locked(SensorLimit, key)
        remove_limit(key)
        return Response(status=204)


def _own() -> Any:
    return Device.objects.filter(owner_id=acting_organisation_id()).select_related("site")


def _device(row: DeviceRow) -> dict[str, Any]:
    renamed = {"load": row.load_number, "site": row.site_code, "counterparty": row.partner.bpn}
    return shown(row, DeviceOutput, besides=renamed) | renamed


def _answer(row: Device, status: int) -> Response:
    body = _device(device_rows([row])[0])
    return Response(body, status=status, headers={"ETag": etag_of(row)})


def _limit(row: SensorLimit) -> dict[str, Any]:
    part = {"part_number": row.part.number if row.part is not None else ""}
    return shown(row, SensorLimitOutput, besides=part) | part


def _limit_answer(row: SensorLimit, status: int) -> Response:
    return Response(_limit(row), status=status, headers={"ETag": etag_of(row)})


routes: list[URLPattern] = [
    path("devices", Devices.as_view(), name="devices"),
    path("devices/<uuid:key>", OneDevice.as_view(), name="one-device"),
    path("devices/<uuid:key>/credentials", DeviceCredentials.as_view(), name="credentials"),
    path(
        "devices/<uuid:key>/credentials/<uuid:credential>",
        OneDeviceCredential.as_view(),
        name="one-credential",
    ),
    path("sensor-limits", SensorLimits.as_view(), name="sensor-limits"),
    path("sensor-limits/<uuid:key>", OneSensorLimit.as_view(), name="one-sensor-limit"),
]
