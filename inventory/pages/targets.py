"""Agreed days of supply: the list, and the forms that set, change and remove them."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from inventory.forms import FiguresForm, TargetForm, partner_choices, site_choices
from inventory.models import CoverageTarget
from inventory.queries.targets import TargetFilter, TargetRow, target_rows, targets
from inventory.services import agree_target, change_target, remove_target

SHOWN = 200
EXPORTED = 100_000
FIGURES = ("minimum_days", "maximum_days", "report_every_hours", "lead_days", "version")


@require_GET
@for_roles()
def target_list(request: PageRequest) -> HttpResponse:
    """List the targets of both sides; every filter is in the address."""
    wanted = _filter(request.GET)
    rows = targets(wanted)
    if wanted_form(request):
        return _export(request, target_rows(rows[:EXPORTED]))
    total = rows.count()
    query = request.GET.copy()
    query.pop("export", None)
    context = {
        "rows": target_rows(rows[:SHOWN]),
        "total": total,
        "shown": min(total, SHOWN),
        "wanted": wanted,
        "is_filtered": bool(wanted.part or wanted.site or wanted.partner_bpn),
        "partners": partner_choices(),
        "may_edit": request.membership.role in WRITERS,
        "query": query.urlencode(),
    }
    name = "inventory/targets_body.html" if is_fragment(request) else "inventory/targets.html"
    return render(request, name, context)


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def create(request: PageRequest) -> HttpResponse:
    """Agree a target; one that stands for the same part, site and partner is replaced."""
    asked = {name: request.GET.get(name, "") for name in ("counterparty", "part_number", "site")}
    form = TargetForm(request.POST or None, initial={key: v for key, v in asked.items() if v})
    if request.method == "POST" and form.is_valid():
        try:
            _target, is_new = agree_target(form.target())
        except Refused as refused:
            form.refuse(refused)
        else:
            toast = _("Target set.") if is_new else _("Target changed.")
            return go_to(request, page_url(request, "inventory:targets"), toast=toast)
    return _form(request, form, None)


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def edit(request: PageRequest, target_id: UUID) -> HttpResponse:
    """Change an own target; somebody else's change meanwhile is shown, not overwritten."""
    target = _own(request, target_id)
    initial = {name: getattr(target, name) for name in FIGURES}
    form = FiguresForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_target(target_id, version=form.cleaned_data["version"], **form.figures())
        except Refused as refused:
            form.refuse(refused)
        except VersionConflict:
            form = _conflicted(form, _own(request, target_id))
        else:
            url = page_url(request, "inventory:targets")
            return go_to(request, url, toast=_("Target changed."))
    return _form(request, form, target)


@require_POST
@for_roles(*WRITERS)
def remove(request: PageRequest, target_id: UUID) -> HttpResponse:
    """Take an own target back."""
    _own(request, target_id)
    remove_target(target_id)
    return go_to(request, page_url(request, "inventory:targets"), toast=_("Target removed."))


def _own(request: PageRequest, target_id: UUID) -> CoverageTarget:
    own = CoverageTarget.objects.filter(owner_id=request.organisation.pk, pk=target_id)
    target = own.first()
    if target is None:
        raise Http404
    return target


def _form(request: PageRequest, form: FiguresForm, target: CoverageTarget | None) -> HttpResponse:
    row = target_rows([target])[0] if target else None
    context = {"form": form, "row": row, "sites": site_choices()}
    status = 422 if form.errors else 200
    return render(request, "inventory/target_form.html", context, status=status)


def _conflicted(form: FiguresForm, current: CoverageTarget) -> FiguresForm:
    """Return a form with the person's figures that says what stands now."""
    again = FiguresForm({**form.cleaned_data, "version": current.version})
    again.full_clean()
    again.add_error(
        None,
        _("Somebody changed this meanwhile to %(low)s to %(high)s days. Save again to keep yours.")
        % {"low": current.minimum_days, "high": current.maximum_days or "∞"},
    )
    return again


def _filter(asked: QueryDict) -> TargetFilter:
    def text(name: str, longest: int) -> str:
        return asked.get(name, "").replace("\0", "").strip()[:longest]

    return TargetFilter(
        part=text("part", 40), site=text("site", 20), partner_bpn=text("partner", 16)
    )


def _export(request: PageRequest, rows: list[TargetRow]) -> HttpResponse:
    columns = [
        "counterparty", "part_number", "partner_part_number", "site", "minimum_days",
        "maximum_days", "report_every_hours", "lead_days", "owner",
    ]  # fmt: skip
    cells: list[list[Any]] = [
        [
            row.counterparty.bpn, row.part_number, row.partner_part_number, row.site_code,
            row.minimum_days, row.maximum_days, row.report_every_hours,
            row.lead_days, row.owner.bpn,
        ]
        for row in rows
    ]  # fmt: skip
    return export_response(request, "coverage-targets", columns, cells)
