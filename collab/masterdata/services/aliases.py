"""Partners' numbers for a part, each with the dates between which it holds."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from collab.events.bus import publish
from collab.masterdata.events import PartAliasChanged
from collab.masterdata.models import Part, PartAlias
from collab.masterdata.refusals import Refused, checked, clean_text, locked, refusing
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.models import Organisation

FIELDS = ("partner_number", "revision", "valid_from", "valid_to")
REASONS = {
    "masterdata_partalias_one_at_a_time": (
        "partner_number",
        "a number that means no other part of yours at this partner on these dates",
    ),
    "masterdata_partalias_dates": ("valid_to", "a day after valid_from"),
    "masterdata_partalias_of_another": ("partner", "another organisation"),
}


@transaction.atomic
def create_alias(
    *,
    part: Part,
    partner: Organisation,
    partner_number: str,
    valid_from: date,
    valid_to: date | None = None,
    revision: str = "",
) -> PartAlias:
    """Say that ``partner`` calls ``part`` ``partner_number`` from one day until before another.

    Raises ``Refused`` when the number means another part of the owner on one of these days.
    """
    alias = PartAlias(part=part, partner=partner)
    fill_alias(
        alias,
        {
            "partner_number": partner_number,
            "revision": revision,
            "valid_from": valid_from,
            "valid_to": valid_to,
        },
    )
    _save(alias)
    _tell(alias, "created")
    return alias


@transaction.atomic
def update_alias(alias_id: UUID, *, version: int | None = None, **changes: Any) -> PartAlias:
    """Change number, revision or dates; part and partner stay, another pair is another alias."""
    alias = locked(PartAlias, alias_id, version)
    before = {name: getattr(alias, name) for name in FIELDS}
    fill_alias(alias, changes)
    if any(getattr(alias, name) != value for name, value in before.items()):
        alias.version += 1
        _save(alias)
        _tell(alias, "updated")
    return alias


@transaction.atomic
def remove_alias(alias_id: UUID, *, version: int | None = None) -> None:
    """Delete a number entered by mistake; one that held until today gets ``valid_to`` instead."""
    alias = locked(PartAlias, alias_id, version)
    _tell(alias, "removed")
    alias.delete()


def fill_alias(alias: PartAlias, values: Mapping[str, Any]) -> None:
    """Set checked fields of ``FIELDS`` on ``alias`` without saving; raise ``Refused``."""
    if unknown := sorted(set(values) - set(FIELDS)):
        raise TypeError(f"expected fields among {FIELDS}, got {unknown}")
    if "partner_number" in values:
        alias.partner_number = clean_text("partner_number", values["partner_number"], 40)
        alias.compare_key = checked("partner_number", compare_key, alias.partner_number)[:40]
    if "revision" in values:
        alias.revision = clean_text("revision", values["revision"], 20, required=False)
    if "valid_from" in values:
        alias.valid_from = values["valid_from"]
    if "valid_to" in values:
        alias.valid_to = values["valid_to"]
    if alias.valid_to is not None and alias.valid_to <= alias.valid_from:
        raise Refused("valid_to", f"a day after {alias.valid_from}", alias.valid_to)


def _save(alias: PartAlias) -> None:
    values = {name: getattr(alias, name) for name in FIELDS} | {"partner": alias.partner.name}
    with refusing(REASONS, values):
        alias.save()


def _tell(alias: PartAlias, change: str) -> None:
    publish(
        PartAliasChanged(
            alias_id=str(alias.pk),
            part_id=str(alias.part_id),
            partner_id=alias.partner_id,
            partner_number=alias.partner_number,
            change=change,
        )
    )
