"""REST: the API's description of itself, and the caller's view of who it is."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.description import LABELS, description, description_of
from collab.integration.views import View
from collab.organisations.context import acting, acting_organisation


class Caller(serializers.Serializer[Any]):
    """Whom the credentials of this request act for."""

    organisation = serializers.CharField(help_text="BPN of the organisation acted for.")
    name = serializers.CharField()
    by = serializers.ChoiceField(choices=["person", "client"])
    scopes = serializers.ListField(child=serializers.CharField())


class AreaQuery(serializers.Serializer[Any]):
    """How much of the description is asked for."""

    area = serializers.ChoiceField(choices=list(LABELS), required=False)


@extend_schema(exclude=True)
class Description(View):
    """The description of this API as OpenAPI 3.1; it names no tenant and needs no credentials."""

    filters: ClassVar[type[serializers.Serializer[Any]] | None] = AreaQuery
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    def get(self, request: Request) -> Response:
        """Return the description, or that of one ``area``; built once per process."""
        area = self.query().get("area")
        return Response(description_of(area) if area else description())


class Me(View):
    """Whom these credentials act for, and what they may do: the first call of a new client."""

    replies: ClassVar[dict[str, Any]] = {"GET": Caller}
    scopes: ClassVar[dict[str, str]] = {"GET": "organisations:read"}

    def get(self, request: Request) -> Response:
        """Return the organisation and the scopes of this request."""
        current, organisation = acting(), acting_organisation()
        return Response(
            {
                "organisation": organisation.bpn,
                "name": organisation.name,
                "by": "person" if current.client_id is None else "client",
                "scopes": sorted(current.scopes or ()),
            }
        )
