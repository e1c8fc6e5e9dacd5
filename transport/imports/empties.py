"""Bookings of containers from spreadsheets: the same service as every other door."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from collab.integration.imports import (
    DAY,
    WHOLE,
    CellError,
    ImportColumn,
    ImportKind,
    RowRefused,
    UndoConflict,
    Values,
    Verdict,
    register_import,
)
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from transport.models import ContainerType, EmptiesMovement
from transport.services.empties import Booking, book

COLUMNS = (
    ImportColumn("partner", _("Partner (BPN)"), is_required=True, longest=16),
    ImportColumn("code", _("Container"), is_required=True, longest=20),
    ImportColumn("kind", _("What"), is_required=True, choices=tuple(EmptiesMovement.Kind.values)),
    ImportColumn("number", _("Containers"), form=WHOLE, is_required=True),
    ImportColumn("moved_on", _("Day"), form=DAY, is_required=True),
    ImportColumn("reference", _("Reference"), is_required=True, longest=60),
)
OPPOSITE = {
    EmptiesMovement.Kind.ISSUED: EmptiesMovement.Kind.RETURNED,
    EmptiesMovement.Kind.RETURNED: EmptiesMovement.Kind.ISSUED,
}


def prepare(_rows: Sequence[Values]) -> None:
    """Nothing to share between rows."""


def validate_row(values: Values, _context: Any) -> Verdict:
    """Say what the row would do without doing it; raise ``RowRefused``."""
    us = acting_organisation_id()
    if not Organisation.objects.filter(bpn=values["partner"]).exclude(pk=us).exists():
        raise RowRefused([CellError("partner", values["partner"], "the BPN of a partner of yours")])
    if not ContainerType.objects.filter(code=values["code"]).exists():
        expected = "the code of one of your container types"
        raise RowRefused([CellError("code", values["code"], expected)])
    if values["number"] < 1:
        raise RowRefused([CellError("number", str(values["number"]), "a number of at least 1")])
    is_known = EmptiesMovement.objects.filter(owner_id=us, source_key=_key(values)).exists()
    return Verdict("unchanged" if is_known else "new")


def apply_row(values: Values, _context: Any) -> dict[str, Any]:
    """Book the row; return which movement it became."""
    try:
        made, is_new = book(_booking(values))
    except Refused as refused:
        raise RowRefused([CellError(refused.field, refused.value, refused.expected)]) from None
    return {"movement": str(made.pk), "is_new": is_new}


def undo_row(applied: dict[str, Any]) -> None:
    """Book the opposite: a booking is never taken away. Scrapped containers do not come back."""
    made = EmptiesMovement.objects.select_related("account").get(pk=applied["movement"])
    opposite = OPPOSITE.get(EmptiesMovement.Kind(made.kind))
    if opposite is None:
        raise UndoConflict("containers that were scrapped do not come back")
    if applied["is_new"]:
        book(
            Booking(
                partner=made.counterparty.bpn,
                code=made.account.code,
                kind=opposite.value,
                number=made.number,
                moved_on=made.moved_on,
                reference=made.reference,
                source_key=f"undo:{made.pk}",
            )
        )


def _key(values: Values) -> str:
    return f"file:{values['kind']}:{values['reference']}:{values['moved_on'].isoformat()}"[:120]


def _booking(values: Values) -> Booking:
    return Booking(
        partner=values["partner"],
        code=values["code"],
        kind=values["kind"],
        number=values["number"],
        moved_on=values["moved_on"],
        reference=values["reference"],
        source_key=_key(values),
    )


KIND = ImportKind(
    name="container_bookings",
    title=_("Bookings of containers"),
    columns=COLUMNS,
    key=("kind", "reference", "moved_on"),
    prepare=prepare,
    validate_row=validate_row,
    apply_row=apply_row,
    undo_row=undo_row,
    page="transport:empties",
)


def register() -> None:
    """Make the import known."""
    register_import(KIND)
