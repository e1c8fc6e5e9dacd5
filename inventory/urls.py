"""Routes of stock and coverage."""

from django.urls import URLPattern, path

from inventory import api as rest
from inventory.api import aspects as aspects_api
from inventory.api import buffers as buffers_api
from inventory.api import cumulative as cumulative_api
from inventory.api import epcis_urls
from inventory.api import event_ledger as ledger_api
from inventory.api import movements as movements_api
from inventory.api import multi_sourcing as sourcing_api
from inventory.api import notices as notices_api
from inventory.api import placements as placements_api
from inventory.api import receipts as receipts_api
from inventory.api import stock_messages as stock_messages_api
from inventory.api import tracking as tracking_api
from inventory.api import vmi as vmi_api
from inventory.pages import (
    aspects,
    buffer_policies,
    buffers,
    captures,
    cumulative,
    event_ledger,
    movements,
    multi_sourcing,
    notices,
    placements,
    plan,
    receipt_files,
    receipts,
    stock,
    targets,
    tracking,
    vmi,
)
from inventory.pages import coverage as views

pages: list[URLPattern] = [
    path("inventory/", views.coverage, name="coverage"),
    path("inventory/report/", views.report, name="report"),
    path("inventory/report/rejected/<uuid:key>", views.settle, name="settle"),
    path("inventory/targets/", targets.target_list, name="targets"),
    path("inventory/targets/new/", targets.create, name="target-new"),
    path("inventory/targets/<uuid:target_id>/", targets.edit, name="target"),
    path("inventory/targets/<uuid:target_id>/remove", targets.remove, name="target-remove"),
    path("inventory/plan/", plan.plan, name="plan"),
    *event_ledger.routes,
    *buffers.routes,
    *buffer_policies.routes,
    *placements.routes,
    *receipts.routes,
    *receipt_files.routes,
    *cumulative.routes,
    *stock.routes,
    *aspects.routes,
    *movements.routes,
    *multi_sourcing.routes,
    *vmi.routes,
    *notices.routes,
    *captures.routes,
    *tracking.routes,
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
    *buffers_api.routes,
    *placements_api.routes,
    path("planned-output", rest.PlannedOutputs.as_view(), name="planned-output"),
    *epcis_urls.api,
    *ledger_api.routes,
    *receipts_api.routes,
    *cumulative_api.routes,
    *stock_messages_api.routes,
    *movements_api.routes,
    *notices_api.routes,
    *sourcing_api.routes,
    *vmi_api.routes,
    *aspects_api.routes,
    *tracking_api.routes,
]
