"""Routes of the live feed; the socket itself is in ``collab.asgi``."""

from django.urls import URLPattern, path

from collab.live import pages as views

pages: list[URLPattern] = [path("feed", views.feed, name="feed")]
api: list[URLPattern] = []
