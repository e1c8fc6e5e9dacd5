"""REST: the organisation itself, its sites, its people."""

from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of, require_match
from collab.integration.lists import paginate
from collab.integration.lookups import get_for_org
from collab.integration.problems import FieldError, Problem
from collab.integration.views import View
from collab.organisations import queries, services
from collab.organisations import serializers as forms
from collab.organisations.context import acting_organisation
from collab.organisations.models import Site

READ, WRITE = "organisations:read", "organisations:write"


class OwnOrganisation(View):
    """The organisation that the credentials act for."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": forms.OwnOrganisation}

    def get(self, request: Request) -> Response:
        """Return the own organisation."""
        return Response(forms.OwnOrganisation(acting_organisation()).data)


class Sites(View):
    """The own sites."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters = forms.SiteFilter
    lists = True
    bodies: ClassVar[dict[str, Any]] = {"POST": forms.SiteInput}
    replies: ClassVar[dict[str, Any]] = {"GET": forms.SiteRow, "POST": forms.SiteRow}

    def get(self, request: Request) -> Response:
        """List the own sites by code."""
        page = paginate(request, queries.own_sites().filter(**self.query()), order="code")
        return Response(page.body(forms.SiteRow(page.items, many=True).data))

    def post(self, request: Request) -> Response:
        """Add a site."""
        values = self.body()
        if queries.own_sites().filter(code=values["code"]).exists():
            raise _taken("code", values["code"])
        site = services.create_site(**values)
        return Response(forms.SiteRow(site).data, 201, headers={"ETag": etag_of(site)})


class OneSite(View):
    """One of the own sites."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": forms.SiteInput}
    replies: ClassVar[dict[str, Any]] = {"GET": forms.SiteRow, "PATCH": forms.SiteRow}
    versioned = frozenset({"PATCH", "DELETE"})

    def get(self, request: Request, site_id: UUID) -> Response:
        """Return a site."""
        site = get_for_org(Site, pk=site_id)
        return self.reply(forms.SiteRow(site).data, etag_of(site))

    def patch(self, request: Request, site_id: UUID) -> Response:
        """Change a site."""
        site = get_for_org(Site.objects.select_for_update(), pk=site_id)
        values = self.body(partial=True)
        require_match(request, site)
        code = values.get("code", site.code)
        if queries.own_sites().filter(code=code).exclude(pk=site.pk).exists():
            raise _taken("code", code)
        services.change_site(site, **values)
        return Response(forms.SiteRow(site).data, headers={"ETag": etag_of(site)})

    def delete(self, request: Request, site_id: UUID) -> Response:
        """Remove a site that nothing refers to."""
        site = get_for_org(Site.objects.select_for_update(), pk=site_id)
        require_match(request, site)
        services.remove_site(site)
        return Response(status=204)


class Members(View):
    """The people of the own organisation."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists = True
    bodies: ClassVar[dict[str, Any]] = {"POST": forms.MemberInput}
    replies: ClassVar[dict[str, Any]] = {"GET": forms.MemberRow, "POST": forms.MemberRow}

    def get(self, request: Request) -> Response:
        """List the members, newest first."""
        self.query()
        page = paginate(request, queries.own_members())
        return Response(page.body(forms.MemberRow(page.items, many=True).data))

    def post(self, request: Request) -> Response:
        """Invite a person; inviting a member again changes the role."""
        try:
            membership = services.invite_person(**_placed(self.body()))
        except services.NotAllowed as error:
            raise Problem(409, detail=str(error)) from None
        return Response(forms.MemberRow(membership).data, 201)


class OneMember(View):
    """One member of the own organisation."""

    scopes: ClassVar[dict[str, str]] = {"PATCH": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": forms.MemberChange}
    replies: ClassVar[dict[str, Any]] = {"PATCH": forms.MemberRow}

    def patch(self, request: Request, membership_id: UUID) -> Response:
        """Change the role or its site, or end the membership; one administrator must remain."""
        membership = get_for_org(queries.own_members(), pk=membership_id)
        try:
            services.change_member(membership, **_placed(self.body(partial=True)))
        except services.NotAllowed as error:
            raise Problem(409, detail=str(error)) from None
        return Response(forms.MemberRow(membership).data)


def _placed(values: dict[str, Any]) -> dict[str, Any]:
    """Put the site in place of its code, if a code is given."""
    code = values.get("site")
    if code is None:
        return values
    site = queries.own_sites().filter(owner=acting_organisation(), code=code).first()
    if site is None:
        error = FieldError("site", "the code of one of your sites", code)
        raise Problem(422, detail="The site of the role is unknown.", errors=[error])
    return {**values, "site": site}


def _taken(field: str, value: str) -> Problem:
    error = FieldError(field, "a value that is not in use yet", value)
    return Problem(409, detail="You already have one of that name.", errors=[error])
