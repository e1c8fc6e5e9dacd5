"""Routes of the audit log."""

from django.urls import URLPattern, path

from collab.events.api import Audit

api: list[URLPattern] = [path("audit", Audit.as_view(), name="audit")]
pages: list[URLPattern] = []
