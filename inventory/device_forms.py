"""Forms of devices, limits and seals."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from inventory.forms import RefusableForm, site_choices
from inventory.models import Device, SensorLimit
from inventory.services.device_plans import MOST_AT_ONCE, MOST_PER_MINUTE
from inventory.services.sensor_limits import MOST_SECONDS
from transport.queries.advices import AdviceFilter, advice_list

DAYS = [
    (1, gettext_lazy("Monday")),
    (2, gettext_lazy("Tuesday")),
    (3, gettext_lazy("Wednesday")),
    (4, gettext_lazy("Thursday")),
    (5, gettext_lazy("Friday")),
    (6, gettext_lazy("Saturday")),
    (7, gettext_lazy("Sunday")),
]
MOST_OFFERED = 100
NONE = ("", "–")


class PlanForm(RefusableForm):
    """A form that states a whole thing anew, on the version that the person has read."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def plan(self) -> dict[str, Any]:
        """Return what was stated, without the version it was stated on."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def offer(self, name: str, choices: Iterable[tuple[str, str]]) -> None:
        """Let a field be one of these, or none."""
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = [NONE, *choices]


class DeviceForm(PlanForm):
    """A device and what it is attached to."""

    code = forms.CharField(label=gettext_lazy("Code"), max_length=80)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Device.Kind.choices)
    thing = forms.CharField(
        label=gettext_lazy("Unit or asset (GS1 link or URN)"), max_length=250, required=False
    )
    load = forms.CharField(label=gettext_lazy("Load"), max_length=35, required=False)
    site = forms.ChoiceField(label=gettext_lazy("Site"), required=False)
    per_minute = forms.IntegerField(
        label=gettext_lazy("Readings a minute at most"),
        min_value=1,
        max_value=MOST_PER_MINUTE,
        initial=60,
    )
    burst = forms.IntegerField(
        label=gettext_lazy("Readings at once at most"),
        min_value=1,
        max_value=MOST_AT_ONCE,
        initial=600,
    )
    is_active = forms.BooleanField(label=gettext_lazy("Switched on"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("site", site_choices())


class LimitForm(PlanForm):
    """A limit of a metric."""

    metric = forms.CharField(label=gettext_lazy("Metric"), max_length=60)
    unit = forms.CharField(label=gettext_lazy("Unit of measure"), max_length=12, required=False)
    least = forms.FloatField(label=gettext_lazy("Lowest"), required=False)
    most = forms.FloatField(label=gettext_lazy("Highest"), required=False)
    duration_s = forms.IntegerField(
        label=gettext_lazy("Outside for so long [s]"),
        min_value=0,
        max_value=MOST_SECONDS,
        initial=0,
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("Severity"), choices=SensorLimit.Severity.choices, initial="warning"
    )
    device_kind = forms.ChoiceField(label=gettext_lazy("Only devices of kind"), required=False)
    part_number = forms.CharField(
        label=gettext_lazy("Only units of part"), max_length=40, required=False
    )
    thing = forms.CharField(label=gettext_lazy("Only unit"), max_length=250, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("device_kind", [(str(key), str(label)) for key, label in Device.Kind.choices])


class SealTermsForm(PlanForm):
    """What a seal is fitted with, its lane, and when and where it may be opened."""

    device = forms.ChoiceField(label=gettext_lazy("Electronic seal"), required=False)
    tracker = forms.ChoiceField(label=gettext_lazy("Position tracker"), required=False)
    is_high_risk = forms.BooleanField(label=gettext_lazy("High-risk lane"), required=False)
    allowed_sites = forms.CharField(
        label=gettext_lazy("May be opened at (sites, by comma)"), max_length=500, required=False
    )
    allowed_days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("On days"), choices=DAYS, coerce=int, required=False
    )
    opens_from = forms.TimeField(
        label=gettext_lazy("From"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    opens_until = forms.TimeField(
        label=gettext_lazy("Until"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    timezone = forms.CharField(label=gettext_lazy("Time zone"), max_length=40, initial="UTC")

    def __init__(self, *args: Any, devices: Iterable[Device], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = list(devices)
        for name, kind in (("device", Device.Kind.SEAL), ("tracker", Device.Kind.TRACKER)):
            self.offer(name, [(each.code, str(each)) for each in known if each.kind == kind])

    def clean_allowed_sites(self) -> list[str]:
        """Return the codes that are named."""
        text: str = self.cleaned_data["allowed_sites"]
        return [code for each in text.split(",") if (code := each.strip())]


class SealForm(SealTermsForm):
    """A seal with its terms, and the manifest it is bound to."""

    advice = forms.ChoiceField(label=gettext_lazy("Dispatch advice"))
    number = forms.CharField(label=gettext_lazy("Seal number"), max_length=40)

    def __init__(self, *args: Any, devices: Iterable[Device], **kwargs: Any) -> None:
        super().__init__(*args, devices=devices, **kwargs)
        rows = advice_list(AdviceFilter(view="way", sort="newest"), limit=MOST_OFFERED)
        self.offer(
            "advice",
            [(str(row.id), f"{row.number}, {row.customer.short}") for row in rows if row.is_own],
        )


class LookForm(PlanForm):
    """A look at a seal."""

    place = forms.ChoiceField(
        label=gettext_lazy("Where"),
        choices=[
            ("gate", gettext_lazy("Gate")),
            ("depot", gettext_lazy("Depot")),
            ("cross_dock", gettext_lazy("Cross-dock")),
            ("consignee", gettext_lazy("Consignee")),
        ],
    )
    number = forms.CharField(
        label=gettext_lazy("Number read (empty: no seal there)"), max_length=40, required=False
    )
    is_open = forms.BooleanField(label=gettext_lazy("It is open"), required=False)
    site = forms.CharField(label=gettext_lazy("Site"), max_length=20, required=False)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=250, required=False)


class InspectionForm(PlanForm):
    """The result of a second inspection."""

    is_passed = forms.TypedChoiceField(
        label=gettext_lazy("Result"),
        choices=[("yes", gettext_lazy("In order")), ("no", gettext_lazy("Not in order"))],
        coerce=lambda word: word == "yes",
    )
    note = forms.CharField(label=gettext_lazy("What was found"), max_length=250)
