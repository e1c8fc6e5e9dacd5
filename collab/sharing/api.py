"""REST: partners and partnerships."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of, require_match
from collab.integration.lists import paginate
from collab.integration.lookups import get_for_org
from collab.integration.problems import FieldError, Problem
from collab.integration.views import View
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from collab.sharing import serializers as forms
from collab.sharing import services
from collab.sharing.models import Partnership
from collab.sharing.names import bpn_of, known_organisations

READ, WRITE = "sharing:read", "sharing:write"
_STEPS = {
    "accept": services.accept,
    "suspend": services.suspend,
    "resume": services.resume,
    "end": services.end,
}


class Partners(View):
    """Who we do business with."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters = forms.PartnerFilter
    lists = True
    replies: ClassVar[dict[str, Any]] = {"GET": forms.PartnerRow}

    def get(self, request: Request) -> Response:
        """List partners, newest partnership first; one that is both sides appears twice."""
        me, asked = acting_organisation_id(), self.query()
        rows = Partnership.objects.all()
        if state := asked.get("state"):
            rows = rows.filter(state=state)
        if relation := asked.get("relation"):
            rows = rows.filter(**{f"{_opposite(relation)}_id": me})
        page = paginate(request, rows)
        names = known_organisations(page.items)
        return Response(page.body([_partner(edge, me, names) for edge in page.items]))


class OwnCode(View):
    """The code by which others can invite us."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": forms.PartnerCode}

    def get(self, request: Request) -> Response:
        """Return the code; hand it to whom you want to be invited by."""
        return Response({"code": services.partner_code()})


class Partnerships(View):
    """Edges between customers and suppliers, with their state."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists = True
    bodies: ClassVar[dict[str, Any]] = {"POST": forms.PartnershipInput}
    replies: ClassVar[dict[str, Any]] = {
        "GET": forms.PartnershipRow,
        "POST": forms.PartnershipRow,
    }

    def get(self, request: Request) -> Response:
        """List the partnerships at either end of which we are, newest first."""
        self.query()
        page = paginate(request, Partnership.objects.all())
        names = known_organisations(page.items)
        return Response(page.body([_row(edge, names) for edge in page.items]))

    def post(self, request: Request) -> Response:
        """Invite an organisation by its partner code; asking again changes nothing."""
        values = self.body()
        other = services.organisation_of_code(values["code"])
        if other is None:
            error = FieldError("code", "a partner code that its owner gave you", values["code"])
            raise Problem(400, "Invalid input", "This is no partner code.", [error])
        try:
            made = services.invite_partnership(
                counterparty_id=other, acting_is_customer=values["acting_is_customer"]
            )
        except services.NotAllowed as refusal:
            raise Problem(409, detail=str(refusal)) from None
        return Response(
            _row(made, known_organisations([made])), 201, headers={"ETag": etag_of(made)}
        )


class OnePartnership(View):
    """One partnership."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": forms.PartnershipStep}
    replies: ClassVar[dict[str, Any]] = {
        "GET": forms.PartnershipRow,
        "POST": forms.PartnershipRow,
    }
    statuses: ClassVar[dict[str, int]] = {"POST": 200}
    versioned = frozenset({"POST"})

    def get(self, request: Request, partnership_id: UUID) -> Response:
        """Return a partnership."""
        edge = get_for_org(Partnership, pk=partnership_id)
        return self.reply(_row(edge, known_organisations([edge])), etag_of(edge))

    def post(self, request: Request, partnership_id: UUID) -> Response:
        """Accept, suspend, resume or end it."""
        edge = get_for_org(Partnership.objects.select_for_update(), pk=partnership_id)
        step = self.body()["step"]
        require_match(request, edge)
        try:
            _STEPS[step](edge)
        except services.NotAllowed as refusal:
            raise Problem(409, detail=str(refusal)) from None
        return Response(_row(edge, known_organisations([edge])), headers={"ETag": etag_of(edge)})


def _partner(edge: Partnership, me: int, names: Mapping[int, Organisation]) -> dict[str, Any]:
    """Return the other end of an edge; after its end the two no longer see who they are."""
    relation = "supplier" if edge.customer_id == me else "customer"
    other = names.get(getattr(edge, f"{relation}_id"))
    shown = ("bpn", "name", "short_name", "kind", "country")
    return {name: getattr(other, name, None) for name in shown} | {
        "relation": relation,
        "partnership": edge.pk,
        "state": edge.state,
    }


def _row(edge: Partnership, names: Mapping[int, Organisation]) -> dict[str, Any]:
    return {
        "id": edge.pk,
        "customer": bpn_of(names, edge.customer_id),
        "supplier": bpn_of(names, edge.supplier_id),
        "invited_by": bpn_of(names, edge.owner_id),
        "state": edge.state,
        "accepted_at": edge.accepted_at,
        "version": edge.version,
    }


def _opposite(relation: str) -> str:
    return "supplier" if relation == "customer" else "customer"
