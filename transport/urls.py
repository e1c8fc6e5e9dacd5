"""Routes of orders, loads, shipments, routes, dispatch advices and what they cost and emit."""

from django.urls import URLPattern

from transport.api import accuracy as accuracy_api
from transport.api import advice_answers as advice_answers_api
from transport.api import advices as advices_api
from transport.api import areas as areas_api
from transport.api import departures as departures_api
from transport.api import emissions as emissions_api
from transport.api import empties as empties_api
from transport.api import loads as loads_api
from transport.api import milkruns as milkruns_api
from transport.api import money as money_api
from transport.api import orders as orders_api
from transport.api import positions as positions_api
from transport.api import premium as premium_api
from transport.api import replan as replan_api
from transport.api import routes as routes_api
from transport.api import shipments as shipments_api
from transport.api import tenders as tenders_api
from transport.api import tracking as tracking_api
from transport.api import vehicle_types as vehicle_types_api
from transport.pages import accuracy as accuracy_pages
from transport.pages import advice_wizard as advice_wizard_pages
from transport.pages import advices as advices_pages
from transport.pages import areas as areas_pages
from transport.pages import billing as billing_pages
from transport.pages import building as building_pages
from transport.pages import departures as departures_pages
from transport.pages import distances as distances_pages
from transport.pages import driver as driver_pages
from transport.pages import emissions as emissions_pages
from transport.pages import empties as empties_pages
from transport.pages import loads as loads_pages
from transport.pages import milkrun_studio as milkrun_studio_pages
from transport.pages import milkruns as milkruns_pages
from transport.pages import orders as orders_pages
from transport.pages import plates as plates_pages
from transport.pages import premium as premium_pages
from transport.pages import replan as replan_pages
from transport.pages import routes as routes_pages
from transport.pages import shipment_documents as shipment_documents_pages
from transport.pages import shipments as shipments_pages
from transport.pages import tariffs as tariffs_pages
from transport.pages import tenders as tenders_pages
from transport.pages import tracking as tracking_pages
from transport.pages import vehicle_types as vehicle_types_pages
from transport.pages import visits as visits_pages

pages: list[URLPattern] = [
    *tenders_pages.routes,
    *tariffs_pages.routes,
    *premium_pages.routes,
    *billing_pages.routes,
    *advices_pages.routes,
    *advice_wizard_pages.routes,
    *shipment_documents_pages.routes,
    *shipments_pages.routes,
    *orders_pages.routes,
    *loads_pages.routes,
    *replan_pages.routes,
    *building_pages.routes,
    *visits_pages.routes,
    *vehicle_types_pages.routes,
    *distances_pages.routes,
    *empties_pages.routes,
    *milkruns_pages.routes,
    *milkrun_studio_pages.routes,
    *routes_pages.routes,
    *emissions_pages.routes,
    *tracking_pages.routes,
    *accuracy_pages.routes,
    *areas_pages.routes,
    *departures_pages.routes,
    *plates_pages.routes,
]
api: list[URLPattern] = [
    *tenders_api.routes,
    *premium_api.routes,
    *money_api.routes,
    *advices_api.routes,
    *orders_api.routes,
    *loads_api.routes,
    *replan_api.routes,
    *shipments_api.routes,
    *vehicle_types_api.routes,
    *empties_api.routes,
    *emissions_api.routes,
    *positions_api.routes,
    *milkruns_api.routes,
    *routes_api.routes,
    *tracking_api.routes,
    *accuracy_api.routes,
    *areas_api.routes,
    *departures_api.routes,
    *advice_answers_api.routes,
]
root: list[URLPattern] = [*driver_pages.routes]
