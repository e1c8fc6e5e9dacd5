"""The form that reports a stock count."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from collab.masterdata.refusals import Refused
from collab.masterdata.rules.units import CANONICAL_UNITS
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation, Site
from collab.sharing.models import Partnership
from inventory.models import StockKind
from inventory.queries.stock import CountRow, last_count
from inventory.services import Report
from inventory.services.subjects import resolve


class StockCountForm(forms.Form):
    """What is on hand of one part at one site for one partner."""

    counterparty = forms.ChoiceField(label=_("Customer"))
    part_number = forms.CharField(label=_("Part number"), max_length=40)
    site = forms.ChoiceField(label=_("Site"))
    quantity = forms.DecimalField(
        label=_("Quantity"), max_digits=18, decimal_places=6, min_value=0, localize=False
    )
    unit = forms.ChoiceField(label=_("Unit"))
    kind = forms.ChoiceField(
        label=_("Kind"), choices=StockKind.choices, initial=StockKind.FREE.value
    )
    counted_at = forms.DateTimeField(label=_("Counted at"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer one's own partners, sites and the known units."""
        now = timezone.localtime().replace(microsecond=0, tzinfo=None)
        kwargs["initial"] = {"counted_at": now, "unit": "H87", **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self._set("counterparty", partner_choices())
        self._set("site", [(site.code, site.name) for site in Site.objects.order_by("code")])
        self._set("unit", [(unit.code, unit.name) for unit in CANONICAL_UNITS.values()])

    def report(self) -> Report:
        """Return the report that the valid form holds."""
        return Report(**self.cleaned_data)

    def refuse(self, refused: Refused) -> None:
        """Show why the report was not taken beside its field."""
        field = refused.field if refused.field in self.fields else None
        text = _("Expected %(expected)s, got “%(value)s”.") % {
            "expected": refused.expected,
            "value": refused.value,
        }
        self.add_error(field, text)

    def again(self) -> dict[str, Any]:
        """Return what the next report probably has in common with this one."""
        kept = ("counterparty", "part_number", "site", "unit")
        return {name: self.cleaned_data[name] for name in kept}

    def last(self) -> CountRow | None:
        """Return the last report of what the form is about, if it can be told yet."""
        known = {
            name: self.data.get(name) or self.initial.get(name, "")
            for name in ("counterparty", "part_number", "site")
        }
        if not all(known.values()):
            return None
        try:
            subject = resolve(**known, on=timezone.localdate())
        except Refused:
            return None
        kind = self.data.get("kind") or StockKind.FREE.value
        return last_count(subject.counterparty_id, subject.part.id, subject.site_id, kind=kind)

    def _set(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices


def partner_choices() -> list[tuple[str, str]]:
    """Return one's active partners by name: BPN and name."""
    own = acting_organisation_id()
    edges = Partnership.objects.filter(
        Q(customer_id=own) | Q(supplier_id=own), state=Partnership.State.ACTIVE
    ).values_list("customer_id", "supplier_id")
    keys = {key for edge in edges for key in edge} - {own}
    found = Organisation.objects.filter(pk__in=keys).order_by("name")
    return list(found.values_list("bpn", "name"))
