"""Routes of orders, loads, shipments, routes, dispatch advices and what they cost and emit."""

from django.urls import URLPattern

from transport.api import emissions as emissions_api
from transport.api import empties as empties_api
from transport.pages import emissions as emissions_pages
from transport.pages import empties as empties_pages

pages: list[URLPattern] = [
    *empties_pages.routes,
    *emissions_pages.routes,
]
api: list[URLPattern] = [
    *empties_api.routes,
    *emissions_api.routes,
]
