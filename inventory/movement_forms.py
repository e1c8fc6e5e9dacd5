"""The form that books a movement by hand."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from collab.masterdata.rules.units import CANONICAL_UNITS
from inventory.forms import Moment, RefusableForm, partner_choices, site_choices
from inventory.models import StockKind, StockMovement
from inventory.services.movements import record_movement, record_transfer

Kind = StockMovement.Kind
BY_HAND = (Kind.ISSUE, Kind.TRANSFER, Kind.SCRAP, Kind.RECEIPT)


class MovementForm(RefusableForm):
    """What moved: an issue, a transfer between own sites, scrap with its reason, a receipt."""

    kind = forms.ChoiceField(label=_("What happened"))
    counterparty = forms.ChoiceField(label=_("Partner"))
    part_number = forms.CharField(label=_("Part number"), max_length=40)
    site = forms.ChoiceField(label=_("Site"))
    destination = forms.ChoiceField(
        label=_("To site"), required=False, help_text=_("Of a transfer.")
    )
    quantity = forms.DecimalField(
        label=_("Quantity"), max_digits=18, decimal_places=3, min_value=0, localize=False
    )
    unit = forms.ChoiceField(label=_("Unit"))
    stock_kind = forms.ChoiceField(
        label=_("Kind of stock"), choices=StockKind.choices, initial=StockKind.FREE.value
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False, help_text=_("Scrap needs one.")
    )
    moved_at = Moment(label=_("When"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer one's own partners, sites and the known units."""
        now = timezone.localtime().replace(microsecond=0, tzinfo=None)
        kwargs["initial"] = {"moved_at": now, "unit": "H87", **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self._offer("kind", [(kind.value, str(kind.label)) for kind in BY_HAND])
        self._offer("counterparty", partner_choices())
        self._offer("site", site_choices())
        self._offer("destination", [("", "–"), *site_choices()])
        self._offer("unit", [(unit.code, unit.name) for unit in CANONICAL_UNITS.values()])

    def clean(self) -> dict[str, Any]:
        """Ask for where a transfer goes."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("kind") == Kind.TRANSFER and not data.get("destination"):
            self.add_error("destination", _("Say where it goes."))
        return data

    def book(self) -> None:
        """Book what the valid form holds; raise ``Refused`` where the ledger does not take it."""
        data = dict(self.cleaned_data)
        kind, destination = data.pop("kind"), data.pop("destination")
        if kind == Kind.TRANSFER:
            data.pop("reason")
            record_transfer(source=data.pop("site"), destination=destination, **data)
            return
        record_movement(kind=kind, **data)

    def again(self) -> dict[str, Any]:
        """Return what the next movement probably has in common with this one."""
        kept = ("kind", "counterparty", "site", "unit", "stock_kind")
        return {name: self.cleaned_data[name] for name in kept}


class UndoForm(RefusableForm):
    """Why a movement is taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
