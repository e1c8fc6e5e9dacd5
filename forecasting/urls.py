"""Routes of forecasts, releases, commits and capacity."""

from django.urls import URLPattern

from forecasting.api import runs as runs_api
from forecasting.pages import runs as runs_pages

pages: list[URLPattern] = [
    *runs_pages.routes,
]
api: list[URLPattern] = [
    *runs_api.routes,
]
