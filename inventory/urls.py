"""Routes of stock and coverage."""

from django.urls import URLPattern, path

from inventory import api as rest
from inventory.api import aspects as aspects_api
from inventory.api import buffers as buffers_api
from inventory.api import cumulative as cumulative_api
from inventory.api import devices as devices_api
from inventory.api import epcis_urls
from inventory.api import event_ledger as ledger_api
from inventory.api import genealogy as genealogy_api
from inventory.api import movements as movements_api
from inventory.api import multi_sourcing as sourcing_api
from inventory.api import notices as notices_api
from inventory.api import placements as placements_api
from inventory.api import readings as readings_api
from inventory.api import receipts as receipts_api
from inventory.api import refreshes as refreshes_api
from inventory.api import requests as requests_api
from inventory.api import seals as seals_api
from inventory.api import stock_messages as stock_messages_api
from inventory.api import tracking as tracking_api
from inventory.api import vmi as vmi_api
from inventory.pages import (
    aspects,
    buffer_policies,
    buffers,
    captures,
    coverage,
    cumulative,
    devices,
    event_ledger,
    genealogy,
    movements,
    multi_sourcing,
    notices,
    parts,
    placements,
    plan,
    receipt_files,
    receipts,
    refreshes,
    report,
    requests,
    seals,
    sensor_limits,
    stock,
    stock_map,
    targets,
    tracking,
    trouble_path,
    vmi,
)

pages: list[URLPattern] = [
    *coverage.routes,
    *report.routes,
    path("inventory/targets/", targets.target_list, name="targets"),
    path("inventory/targets/new/", targets.create, name="target-new"),
    path("inventory/targets/<uuid:target_id>/", targets.edit, name="target"),
    path("inventory/targets/<uuid:target_id>/remove", targets.remove, name="target-remove"),
    path("inventory/plan/", plan.plan, name="plan"),
    *event_ledger.routes,
    *genealogy.routes,
    *buffers.routes,
    *buffer_policies.routes,
    *placements.routes,
    *receipts.routes,
    *receipt_files.routes,
    *cumulative.routes,
    *stock.routes,
    *stock_map.routes,
    *trouble_path.routes,
    *aspects.routes,
    *movements.routes,
    *multi_sourcing.routes,
    *vmi.routes,
    *refreshes.routes,
    *notices.routes,
    *requests.routes,
    *captures.routes,
    *tracking.routes,
    *sensor_limits.routes,
    *devices.routes,
    *seals.routes,
    *parts.routes,
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
    *genealogy_api.routes,
    *receipts_api.routes,
    *cumulative_api.routes,
    *stock_messages_api.routes,
    *movements_api.routes,
    *notices_api.routes,
    *requests_api.routes,
    *sourcing_api.routes,
    *vmi_api.routes,
    *refreshes_api.routes,
    *aspects_api.routes,
    *tracking_api.routes,
    *devices_api.routes,
    *readings_api.routes,
    *seals_api.routes,
]
