"""Routes of the inbox."""

from django.urls import URLPattern, path

from collab.integration.inbox import api as rest
from collab.integration.inbox import outbox_api
from collab.integration.inbox.pages import messages, outgoing, profiles

pages: list[URLPattern] = [
    path("integrations/messages/", messages.messages, name="messages"),
    path("integrations/messages/profiles/", profiles.profiles, name="profiles"),
    path("integrations/messages/profiles/new", profiles.create, name="profile-new"),
    path("integrations/messages/profiles/<uuid:key>/", profiles.change, name="profile"),
    path("integrations/messages/outgoing/", outgoing.outgoing, name="outgoing"),
    path("integrations/messages/outgoing/<uuid:key>/", outgoing.one, name="outgoing-message"),
    path("integrations/messages/outgoing/<uuid:key>/file", outgoing.file, name="outgoing-file"),
    path(
        "integrations/messages/outgoing/<uuid:key>/verdict",
        outgoing.verdict,
        name="outgoing-verdict",
    ),
    path("integrations/messages/<uuid:key>/", messages.message, name="message"),
    path("integrations/messages/<uuid:key>/again", messages.again, name="message-again"),
    path("integrations/messages/<uuid:key>/raw", messages.raw, name="message-raw"),
]
api: list[URLPattern] = [
    path("messages", rest.Messages.as_view(), name="messages"),
    path("messages/<uuid:key>", rest.OneMessage.as_view(), name="message"),
    path("outbound-messages", outbox_api.OutboundMessages.as_view(), name="outbound-messages"),
    path(
        "outbound-messages/<uuid:key>",
        outbox_api.OneOutboundMessage.as_view(),
        name="outbound-message",
    ),
    path(
        "outbound-messages/<uuid:key>/content",
        outbox_api.OutboundContent.as_view(),
        name="outbound-content",
    ),
    path(
        "outbound-messages/<uuid:key>/acknowledgement",
        outbox_api.Acknowledgement.as_view(),
        name="outbound-acknowledgement",
    ),
]
