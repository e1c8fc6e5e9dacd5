"""Routes of the doors: token, API description, health."""

from django.urls import URLPattern, path

from collab.integration import api as views
from collab.integration import docs, health, oauth, oauth_api
from collab.integration.imports.urls import pages as import_pages
from collab.integration.inbox import urls as inbox

api: list[URLPattern] = [
    path("oauth/token", oauth.Token.as_view(), name="oauth-token"),
    path("openapi.json", views.Description.as_view(), name="openapi"),
    path("docs", docs.reference, name="docs"),
    path(
        "api-clients/<uuid:client_id>/oauth-identities",
        oauth_api.Identities.as_view(),
        name="oauth-identities",
    ),
    path(
        "api-clients/<uuid:client_id>/oauth-identities/<uuid:identity>",
        oauth_api.OneIdentity.as_view(),
        name="oauth-identity",
    ),
    path("me", views.Me.as_view(), name="me"),
    *inbox.api,
]
pages: list[URLPattern] = [*import_pages, *inbox.pages]
root: list[URLPattern] = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
]
