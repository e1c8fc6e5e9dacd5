"""REST: planned output by day."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.lists import paginate
from collab.integration.problems import CONTENT_TYPE, FieldError, Problem
from collab.integration.views import View
from inventory.api.base import MOST_ROWS, READ, RENAMED, WRITE, error_of, row_errors
from inventory.queries.plans import PlanFilter, PlanRow, plan_rows, planned_outputs
from inventory.services import Plan, Planned, plan_many

NOT_A_PLAN = FieldError("", "a statement of planned output", None)


class PlanQuery(serializers.Serializer[Any]):
    """Filters of the list of planned output."""

    part_number = serializers.CharField(max_length=40, default="")
    site = serializers.CharField(max_length=20, default="")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")
    first = serializers.DateField(required=False, help_text="First day.")
    last = serializers.DateField(required=False, help_text="Last day.")


class PlanInput(serializers.Serializer[Any]):
    """Planned output: what is added to one part at one site on one day, for one counterparty."""

    counterparty = serializers.CharField(max_length=16, help_text="BPN of the partner.")
    part_number = serializers.CharField(max_length=40, help_text="Your number, or the partner's.")
    site = serializers.CharField(max_length=20, help_text="Code of your site.")
    on = serializers.DateField(help_text="The day, at the site.")
    quantity = serializers.DecimalField(
        max_digits=18, decimal_places=6, min_value=0, help_text="Replaces the day's plan."
    )
    unit = serializers.CharField(max_length=30, help_text="UN/ECE Rec 20 code or an alias.")
    sender_key = serializers.CharField(
        max_length=80,
        default="",
        allow_blank=True,
        help_text="Your key of this statement: sent again, it changes nothing.",
    )


class PlanOutput(serializers.Serializer[Any]):
    """What became of a statement; the quantity is in base units of the part."""

    id = serializers.UUIDField()
    is_new = serializers.BooleanField()
    is_changed = serializers.BooleanField()
    part_number = serializers.CharField()
    site = serializers.CharField()
    on = serializers.DateField()
    quantity = serializers.CharField()
    unit = serializers.CharField()


class PlannedOutputs(View):
    """Planned output by day: state one, or a list of at most 500; read what is visible.

    A list is answered row by row with status 207; each row is taken whole or not at all.
    """

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = PlanQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": PlanInput}
    replies: ClassVar[dict[str, Any]] = {"POST": PlanOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first; fields that no grant opens are absent."""
        asked = self.query()
        wanted = PlanFilter(
            number=asked["part_number"],
            site=asked["site"],
            partner_bpn=asked["partner"],
            first=asked.get("first"),
            last=asked.get("last"),
        )
        page = paginate(request, planned_outputs(wanted))
        return Response(page.body([shown(row) for row in plan_rows(page.items)]))

    @extend_schema(request=PlanInput)
    def post(self, request: Request) -> Response:
        """State what is planned for a day; the projection of the stock follows at once."""
        data = request.data
        if isinstance(data, list):
            return _list(data)
        if not isinstance(data, Mapping):
            raise Problem(400, "Invalid input", "Send one statement or a list of them.")
        (answer,) = _answers([data])
        if "errors" in answer:
            problem = Problem(
                422, "Planned output not taken", "Nothing was changed.", answer["errors"]
            )
            return Response(problem.body(), status=422, content_type=CONTENT_TYPE)
        status = answer.pop("status")
        answer.pop("row")
        return Response(answer, status=status)


def shown(row: PlanRow) -> dict[str, Any]:
    """Return planned output as the API shows it: key, owner and what the grants open."""
    body: dict[str, Any] = {"id": row.id, "owner": row.owner.bpn}
    body |= {RENAMED.get(name, name): value for name, value in row.values.items()}
    if row.partner.bpn:
        body["counterparty"] = row.partner.bpn
    return body


def _list(data: list[Any]) -> Response:
    if not 1 <= len(data) <= MOST_ROWS:
        errors = [FieldError("", f"1 to {MOST_ROWS} statements", len(data))]
        raise Problem(400, "Invalid input", "The list has a wrong length.", errors)
    rows = _answers(data)
    for row in rows:
        if "errors" in row:
            row["errors"] = [error.body() for error in row["errors"]]
    refused = sum("errors" in row for row in rows)
    body = {"planned": len(rows) - refused, "refused": refused, "rows": rows}
    return Response(body, status=207)


def _answers(data: list[Any]) -> list[dict[str, Any]]:
    """Take each row that is one; return per row what became of it, or its ``errors``."""
    rows: list[dict[str, Any]] = []
    plans: dict[int, Plan] = {}
    for place, each in enumerate(data):
        errors = [NOT_A_PLAN]
        if isinstance(each, Mapping):
            checked = PlanInput(data=each)
            errors = row_errors(checked, each)
            if not errors:
                plans[place] = Plan(**checked.validated_data)
        rows.append({"row": place, "status": 422, "errors": errors})
    for place, verdict in zip(plans, plan_many(list(plans.values())), strict=True):
        if verdict.planned is not None:
            status = 201 if verdict.planned.is_new else 200
            rows[place] = {"row": place, "status": status, **_reply(verdict.planned)}
        elif verdict.refused is not None:
            rows[place]["errors"] = [error_of(verdict.refused)]
    return rows


def _reply(planned: Planned) -> dict[str, Any]:
    output = planned.output
    return {
        "id": output.pk,
        "is_new": planned.is_new,
        "is_changed": planned.is_changed,
        "part_number": output.part_number,
        "site": output.site_code,
        "on": output.on,
        "quantity": output.quantity,
        "unit": output.unit,
    }
