"""Tariffs by carrier: the list, and one to look at or replace; rates are typed or pasted."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.clock import own_day
from collab.shell.asking import of_page, paging, text_of
from collab.shell.page import PageRequest, for_roles, go_to, is_fragment, page_url
from transport.pages.empties import PLANNERS
from transport.pages.words import put_on, version_of
from transport.queries.money import MoneyFilter, TariffRow, tariff_rows, tariffs
from transport.rules.tariff import Basis, Mode
from transport.services.tariffs import TariffPlan, keep_tariff

SHOWN = 50
RATE = (
    "basis", "price", "fixed", "origin_zone", "destination_zone", "max_km", "max_kg",
    "max_pallets", "max_ldm",
)  # fmt: skip
MODE_LABELS = {
    Mode.DIRECT.value: gettext_lazy("Full truck"),
    Mode.MILK_RUN.value: gettext_lazy("Milk run"),
    Mode.PART_LOAD.value: gettext_lazy("Part load over a cross-dock"),
    Mode.PARCEL.value: gettext_lazy("Parcel"),
}


class TariffForm(forms.Form):
    """Prices agreed with a carrier; rates one a line, as a spreadsheet copies them."""

    carrier = forms.CharField(label=gettext_lazy("Carrier (BPN)"), max_length=16)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    mode = forms.ChoiceField(label=gettext_lazy("For"), choices=list(MODE_LABELS.items()))
    vehicle_type = forms.CharField(
        label=gettext_lazy("Vehicle type"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("Empty: any."),
    )
    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=3, initial="EUR")
    valid_from = forms.DateField(
        label=gettext_lazy("Valid from"), widget=forms.DateInput(attrs={"type": "date"})
    )
    valid_to = forms.DateField(
        label=gettext_lazy("Until before"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    rank = forms.IntegerField(
        label=gettext_lazy("Asked as number"), min_value=1, max_value=99, initial=1
    )
    answer_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes to answer"), min_value=1, max_value=10_080, initial=60
    )
    pickups_per_week = forms.IntegerField(
        label=gettext_lazy("Pick-ups a week agreed"), min_value=0, max_value=50, required=False
    )
    rates = forms.CharField(
        label=gettext_lazy("Rates"),
        widget=forms.Textarea(attrs={"rows": 8, "class": "mono"}),
        help_text=gettext_lazy(
            "One a line, columns by tab or semicolon: basis (flat, km, 100 kg, pallet, ldm);"
            " price; fixed amount; from zone; to zone; up to km; up to kg; up to pallets;"
            " up to load metres. Zones: RO or RO-Brasov. What is left out is any."
        ),
    )
    minimum = forms.DecimalField(
        label=gettext_lazy("At least"), min_value=0, decimal_places=2, required=False
    )
    stop = forms.DecimalField(
        label=gettext_lazy("Each further stop"), min_value=0, decimal_places=2, required=False
    )

    def clean_rates(self) -> list[dict[str, Any]]:
        """Return the rates as tariff lines; errors name the line and what was read."""
        found, errors = [], []
        for place, text in enumerate(self.cleaned_data["rates"].splitlines(), start=1):
            if not text.strip():
                continue
            try:
                found.append(_rate(text))
            except ValueError as error:
                errors.append(_("Line %(line)s: %(error)s") % {"line": place, "error": error})
        if errors:
            raise forms.ValidationError(errors)
        return found

    def plan(self, number: str) -> TariffPlan:
        """Return what was typed; only for a valid form."""
        told = dict(self.cleaned_data)
        lines = told.pop("rates")
        for kind in ("minimum", "stop"):
            amount = told.pop(kind)
            if amount:
                lines.append({"kind": kind, "cents": int(amount * 100)})
        return TariffPlan(number=number, lines=lines, **told)


@require_GET
@for_roles()
def tariff_list(request: PageRequest) -> HttpResponse:
    """List the tariffs agreed, as buyer or as carrier."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, wanted)
    page = of_page(request.GET)
    found = tariffs(wanted).order_by("counterparty__short_name", "rank", "number", "pk")
    rows = tariff_rows(found[(page - 1) * SHOWN : page * SHOWN + 1])
    context = {
        "rows": rows[:SHOWN],
        "modes": MODE_LABELS,
        "today": own_day(),
        "total": found.count(),
        "wanted": wanted,
        "is_filtered": bool(wanted.number or wanted.partner_bpn),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "may_plan": request.membership.role in PLANNERS,
        "tenant": request.organisation.slug,
    }
    name = "transport/tariffs_list.html" if is_fragment(request) else "transport/tariffs.html"
    return render(request, name, context)


