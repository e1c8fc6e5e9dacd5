"""REST: sharing agreements, what a partner sees, and who has read what."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.lists import paginate
from collab.integration.lookups import get_for_org
from collab.integration.problems import FieldError, Problem
from collab.integration.views import View
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from collab.sharing import access, odrl, services
from collab.sharing import serializers as forms
from collab.sharing.api import READ, WRITE
from collab.sharing.models import Grant, is_live
from collab.sharing.names import bpn_of, known_organisations, organisation_by_bpn

_STEPS = {
    "consent": services.consent,
    "withdraw_consent": services.withdraw_consent,
    "revoke": services.revoke,
}
_SIDES = {"given": "owner_id", "received": "viewer_id", "about_us": "about_id"}
_PLAIN = (
    "topic",
    "purpose",
    "agreement",
    "is_onward_allowed",
    "valid_from",
    "valid_to",
    "revoked_at",
    "about_consented_at",
    "is_paused",
)


class Grants(View):
    """Sharing agreements: who may read which of whose rows, about whom, what for, how long."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters = forms.GrantFilter
    lists = True
    bodies: ClassVar[dict[str, Any]] = {"POST": forms.GrantInput}
    replies: ClassVar[dict[str, Any]] = {"GET": forms.GrantRow, "POST": forms.GrantRow}

    def get(self, request: Request) -> Response:
        """List the agreements that we gave, received or are the subject of, newest first."""
        page = paginate(request, _filtered(self.query()))
        names = known_organisations(page.items)
        return Response(page.body([_row(grant, names) for grant in page.items]))

    def post(self, request: Request) -> Response:
        """Give an agreement; if it is about a third organisation, that one has to consent."""
        values = self.body()
        viewer_id = _party("viewer", values.pop("viewer"))
        about = values.pop("about", None)
        about_id = viewer_id if about is None else _party("about", about)
        try:
            grant = services.give_grant(
                viewer_id=viewer_id,
                about_id=about_id,
                fields=values.pop("fields_shown", ()),
                **values,
            )
        except services.NotAllowed as refusal:
            raise Problem(409, detail=str(refusal)) from None
        return Response(_row(grant, known_organisations([grant])), 201)


class OneGrant(View):
    """One sharing agreement."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": forms.GrantStep}
    replies: ClassVar[dict[str, Any]] = {"GET": forms.GrantRow, "POST": forms.GrantRow}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}

    def get(self, request: Request, grant_id: UUID) -> Response:
        """Return an agreement."""
        grant = get_for_org(Grant, pk=grant_id)
        return Response(_row(grant, known_organisations([grant])))

    def post(self, request: Request, grant_id: UUID) -> Response:
        """Consent, withdraw the consent, or revoke; it holds on every channel within seconds."""
        grant = get_for_org(Grant.objects.select_for_update(), pk=grant_id)
        try:
            _STEPS[self.body()["step"]](grant)
        except services.NotAllowed as refusal:
            raise Problem(409, detail=str(refusal)) from None
        return Response(_row(grant, known_organisations([grant])))


class GrantOdrl(View):
    """A sharing agreement in the Open Digital Rights Language."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": dict}

    def get(self, request: Request, grant_id: UUID) -> Response:
        """Return the agreement as ODRL JSON-LD."""
        grant = get_for_org(Grant, pk=grant_id)
        return Response(odrl.agreement(grant, known_organisations([grant])))


class Preview(View):
    """Our rows through a partner's eyes."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters = forms.PreviewFilter
    replies: ClassVar[dict[str, Any]] = {"GET": forms.PreviewRow(many=True)}

    def get(self, request: Request) -> Response:
        """Return, table by table, how many of our rows the viewer sees, and some of them."""
        viewer = organisation_by_bpn(self.query()["viewer"])
        if viewer is None:
            raise _unknown("viewer", request.query_params["viewer"])
        return Response(
            [
                {
                    "topic": each.topic,
                    "table": each.table,
                    "about": list(each.about),
                    "fields_shown": None if each.fields is None else list(each.fields),
                    "count": each.count,
                    "sample": list(each.sample),
                }
                for each in access.what_partner_sees(viewer.pk)
            ]
        )


class AccessLog(View):
    """Who has read our rows through sharing agreements."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters = forms.AccessFilter
    lists = True
    replies: ClassVar[dict[str, Any]] = {"GET": forms.AccessReadRow}

    def get(self, request: Request) -> Response:
        """List the reads minute by minute, newest first."""
        asked = self.query()
        rows = access.reads_of_mine(asked.get("since"))
        if topic := asked.get("topic"):
            rows = rows.filter(topic=topic)
        page = paginate(request, rows, order="-minute")
        names = known_organisations(page.items)
        items = [
            {
                "id": each.pk,
                "viewer": bpn_of(names, each.viewer_id),
                "topic": each.topic,
                "minute": each.minute,
                "reads": each.reads,
                "rows": each.rows,
            }
            for each in page.items
        ]
        return Response(page.body(items))


def _filtered(asked: Mapping[str, Any]) -> Any:
    rows = Grant.objects.all()
    if topic := asked.get("topic"):
        rows = rows.filter(topic=topic)
    if side := asked.get("side"):
        rows = rows.filter(**{_SIDES[side]: acting_organisation_id()})
    if (wanted := asked.get("is_live")) is not None:
        live = Grant.objects.filter(is_live()).values("pk")
        rows = rows.filter(pk__in=live) if wanted else rows.exclude(pk__in=live)
    return rows


def _party(field: str, named: str) -> int:
    """Return the organisation that a BPN or a partner code names."""
    found = organisation_by_bpn(named)
    key = found.pk if found else services.organisation_of_code(named)
    if key is None:
        raise _unknown(field, named)
    return key


def _unknown(field: str, value: str) -> Problem:
    error = FieldError(field, "the BPN of a partner, or a partner code", value)
    return Problem(400, "Invalid input", "Some values are not as expected.", [error])


def _row(grant: Grant, names: Mapping[int, Organisation]) -> dict[str, Any]:
    return {
        "id": grant.pk,
        "owner": bpn_of(names, grant.owner_id),
        "viewer": bpn_of(names, grant.viewer_id),
        "about": bpn_of(names, grant.about_id),
        "fields_shown": grant.fields,
        **{name: getattr(grant, name) for name in _PLAIN},
    }
