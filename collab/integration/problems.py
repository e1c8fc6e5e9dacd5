"""Errors as RFC 9457 problem details: one shape for every refusal of the API."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.db.models import ProtectedError, RestrictedError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response

from collab.integration.request_id import current_request_id
from collab.organisations.owned import ForeignOwner

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
NOT_FOUND = "There is no such object, or it is not yours to see."
_CONFLICTS = frozenset({"23505", "23P01", "23503"})  # unique, exclusion, foreign key
_LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong value of a request: where it stood, what was expected, what was read."""

    field: str
    expected: str
    value: Any = None
    detail: str = ""

    def body(self) -> dict[str, Any]:
        """Return the JSON form; long values are cut."""
        detail = self.detail or f"expected {self.expected}"
        return {
            "field": self.field,
            "expected": self.expected,
            "value": _shown(self.value),
            "detail": detail,
        }


class Problem(Exception):
    """A refusal: raise it anywhere in a request; the effects so far are rolled back.

    ``title`` is the same for all occurrences, ``detail`` is about this one.
    """

    def __init__(
        self,
        status: int,
        title: str = "",
        detail: str = "",
        errors: Sequence[FieldError] = (),
        *,
        headers: Mapping[str, str] | None = None,
        kind: str = "about:blank",
    ) -> None:
        self.status = status
        self.title = title or HTTPStatus(status).phrase
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.kind = kind
        super().__init__(f"{status} {self.title}: {detail}")

    def body(self) -> dict[str, Any]:
        """Return the problem document."""
        return {
            "type": self.kind,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "request_id": current_request_id(),
            "errors": [error.body() for error in self.errors],
        }


class Unavailable(Problem):
    """A part we stand on is away for a moment; the same request may be sent again."""

    def __init__(self, detail: str = "The database is away for a moment; try again.") -> None:
        super().__init__(503, detail=detail, headers={"Retry-After": str(RETRY_AFTER_S)})


def not_found() -> Problem:
    """Return the one answer for what is missing and for what belongs to somebody else."""
    return Problem(404, detail=NOT_FOUND)


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception of a view into a problem response; ``None`` lets it become a 500."""
    problem = problem_of(exc, context.get("request"))
    if problem is None:
        return None
    response = Response(problem.body(), status=problem.status, content_type=CONTENT_TYPE)
    for name, value in problem.headers.items():
        response[name] = value
    return response


def respond(problem: Problem) -> HttpResponse:
    """Return ``problem`` as a response outside REST framework views."""
    response = HttpResponse(
        msgspec.json.encode(problem.body()), status=problem.status, content_type=CONTENT_TYPE
    )
    for name, value in problem.headers.items():
        response[name] = value
    return response


def problem_of(exc: BaseException, request: Any = None) -> Problem | None:
    """Return the problem that an exception amounts to, or ``None`` for a fault of ours."""
    if isinstance(exc, Problem):
        return exc
    if isinstance(exc, Http404 | exceptions.NotFound | ForeignOwner):
        return not_found()
    if isinstance(exc, exceptions.ValidationError):
        return _invalid(list(_flat(exc.detail, "")), request)
    if isinstance(exc, DjangoValidationError):
        return _invalid([("", message) for message in exc.messages], request)
    if isinstance(exc, exceptions.APIException):
        return _api_exception(exc)
    if isinstance(exc, RequestDataTooBig):
        return Problem(413, detail="The body is larger than this server accepts.")
    if isinstance(exc, SuspiciousOperation):
        return Problem(400, detail="The request is not well-formed.")
    if isinstance(exc, PermissionDenied):
        return Problem(403, detail=str(exc) or "Your role or key does not allow this.")
    return _database_problem(exc)


def _database_problem(exc: BaseException) -> Problem | None:
    if isinstance(exc, OperationalError | InterfaceError):
        logger.warning("request refused, the database is away or overloaded: %s", exc)
        return Unavailable()
    code = getattr(exc.__cause__, "pgcode", None)
    is_conflict = isinstance(exc, ProtectedError | RestrictedError)
    if is_conflict or (isinstance(exc, IntegrityError) and code in _CONFLICTS):
        return Problem(409, detail="Another entry of yours stands against this one.")
    if isinstance(exc, DataError):
        return Problem(400, detail="A value does not fit its field.")
    return None


def _api_exception(exc: exceptions.APIException) -> Problem:
    headers: dict[str, str] = {}
    if isinstance(exc, exceptions.Throttled):
        headers["Retry-After"] = str(max(1, round(getattr(exc, "wait", None) or 1)))
    if authenticate := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = authenticate
    if isinstance(exc, exceptions.MethodNotAllowed):
        return Problem(405, detail="This method is not served here.")
    detail = str(exc.detail)
    is_unreadable = isinstance(exc, exceptions.ParseError)
    errors = [FieldError("", "a well-formed body", None, detail)] if is_unreadable else []
    return Problem(exc.status_code, detail=detail, errors=errors, headers=headers)


def _invalid(found: Sequence[tuple[str, str]], request: Any) -> Problem:
    data = _data_of(request)
    errors = [
        FieldError(field, expected=_without_full_stop(text), value=_at(data, field), detail=text)
        for field, text in found
    ]
    return Problem(400, "Invalid input", "Some values are not as expected.", errors)


def _flat(detail: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield (path, message) of nested DRF error details; list places count from 0."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            is_general = key == "non_field_errors"
            yield from _flat(inner, path if is_general else f"{path}.{key}".lstrip("."))
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            if isinstance(inner, Mapping | list):
                if inner:
                    yield from _flat(inner, f"{path}.{place}".lstrip("."))
            else:
                yield path, str(inner)
    else:
        yield path, str(detail)


def _data_of(request: Any) -> Any:
    if request is None or isinstance(request, HttpRequest):
        return None
    if request.method in {"GET", "HEAD", "DELETE"}:
        return request.query_params
    return getattr(request, "_full_data", None)


def _at(data: Any, path: str) -> Any:
    for step in path.split(".") if path else []:
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, list) and step.isdecimal() and int(step) < len(data):
            data = data[int(step)]
        else:
            return None
    return data if path else None


def _shown(value: Any) -> Any:
    """Return a value that is safe to repeat in JSON: short, and plain."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _without_full_stop(text: str) -> str:
    return text.removesuffix(".")
