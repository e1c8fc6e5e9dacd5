"""Limits of what devices measure: listed, added and changed on one page."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from collab.masterdata.refusals import Refused, VersionConflict
from collab.shell.asking import key_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, page_url
from inventory.device_forms import LimitForm
from inventory.models import SensorLimit
from inventory.queries.devices import limits
from inventory.services.sensor_limits import LimitPlan, keep_limit, remove_limit

NAMES = ("metric", "unit", "least", "most", "duration_s", "severity", "thing", "device_kind")


@require_http_methods(["GET", "POST"])
@for_roles()
def limit_list(request: PageRequest) -> HttpResponse:
    """List the limits; planners add and change them."""
    chosen = _chosen(request)
    may_edit = request.membership.role in WRITERS
    form = LimitForm(request.POST or None, initial=_initial(chosen))
    if request.method == "POST" and may_edit and form.is_valid():
        try:
            keep_limit(
                LimitPlan(**form.plan()),
                key=chosen.pk if chosen else None,
                version=form.cleaned_data["version"] if chosen else None,
            )
        except VersionConflict:
            form.add_error(None, _("Somebody changed this meanwhile; look again."))
        except Refused as refused:
            form.refuse(refused)
        else:
            url = page_url(request, "inventory:sensor-limits")
            return go_to(request, url, toast=_("The limit is kept."))
    context = {
        "rows": limits(),
        "chosen": chosen,
        "form": form,
        "may_edit": may_edit,
        "tenant": request.organisation.slug,
    }
    status = 422 if form.errors else 200
    return render(request, "inventory/sensor_limits.html", context, status=status)


@require_POST
@for_roles(*WRITERS)
def limit_remove(request: PageRequest, key: UUID) -> HttpResponse:
    """Take a limit away."""
    try:
        remove_limit(key)
    except SensorLimit.DoesNotExist:
        raise Http404 from None
    url = page_url(request, "inventory:sensor-limits")
    return go_to(request, url, toast=_("The limit is removed."))


def _chosen(request: PageRequest) -> SensorLimit | None:
    asked = key_of(request.GET.get("limit", ""))
    if asked is None:
        return None
    own = SensorLimit.objects.filter(owner_id=request.organisation.pk, pk=asked)
    return own.select_related("part").first()


def _initial(chosen: SensorLimit | None) -> dict[str, object]:
    if chosen is None:
        return {}
    found = {name: getattr(chosen, name) for name in (*NAMES, "version")}
    return found | {"part_number": chosen.part.number if chosen.part is not None else ""}


routes: list[URLPattern] = [
    path("inventory/devices/limits/", limit_list, name="sensor-limits"),
    path("inventory/devices/limits/<uuid:key>/remove", limit_remove, name="sensor-limit-remove"),
]
