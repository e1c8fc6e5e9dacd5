"""One part: its form, and its page with partners' numbers, structure and packaging."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.masterdata import queries, services
from collab.masterdata.forms import AliasForm, BomForm, PackForm, PartForm, refuse
from collab.masterdata.models import BomLine, Packaging, Part, PartAlias
from collab.masterdata.pages.parts import EDITORS
from collab.masterdata.queries import BomTree
from collab.masterdata.refusals import Refused, VersionConflict
from collab.masterdata.services.parts import FIELDS
from collab.organisations.clock import own_day
from collab.shell.page import PageRequest, for_roles, go_to, page_url

SECTIONS: dict[str, tuple[str, type[django_forms.Form]]] = {
    "numbers": ("alias", AliasForm),
    "structure": ("bom", BomForm),
    "packaging": ("pack", PackForm),
}


@require_GET
@for_roles()
def part(request: PageRequest, part_id: UUID) -> HttpResponse:
    """Show one part."""
    return _page(request, _part(part_id))


@require_http_methods(["GET", "POST"])
@for_roles(*EDITORS)
def create(request: PageRequest) -> HttpResponse:
    """Create a part."""
    form = PartForm(request.POST or None, initial={"kind": "component", "base_unit": "H87"})
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in FIELDS}
        try:
            made = services.create_part(**values)
        except Refused as reason:
            refuse(form, reason)
        else:
            url = page_url(request, "masterdata:part", made.pk)
            return go_to(request, url, toast=_("Created."))
    return _form(request, form, None)


@require_http_methods(["GET", "POST"])
@for_roles(*EDITORS)
def edit(request: PageRequest, part_id: UUID) -> HttpResponse:
    """Change a part; somebody else's change meanwhile is shown, not overwritten."""
    found = _part(part_id)
    initial = {name: getattr(found, name) for name in (*FIELDS, "version")}
    form = PartForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in FIELDS}
        try:
            services.update_part(part_id, version=form.cleaned_data["version"], **values)
        except Refused as reason:
            refuse(form, reason)
        except VersionConflict as conflict:
            form = _conflicted(found, values, conflict)
        else:
            url = page_url(request, "masterdata:part", part_id)
            return go_to(request, url, toast=_("Saved."))
    return _form(request, form, found)


@require_POST
@for_roles(*EDITORS)
def switch(request: PageRequest, part_id: UUID) -> HttpResponse:
    """Retire the part or bring it back; the toast undoes it."""
    found = _part(part_id)
    change: Callable[[UUID], Part] = (
        services.retire_part if found.is_active else services.reactivate_part
    )
    change(part_id)
    toast = _("Retired.") if found.is_active else _("Brought back.")
    undo = page_url(request, "masterdata:part-switch", part_id)
    return go_to(request, page_url(request, "masterdata:part", part_id), toast=toast, undo=undo)


@require_POST
@for_roles(*EDITORS)
def add(request: PageRequest, part_id: UUID, section: str) -> HttpResponse:
    """Add a partner's number, a component or a pack."""
    found = _part(part_id)
    if section not in SECTIONS:
        raise Http404
    name, form_class = SECTIONS[section]
    form = form_class(request.POST, prefix=name)
    if form.is_valid():
        try:
            _add(found, form)
        except Refused as reason:
            refuse(form, reason)
        else:
            url = page_url(request, "masterdata:part", part_id)
            return go_to(request, f"{url}#{section}", toast=_("Added."))
    return _page(request, found, {name: form}, status=422)


@require_POST
@for_roles(*EDITORS)
def remove(request: PageRequest, part_id: UUID, section: str, row_id: UUID) -> HttpResponse:
    """Remove a partner's number, a component or a pack of the part."""
    _part(part_id)
    try:
        if section == "numbers":
            services.remove_alias(PartAlias.objects.get(pk=row_id, part_id=part_id).pk)
        elif section == "structure":
            services.remove_bom_line(BomLine.objects.get(pk=row_id, parent_id=part_id).pk)
        elif section == "packaging":
            services.remove_packaging(Packaging.objects.get(pk=row_id, part_id=part_id).pk)
        else:
            raise Http404
    except (PartAlias.DoesNotExist, BomLine.DoesNotExist, Packaging.DoesNotExist):
        raise Http404 from None
    url = page_url(request, "masterdata:part", part_id)
    return go_to(request, f"{url}#{section}", toast=_("Removed."))


def _add(part: Part, form: django_forms.Form) -> None:
    values = {name: value for name, value in form.cleaned_data.items() if value != ""}
    if isinstance(form, AliasForm):
        values["partner"] = form.partner_chosen()
        services.create_alias(part=part, **values)
    elif isinstance(form, PackForm):
        values["partner"] = form.partner_chosen()
        services.create_packaging(part=part, **values)
    else:
        number = values.pop("component")
        row = queries.part_by_number(number)
        if row is None:
            raise Refused("component", _("the number of a part of yours"), number)
        component = Part.objects.get(pk=row.id)
        services.add_bom_line(parent=part, component=component, **values)


def _page(
    request: PageRequest,
    part: Part,
    given: dict[str, django_forms.Form] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    today = own_day()
    down = queries.bom_tree_down(part.pk, on=today)
    up = queries.bom_tree_up(part.pk, on=today)
    blank = {
        "alias": AliasForm(prefix="alias", initial={"valid_from": today}),
        "bom": BomForm(prefix="bom"),
        "pack": PackForm(prefix="pack"),
    }
    context = {
        "part": part,
        "today": today,
        "aliases": queries.aliases_of(part.pk),
        "lines": queries.bill_of_material(parent_id=part.pk),
        "down": _flat(down)[1:],
        "up": _flat(up)[1:],
        "packs": queries.packaging_of(part.pk),
        "factors": queries.unit_factors(part.pk),
        "alike": queries.probable_matches(part.number),
        "may_edit": request.membership.role in EDITORS,
        "stock_url": _stock_url(request, part.number),
        "forms": blank | (given or {}),
        "opened": set(given or {}),
    }
    return render(request, "masterdata/part.html", context, status=status)


def _flat(tree: BomTree | None) -> list[BomTree]:
    """Return the tree as rows, each branch under what it hangs on; ``level`` gives the indent."""
    if tree is None:
        return []
    rows = [tree]
    for branch in tree.branches:
        rows += _flat(branch)
    return rows


def _stock_url(request: PageRequest, number: str) -> str:
    try:
        return page_url(request, "inventory:part", number)
    except NoReverseMatch:
        return ""


def _conflicted(part: Part, mine: dict[str, Any], conflict: VersionConflict) -> PartForm:
    """Return the form with what was typed and what stands there now, ready to be saved again."""
    theirs = {name: getattr(part, name) for name in FIELDS}
    form = PartForm({**mine, "version": conflict.current})
    form.is_valid()
    form.add_error(None, _("Somebody changed this part meanwhile. Saving again keeps yours."))
    for name, value in theirs.items():
        if mine[name] != value and (mine[name] or value):
            form.add_error(name, _("Now stored: %(value)s") % {"value": value})
    return form


def _form(request: PageRequest, form: PartForm, part: Part | None) -> HttpResponse:
    status = 422 if form.errors else 200
    context = {"form": form, "part": part}
    return render(request, "masterdata/part_form.html", context, status=status)


def _part(part_id: UUID) -> Part:
    found = Part.objects.filter(pk=part_id).first()
    if found is None:
        raise Http404
    return found
