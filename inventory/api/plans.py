"""REST: planned output by day."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.lists import paginate
from collab.integration.statements import Statements, Verdict
from collab.integration.views import View
from inventory.api.base import READ, RENAMED, WRITE, error_of
from inventory.queries.plans import PlanFilter, PlanRow, plan_rows, planned_outputs
from inventory.services import Plan, Planned, PlanVerdict, plan_many


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
        return PLANS.answer(request.data)


def shown(row: PlanRow) -> dict[str, Any]:
    """Return planned output as the API shows it: key, owner and what the grants open."""
    body: dict[str, Any] = {"id": row.id, "owner": row.owner.bpn}
    body |= {RENAMED.get(name, name): value for name, value in row.values.items()}
    if row.partner.bpn:
        body["counterparty"] = row.partner.bpn
    return body


def _take(rows: list[dict[str, Any]]) -> list[Verdict]:
    return [_verdict(each) for each in plan_many([Plan(**row) for row in rows])]


def _verdict(found: PlanVerdict) -> Verdict:
    if found.refused is not None:
        return error_of(found.refused)
    if found.planned is None:
        raise ValueError("expected a verdict with planned output or a refusal, got neither")
    return 201 if found.planned.is_new else 200, _reply(found.planned)


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


PLANS = Statements(
    serializer=PlanInput,
    take=_take,
    one="a statement of planned output",
    many="statements",
    counted_as="planned",
    refusal="Planned output not taken",
)
