"""REST: which differences of confirmations a buyer accepts."""

from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import paginate
from collab.integration.lookups import get_for_org
from collab.masterdata.api.base import MasterDataView
from forecasting.models import ToleranceGroup
from forecasting.queries.orders import ToleranceRow, tolerance_rows, tolerances
from forecasting.services.tolerances import (
    Tolerance,
    add_tolerance,
    change_tolerance,
    remove_tolerance,
)

READ, WRITE = "forecasting:read", "forecasting:write"


class ToleranceInput(serializers.Serializer[Any]):
    """A group of suppliers and what may differ; shares of the order, 0.02 = 2 %."""

    name = serializers.CharField(max_length=80)
    suppliers = serializers.ListField(
        child=serializers.CharField(max_length=16), default=list, max_length=2_000,
        help_text="BPNs; none stands for all without a group of their own.",
    )  # fmt: skip
    quantity_below = serializers.DecimalField(max_digits=5, decimal_places=4, default=Decimal(0))
    quantity_above = serializers.DecimalField(max_digits=5, decimal_places=4, default=Decimal(0))
    days_early = serializers.IntegerField(min_value=0, max_value=366, default=0)
    days_late = serializers.IntegerField(min_value=0, max_value=366, default=0)
    price_above = serializers.DecimalField(max_digits=5, decimal_places=4, default=Decimal(0))
    outside = serializers.ChoiceField(
        choices=ToleranceGroup.Outside.choices, default=ToleranceGroup.Outside.APPROVAL.value
    )


class ToleranceOutput(ToleranceInput):
    """A tolerance group."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()


class ToleranceGroups(MasterDataView):
    """Which differences of confirmations you accept."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": ToleranceInput}
    replies: ClassVar[dict[str, Any]] = {"GET": ToleranceOutput, "POST": ToleranceOutput}

    def get(self, request: Request) -> Response:
        """Return a page of groups, newest first."""
        self.query()
        page = paginate(request, tolerances())
        return Response(page.body([group_body(row) for row in tolerance_rows(page.items)]))

    def post(self, request: Request) -> Response:
        """Add a group."""
        return _group(add_tolerance(Tolerance(**self.body())), 201)


class OneToleranceGroup(MasterDataView):
    """One tolerance group."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PUT": WRITE, "DELETE": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PUT": ToleranceInput}
    replies: ClassVar[dict[str, Any]] = {"GET": ToleranceOutput, "PUT": ToleranceOutput}
    versioned = frozenset({"PUT", "DELETE"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the group."""
        group = get_for_org(ToleranceGroup, pk=key)
        return self.reply(group_body(tolerance_rows([group])[0]), etag_of(group))

    def put(self, request: Request, key: UUID) -> Response:
        """Replace the group; it holds for confirmations from now on."""
        self.locked(ToleranceGroup, key)
        return _group(change_tolerance(key, Tolerance(**self.body())), 200)

    def delete(self, request: Request, key: UUID) -> Response:
        """Take the group away."""
        self.locked(ToleranceGroup, key)
        remove_tolerance(key)
        return Response(status=204)


def group_body(row: ToleranceRow) -> dict[str, Any]:
    """Return a tolerance group as the API shows it."""
    return {
        "id": row.id,
        "name": row.name,
        "suppliers": list(row.suppliers),
        "quantity_below": row.quantity_below,
        "quantity_above": row.quantity_above,
        "days_early": row.days_early,
        "days_late": row.days_late,
        "price_above": row.price_above,
        "outside": row.outside,
        "version": row.version,
    }


def _group(group: ToleranceGroup, status: int) -> Response:
    body = group_body(tolerance_rows([group])[0])
    return Response(body, status=status, headers={"ETag": etag_of(group)})


routes: list[URLPattern] = [
    path("tolerance-groups", ToleranceGroups.as_view(), name="tolerance-groups"),
    path("tolerance-groups/<uuid:key>", OneToleranceGroup.as_view(), name="tolerance-group"),
]
