"""Routes of stock and coverage."""

from django.urls import URLPattern, path

from inventory import api as rest
from inventory import pages as views

pages: list[URLPattern] = [
    path("inventory/", views.coverage, name="coverage"),
    path("inventory/report/", views.report, name="report"),
    path("inventory/report/rejected/<uuid:key>", views.settle, name="settle"),
    path("inventory/parts/<path:number>/", views.part, name="part"),
]
api: list[URLPattern] = [
    path("stock-counts", rest.StockCounts.as_view(), name="stock-counts"),
    path("stock", rest.Stock.as_view(), name="stock"),
    path("coverage", rest.CoverageList.as_view(), name="coverage"),
]
