"""Routes of partnerships and sharing agreements."""

from django.urls import URLPattern, path

from collab.sharing import api as views
from collab.sharing import grants_api as grants

api: list[URLPattern] = [
    path("partners", views.Partners.as_view(), name="partners"),
    path("partner-code", views.OwnCode.as_view(), name="partner-code"),
    path("partnerships", views.Partnerships.as_view(), name="partnerships"),
    path("partnerships/<uuid:partnership_id>", views.OnePartnership.as_view(), name="partnership"),
    path("grants", grants.Grants.as_view(), name="grants"),
    path("grants/<uuid:grant_id>", grants.OneGrant.as_view(), name="grant"),
    path("grants/<uuid:grant_id>/odrl", grants.GrantOdrl.as_view(), name="grant-odrl"),
    path("sharing-preview", grants.Preview.as_view(), name="sharing-preview"),
    path("access-log", grants.AccessLog.as_view(), name="access-log"),
]
pages: list[URLPattern] = []
