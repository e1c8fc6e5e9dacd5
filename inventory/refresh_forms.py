"""The form that wants figures of a partner."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.forms import RefusableForm, partner_choices
from inventory.models import PartnerRefresh
from inventory.models.refresh import MOST_IDLE_DAYS
from inventory.services.refreshes import Wanted, start_refresh


class WantForm(RefusableForm):
    """Which figures of which part a partner is to keep fresh."""

    partner = forms.ChoiceField(label=_("Partner"))
    part_number = forms.CharField(label=_("Part number"), max_length=40)
    kind = forms.ChoiceField(label=_("Figures"), choices=PartnerRefresh.Kind.choices)
    idle_days = forms.IntegerField(
        label=_("Stop after days unused"),
        min_value=1,
        max_value=MOST_IDLE_DAYS,
        initial=14,
        localize=False,
    )
    direction = forms.ChoiceField(
        label=_("Goods"),
        choices=[("", _("As the partnership says")), *PartnerRefresh.Direction.choices],
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer one's own partners."""
        super().__init__(*args, **kwargs)
        self._offer("partner", partner_choices())

    def save(self) -> PartnerRefresh:
        """Want what the valid form holds; raise ``Refused`` where it is not taken."""
        return start_refresh(Wanted(**self.cleaned_data))
