"""Routes of the import pages."""

from django.urls import URLPattern, path

from collab.integration.imports import pages as views

pages: list[URLPattern] = [
    path("network/import/", views.imports, name="imports"),
    path("network/import/upload", views.upload, name="import-upload"),
    path("network/import/template/<slug:kind>", views.template, name="import-template"),
    path("network/import/<uuid:batch_id>/", views.show, name="import"),
    path("network/import/<uuid:batch_id>/match", views.match, name="import-match"),
    path("network/import/<uuid:batch_id>/read-again", views.read_again, name="import-read-again"),
    path("network/import/<uuid:batch_id>/apply", views.apply, name="import-apply"),
    path("network/import/<uuid:batch_id>/undo", views.undo, name="import-undo"),
    path("network/import/<uuid:batch_id>/discard", views.discard, name="import-discard"),
    path("network/import/<uuid:batch_id>/rejected.xlsx", views.rejected, name="import-rejected"),
    path("network/import/<uuid:batch_id>/original", views.original, name="import-original"),
]
