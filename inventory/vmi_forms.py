"""The form of a band of supplier-managed stock."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from collab.sharing.models import Partnership
from inventory.forms import RefusableForm, site_choices
from inventory.models import VmiBand
from inventory.services.vmi import BandInput, agree_band


class BandForm(RefusableForm):
    """A band at an own site for a supplier's part."""

    supplier = forms.ChoiceField(label=_("Supplier"))
    part_number = forms.CharField(label=_("Part number"), max_length=40)
    site = forms.ChoiceField(label=_("Site"))
    measure = forms.ChoiceField(label=_("Limits in"), choices=VmiBand.Measure.choices)
    minimum = forms.DecimalField(
        label=_("Minimum"), max_digits=18, decimal_places=3, min_value=0, localize=False
    )
    maximum = forms.DecimalField(
        label=_("Maximum"), max_digits=18, decimal_places=3, min_value=0, localize=False
    )
    signal = forms.DecimalField(
        label=_("Signal level"),
        max_digits=18,
        decimal_places=3,
        min_value=0,
        required=False,
        localize=False,
        help_text=_("At or below it a receipt is called for."),
    )
    lead_days = forms.IntegerField(
        label=_("Lead time [days]"), min_value=0, max_value=57, initial=0, localize=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer one's own suppliers and sites."""
        super().__init__(*args, **kwargs)
        self._offer("supplier", supplier_choices())
        self._offer("site", site_choices())

    def save(self) -> VmiBand:
        """Agree what the valid form holds; raise ``Refused`` where it is not taken."""
        return agree_band(BandInput(**self.cleaned_data))


def supplier_choices() -> list[tuple[str, str]]:
    """Return one's own active suppliers by name: BPN and name."""
    keys = Partnership.objects.filter(
        customer_id=acting_organisation_id(), state=Partnership.State.ACTIVE
    ).values_list("supplier_id", flat=True)
    found = Organisation.objects.filter(pk__in=list(keys)).order_by("name")
    return list(found.values_list("bpn", "name"))
