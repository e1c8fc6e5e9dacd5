"""The forms of requests for data: asking suppliers, and passing a request on."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inventory.forms import RefusableForm, supplier_choices
from inventory.models import Criticality
from inventory.services.data_requests import LONGEST_TEXT, USUAL_ANSWER, Ask


class AskForm(RefusableForm):
    """What suppliers are asked, and until when."""

    suppliers = forms.MultipleChoiceField(
        label=_("Suppliers"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Each gets a request of its own and learns of no other."),
    )
    parts = forms.CharField(
        label=_("Parts"),
        max_length=2_100,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("A number a line, yours or the supplier's; each is asked about its own."),
    )
    criticality = forms.ChoiceField(
        label=_("Criticality"), choices=Criticality.choices, initial=Criticality.MEDIUM.value
    )
    starts_at = forms.DateTimeField(label=_("Asked about, from"))
    ends_at = forms.DateTimeField(
        label=_("Asked about, until"), help_text=_("All access ends then, or with the disruption.")
    )
    due_at = forms.DateTimeField(label=_("Answer by"))
    text = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Name no third party: each supplier reads exactly this."),
    )

    def __init__(
        self, *args: Any, without: str = "", latest: datetime | None = None, **kwargs: Any
    ) -> None:
        """Offer own suppliers but ``without`` (BPN); ``latest`` is when the request would end."""
        now = timezone.now()
        end = latest if latest is not None and latest > now else now + 7 * USUAL_ANSWER
        shown = {
            "starts_at": _local(now),
            "ends_at": _local(end),
            "due_at": _local(min(now + USUAL_ANSWER, end)),
        }
        kwargs["initial"] = shown | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        field = self.fields["suppliers"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(bpn, name) for bpn, name in supplier_choices() if bpn != without]

    def ask(self) -> Ask:
        """Return what the valid form asks."""
        data = dict(self.cleaned_data)
        lines = data.pop("parts").replace(",", "\n").splitlines()
        parts = [name for line in lines if (name := line.strip())]
        return Ask(parts=parts, **data)


def _local(moment: datetime) -> datetime:
    """Return a time as forms show it."""
    return timezone.localtime(moment).replace(second=0, microsecond=0, tzinfo=None)
