"""Routes of forecasts, releases, commits and capacity."""

from django.urls import URLPattern

from forecasting.api import capacity as capacity_api
from forecasting.api import chain as chain_api
from forecasting.api import comments as comments_api
from forecasting.api import commits as commits_api
from forecasting.api import history as history_api
from forecasting.api import lifecycle as lifecycle_api
from forecasting.api import market as market_api
from forecasting.api import measures as measures_api
from forecasting.api import messages_out as messages_out_api
from forecasting.api import orders as orders_api
from forecasting.api import release_drafts as release_drafts_api
from forecasting.api import releases as releases_api
from forecasting.api import runs as runs_api
from forecasting.api import scenarios as scenarios_api
from forecasting.api import series as series_api
from forecasting.api import terms as terms_api
from forecasting.api import tolerances as tolerances_api
from forecasting.pages import capacity as capacity_pages
from forecasting.pages import chain as chain_pages
from forecasting.pages import comments as comments_pages
from forecasting.pages import commits as commits_pages
from forecasting.pages import grid as grid_pages
from forecasting.pages import lifecycle as lifecycle_pages
from forecasting.pages import market as market_pages
from forecasting.pages import measures as measures_pages
from forecasting.pages import messages_out as messages_out_pages
from forecasting.pages import order_tolerances as order_tolerances_pages
from forecasting.pages import orders as orders_pages
from forecasting.pages import release_drafts as release_drafts_pages
from forecasting.pages import releases as releases_pages
from forecasting.pages import row_locks as row_locks_pages
from forecasting.pages import runs as runs_pages
from forecasting.pages import scenarios as scenarios_pages
from forecasting.pages import series_object as series_object_pages
from forecasting.pages import terms as terms_pages
from forecasting.pages import watches as watches_pages

pages: list[URLPattern] = [
    *runs_pages.routes,
    *grid_pages.routes,
    *row_locks_pages.routes,
    *releases_pages.routes,
    *release_drafts_pages.routes,
    *messages_out_pages.routes,
    *orders_pages.routes,
    *order_tolerances_pages.routes,
    *market_pages.routes,
    *measures_pages.routes,
    *lifecycle_pages.routes,
    *chain_pages.routes,
    *scenarios_pages.routes,
    *capacity_pages.routes,
    *comments_pages.routes,
    *commits_pages.routes,
    *series_object_pages.routes,
    *terms_pages.routes,
    *watches_pages.routes,
]
api: list[URLPattern] = [
    *runs_api.routes,
    *series_api.routes,
    *history_api.routes,
    *releases_api.routes,
    *release_drafts_api.routes,
    *messages_out_api.routes,
    *orders_api.routes,
    *tolerances_api.routes,
    *market_api.routes,
    *measures_api.routes,
    *lifecycle_api.routes,
    *chain_api.routes,
    *scenarios_api.routes,
    *capacity_api.routes,
    *comments_api.routes,
    *commits_api.routes,
    *terms_api.routes,
]