@require_http_methods(["GET", "POST"])
@for_roles()
def tariff(request: PageRequest, key: UUID | None = None) -> HttpResponse:
    """Show a tariff, or add one; its buyer replaces it by a new version."""
    row = _row(key) if key else None
    may_edit = request.membership.role in PLANNERS and (row is None or row.is_own)
    if not may_edit and (row is None or request.method == "POST"):
        raise Http404
    form = TariffForm(request.POST or None, initial=_initial(row))
    if request.method == "POST" and form.is_valid():
        try:
            made, _is_new = keep_tariff(
                form.plan("" if row is None else row.number),
                key=None if row is None else row.id,
                version=version_of(request.POST) if row else None,
            )
        except VersionConflict:
            form.add_error(None, _("Somebody changed this tariff meanwhile; look again."))
        except Refused as refused:
            put_on(form, refused, lines="rates")
        else:
            url = page_url(request, "transport:tariff", made.pk)
            return go_to(request, url, toast=_("The tariff is kept."))
    context = {
        "row": row,
        "form": form,
        "may_edit": may_edit,
        "modes": MODE_LABELS,
        "tenant": request.organisation.slug,
    }
    status = 422 if form.errors else 200
    return render(request, "transport/tariff.html", context, status=status)


def _rate(text: str) -> dict[str, Any]:
    cells = [cell.strip() for cell in (text.split("\t") if "\t" in text else text.split(";"))]
    if len(cells) > len(RATE):
        raise ValueError(
            _("expected at most %(most)s columns, got %(got)s")
            % {"most": len(RATE), "got": len(cells)}
        )
    told = dict(zip(RATE, cells, strict=False))
    if told["basis"] not in {each.value for each in Basis}:
        raise ValueError(_("expected flat, km, 100 kg, pallet or ldm, got “%(got)s”")
                         % {"got": told["basis"]})  # fmt: skip
    line: dict[str, Any] = {"kind": "rate", "basis": told["basis"]}
    line["price"] = f"{_number(told, 'price') * 100:f}"
    line["fixed_cents"] = int(_number(told, "fixed") * 100)
    for name in RATE[3:]:
        if told.get(name):
            line[name] = told[name] if name.endswith("zone") else f"{_number(told, name):f}"
    return line


def _number(told: dict[str, str], name: str) -> Decimal:
    text = told.get(name, "").replace(",", ".") or "0"
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise ValueError(_("expected a number, got “%(got)s”") % {"got": text}) from None
    if not found.is_finite() or found < 0:
        raise ValueError(_("expected a number of at least 0, got “%(got)s”") % {"got": text})
    return found


def _row(key: UUID) -> TariffRow:
    rows = tariff_rows(tariffs(MoneyFilter(view="former")).filter(pk=key))
    if not rows:
        raise Http404
    return rows[0]


def _initial(row: TariffRow | None) -> dict[str, Any]:
    if row is None:
        return {"valid_from": own_day()}
    names = (
        "name", "mode", "vehicle_type", "currency", "valid_from", "valid_to", "rank",
        "answer_minutes", "pickups_per_week",
    )  # fmt: skip
    kinds = {each.get("kind", "rate"): each for each in row.lines}
    cents = {
        kind: Decimal(kinds[kind]["cents"]) / 100 for kind in ("minimum", "stop") if kind in kinds
    }
    rates = [each for each in row.lines if each.get("kind", "rate") == "rate"]
    return {name: getattr(row, name) for name in names} | {
        "carrier": row.carrier.bpn,
        "rates": "\n".join(map(_text, rates)),
        **cents,
    }


def _text(line: Mapping[str, Any]) -> str:
    cells = [
        line["basis"],
        f"{(Decimal(line.get('price', '0')) / 100).normalize():f}",
        f"{Decimal(line.get('fixed_cents', 0)) / 100:f}",
        *(str(line.get(name) or "") for name in RATE[3:]),
    ]
    return "; ".join(cells).rstrip("; ")


def _filter(asked: QueryDict) -> MoneyFilter:
    return MoneyFilter(
        view="former" if asked.get("view") == "former" else "all",
        number=text_of(asked, "number", 35),
        partner_bpn=text_of(asked, "partner", 16),
    )


def _export(request: PageRequest, wanted: MoneyFilter) -> HttpResponse:
    columns = [
        _("Tariff"), _("Version"), _("Carrier"), _("Customer"), _("For"), _("Vehicle type"),
        _("Currency"), _("Valid from"), _("Until before"), _("Basis"), _("Price"), _("Fixed"),
        _("From zone"), _("To zone"), _("Up to km"), _("Up to kg"), _("Up to pallets"),
        _("Up to load metres"),
    ]  # fmt: skip
    lines = (
        [
            row.number, row.version, row.carrier.short, row.customer.short,
            str(MODE_LABELS.get(row.mode, row.mode)), row.vehicle_type, row.currency,
            row.valid_from, row.valid_to, each["basis"], Decimal(each.get("price", "0")) / 100,
            Decimal(each.get("fixed_cents", 0)) / 100, *(each.get(name) for name in RATE[3:]),
        ]
        for row in tariff_rows(tariffs(wanted).order_by("number", "pk"))
        for each in row.lines
        if each.get("kind", "rate") == "rate"
    )  # fmt: skip
    return export_response(request, "tariffs", columns, lines)


routes: list[URLPattern] = [
    path("transport/tariffs/", tariff_list, name="tariffs"),
    path("transport/tariffs/new/", tariff, name="tariff-new"),
    path("transport/tariffs/<uuid:key>/", tariff, name="tariff"),
]
