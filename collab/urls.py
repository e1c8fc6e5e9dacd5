"""All routes: machines under ``/api/v1/``, people under ``/t/<tenant>/``, both by area."""

from importlib import import_module

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

Patterns = list[URLPattern | URLResolver]


def _routes(kind: str, *, namespaced: bool) -> Patterns:
    """Return what each area of ``settings.AREAS`` puts under ``kind`` in its ``urls``."""
    found: Patterns = []
    for area in settings.AREAS:
        patterns = getattr(import_module(f"{area}.urls"), kind, [])
        if not patterns:
            continue
        label = area.rpartition(".")[2]
        found.append(path("", include((patterns, label)))) if namespaced else found.extend(patterns)
    return found


def no_such_page(_request: HttpRequest) -> HttpResponse:
    """Close an address that a package opens."""
    raise Http404


urlpatterns: Patterns = [
    path("api/v1/", include((_routes("api", namespaced=False), "api"))),
    path("t/<slug:tenant>/", include(_routes("pages", namespaced=True))),
    # An address is proved by its invitation; changed at will, it could await another's.
    path("accounts/email/", no_such_page),
    path("accounts/", include("allauth.urls")),
    *_routes("root", namespaced=False),
]

handler400 = "collab.shell.errors.bad_request"
handler403 = "collab.shell.errors.forbidden"
handler404 = "collab.shell.errors.not_found"
handler500 = "collab.shell.errors.broken"
