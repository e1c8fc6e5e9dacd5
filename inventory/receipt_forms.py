"""The forms of receiving a delivery: a line for each advised one, and what to say to a receipt."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from collab.masterdata.refusals import Refused
from inventory.forms import Moment, RefusableForm
from inventory.models import ReceiptAnswer
from inventory.rules.receipt import LabelState
from inventory.services.receipt_lines import StatedLabel, StatedLine
from transport.queries.advices import LineRow, UnitRow

NUMBER = {"inputmode": "decimal", "autocomplete": "off"}
LABELS = (
    ("", _("Good")),
    (LabelState.UNREADABLE.value, _("Unreadable")),
    (LabelState.MISSING.value, _("Missing")),
)


class ReceiveForm(RefusableForm):
    """What arrived of each line; as it opens, everything is as advised."""

    received_at = Moment(label=_("Received at"))
    delivery_note = forms.CharField(label=_("Delivery note"), max_length=35, required=False)
    note = forms.CharField(label=_("Note"), max_length=400, required=False)

    def __init__(
        self, lines: Sequence[LineRow], units: Sequence[UnitRow], *args: Any, **kwargs: Any
    ) -> None:
        """Make the fields of each line; ``units`` are the packs whose labels can be named."""
        now = timezone.localtime().replace(microsecond=0, tzinfo=None)
        kwargs["initial"] = {"received_at": now, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.lines, self.units = lines, units
        for line in lines:
            at = line.position
            self.fields[f"received-{at}"] = _quantity(_("Received"), line.quantity)
            self.fields[f"damaged-{at}"] = _quantity(_("Damaged"), Decimal(0))
            self.fields[f"label-{at}"] = forms.ChoiceField(
                label=_("Label"), choices=LABELS, required=False
            )
            self.fields[f"note-{at}"] = forms.CharField(
                label=_("Note"), max_length=200, required=False
            )

    def rows(self) -> list[dict[str, Any]]:
        """Return each line with its fields, for the page."""
        names = ("received", "damaged", "label", "note")
        return [
            {"line": line, **{name: self[f"{name}-{line.position}"] for name in names}}
            for line in self.lines
        ]

    def stated(self) -> list[StatedLine]:
        """Return the lines that the valid form holds."""
        data = self.cleaned_data
        return [
            StatedLine(
                position=line.position,
                received=data[f"received-{line.position}"],
                damaged=data[f"damaged-{line.position}"] or Decimal(0),
                labels=self._labels(line, data[f"label-{line.position}"]),
                note=data[f"note-{line.position}"],
            )
            for line in self.lines
        ]

    def refuse(self, refused: Refused) -> None:
        """Show a refusal: of one line's field beside the first line that has it."""
        name = f"{refused.field}-{self.lines[0].position}" if self.lines else refused.field
        field = name if name in self.fields and len(self.lines) == 1 else refused.field
        super().refuse(Refused(field, refused.expected, refused.value))

    def _labels(self, line: LineRow, state: str) -> list[StatedLabel]:
        """Return the label fault of a line, on the first pack that holds it."""
        if not state:
            return []
        holding = (
            unit.licence_plate
            for unit in self.units
            if any(content.line == line.position for content in unit.contents)
        )
        plate = next((each for each in holding if each), "") or line.part_number[:35]
        return [StatedLabel(plate, state)]


class AnswerForm(RefusableForm):
    """What the supplier says to a receipt that differs."""

    verdict = forms.ChoiceField(label=_("Answer"), choices=ReceiptAnswer.Verdict.choices)
    note = forms.CharField(label=_("Note"), max_length=400, required=False)


class CancelForm(RefusableForm):
    """Why a receipt is taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


def _quantity(label: Any, initial: Decimal) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        max_digits=18,
        decimal_places=3,
        min_value=0,
        localize=False,
        initial=format(initial.normalize() + 0, "f"),
        required=True,
        widget=forms.NumberInput(attrs={**NUMBER, "step": "any"}),
    )
