"""Forms of master data; the services have the last word and their refusals come back here."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collab.masterdata.models import Part
from collab.masterdata.refusals import Refused
from collab.masterdata.rules.units import CANONICAL_UNITS
from collab.masterdata.services import DayOff
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation, Site

WEEKDAYS = [
    (1, gettext_lazy("Monday")),
    (2, gettext_lazy("Tuesday")),
    (3, gettext_lazy("Wednesday")),
    (4, gettext_lazy("Thursday")),
    (5, gettext_lazy("Friday")),
    (6, gettext_lazy("Saturday")),
    (7, gettext_lazy("Sunday")),
]
MAX_EXCEPTIONS = 1_000


def day_input() -> forms.DateInput:
    """Return the browser's own date field."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def refuse(form: forms.BaseForm, reason: Refused) -> None:
    """Show a service's refusal at its field, or above the form when it has none."""
    field = reason.field if reason.field in form.fields else None
    text = _("Expected %(expected)s.") % {"expected": reason.expected}
    if reason.value:
        text += " " + _("Read: %(value)s.") % {"value": reason.value}
    form.add_error(field, text)


def partner_choices(empty: str = "") -> list[tuple[str, str]]:
    """Return the organisations one does business with, by name."""
    found = Organisation.objects.exclude(pk=acting_organisation_id()).order_by("name")
    choices = [(partner.bpn, partner.name) for partner in found]
    return [("", empty), *choices] if empty else choices


def unit_choices() -> list[tuple[str, str]]:
    """Return the known units."""
    return [(unit.code, f"{unit.name} ({unit.code})") for unit in CANONICAL_UNITS.values()]


