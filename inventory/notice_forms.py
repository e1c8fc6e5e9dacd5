"""The forms of disruption notices: stating, changing, forwarding and resolving one."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inventory.forms import Moment, RefusableForm, partner_choices, site_choices
from inventory.models import Cause, Effect
from inventory.models.notices import LONGEST_TEXT
from inventory.queries.notices import NoticeRow
from inventory.services.notice_facts import NoticeFacts

AREA = forms.Textarea(attrs={"rows": 6})


class FactsForm(RefusableForm):
    """What a notice says."""

    starts_at = Moment(label=_("Effect starts"))
    ends_at = Moment(label=_("Expected end"), required=False)
    text = forms.CharField(
        label=_("What happens"),
        max_length=LONGEST_TEXT,
        widget=AREA,
        help_text=_("Name no third party: each recipient reads exactly this."),
    )
    parts = forms.CharField(
        label=_("Parts"),
        required=False,
        max_length=8_400,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("A number a line, yours or the partner's; each partner hears of its own."),
    )
    sites = forms.MultipleChoiceField(
        label=_("Your sites"), required=False, widget=forms.CheckboxSelectMultiple
    )
    partner_sites = forms.CharField(
        label=_("Partners' sites"),
        required=False,
        max_length=4_200,
        help_text=_("Codes, separated by commas."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer one's own sites; the effect starts now unless said otherwise."""
        now = timezone.localtime().replace(second=0, microsecond=0, tzinfo=None)
        kwargs["initial"] = {"starts_at": now, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        sites = self.fields["sites"]
        assert isinstance(sites, forms.MultipleChoiceField)
        sites.choices = site_choices()

    def facts(self) -> NoticeFacts:
        """Return what the valid form says."""
        data = self.cleaned_data
        return NoticeFacts(
            text=data["text"],
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            parts=_named(data["parts"]),
            sites=data["sites"],
            partner_sites=_named(data["partner_sites"]),
        )


class StateForm(FactsForm):
    """A new notice: to whom, why, and what it does."""

    partners = forms.MultipleChoiceField(label=_("To"), widget=forms.CheckboxSelectMultiple)
    cause = forms.ChoiceField(label=_("Cause"), choices=Cause.choices)
    effect = forms.ChoiceField(
        label=_("Effect"), choices=Effect.choices, initial=Effect.CAPACITY_REDUCTION.value
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer one's own partners."""
        super().__init__(*args, **kwargs)
        _offer_partners(self, without="")


class ForwardForm(FactsForm):
    """A received notice for one's own partners, in one's own words."""

    partners = forms.MultipleChoiceField(label=_("To"), widget=forms.CheckboxSelectMultiple)
    is_source_hidden = forms.BooleanField(
        label=_("Keep the source to ourselves"),
        required=False,
        help_text=_("Recipients cannot link this notice to the one you received."),
    )

    def __init__(self, row: NoticeRow, *args: Any, **kwargs: Any) -> None:
        """Offer one's own partners without the sender of the received notice ``row``."""
        kwargs["initial"] = dates_of(row) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        _offer_partners(self, without=row.sender.bpn)


class ResolveForm(RefusableForm):
    """What ended the effect."""

    resolution = forms.CharField(
        label=_("What resolved it"), max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 3})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


def facts_of(row: NoticeRow) -> Mapping[str, Any]:
    """Return the values of the form that changes an own notice."""
    return {
        **dates_of(row),
        "text": row.text,
        "parts": "\n".join(row.parts),
        "sites": list(row.sites),
        "partner_sites": ", ".join(row.partner_sites),
        "version": row.version,
    }


def dates_of(row: NoticeRow) -> dict[str, Any]:
    """Return when the effect of a notice starts and ends, as forms show times."""
    return {
        "starts_at": timezone.localtime(row.starts_at).replace(tzinfo=None),
        "ends_at": row.ends_at and timezone.localtime(row.ends_at).replace(tzinfo=None),
    }


def _offer_partners(form: forms.Form, *, without: str) -> None:
    field = form.fields["partners"]
    assert isinstance(field, forms.MultipleChoiceField)
    field.choices = [(bpn, name) for bpn, name in partner_choices() if bpn != without]


def _named(text: str) -> list[str]:
    """Return the numbers or codes of a text: one a line, or separated by commas."""
    return [
        name for line in text.splitlines() for each in line.split(",") if (name := each.strip())
    ]
