"""The API description: what each view declares, and what the whole API has in common."""

import re
from http import HTTPStatus
from typing import Any, ClassVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from collab.integration.problems import CONTENT_TYPE
from collab.integration.scopes import MACHINE_SCOPES, SCOPES

_VERBS = {"GET": "read", "POST": "create", "PUT": "replace", "PATCH": "change", "DELETE": "delete"}
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_EVERYWHERE = {
    400: "A value is not as expected.",
    401: "The key, token or session is missing or no longer valid.",
    403: "The key, token or role lacks the scope.",
    429: "Too many requests; see Retry-After.",
    503: "The database is away for a moment; see Retry-After.",
}
_FOR_WRITES = {
    409: "In conflict with another entry, or a request with this Idempotency-Key is running.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The Idempotency-Key came with another body before.",
}
_COMMON = frozenset({"cursor", "limit", "Idempotency-Key", "If-Match"})
_FOR_VERSIONED = {412: "Changed meanwhile.", 428: "If-Match is missing."}


class FieldErrorDocument(serializers.Serializer[Any]):
    """One value that was not as expected."""

    field = serializers.CharField()
    expected = serializers.CharField()
    value = serializers.JSONField()  # anything, null as well
    detail = serializers.CharField()


class ProblemDocument(serializers.Serializer[Any]):
    """An error (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    request_id = serializers.CharField()
    errors = FieldErrorDocument(many=True)  # type: ignore[assignment]


class Schema(AutoSchema):
    """Describe a ``View`` by its declarations; ``extend_schema`` on a method has the last word."""

    def get_operation_id(self) -> str:
        """Return ``<app>_<view>_<verb>``, which stays when paths move."""
        kind = type(self.view)
        app = kind.__module__.removeprefix("collab.").partition(".")[0]
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
        is_list = self.method == "GET" and getattr(self.view, "lists", False)
        return f"{app}_{name}_{'list' if is_list else _VERBS.get(self.method, self.method.lower())}"

    def get_tags(self) -> list[str]:
        """Group by app."""
        return [type(self.view).__module__.removeprefix("collab.").partition(".")[0]]

    def get_summary(self) -> str:
        """Return the first line of the docstring as plain text."""
        return self._docstring().partition("\n")[0].removesuffix(".").replace("`", "")

    def get_description(self) -> str:  # type: ignore[override]
        """Return the docstring and the scope it needs."""
        text = self._docstring()
        scope = getattr(self.view, "scopes", {}).get(self.method)
        return f"{text}\n\nScope: `{scope}`." if scope else text

    def _docstring(self) -> str:
        """Return the method's docstring, else the class's."""
        method = getattr(self.view, self.method.lower(), None)
        text = (getattr(method, "__doc__", None) or type(self.view).__doc__ or "").strip()
        return re.sub(r"[ \t]*\n[ \t]*", "\n", text)

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Return the ways to sign in, or none for a public view."""
        if not self.view.permission_classes:
            return []
        scope = getattr(self.view, "scopes", {}).get(self.method)
        scopes = [scope] if scope in MACHINE_SCOPES else []
        self._declare_security()
        return [{"apiKey": []}, {"oauth2": scopes}, {"session": []}]

    def get_override_parameters(self) -> list[Any]:
        """Return query and header parameters that the view's declarations imply."""
        found: list[Any] = []
        if self.method == "GET":
            if (filters := getattr(self.view, "filters", None)) is not None:
                found.append(filters)
            if getattr(self.view, "lists", False):
                found += _PAGING
        if self.method in _UNSAFE and hasattr(self.view, "scopes"):
            found.append(_IDEMPOTENCY_KEY)
        if self.method in getattr(self.view, "versioned", ()):
            found.append(_IF_MATCH)
        return found

    def get_request_serializer(self) -> Any:
        """Return the body's serializer."""
        return getattr(self.view, "bodies", {}).get(self.method)

    def get_response_serializers(self) -> Any:
        """Return the success reply by status."""
        status = getattr(self.view, "statuses", {}).get(self.method)
        reply = getattr(self.view, "replies", {}).get(self.method)
        if status is None:
            usual = {"POST": 201, "DELETE": 204}.get(self.method, 200)
            status = usual if reply is not None or self.method != "POST" else 204
        further = getattr(self.view, "further", {}).get(self.method, {})
        return {
            status: reply if reply is not None else OpenApiResponse(description="No body."),
            **further,
        }

    def _get_parameters(self) -> list[dict[str, Any]]:
        """Return the parameters; those of many operations stand among the components."""
        found: list[dict[str, Any]] = super()._get_parameters()
        return [self._common(each) if each["name"] in _COMMON else each for each in found]

    def _common(self, parameter: dict[str, Any]) -> dict[str, Any]:
        name = parameter["name"].title().replace("-", "")
        schema, reference = self._component(ResolvedComponent.PARAMETER, name, parameter)
        return reference if schema == parameter else parameter  # a view's own of that name

    def _component(self, kind: str, name: str, schema: Any) -> tuple[Any, dict[str, Any]]:
        """Return what stands among the components as ``name``, ours if nothing did, and a link."""
        component: Any = ResolvedComponent(name, kind, schema, object=name)  # type: ignore[no-untyped-call]
        self.registry.register_on_missing(component)
        return self.registry[component].schema, component.ref

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if self.method == "GET" and getattr(self.view, "lists", False) and "200" in bodies:
            for content in bodies["200"].get("content", {}).values():
                content["schema"] = _page_of(content["schema"])
        for status, text in self._refusals().items():
            if str(status) not in bodies:
                bodies[str(status)] = self._refusal(status, text, direction)
        return dict(sorted(bodies.items()))

    def _refusal(self, status: int, text: str, direction: Any) -> dict[str, Any]:
        response = self._get_response_for_code(  # type: ignore[no-untyped-call]
            OpenApiResponse(ProblemDocument, description=text),
            str(status), (CONTENT_TYPE,), direction,
        )  # fmt: skip
        name = re.sub(r"\W", "", HTTPStatus(status).phrase.title())
        return self._component(ResolvedComponent.RESPONSE, name, response)[1]

    def _refusals(self) -> dict[int, str]:
        if not self.view.permission_classes:
            return {400: _EVERYWHERE[400]}
        found = dict(_EVERYWHERE)
        if "{" in self.path or self.method in _UNSAFE or self._asks_for_a_row():
            found[404] = "Missing, or not yours to see."
        if self.method in _UNSAFE:
            found |= _FOR_WRITES
        if self.method in getattr(self.view, "versioned", ()):
            found |= _FOR_VERSIONED
        return found

    def _asks_for_a_row(self) -> bool:
        """Say whether the query names a row: by the key of something else than a list, or else."""
        if getattr(self.view, "names_one", False):
            return True
        filters = getattr(self.view, "filters", None)
        if filters is None or self.method != "GET" or getattr(self.view, "lists", False):
            return False
        return any(isinstance(each, serializers.UUIDField) for each in filters().fields.values())

    def _declare_security(self) -> None:
        for name, definition in ActingScheme.definitions().items():
            self._component(ResolvedComponent.SECURITY_SCHEMA, name, definition)


class ActingScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The three ways to sign in."""

    target_class = "collab.integration.authentication.ActingAuthentication"
    name: ClassVar[list[str]] = ["apiKey", "oauth2", "session"]  # type: ignore[misc]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        """Return the definitions in the order of ``name``."""
        return list(self.definitions().values())

    @staticmethod
    def definitions() -> dict[str, dict[str, Any]]:
        """Return each scheme by its name."""
        from django.conf import settings

        return {
            "apiKey": {"type": "http", "scheme": "bearer", "description": "`collab_live_…`"},
            "oauth2": {
                "type": "oauth2",
                "flows": {
                    "clientCredentials": {
                        "tokenUrl": "/api/v1/oauth/token",
                        "scopes": {name: SCOPES[name] for name in sorted(MACHINE_SCOPES)},
                    }
                },
            },
            "session": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
        }


def _page_of(schema: dict[str, Any]) -> dict[str, Any]:
    items = schema if schema.get("type") == "array" else {"type": "array", "items": schema}
    return {
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": items,
            "next": {"type": ["string", "null"], "description": "Send it as `cursor`."},
        },
    }


_PAGING = [
    OpenApiParameter("cursor", str, description="The `next` of an earlier page."),
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": 200},
        description="Most entries of a page; 50 if absent.",
    ),
]
_IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="Repeat the request under the same key and it takes effect once; kept 24 hours.",
)
_IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag you last read.",
)
