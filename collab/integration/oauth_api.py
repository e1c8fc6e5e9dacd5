"""REST: the OAuth identities of an API client."""

from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration import services
from collab.integration.fields import NetworkField, ScopesField
from collab.integration.lists import paginate
from collab.integration.lookups import get_for_org
from collab.integration.models import OAuthApplication
from collab.integration.views import View
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import ApiClient


class IdentityInput(serializers.Serializer[Any]):
    """The rights of a new identity."""

    scopes = ScopesField()
    networks = serializers.ListField(child=NetworkField(), required=False, max_length=20)


class IdentityRow(serializers.Serializer[Any]):
    """An identity as shown: never its secret."""

    client_id = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    networks = serializers.ListField(child=serializers.CharField())
    revoked_at = serializers.DateTimeField(allow_null=True)


class IssuedIdentityRow(IdentityRow):
    """An identity just given; ``client_secret`` is null when the same request is repeated."""

    client_secret = serializers.CharField(allow_null=True)


class Identities(View):
    """The OAuth identities of a client, for systems that prefer tokens to keys."""

    scopes: ClassVar[dict[str, str]] = {
        "GET": "organisations:read",
        "POST": "organisations:write",
    }
    lists = True
    bodies: ClassVar[dict[str, Any]] = {"POST": IdentityInput}
    replies: ClassVar[dict[str, Any]] = {"GET": IdentityRow, "POST": IssuedIdentityRow}

    def get(self, request: Request, client_id: UUID) -> Response:
        """List the client's identities, newest first."""
        self.query()
        page = paginate(request, _identities(get_for_org(ApiClient, pk=client_id)))
        return Response(page.body(IdentityRow(page.items, many=True).data))

    def post(self, request: Request, client_id: UUID) -> Response:
        """Give an identity; its secret is in this answer and never again."""
        client = get_for_org(ApiClient, pk=client_id)
        issued = services.give_oauth_identity(client, **self.body())
        shown = IdentityRow(issued.application).data
        response = Response({**shown, "client_secret": issued.secret}, 201)
        response.replay_data = {**shown, "client_secret": None}  # type: ignore[attr-defined]
        return response


class OneIdentity(View):
    """One OAuth identity of a client."""

    scopes: ClassVar[dict[str, str]] = {"DELETE": "organisations:write"}

    def delete(self, request: Request, client_id: UUID, identity: UUID) -> Response:
        """Revoke the identity and all its tokens."""
        client = get_for_org(ApiClient, pk=client_id)
        services.revoke_oauth_identity(get_for_org(_identities(client), pk=identity))
        return Response(status=204)


def _identities(client: ApiClient) -> Any:
    return OAuthApplication.objects.filter(owner_id=acting_organisation_id(), api_client=client)
