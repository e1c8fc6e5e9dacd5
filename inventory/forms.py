"""The forms of the inventory pages: stock counts, coverage targets, planned output."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from collab.masterdata.refusals import Refused
from collab.masterdata.rules.units import CANONICAL_UNITS
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id, may_act_at
from collab.organisations.models import Organisation, Site
from collab.sharing.models import Partnership
from inventory.models import StockKind
from inventory.queries.stock import CountRow, last_count
from inventory.services import Report, Target
from inventory.services.subjects import resolve

MINUTE = timedelta(minutes=1)


class RefusableForm(forms.Form):
    """A form that shows a service's refusal beside the field it is about."""

    def refuse(self, refused: Refused) -> None:
        """Show why the values were not taken beside their field."""
        field = refused.field if refused.field in self.fields else None
        text = _("Expected %(expected)s, got “%(value)s”.") % {
            "expected": refused.expected,
            "value": refused.value,
        }
        self.add_error(field, text)

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices


class Moment(forms.DateTimeField):
    """A time to the minute in the browser's own picker; the current minute means this moment."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **kwargs)

    def clean(self, value: Any) -> datetime | None:
        """Return the time; what was counted within this minute lies before it."""
        found: datetime | None = super().clean(value)
        now = timezone.now()
        if found is not None and found <= now < found + MINUTE:
            return now.replace(microsecond=0)
        return found


class StockCountForm(RefusableForm):
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
    counted_at = Moment(label=_("Counted at"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer one's own partners, sites and the known units."""
        now = timezone.localtime().replace(microsecond=0, tzinfo=None)
        kwargs["initial"] = {"counted_at": now, "unit": "H87", **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self._offer("counterparty", partner_choices())
        self._offer("site", site_choices())
        self._offer("unit", [(unit.code, unit.name) for unit in CANONICAL_UNITS.values()])

    def report(self) -> Report:
        """Return the report that the valid form holds."""
        return Report(**self.cleaned_data)

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
            subject = resolve(**known, on=own_day())
        except Refused:
            return None
        kind = self.data.get("kind") or StockKind.FREE.value
        return last_count(subject.counterparty_id, subject.part.id, subject.site_id, kind=kind)


class FiguresForm(RefusableForm):
    """The figures of a coverage target; ``version`` is the one the person has read."""

    minimum_days = forms.DecimalField(
        label=_("Minimum days"), max_digits=6, decimal_places=2, min_value=0, localize=False
    )
    maximum_days = forms.DecimalField(
        label=_("Maximum days"),
        max_digits=6,
        decimal_places=2,
        min_value=0,
        required=False,
        localize=False,
        help_text=_("Empty: no upper bound."),
    )
    report_every_hours = forms.IntegerField(
        label=_("Report every [h]"),
        min_value=1,
        max_value=24 * 31,
        initial=24,
        localize=False,
        help_text=_("A report is stale when it is twice as old."),
    )
    lead_days = forms.DecimalField(
        label=_("Lead time [days]"),
        max_digits=6,
        decimal_places=2,
        min_value=0,
        required=False,
        localize=False,
        help_text=_("Less cover than this is urgent, less than twice as much is watched."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def figures(self) -> dict[str, Any]:
        """Return the figures that the valid form holds."""
        names = ("minimum_days", "maximum_days", "report_every_hours", "lead_days")
        return {name: self.cleaned_data[name] for name in names}


class TargetForm(FiguresForm):
    """A new coverage target: with whom, for which part, at which site."""

    counterparty = forms.ChoiceField(label=_("Partner"))
    part_number = forms.CharField(
        label=_("Part number"), max_length=40, help_text=_("Yours, or the partner's.")
    )
    site = forms.ChoiceField(label=_("Site"), required=False)
    field_order = ("counterparty", "part_number", "site")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer one's own partners and sites."""
        super().__init__(*args, **kwargs)
        self._offer("counterparty", partner_choices())
        self._offer("site", [("", str(_("Any site"))), *site_choices()])

    def target(self) -> Target:
        """Return the target that the valid form holds."""
        names = ("counterparty", "part_number", "site")
        return Target(**{name: self.cleaned_data[name] for name in names}, **self.figures())


class SubjectForm(RefusableForm):
    """Which stock to plan: for whom, which part, at which site."""

    counterparty = forms.ChoiceField(label=_("Customer"))
    part_number = forms.CharField(label=_("Part number"), max_length=40)
    site = forms.ChoiceField(label=_("Site"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer one's own partners and sites."""
        super().__init__(*args, **kwargs)
        self._offer("counterparty", partner_choices())
        self._offer("site", site_choices())


class PlanForm(RefusableForm):
    """Planned output of some days: a quantity a day in the part's base unit."""

    def __init__(self, days: Sequence[date], *args: Any, **kwargs: Any) -> None:
        """Make a field for each of ``days``; an empty one plans nothing."""
        super().__init__(*args, **kwargs)
        self.days = {day_field(day): day for day in days}
        for name, day in self.days.items():
            self.fields[name] = forms.DecimalField(
                label=date_format(day, "D j M"),
                max_digits=18,
                decimal_places=3,
                min_value=0,
                required=False,
                localize=False,
                widget=forms.NumberInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )

    def changes(self, before: Mapping[date, Decimal]) -> dict[date, Decimal]:
        """Return the days whose quantity differs from ``before``; empty stands for 0."""
        wanted = {day: self.cleaned_data[name] or Decimal(0) for name, day in self.days.items()}
        return {
            day: quantity
            for day, quantity in wanted.items()
            if quantity != before.get(day, Decimal(0))
        }


def day_field(day: date) -> str:
    """Return the name of the field that plans ``day``."""
    return f"d{day:%Y%m%d}"


def site_choices() -> list[tuple[str, str]]:
    """Return one's own sites by code, as far as one's role reaches: code and name."""
    own = Site.objects.filter(owner_id=acting_organisation_id()).order_by("code")
    return [(site.code, f"{site.code}, {site.name}") for site in own if may_act_at(site.pk)]


def partner_choices() -> list[tuple[str, str]]:
    """Return one's active partners by name: BPN and name."""
    own = acting_organisation_id()
    edges = Partnership.objects.filter(
        Q(customer_id=own) | Q(supplier_id=own), state=Partnership.State.ACTIVE
    ).values_list("customer_id", "supplier_id")
    keys = {key for edge in edges for key in edge} - {own}
    found = Organisation.objects.filter(pk__in=keys).order_by("name")
    return list(found.values_list("bpn", "name"))


def supplier_choices() -> list[tuple[str, str]]:
    """Return one's active suppliers by name: BPN and name."""
    edges = Partnership.objects.filter(
        customer_id=acting_organisation_id(), state=Partnership.State.ACTIVE
    )
    keys = edges.values_list("supplier_id", flat=True)
    found = Organisation.objects.filter(pk__in=list(keys)).order_by("name")
    return list(found.values_list("bpn", "name"))
