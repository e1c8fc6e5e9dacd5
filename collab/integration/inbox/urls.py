"""Routes of the inbox."""

from django.urls import URLPattern, path

from collab.integration.inbox import api as rest
from collab.integration.inbox.pages import messages, profiles

pages: list[URLPattern] = [
    path("integrations/messages/", messages.messages, name="messages"),
    path("integrations/messages/profiles/", profiles.profiles, name="profiles"),
    path("integrations/messages/profiles/new", profiles.create, name="profile-new"),
    path("integrations/messages/profiles/<uuid:key>/", profiles.change, name="profile"),
    path("integrations/messages/<uuid:key>/", messages.message, name="message"),
    path("integrations/messages/<uuid:key>/again", messages.again, name="message-again"),
    path("integrations/messages/<uuid:key>/raw", messages.raw, name="message-raw"),
]
api: list[URLPattern] = [
    path("messages", rest.Messages.as_view(), name="messages"),
    path("messages/<uuid:key>", rest.OneMessage.as_view(), name="message"),
]
