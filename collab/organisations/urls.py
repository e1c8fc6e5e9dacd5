"""Routes of the organisation's own records."""

from django.urls import URLPattern, path

from collab.organisations import api as views
from collab.organisations import api_clients as clients

api: list[URLPattern] = [
    path("organisation", views.OwnOrganisation.as_view(), name="organisation"),
    path("sites", views.Sites.as_view(), name="sites"),
    path("sites/<uuid:site_id>", views.OneSite.as_view(), name="site"),
    path("members", views.Members.as_view(), name="members"),
    path("members/<uuid:membership_id>", views.OneMember.as_view(), name="member"),
    path("api-clients", clients.Clients.as_view(), name="api-clients"),
    path("api-clients/<uuid:client_id>", clients.OneClient.as_view(), name="api-client"),
    path("api-clients/<uuid:client_id>/keys", clients.Keys.as_view(), name="api-keys"),
    path(
        "api-clients/<uuid:client_id>/keys/<uuid:key_id>", clients.OneKey.as_view(), name="api-key"
    ),
]
pages: list[URLPattern] = []
