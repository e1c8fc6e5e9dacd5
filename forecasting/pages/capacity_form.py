"""The form that states a capacity group: one figure for all weeks, to be refined in the grid."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation
from collab.organisations.models import Organisation
from collab.sharing.models import Partnership
from forecasting.axis import monday_of
from forecasting.models import CapacityGroup, DeliverySchedule
from forecasting.services.capacity import GroupInput, LinkInput

MOST_OFFERED = 500


class GroupForm(forms.Form):
    """A new group of the acting supplier."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=CapacityGroup.Kind.choices)
    counterparty = forms.ChoiceField(
        label=gettext_lazy("For"), help_text=gettext_lazy("A pool is seen by nobody else.")
    )
    unit = forms.CharField(label=gettext_lazy("Unit"), max_length=3, initial="H87")
    first_week = forms.DateField(
        label=gettext_lazy("From week"), widget=forms.DateInput(attrs={"type": "date"})
    )
    weeks = forms.IntegerField(label=gettext_lazy("Weeks"), min_value=1, max_value=104, initial=26)
    actual = forms.DecimalField(
        label=gettext_lazy("Actual capacity per week"), min_value=0, max_digits=18, decimal_places=3
    )
    maximum = forms.DecimalField(
        label=gettext_lazy("Maximum per week"), min_value=0, max_digits=18, decimal_places=3
    )
    load_factor = forms.DecimalField(
        label=gettext_lazy("Load factor"),
        max_digits=18,
        decimal_places=9,
        required=False,
        help_text=gettext_lazy("Of every series: 1.5 counts each piece one and a half times."),
    )
    links = forms.MultipleChoiceField(
        label=gettext_lazy("Series that load it"), required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )  # fmt: skip
    groups = forms.MultipleChoiceField(
        label=gettext_lazy("Groups that load it"), required=False,
        widget=forms.SelectMultiple(attrs={"size": 4}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        us = acting_organisation()
        customers = Partnership.objects.filter(
            supplier_id=us.pk, state=Partnership.State.ACTIVE
        ).values_list("customer_id", flat=True)
        partners = Organisation.objects.filter(pk__in=list(customers)).order_by("name")
        field: Any = self.fields["counterparty"]
        field.choices = [*partners.values_list("bpn", "name"), (us.bpn, _("Pool over customers"))]
        schedules = DeliverySchedule.objects.filter(
            counterparty_id=us.pk, is_current=True
        ).order_by("supplier_part_number", "part_number", "site_code")[:MOST_OFFERED]
        field = self.fields["links"]
        field.choices = [
            (str(each.series_id), f"{each.supplier_part_number or each.part_number} "
             f"{each.site_code} · {each.owner.short_name}")
            for each in schedules.select_related("owner")
        ]  # fmt: skip
        field = self.fields["groups"]
        own = CapacityGroup.objects.filter(owner_id=us.pk, is_active=True).order_by("name")
        field.choices = [(str(key), name) for key, name in own.values_list("pk", "name")]

    def group(self) -> GroupInput:
        """Return what the form states."""
        said = self.cleaned_data
        factor = said["load_factor"]
        return GroupInput(
            counterparty=said["counterparty"],
            name=said["name"],
            kind=said["kind"],
            unit=said["unit"],
            first_week=monday_of(said["first_week"]),
            actual=[said["actual"]] * said["weeks"],
            maximum=[said["maximum"]] * said["weeks"],
            links=[
                *(LinkInput(series_id=UUID(key), load_factor=factor) for key in said["links"]),
                *(LinkInput(group_id=UUID(key)) for key in said["groups"]),
            ],
        )

    def refuse(self, refused: Refused) -> None:
        """Show what a service refused beside its field."""
        field = refused.field if refused.field in self.fields else None
        text = _("Expected %(expected)s, got “%(value)s”.")
        self.add_error(field, text % {"expected": refused.expected, "value": refused.value})
