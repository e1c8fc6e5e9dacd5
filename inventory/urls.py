"""Routes of stock and coverage."""

from django.urls import URLPattern, path

from inventory import api as rest
from inventory.pages import coverage as views
from inventory.pages import plan, targets

pages: list[URLPattern] = [
    path("inventory/", views.coverage, name="coverage"),
    path("inventory/report/", views.report, name="report"),
    path("inventory/report/rejected/<uuid:key>", views.settle, name="settle"),
    path("inventory/targets/", targets.target_list, name="targets"),
    path("inventory/targets/new/", targets.create, name="target-new"),
    path("inventory/targets/<uuid:target_id>/", targets.edit, name="target"),
    path("inventory/targets/<uuid:target_id>/remove", targets.remove, name="target-remove"),
    path("inventory/plan/", plan.plan, name="plan"),
    path("inventory/parts/<path:number>/", views.part, name="part"),
]
api: list[URLPattern] = [
    path("stock-counts", rest.StockCounts.as_view(), name="stock-counts"),
    path("stock", rest.Stock.as_view(), name="stock"),
    path("coverage", rest.CoverageList.as_view(), name="coverage"),
    path("coverage/<uuid:coverage_id>", rest.OneCoverage.as_view(), name="one-coverage"),
    path("coverage-targets", rest.CoverageTargets.as_view(), name="coverage-targets"),
    path(
        "coverage-targets/<uuid:target_id>",
        rest.OneCoverageTarget.as_view(),
        name="coverage-target",
    ),
    path("planned-output", rest.PlannedOutputs.as_view(), name="planned-output"),
]
