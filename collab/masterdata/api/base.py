"""What all master-data views share: refusals as problems, partners by their number."""

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model
from rest_framework.response import Response

from collab.integration.etags import require_match
from collab.integration.lookups import get_for_org
from collab.integration.problems import FieldError, Problem
from collab.integration.views import View
from collab.masterdata.models import Part
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation

Row = TypeVar("Row", bound=Model)
READ, WRITE = "masterdata:read", "masterdata:write"
VERSIONED = frozenset({"PATCH", "DELETE"})


class MasterDataView(View):
    """A view whose services refuse values by field."""

    def handle_exception(self, exc: Exception) -> Response:
        """Answer 400 naming the field for ``Refused``, 412 for a row that has moved on."""
        return super().handle_exception(as_problem(exc))

    def locked(self, model: type[Row], key: UUID) -> Row:
        """Return the row locked and checked against ``If-Match``; 404 for a foreign one."""
        row: Any = get_for_org(model._default_manager.select_for_update(of=("self",)), pk=key)
        require_match(self.request, row)
        found: Row = row
        return found


def as_problem(exc: Exception) -> Exception:
    """Return what the API answers for a refusal; other exceptions as they are."""
    if isinstance(exc, Refused):
        error = FieldError(exc.field, exc.expected, exc.value)
        return Problem(400, "Invalid input", "Some values are not as expected.", [error])
    if isinstance(exc, VersionConflict):
        return Problem(412, detail="Somebody changed this meanwhile; read it again.")
    return exc


def partner_by_bpn(bpn: str) -> Organisation:
    """Return the partner with that number; ``Refused`` alike for unknown and unconnected ones."""
    partner = Organisation.objects.filter(bpn=bpn).exclude(pk=acting_organisation_id()).first()
    if partner is None:
        raise Refused("partner", "the BPN of a partner of yours", bpn)
    return partner


def part_of(key: UUID) -> Part:
    """Return the acting organisation's part; 404 for a missing or foreign key."""
    return get_for_org(Part, pk=key)
