"""Soft locks of the planning grids: somebody is at rows of a plan, of commits or of capacities."""

import json
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from collab.integration.problems import FieldError, Problem, respond
from collab.shell.page import WRITERS, PageRequest, for_roles
from forecasting.queries.locks import own_rows
from forecasting.services.grid import MOST_ROWS
from forecasting.services.locks import hold_rows, leave_rows


@require_http_methods(["POST", "DELETE"])
@for_roles(*WRITERS)
def lock(request: PageRequest) -> HttpResponse:
    """Say that one is at these rows (POST) or has left them (DELETE): ``{"ids": […]}``."""
    try:
        keys = [UUID(str(each)) for each in json.loads(request.body)["ids"]][:MOST_ROWS]
    except (KeyError, TypeError, ValueError):
        error = FieldError("ids", "a list of row ids", "")
        return respond(Problem(400, "Invalid input", "Some values are not as expected.", [error]))
    own = own_rows(keys)
    count = leave_rows(own) if request.method == "DELETE" else hold_rows(own)
    return JsonResponse({"held": count})


routes: list[URLPattern] = [path("forecasts/rows/lock", lock, name="row-lock")]
