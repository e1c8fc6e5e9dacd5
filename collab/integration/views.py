"""The base of every REST view: scopes, one transaction per effect, idempotency keys."""

from typing import Any, ClassVar

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer
from rest_framework.views import APIView

from collab.integration import idempotency
from collab.integration.etags import is_known
from collab.integration.expectations import check
from collab.integration.problems import FieldError, Problem
from collab.integration.renderers import AlwaysJson

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
TRIES = 3
_DEADLOCK, _SERIALISATION = "40P01", "40001"
PAGING = frozenset({"limit", "cursor"})


class _Refused(Exception):
    """Carries an error response out of the savepoint that it must roll back."""

    def __init__(self, response: HttpResponseBase) -> None:
        self.response = response


class View(APIView):
    """A REST view; ``scopes`` names what each method needs, a method without is refused.

    Writes run in a savepoint: an answer of 400 or more leaves no effect behind, a deadlock is
    tried again. An ``Idempotency-Key`` is honoured for every write.

    For the API description: ``filters`` is the serializer of the query, ``bodies`` and
    ``replies`` hold the serializer per method, ``lists`` says that GET answers with a page,
    ``versioned`` names the methods that take ``If-Match``, ``statuses`` the success code where
    it is not the usual one, ``further`` the replies under other success codes (of a repetition,
    say) by method and code, ``names_one`` says that the query names what may be missing.
    """

    content_negotiation_class = AlwaysJson
    metadata_class = None
    scopes: ClassVar[dict[str, str]] = {}
    filters: ClassVar[type[Serializer[Any]] | None] = None
    bodies: ClassVar[dict[str, Any]] = {}
    replies: ClassVar[dict[str, Any]] = {}
    lists: ClassVar[bool] = False
    versioned: ClassVar[frozenset[str]] = frozenset()
    statuses: ClassVar[dict[str, int]] = {}
    further: ClassVar[dict[str, dict[int, Any]]] = {}
    names_one: ClassVar[bool] = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Run the method's handler; see the class for what is around it."""
        self.args, self.kwargs = args, kwargs
        self.request = wrapped = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            self.initial(wrapped, *args, **kwargs)
            name = (wrapped.method or "").lower()
            handler: Any = self.http_method_not_allowed
            if name in self.http_method_names:
                handler = getattr(self, name, self.http_method_not_allowed)
            if wrapped.method in UNSAFE:
                response = self._write(wrapped, handler)
            else:
                response = handler(wrapped, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - handle_exception raises what is no refusal
            response = self.handle_exception(error)
        self.response = self.finalize_response(wrapped, response, *args, **kwargs)  # type: ignore[arg-type]
        for header, value in getattr(request, "rate_headers", {}).items():
            self.response[header] = value
        return self.response

    def query(self) -> dict[str, Any]:
        """Return the checked query; a parameter that ``filters`` does not declare is a 400."""
        declared = self.filters() if self.filters is not None else None
        known = set(declared.fields) if declared is not None else set()
        known |= PAGING if self.lists else set()
        params = self.request.query_params
        if unknown := sorted(set(params) - known):
            errors = [
                FieldError(
                    name, f"one of {', '.join(sorted(known)) or 'no parameters'}", params[name]
                )
                for name in unknown
            ]
            raise Problem(400, "Invalid input", "The query holds unknown parameters.", errors)
        if self.filters is None:
            return {}
        found: dict[str, Any] = check(self.filters(data=params), params)
        return found

    def body(self, *, partial: bool = False) -> dict[str, Any]:
        """Return the checked body of the running method by its serializer in ``bodies``."""
        sent = self.request.data
        serializer: BaseSerializer[Any] = self.bodies[self.request.method or ""](
            data=sent, partial=partial
        )
        found: dict[str, Any] = check(serializer, sent)
        return found

    def reply(self, data: Any, etag: str) -> Response:
        """Return ``data`` with its entity tag, or 304 if the caller already holds it."""
        if self.request.method in {"GET", "HEAD"} and is_known(self.request, etag):
            return Response(status=304, headers={"ETag": etag})
        return Response(data, headers={"ETag": etag})

    def _write(self, request: Request, handler: Any) -> HttpResponseBase:
        attempt = idempotency.begin(request)
        if attempt is not None and (stored := attempt.stored()) is not None:
            return stored
        response = self._effect(request, handler)
        if attempt is not None:
            attempt.keep(response)
        return response

    def _effect(self, request: Request, handler: Any) -> HttpResponseBase:
        for tries_left in reversed(range(TRIES)):
            try:
                with transaction.atomic():
                    response: HttpResponseBase = handler(request, *self.args, **self.kwargs)
                    if response.status_code >= 400:
                        raise _Refused(response)
                    connection.check_constraints()  # deferred ones, while we can still answer
            except _Refused as refused:
                return refused.response
            except OperationalError as error:
                code = getattr(error.__cause__, "pgcode", None)
                if code not in {_DEADLOCK, _SERIALISATION} or not tries_left:
                    raise
            except Exception as error:  # noqa: BLE001 - as in dispatch
                return self.handle_exception(error)
            else:
                return response
        raise AssertionError("expected the last try to return or raise")
