"""Devices: the list, one device with its readings, credentials and attachment."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.shell.asking import of_page, paging, tabs, text_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from inventory.device_forms import DeviceForm
from inventory.models import Device, DeviceCredential
from inventory.queries.attachments import attachment_rows
from inventory.queries.devices import (
    SORTS,
    VIEWS,
    DeviceFilter,
    DeviceRow,
    credentials_of,
    device_by_key,
    device_counts,
    device_list,
)
from inventory.queries.readings import TABLED, history_of, latest_of_device
from inventory.queries.tracking import units_named
from inventory.rules.reading_values import BATTERY
from inventory.services.device_plans import DevicePlan, keep_device, remove_device
from inventory.services.devices import LIVE_CREDENTIALS, issue_credential, revoke

SHOWN, BEFORE, EXPORTED = 50, 50, 100_000
VIEW_LABELS = {
    "on": gettext_lazy("Switched on"),
    "crossed": gettext_lazy("Outside limits"),
    "silent": gettext_lazy("Silent for an hour"),
    "throttled": gettext_lazy("Throttled"),
    "loose": gettext_lazy("Not attached"),
    "off": gettext_lazy("Switched off"),
    "all": gettext_lazy("All"),
}
SORT_LABELS = {
    "code": gettext_lazy("Code"),
    "seen": gettext_lazy("Heard of last first"),
    "silent": gettext_lazy("Silent longest first"),
    "battery": pgettext_lazy("sort", "Battery"),
}


@require_GET
@for_roles()
def devices(request: PageRequest) -> HttpResponse:
    """List devices; every filter is in the address."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, device_list(wanted, limit=EXPORTED))
    page = of_page(request.GET)
    rows = device_list(wanted, limit=SHOWN + 1, offset=(page - 1) * SHOWN)
    context = {
        "rows": rows[:SHOWN],
        "views": tabs(request, VIEW_LABELS, wanted.view, device_counts()),
        "sorts": SORT_LABELS.items(),
        "kinds": Device.Kind.choices,
        "wanted": wanted,
        "is_filtered": bool(wanted.text or wanted.kind),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "may_edit": request.membership.role in WRITERS,
        "tenant": request.organisation.slug,
    }
    name = "inventory/devices_list.html" if is_fragment(request) else "inventory/devices.html"
    return render(request, name, context)