class PartForm(forms.Form):
    """A part."""

    number = forms.CharField(label=gettext_lazy("Part number"), max_length=40)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Part.Kind.choices)
    base_unit = forms.ChoiceField(
        label=gettext_lazy("Base unit"),
        choices=unit_choices,
        help_text=gettext_lazy("Every quantity of the part is kept in it."),
    )
    gtin = forms.CharField(label=gettext_lazy("GTIN"), max_length=20, required=False)
    material_uuid = forms.UUIDField(label=gettext_lazy("Material UUID"), required=False)
    gross_weight_g = forms.DecimalField(
        label=gettext_lazy("Gross weight [g]"),
        min_value=0,
        max_digits=14,
        decimal_places=3,
        required=False,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class PartnerForm(forms.Form):
    """A form that names a partner by its BPN."""

    partner = forms.ChoiceField(label=gettext_lazy("Partner"))
    is_partner_needed = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["partner"]
        field.required = self.is_partner_needed
        field.choices = partner_choices(_("Choose…") if self.is_partner_needed else _("All others"))

    def partner_chosen(self) -> Organisation | None:
        """Return the partner, or ``None`` for all others."""
        bpn = self.cleaned_data["partner"]
        return Organisation.objects.get(bpn=bpn) if bpn else None


class AliasForm(PartnerForm):
    """A partner's number for the part."""

    partner_number = forms.CharField(label=gettext_lazy("Its part number"), max_length=40)
    revision = forms.CharField(label=gettext_lazy("Revision"), max_length=20, required=False)
    valid_from = forms.DateField(label=gettext_lazy("Valid from"), widget=day_input())
    valid_to = forms.DateField(
        label=gettext_lazy("Valid until (not included)"), widget=day_input(), required=False
    )


class BomForm(forms.Form):
    """A component of the part."""

    component = forms.CharField(label=gettext_lazy("Component's number"), max_length=40)
    quantity = forms.DecimalField(
        label=gettext_lazy("Usage"), max_digits=18, decimal_places=6, initial=1
    )
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), required=False)
    position = forms.CharField(label=gettext_lazy("Position"), max_length=10, required=False)
    take_rate = forms.DecimalField(
        label=gettext_lazy("Take rate (0 to 1)"), max_digits=7, decimal_places=6, initial=1
    )
    scrap_rate = forms.DecimalField(
        label=gettext_lazy("Scrap rate"), max_digits=7, decimal_places=6, initial=0
    )
    valid_from = forms.DateField(
        label=gettext_lazy("Effective from"), widget=day_input(), required=False
    )
    valid_to = forms.DateField(
        label=gettext_lazy("Effective until (not included)"), widget=day_input(), required=False
    )
    change_number = forms.CharField(
        label=gettext_lazy("Change number"), max_length=20, required=False
    )
    alternate_group = forms.CharField(
        label=gettext_lazy("Alternate group"), max_length=20, required=False
    )
    priority = forms.IntegerField(
        label=gettext_lazy("Priority"), min_value=1, max_value=99, initial=1
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["unit"]
        field.choices = [("", _("The component's own")), *unit_choices()]


class PackForm(PartnerForm):
    """A kind of pack of the part."""

    is_partner_needed = False

    code = forms.CharField(label=gettext_lazy("Pack number"), max_length=20)
    kind = forms.CharField(
        label=gettext_lazy("Pack type"),
        max_length=3,
        initial="BX",
        help_text=gettext_lazy("UN/ECE Recommendation 21, such as BX or PX."),
    )
    quantity = forms.DecimalField(
        label=gettext_lazy("Quantity per pack"), max_digits=18, decimal_places=3
    )
    tare_weight_kg = forms.DecimalField(
        label=gettext_lazy("Empty weight [kg]"), max_digits=10, decimal_places=3, required=False
    )
    length_mm = forms.IntegerField(label=gettext_lazy("Length [mm]"), required=False)
    width_mm = forms.IntegerField(label=gettext_lazy("Width [mm]"), required=False)
    height_mm = forms.IntegerField(label=gettext_lazy("Height [mm]"), required=False)
    stack_limit = forms.IntegerField(label=gettext_lazy("Stacked at most"), initial=1)
    packs_per_load_unit = forms.IntegerField(label=gettext_lazy("Packs per load unit"), initial=1)
    is_returnable = forms.BooleanField(label=gettext_lazy("Returnable"), required=False)


class CalendarForm(forms.Form):
    """A working calendar; one exception a line."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    site = forms.ChoiceField(label=gettext_lazy("Site"), required=False)
    dock = forms.CharField(label=gettext_lazy("Dock"), max_length=20, required=False)
    partner = forms.ChoiceField(label=gettext_lazy("Carrier or partner"), required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Worked days"),
        choices=WEEKDAYS,
        coerce=int,
        initial=[1, 2, 3, 4, 5],
        widget=forms.CheckboxSelectMultiple,
    )
    opens_at = forms.TimeField(
        label=gettext_lazy("Opens at"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    closes_at = forms.TimeField(
        label=gettext_lazy("Closes at"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    exceptions = forms.CharField(
        label=gettext_lazy("Days that differ"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy(
            "One a line: 2026-12-25 Christmas. A day that is worked gets a plus: "
            "2026-12-19 + Catching up."
        ),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site: Any = self.fields["site"]
        sites = Site.objects.order_by("code")
        site.choices = [("", _("None")), *((str(each.pk), each.name) for each in sites)]
        partner: Any = self.fields["partner"]
        partner.choices = partner_choices(_("None"))

    def clean_exceptions(self) -> list[DayOff]:
        """Read the lines; name the one that cannot be read."""
        days: list[DayOff] = []
        lines = self.cleaned_data["exceptions"].splitlines()
        for number, line in enumerate(lines[: MAX_EXCEPTIONS + 1], start=1):
            if not line.strip():
                continue
            day, _blank, rest = line.strip().partition(" ")
            is_working = rest.strip().startswith("+")
            name = rest.strip().removeprefix("+").strip()
            try:
                on = date.fromisoformat(day)
            except ValueError:
                raise forms.ValidationError(
                    _("Line %(n)d: expected a day such as 2026-12-25, then its name."),
                    params={"n": number},
                ) from None
            days.append(DayOff(on, name or _("Day off"), is_working))
        return days

    def values(self) -> dict[str, Any]:
        """Return what the services want."""
        data = dict(self.cleaned_data)
        data.pop("version", None)
        data["site"] = Site.objects.get(pk=data["site"]) if data["site"] else None
        bpn = data["partner"]
        data["partner"] = Organisation.objects.get(bpn=bpn) if bpn else None
        return data


class SiteAliasForm(PartnerForm):
    """A partner's code for one of the own places."""

    site = forms.ChoiceField(label=gettext_lazy("Site"))
    partner_code = forms.CharField(label=gettext_lazy("Its code for it"), max_length=40)
    unloading_point = forms.CharField(
        label=gettext_lazy("Dock or line"), max_length=20, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site: Any = self.fields["site"]
        site.choices = [(str(each.pk), each.name) for each in Site.objects.order_by("code")]
