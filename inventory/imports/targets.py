"""Coverage targets from spreadsheets: the same service as every other door, and an undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from collab.integration.imports import NUMBER, WHOLE, ImportColumn, ImportKind, Values, Verdict
from collab.masterdata.imports.lookups import differences, given, plain, refusals, undo_conflicts
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from inventory.models import CoverageTarget
from inventory.services import Target, agree_target, change_target, remove_target
from inventory.services.subjects import own_site_or_all, part_of, partner_of
from inventory.services.targets import checked_figures

COLUMNS = (
    ImportColumn(
        "counterparty",
        _("Partner (BPN)"),
        is_required=True,
        also_called=("bpn", "partner", "customer", "supplier"),
        longest=16,
        example="BPNL000000000001",
    ),
    ImportColumn("part_number", _("Part number"), is_required=True, longest=40, example="4711-A"),
    ImportColumn("site", _("Site"), longest=20),
    ImportColumn("minimum_days", _("Minimum days"), form=NUMBER, is_required=True, example="3"),
    ImportColumn("maximum_days", _("Maximum days"), form=NUMBER, example="10"),
    ImportColumn("report_every_hours", _("Report every [h]"), form=WHOLE, example="24"),
    ImportColumn("lead_days", _("Lead time [days]"), form=NUMBER, example="5"),
)
FIGURES = ("minimum_days", "maximum_days", "report_every_hours", "lead_days")


@dataclass(frozen=True, slots=True)
class Context:
    """What a chunk of rows shares: the acting side's targets by partner, part and site."""

    known: dict[tuple[int, str, str], CoverageTarget]


def prepare(_rows: Sequence[Values]) -> Context:
    """Read the targets that stand; one query."""
    own = CoverageTarget.objects.filter(owner_id=acting_organisation_id())
    return Context({(row.counterparty_id, row.part_number, row.site_code): row for row in own})


def validate_row(values: Values, context: Context) -> Verdict:
    """Say what the row would do; raise ``RowRefused`` with the reason."""
    with refusals({}):
        partner = partner_of(values["counterparty"])
        part = part_of(values["part_number"], partner.pk, own_day())
        place = own_site_or_all(values.get("site") or "")
        site_code = place.code if place else ""
        target = _target(values, context.known.get((partner.pk, part.number, site_code)))
        after = checked_figures(target)
    row = context.known.get((partner.pk, part.number, site_code))
    before = {name: getattr(row, name) for name in FIGURES} if row else {}
    found = differences(before, after)
    if row is None:
        return Verdict("new", found)
    return Verdict("changed" if found else "unchanged", found)


def apply_row(values: Values, context: Context) -> dict[str, Any]:
    """Set the target; return what stood before."""
    with refusals({}), transaction.atomic():
        partner = partner_of(values["counterparty"])
        part = part_of(values["part_number"], partner.pk, own_day())
        row = context.known.get((partner.pk, part.number, values.get("site") or ""))
        before = {name: getattr(row, name) for name in FIGURES} if row else None
        target, _is_new = agree_target(_target(values, row))
    return {
        "id": str(target.pk),
        "version": target.version,
        "before": plain(before) if before else None,
    }


def undo_row(record: dict[str, Any]) -> None:
    """Remove the target, or put back what stood before, unless it has changed since."""
    key = UUID(record["id"])
    with undo_conflicts(CoverageTarget.DoesNotExist), transaction.atomic():
        if record["before"] is None:
            remove_target(key, version=record["version"])
        else:
            change_target(key, version=record["version"], **record["before"])


def _target(values: Values, standing: CoverageTarget | None) -> Target:
    """Return the target that the row means; an empty cell leaves what stands."""
    kept = {name: getattr(standing, name) for name in FIGURES} if standing else {}
    return Target(
        counterparty=values["counterparty"],
        part_number=values["part_number"],
        site=values.get("site") or "",
        **(kept | given(values, FIGURES)),
    )


COVERAGE_TARGETS = ImportKind(
    name="coverage_targets",
    title=_("Coverage targets"),
    columns=COLUMNS,
    key=("counterparty", "part_number", "site"),
    prepare=prepare,
    validate_row=validate_row,
    apply_row=apply_row,
    undo_row=undo_row,
    page="inventory:targets",
)
