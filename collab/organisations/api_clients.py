"""REST: the systems that act for the organisation, and their keys."""

from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.lists import paginate
from collab.integration.lookups import get_for_org
from collab.integration.problems import FieldError, Problem
from collab.integration.views import View
from collab.organisations import serializers as forms
from collab.organisations import services
from collab.organisations.api import READ, WRITE
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import ApiClient, ApiKey


class Clients(View):
    """API clients: one for each system of yours that calls this API."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists = True
    bodies: ClassVar[dict[str, Any]] = {"POST": forms.ClientInput}
    replies: ClassVar[dict[str, Any]] = {"GET": forms.ClientRow, "POST": forms.ClientRow}

    def get(self, request: Request) -> Response:
        """List the clients, newest first."""
        self.query()
        page = paginate(request, ApiClient.objects.all())
        return Response(page.body(forms.ClientRow(page.items, many=True).data))

    def post(self, request: Request) -> Response:
        """Add a client; give it a key next."""
        name = self.body()["name"]
        if ApiClient.objects.filter(name=name).exists():
            error = FieldError("name", "a value that is not in use yet", name)
            raise Problem(409, detail="You already have one of that name.", errors=[error])
        return Response(forms.ClientRow(services.create_client(name=name)).data, 201)


class OneClient(View):
    """One API client."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": forms.ClientChange}
    replies: ClassVar[dict[str, Any]] = {"GET": forms.ClientRow, "PATCH": forms.ClientRow}

    def get(self, request: Request, client_id: UUID) -> Response:
        """Return a client."""
        return Response(forms.ClientRow(get_for_org(ApiClient, pk=client_id)).data)

    def patch(self, request: Request, client_id: UUID) -> Response:
        """Let the client in or keep it out, with all its keys."""
        client = get_for_org(ApiClient, pk=client_id)
        services.switch_client(client, **self.body())
        return Response(forms.ClientRow(client).data)


class Keys(View):
    """The keys of a client: at most two live ones, so that it can change over without a gap."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists = True
    bodies: ClassVar[dict[str, Any]] = {"POST": forms.KeyInput}
    replies: ClassVar[dict[str, Any]] = {"GET": forms.KeyRow, "POST": forms.IssuedKeyRow}

    def get(self, request: Request, client_id: UUID) -> Response:
        """List the client's keys, newest first; secrets are stored nowhere."""
        self.query()
        client = get_for_org(ApiClient, pk=client_id)
        rows = ApiKey.objects.filter(owner_id=acting_organisation_id(), client=client)
        page = paginate(request, rows)
        return Response(page.body(forms.KeyRow(page.items, many=True).data))

    def post(self, request: Request, client_id: UUID) -> Response:
        """Issue a key; its secret is in this answer and never again."""
        client = get_for_org(ApiClient, pk=client_id)
        try:
            issued = services.issue_key(client, **self.body())
        except services.NotAllowed as error:
            raise Problem(409, detail=str(error)) from None
        shown = forms.KeyRow(issued.key).data
        response = Response({**shown, "secret": issued.secret}, 201)
        # What is kept for a repetition of the request must not hold the secret.
        response.replay_data = {**shown, "secret": None}  # type: ignore[attr-defined]
        return response


class OneKey(View):
    """One key of a client."""

    scopes: ClassVar[dict[str, str]] = {"DELETE": WRITE}
    replies: ClassVar[dict[str, Any]] = {"DELETE": forms.KeyRow}
    statuses: ClassVar[dict[str, int]] = {"DELETE": 200}

    def delete(self, request: Request, client_id: UUID, key_id: UUID) -> Response:
        """Revoke the key: it is refused from the next call on."""
        rows = ApiKey.objects.filter(owner_id=acting_organisation_id(), client_id=client_id)
        return Response(forms.KeyRow(services.revoke_key(get_for_org(rows, pk=key_id))).data)
