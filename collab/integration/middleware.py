"""Around every request: its number, its privacy, and whom it acts for."""

import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject

from collab.integration import callers
from collab.integration.problems import (
    CONTENT_TYPE,
    NOT_FOUND,
    Problem,
    Unavailable,
    problem_of,
    respond,
)
from collab.integration.request_id import number_log_records, numbered
from collab.integration.requests import Machine
from collab.organisations import queries
from collab.organisations.context import Acting, acting_for, acting_organisation
from collab.sharing.access import watch_reads, write_reads

Next = Callable[[HttpRequest], HttpResponse]
API, PAGES = "/api/", "/t/"
BEARER = "bearer "
VARY = ["Cookie", "Authorization", "HX-Request", "Accept-Language"]


class RequestId:
    """Number the request, in and out, and turn a lost database into 503 instead of 500."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response
        number_log_records()
        got_request_exception.connect(_note_exception, dispatch_uid="collab-lost-database")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with numbered(request.headers.get("X-Request-Id")) as number:
            request.request_id = number  # type: ignore[attr-defined]
            response = self.get_response(request)
            if response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
                response = _explain(request, response)
            response["X-Request-Id"] = number
            return response


class PrivateResponses:
    """Keep everything we compute out of shared and browser caches."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Cache-Control"] = "private, no-store"
        response["X-Content-Type-Options"] = "nosniff"
        patch_vary_headers(response, VARY)
        return response


class ActingOrganisation:
    """Find whom the request acts for and run it inside ``acting_for``: one transaction.

    ``/t/<slug>/`` needs a signed-in member of that organisation; a foreign slug answers like an
    unknown one. ``/api/`` takes a key, a token or the session; the view refuses the anonymous.
    An answer of 400 or more undoes what the request wrote.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        set_nobody(request)
        try:
            if request.path.startswith(API):
                return _as_problem(self._serve_machines(request))
            if request.path.startswith(PAGES):
                return self._serve_people(request)
            return self.get_response(request)
        except (OperationalError, InterfaceError) as error:
            return _unavailable(request, error)

    def _serve_machines(self, request: HttpRequest) -> HttpResponse:
        try:
            caller = _caller(request)
        except callers.Refused as refused:
            request.refusal = str(refused)  # type: ignore[attr-defined]
            caller = None
        if caller is None:
            return self.get_response(request)
        return self._serve(request, caller)

    def _serve_people(self, request: HttpRequest) -> HttpResponse:
        if not callers.is_signed_in(request):
            return _to_login(request)
        slug = request.path[len(PAGES) :].partition("/")[0]
        membership = queries.membership_at(int(request.user.pk or 0), slug)
        if membership is None:
            raise Http404
        chosen = request.session.get(callers.ORGANISATION_KEY)
        if chosen is None:
            callers.choose(request, membership.organisation_id)
        elif chosen != membership.organisation_id:
            return _stale(request, slug)
        return self._serve(request, callers.by_membership(membership))

    def _serve(self, request: HttpRequest, caller: callers.Caller) -> HttpResponse:
        with acting_for(
            caller.organisation_id,
            person_id=caller.person_id,
            client_id=caller.client_id,
            scopes=caller.scopes,
            site_id=None if caller.membership is None else caller.membership.site_id,
        ) as acting:
            if caller.membership is not None:
                acting.memo["organisation"] = caller.membership.organisation
            found: Any = request
            found.acting = acting
            found.membership = caller.membership
            found.organisation = _organisation_of(acting)
            if caller.client_id is not None:
                found.machine = Machine(caller.client_id, "")
            if request.path.startswith(PAGES):
                watch_reads()
            response = self.get_response(request)
            if response.status_code >= 400 and not getattr(response, "keeps_transaction", False):
                transaction.set_rollback(True)
            else:
                write_reads()
        return response


def set_nobody(request: Any) -> None:
    """Give the request the attributes of nobody, so that reading them never fails."""
    request.acting = request.organisation = request.membership = request.machine = None
    request.refusal = ""


def _organisation_of(acting: Acting) -> Any:
    """Return the acting organisation; read only when somebody asks, as API calls rarely do."""
    return acting.memo.get("organisation") or SimpleLazyObject(acting_organisation)


def client_address(request: HttpRequest) -> str:
    """Return the caller's address as the proxies of ours in front report it."""
    proxies: int = getattr(settings, "PROXIES", 0)
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if proxies and len(forwarded) >= proxies and forwarded[-proxies]:
        return forwarded[-proxies]
    address: str = request.META.get("REMOTE_ADDR", "")
    return address


def _caller(request: HttpRequest) -> callers.Caller | None:
    header = request.headers.get("Authorization")
    if header is None:
        return callers.by_session(request)
    if not header.lower().startswith(BEARER):
        raise callers.Refused(callers.WRONG)
    return callers.by_bearer(header[len(BEARER) :].strip(), client_address(request))


def _to_login(request: HttpRequest) -> HttpResponse:
    back = request.get_full_path() if request.method == "GET" else "/"
    target = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back})}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def _stale(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer a tab of an organisation that the session no longer works for: never act for it."""
    back = request.get_full_path() if request.method == "GET" else f"{PAGES}{slug}/"
    target = f"{resolve_url('switch')}?{urlencode({'to': slug, 'next': back})}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=409, headers={"HX-Redirect": target})
    if request.method in {"GET", "HEAD"}:
        return HttpResponseRedirect(target)
    return HttpResponse("You switched to another organisation in another tab.", "text/plain", 409)


def _as_problem(response: HttpResponse) -> HttpResponse:
    """Give the API's errors that Django made itself (404, 400, 500) the form of the others."""
    status = response.status_code
    kind = response.get("Content-Type", "")
    if status < 400 or kind.startswith((CONTENT_TYPE, "application/json")):
        return response
    return respond(Problem(status, detail=NOT_FOUND if status == 404 else ""))


def _unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    problem = problem_of(error) or Unavailable()
    if request.path.startswith(API):
        return respond(problem)
    response = HttpResponse(problem.detail, "text/plain; charset=utf-8", problem.status)
    response["Retry-After"] = problem.headers["Retry-After"]
    return response


def _note_exception(request: Any = None, **_signal: Any) -> None:
    if request is not None:
        request.broken_by = sys.exc_info()[1]


def _explain(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    error = getattr(request, "broken_by", None)
    if isinstance(error, OperationalError | InterfaceError):
        return _unavailable(request, error)
    return _as_problem(response) if request.path.startswith(API) else response
