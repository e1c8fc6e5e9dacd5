"""The form of a partner's profile: how its messages are to be understood."""

import re
from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from collab.integration.edifact.charsets import CHARSETS
from collab.integration.models.messages import PartnerProfile
from collab.organisations.context import acting_organisation
from collab.sharing.models import Partnership

AS_SENT = ("", _("As the message says"))
MOST_LINES = 200
_PAIR = re.compile(r"([A-Za-z0-9_]{1,30})\s*=\s*([A-Za-z0-9_ ,]{1,100})", re.ASCII)


class PairsField(forms.CharField):
    """Lines of ``name = value``, kept as a dictionary; with ``is_list`` a value is a list."""

    def __init__(self, *, is_list: bool = False, **kwargs: Any) -> None:
        self.is_list = is_list
        widget = forms.Textarea(attrs={"rows": 4})
        super().__init__(required=False, max_length=10_000, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show a dictionary as lines."""
        if not isinstance(value, dict):
            return value
        shown = (
            (name, " ".join(found) if self.is_list else found) for name, found in value.items()
        )
        return "\n".join(f"{name} = {found}" for name, found in shown)

    def to_python(self, value: Any) -> Any:
        """Read the lines; a line of another form is refused by its number."""
        found: dict[str, Any] = {}
        lines = str(value or "").splitlines()[: MOST_LINES + 1]
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(_now("Expected at most %(n)d lines.") % {"n": MOST_LINES})
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            pair = _PAIR.fullmatch(line.strip())
            values = pair[2].replace(",", " ").split() if pair else []
            if pair is None or not values or (not self.is_list and len(values) > 1):
                text = _now("Line %(n)d: expected “name = value”.") % {"n": number}
                raise forms.ValidationError(text)
            found[pair[1]] = values if self.is_list else values[0]
        return found


class ProfileForm(forms.ModelForm[PartnerProfile]):
    """How one partner's messages are to be understood."""

    charset = forms.ChoiceField(
        label=_("Character set"),
        required=False,
        choices=[AS_SENT, *((name, name.upper()) for name in CHARSETS)],
    )
    commitments = PairsField(
        label=_("Status codes"), help_text=_("One a line: the partner's code = our commitment.")
    )
    qualifiers = PairsField(
        label=_("Qualifiers"),
        is_list=True,
        help_text=_("One a line: field = qualifiers, the preferred first, as in order = ON CT."),
    )

    class Meta:
        model = PartnerProfile
        fields = (
            "partner",
            "identifier",
            "qualifier",
            "own_identifier",
            "own_qualifier",
            "charset",
            "date_basis",
            "quantity_basis",
            "apply_policy",
            "tolerance",
            "is_acknowledged",
            "takes_dispatch_advice",
            "commitments",
            "qualifiers",
        )
        labels: ClassVar[dict[str, Any]] = {
            "partner": _("Partner"),
            "identifier": _("Its identifier in messages"),
            "qualifier": _("Qualifier of the identifier"),
            "own_identifier": _("Your identifier in messages"),
            "own_qualifier": _("Qualifier of yours"),
            "date_basis": _("What dates mean"),
            "quantity_basis": _("What quantities mean"),
            "apply_policy": _("When a line is wrong"),
            "tolerance": _("Tolerance, as a share"),
            "is_acknowledged": _("Answer with a 997 or CONTRL"),
            "takes_dispatch_advice": _("Wants dispatch advices (not for JIS or kanban alone)"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer one's partners and oneself, whose own systems hand in documents as well."""
        super().__init__(*args, **kwargs)
        ours = acting_organisation()
        offered: Any = self.fields["partner"]
        rows = Partnership.objects.values_list("customer", "supplier")
        known = {ours.pk, *(each for pair in rows for each in pair)}
        offered.queryset = offered.queryset.filter(Q(pk__in=known)).order_by("name")
        for name in ("date_basis", "quantity_basis"):
            field: Any = self.fields[name]
            field.choices = [AS_SENT, *(each for each in field.choices if each[0])]

    def clean(self) -> dict[str, Any]:
        """One profile a partner, one partner an identifier."""
        found = super().clean() or {}
        others = PartnerProfile.objects.exclude(pk=self.instance.pk)
        if (partner := found.get("partner")) and others.filter(partner=partner).exists():
            self.add_error("partner", _now("This partner has a profile already."))
        identifier, qualifier = found.get("identifier"), found.get("qualifier", "")
        same = others.filter(identifier=identifier, qualifier=qualifier)
        if identifier and same.exists():
            self.add_error("identifier", _now("Another partner has this identifier."))
        return found
