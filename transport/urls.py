"""Routes of orders, loads, shipments, routes, dispatch advices and what they cost and emit."""

from django.urls import URLPattern

from transport.api import emissions as emissions_api
from transport.api import empties as empties_api
from transport.api import positions as positions_api
from transport.api import tracking as tracking_api
from transport.pages import driver as driver_pages
from transport.pages import emissions as emissions_pages
from transport.pages import empties as empties_pages
from transport.pages import tracking as tracking_pages

pages: list[URLPattern] = [
    *empties_pages.routes,
    *emissions_pages.routes,
    *tracking_pages.routes,
]
api: list[URLPattern] = [
    *empties_api.routes,
    *emissions_api.routes,
    *positions_api.routes,
    *tracking_api.routes,
]
root: list[URLPattern] = [*driver_pages.routes]
