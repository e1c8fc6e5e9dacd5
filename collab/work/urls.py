"""Routes of exceptions."""

from django.urls import URLPattern, path

from collab.work import api as rest
from collab.work import pages as views

pages: list[URLPattern] = [
    path("exceptions/", views.queue, name="queue"),
    path("exceptions/bulk", views.bulk, name="bulk"),
    path("exceptions/<uuid:key>/", views.pane, name="exception"),
    path("exceptions/<uuid:key>/<slug:action>", views.step, name="step"),
]
api: list[URLPattern] = [
    path("exceptions", rest.Exceptions.as_view(), name="exceptions"),
    path("exceptions/<uuid:key>", rest.OneException.as_view(), name="exception"),
    path("exceptions/<uuid:key>/steps", rest.ExceptionSteps.as_view(), name="exception-steps"),
]