@require_GET
@never_cache
@for_roles()
def device(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one device: what it measured last, a chart of one metric, who may log in as it."""
    return _shown(request, _row(key))


def _shown(
    request: PageRequest, row: DeviceRow, told: tuple[str, str] | None = None
) -> HttpResponse:
    """Answer with the page of a device; ``told`` is a new user name with its secret."""
    key = row.id
    latest = latest_of_device(key)
    measured = (each for each in latest if each.number is not None)
    numeric = sorted(measured, key=lambda each: (not each.is_breached, each.metric == BATTERY))
    asked = text_of(request.GET, "metric", 60)
    chosen = next((each for each in numeric if each.metric == asked), next(iter(numeric), None))
    history = history_of(key, chosen.metric) if chosen else []
    credentials = credentials_of(key)
    live = [each for each in credentials if each.revoked_at is None]
    unit = next(iter(units_named([row.thing])), None) if row.thing else None
    context = {
        "row": row,
        "latest": latest,
        "numeric": numeric,
        "chosen": chosen,
        "history": history,
        "newest": history[::-1][:TABLED],
        "unit": unit,
        "before": attachment_rows(key, limit=BEFORE),
        "credentials": credentials,
        "may_issue": len(live) < LIVE_CREDENTIALS and row.is_active,
        "may_edit": request.membership.role in WRITERS,
        "told": told,
        "tenant": request.organisation.slug,
    }
    name = "inventory/device_body.html" if is_fragment(request) else "inventory/device.html"
    return render(request, name, context)


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def device_new(request: PageRequest) -> HttpResponse:
    """Register a device."""
    form = DeviceForm(request.POST or None, initial={"code": text_of(request.GET, "code", 80)})
    return _keep(request, form, None)


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def device_change(request: PageRequest, key: UUID) -> HttpResponse:
    """Change a device, or what it is attached to."""
    row = _row(key)
    names = ("code", "name", "kind", "thing", "per_minute", "burst", "is_active", "version")
    initial = {name: getattr(row, name) for name in names}
    initial |= {"load": row.load_number, "site": row.site_code}
    return _keep(request, DeviceForm(request.POST or None, initial=initial), row)


@require_POST
@for_roles(*WRITERS)
def device_remove(request: PageRequest, key: UUID) -> HttpResponse:
    """Take a device away."""
    row = _row(key)
    remove_device(row.id)
    url = page_url(request, "inventory:devices")
    return go_to(request, url, toast=_("%(code)s is removed.") % {"code": row.code})


@require_POST
@never_cache
@for_roles(*WRITERS)
def credential_new(request: PageRequest, key: UUID) -> HttpResponse:
    """Give a device a credential; its secret is in this answer, and nowhere else."""
    row = _row(key)
    try:
        told = issue_credential(Device.objects.get(pk=key))
    except Refused as refused:
        toast = _("Expected %(expected)s.") % {"expected": refused.expected}
        return go_to(request, page_url(request, "inventory:device", row.id), toast=toast)
    return _shown(request, row, told)


@require_POST
@for_roles(*WRITERS)
def credential_revoke(request: PageRequest, key: UUID, credential: UUID) -> HttpResponse:
    """Take a credential back."""
    row = _row(key)
    own = DeviceCredential.objects.filter(
        owner_id=request.organisation.pk, device_id=row.id, pk=credential
    )
    if not own.exists():
        raise Http404
    revoke(credential)
    url = page_url(request, "inventory:device", row.id)
    return go_to(request, url, toast=_("The credential no longer opens anything."))


def _row(key: UUID) -> DeviceRow:
    row = device_by_key(key)
    if row is None:
        raise Http404
    return row


def _keep(request: PageRequest, form: DeviceForm, row: DeviceRow | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] if row else None
        try:
            kept = keep_device(
                DevicePlan(**form.plan()), key=row.id if row else None, version=version
            )
        except Refused as refused:
            form.refuse(refused)
        except VersionConflict:
            form.add_error(None, _("Somebody changed this meanwhile; look again."))
        else:
            url = page_url(request, "inventory:device", kept.pk)
            return go_to(request, url, toast=_("%(code)s is kept.") % {"code": kept.code})
    context = {"form": form, "row": row, "tenant": request.organisation.slug}
    status = 422 if form.errors else 200
    return render(request, "inventory/device_form.html", context, status=status)


def _filter(asked: QueryDict) -> DeviceFilter:
    view, sort, kind = asked.get("view", "on"), asked.get("sort", "code"), asked.get("kind", "")
    return DeviceFilter(
        view=view if view in VIEWS else "on",
        text=text_of(asked, "text", 250),
        kind=kind if kind in Device.Kind.values else "",
        sort=sort if sort in SORTS else "code",
    )


def _export(request: PageRequest, rows: list[DeviceRow]) -> HttpResponse:
    columns = [
        "code", "name", "kind", "unit", "load", "site", "partner", "state", "last_seen_at",
        "battery_percent", "breaches", "throttled_count",
    ]  # fmt: skip
    cells: list[list[Any]] = [
        [
            row.code, row.name, row.kind, row.thing, row.load_number, row.site_code,
            row.partner.bpn, row.state, row.last_seen_at, row.battery_percent, row.breaches,
            row.throttled_count,
        ]
        for row in rows
    ]  # fmt: skip
    return export_response(request, "devices", columns, cells)


routes: list[URLPattern] = [
    path("inventory/devices/", devices, name="devices"),
    path("inventory/devices/new/", device_new, name="device-new"),
    path("inventory/devices/<uuid:key>/", device, name="device"),
    path("inventory/devices/<uuid:key>/change/", device_change, name="device-change"),
    path("inventory/devices/<uuid:key>/remove", device_remove, name="device-remove"),
    path("inventory/devices/<uuid:key>/credentials", credential_new, name="credential-new"),
    path(
        "inventory/devices/<uuid:key>/credentials/<uuid:credential>/revoke",
        credential_revoke,
        name="credential-revoke",
    ),
]
