"""The forms that book consumption over several suppliers and agree their shares."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from collab.masterdata.rules.units import CANONICAL_UNITS
from inventory.forms import Moment, RefusableForm, site_choices
from inventory.models import StockKind
from inventory.services.multi_sourcing import Shared, agree_shares, consume


class ConsumptionForm(RefusableForm):
    """What was consumed of a part, from all its suppliers together."""

    part_number = forms.CharField(label=_("Part number"), max_length=40)
    site = forms.ChoiceField(label=_("Site"))
    quantity = forms.DecimalField(
        label=_("Quantity"), max_digits=18, decimal_places=3, min_value=0, localize=False
    )
    unit = forms.ChoiceField(label=_("Unit"))
    stock_kind = forms.ChoiceField(
        label=_("Kind of stock"), choices=StockKind.choices, initial=StockKind.FREE.value
    )
    consumed_at = Moment(label=_("When"))
    document = forms.CharField(
        label=_("Document"), max_length=60, help_text=_("Sent again, it changes nothing.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer one's own sites and the known units."""
        now = timezone.localtime().replace(microsecond=0, tzinfo=None)
        kwargs["initial"] = {"consumed_at": now, "unit": "H87", **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self._offer("site", site_choices())
        self._offer("unit", [(unit.code, unit.name) for unit in CANONICAL_UNITS.values()])

    def book(self) -> None:
        """Book what the valid form holds; raise ``Refused`` where it is not taken."""
        consume(**self.cleaned_data)


class UndoForm(RefusableForm):
    """Why a consumption is taken back."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("It stays with you: no supplier reads it.")
    )


class SharesForm(RefusableForm):
    """The call-off shares of a part at a site, one supplier a line."""

    part_number = forms.CharField(label=_("Part number"), max_length=40)
    site = forms.ChoiceField(label=_("Site"))
    shares = forms.CharField(
        label=_("Shares"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("One supplier a line: BPN and percent, 100 in total. Empty: no split."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer one's own sites."""
        super().__init__(*args, **kwargs)
        self._offer("site", site_choices())

    def clean_shares(self) -> list[Shared]:
        """Return the lines as shares."""
        found = []
        for line in self.cleaned_data["shares"].splitlines():
            words = line.replace("%", " ").replace(";", " ").split()
            if not words:
                continue
            try:
                found.append(Shared(words[0], Decimal(words[1].replace(",", "."))))
            except (IndexError, InvalidOperation):
                raise forms.ValidationError(
                    _("Expected a BPN and a percentage, got “%(line)s”.") % {"line": line}
                ) from None
        return found

    def book(self) -> None:
        """Agree what the valid form holds; raise ``Refused`` where it is not taken."""
        agree_shares(**self.cleaned_data)
