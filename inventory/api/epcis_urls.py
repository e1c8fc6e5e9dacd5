"""Routes of the EPCIS interface, below ``/api/v1/epcis/``."""

from django.urls import URLPattern, path, re_path

from inventory.api import epcis_capture as capture
from inventory.api import epcis_queries as queries
from inventory.api import epcis_query as query
from inventory.api import epcis_subscriptions as subscriptions

_ANY = f"(?P<resource>{'|'.join(query.RESOURCES)})"

api: list[URLPattern] = [
    path("epcis/capture", capture.Captures.as_view(), name="epcis-captures"),
    path("epcis/capture/<uuid:key>", capture.OneCapture.as_view(), name="epcis-capture"),
    path("epcis/events", query.Events.as_view(), name="epcis-events"),
    path("epcis/events/<path:event_id>", query.OneEvent.as_view(), name="epcis-event"),
    path("epcis/queries", queries.NamedQueries.as_view(), name="epcis-queries"),
    path("epcis/queries/<str:name>", queries.OneNamedQuery.as_view(), name="epcis-query"),
    path(
        "epcis/queries/<str:name>/events",
        queries.EventsOfNamedQuery.as_view(),
        name="epcis-query-events",
    ),
    path(
        "epcis/queries/<str:name>/subscriptions",
        subscriptions.Subscriptions.as_view(),
        name="epcis-subscriptions",
    ),
    path(
        "epcis/queries/<str:name>/subscriptions/<uuid:key>",
        subscriptions.OneSubscription.as_view(),
        name="epcis-subscription",
    ),
    path("epcis/nextPageToken/<str:token>", query.PageTokens.as_view(), name="epcis-page-token"),
    re_path(f"^epcis/{_ANY}$", query.TopLevel.as_view(), name="epcis-values"),
    re_path(
        f"^epcis/{_ANY}/(?P<value>.+)/events$",
        query.EventsOfValue.as_view(),
        name="epcis-value-events",
    ),
    re_path(f"^epcis/{_ANY}/(?P<value>.+)$", query.OneValue.as_view(), name="epcis-value"),
]
