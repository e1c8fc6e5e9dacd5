"""Routes of forecasts."""

from django.urls import URLPattern, path

from forecasting import api as rest
from forecasting import pages as views

pages: list[URLPattern] = [
    path("forecasts/", views.runs, name="runs"),
    path("forecasts/start", views.start, name="start"),
    path("forecasts/history", views.history, name="history"),
    path("forecasts/<uuid:key>/", views.run, name="run"),
]
api: list[URLPattern] = [
    path("forecast-runs", rest.ForecastRuns.as_view(), name="forecast-runs"),
    path("forecast-runs/<uuid:key>", rest.OneForecastRun.as_view(), name="forecast-run"),
]
