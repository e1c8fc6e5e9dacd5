"""How safety stock is found: the list of policies, and the form that sets one."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.shell.asking import of_page, paging, text_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from inventory.forms import RefusableForm, partner_choices, site_choices
from inventory.models import BufferPolicy
from inventory.queries.buffers import policies
from inventory.services.buffer_figures import inputs_of
from inventory.services.buffer_policies import (
    PolicyFigures,
    change_policy,
    remove_policy,
    set_policy,
)
from inventory.services.buffers import suggest

SHOWN, EXPORTED = 50, 100_000
NAMES = tuple(PolicyFigures.__dataclass_fields__)


def _number(label: Any, hint: Any = "", places: int = 3) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, help_text=hint, min_value=0, decimal_places=places, max_digits=18,
        required=False, localize=False,
    )  # fmt: skip


class PolicyForm(RefusableForm):
    """What a planner states; what stays empty is measured."""

    method = forms.ChoiceField(label=gettext_lazy("Way"), choices=BufferPolicy.Method.choices)
    service_level = forms.DecimalField(
        label=gettext_lazy("Service level"),
        help_text=gettext_lazy("Share of replenishment cycles without a shortage, 0.5 to 0.99999."),
        max_digits=6, decimal_places=5, initial="0.95", localize=False,
    )  # fmt: skip
    lead_days = _number(
        gettext_lazy("Lead time [d]"), gettext_lazy("Empty: processing and measured transit.")
    )
    lead_sigma_days = _number(gettext_lazy("Its spread [d]"), gettext_lazy("Empty: measured."))
    processing_days = _number(gettext_lazy("Processing [d]"), gettext_lazy("Before transit."))
    daily_demand = _number(
        gettext_lazy("Demand a day"), gettext_lazy("Empty: announced demand, else the past.")
    )
    daily_sigma = _number(gettext_lazy("Its spread a day"), gettext_lazy("Empty: from the past."))
    minimum_quantity = _number(gettext_lazy("At least"))
    maximum_quantity = _number(gettext_lazy("At most"))
    minimum_days = _number(gettext_lazy("At least [d]"))
    maximum_days = _number(gettext_lazy("At most [d]"))
    hard_days = _number(
        gettext_lazy("Hard safety lead time [d]"), gettext_lazy("Always there that much earlier.")
    )
    soft_days = _number(
        gettext_lazy("Soft safety lead time [d]"),
        gettext_lazy("Planned for, given up before anything runs short."),
    )
    pack_size = _number(gettext_lazy("Pack"), gettext_lazy("Empty: from the packaging."))
    unit_cost = _number(gettext_lazy("Cost of a unit"), places=4)
    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=3, initial="EUR")
    is_active = forms.BooleanField(label=gettext_lazy("Active"), required=False, initial=True)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def figures(self) -> PolicyFigures:
        """Return what was stated; call it once the form is valid."""
        told = self.cleaned_data
        return PolicyFigures(**{name: told[name] for name in NAMES})


class NewPolicyForm(PolicyForm):
    """Also says for which part, where, with whom."""

    counterparty = forms.ChoiceField(label=gettext_lazy("Partner"))
    part_number = forms.CharField(label=gettext_lazy("Part number"), max_length=40)
    site = forms.ChoiceField(label=gettext_lazy("Site"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer own partners and sites."""
        super().__init__(*args, **kwargs)
        self._offer("counterparty", partner_choices())
        self._offer("site", site_choices())


@require_GET
@for_roles()
def policy_list(request: PageRequest) -> HttpResponse:
    """List the policies with the figures they would be reckoned with now."""
    part, partner = text_of(request.GET, "part", 40), text_of(request.GET, "partner", 16)
    found = policies(part=part, partner_bpn=partner)
    if wanted_form(request):
        return _export(request, list(found[:EXPORTED]))
    page = of_page(request.GET)
    rows = list(found[(page - 1) * SHOWN : page * SHOWN + 1])
    inputs = inputs_of(rows[:SHOWN], as_of=timezone.now())
    context = {
        "rows": [{"policy": each, "inputs": inputs[each.pk]} for each in rows[:SHOWN]],
        "total": found.count(),
        "part": part,
        "partner": partner,
        "partners": partner_choices(),
        "is_filtered": bool(part or partner),
        "may_edit": request.membership.role in WRITERS,
        "tenant": request.organisation.slug,
        **paging(request, page, found=len(rows), shown=SHOWN),
    }
    name = "buffer_policies_list" if is_fragment(request) else "buffer_policies"
    return render(request, f"inventory/{name}.html", context)


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def policy_new(request: PageRequest) -> HttpResponse:
    """Set a policy; one for the same part, site and partner is replaced."""
    asked = {name: request.GET.get(name, "") for name in ("counterparty", "part_number", "site")}
    form = NewPolicyForm(request.POST or None, initial={k: v for k, v in asked.items() if v})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            made, _is_new = set_policy(
                counterparty=told["counterparty"],
                part_number=told["part_number"],
                site=told["site"],
                figures=form.figures(),
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            return _done(request, made)
    return _form(request, form, None)


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def policy_edit(request: PageRequest, key: UUID) -> HttpResponse:
    """Change a policy; somebody else's change meanwhile is not overwritten."""
    policy = _policy(key)
    initial = {name: getattr(policy, name) for name in (*NAMES, "version")}
    form = PolicyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = change_policy(key, form.figures(), version=form.cleaned_data["version"])
        except Refused as refused:
            form.refuse(refused)
        except VersionConflict:
            form.add_error(None, _("Somebody changed this meanwhile; look again."))
        else:
            return _done(request, made)
    return _form(request, form, policy)


@require_POST
@for_roles(*WRITERS)
def policy_remove(request: PageRequest, key: UUID) -> HttpResponse:
    """Take a policy away."""
    _policy(key)
    remove_policy(key)
    return go_to(request, page_url(request, "inventory:buffer-policies"), toast=_("Removed."))


def _done(request: PageRequest, policy: BufferPolicy) -> HttpResponse:
    found = suggest(as_of=timezone.now(), policy_ids=[policy.pk])
    toast = _("Kept; a figure is still missing.") if found.missing else _("Kept and worked out.")
    return go_to(request, page_url(request, "inventory:buffer-policies"), toast=toast)


def _form(request: PageRequest, form: PolicyForm, policy: BufferPolicy | None) -> HttpResponse:
    context = {"form": form, "policy": policy, "tenant": request.organisation.slug}
    status = 422 if form.errors else 200
    return render(request, "inventory/buffer_policy.html", context, status=status)


def _policy(key: UUID) -> BufferPolicy:
    found = BufferPolicy.objects.select_related("part", "partner").filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _export(request: PageRequest, rows: list[BufferPolicy]) -> HttpResponse:
    columns = ["part_number", "site", "partner", *NAMES]
    cells: list[list[Any]] = [
        [each.part_number, each.site_code, each.partner.bpn]
        + [getattr(each, name) for name in NAMES]
        for each in rows
    ]
    return export_response(request, "safety-stock-policies", columns, cells)


routes: list[URLPattern] = [
    path("inventory/buffers/policies/", policy_list, name="buffer-policies"),
    path("inventory/buffers/policies/new/", policy_new, name="buffer-policy-new"),
    path("inventory/buffers/policies/<uuid:key>/", policy_edit, name="buffer-policy"),
    path(
        "inventory/buffers/policies/<uuid:key>/remove", policy_remove, name="buffer-policy-remove"
    ),
]
