"""REST: capacity groups, what loads them, single weeks, what-if."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.masterdata.api.base import MasterDataView
from collab.organisations.context import acting_organisation_id
from forecasting.api.plan_base import READ, WRITE, figures, quantity, renamed
from forecasting.models import CapacityGroup
from forecasting.queries.capacity import VIEWS, CapacityFilter, GroupRow, group_rows, groups
from forecasting.queries.commit_grid import texts
from forecasting.services.capacity import (
    COLUMNS,
    GroupInput,
    LinkInput,
    WeekFigure,
    set_active,
    set_figures,
    set_links,
    state_group,
    what_if,
)

MOST_CELLS = 2_000
MOST_LINKS = 1_000


class GroupQuery(serializers.Serializer[Any]):
    """Filters of the list of groups."""

    view = serializers.ChoiceField(choices=VIEWS, default="all")
    name = serializers.CharField(max_length=120, default="", help_text="A part of the name.")
    kind = serializers.ChoiceField(choices=CapacityGroup.Kind.choices, default="", allow_blank=True)
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class LinkBody(serializers.Serializer[Any]):
    """A series or a group that loads the group."""

    series = serializers.UUIDField(required=False, allow_null=True)
    group = serializers.UUIDField(required=False, allow_null=True)
    load_factor = serializers.DecimalField(
        max_digits=18, decimal_places=9, required=False, allow_null=True
    )


class LinksBody(serializers.Serializer[Any]):
    """Everything that loads the group."""

    links = serializers.ListField(child=LinkBody(), max_length=MOST_LINKS)


class GroupBody(LinksBody):
    """A capacity group as its owner states it."""

    counterparty = serializers.CharField(
        max_length=16, help_text="BPN of the customer; your own for a pool nobody else sees."
    )
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=CapacityGroup.Kind.choices, default="facility")
    unit = serializers.CharField(max_length=3, default="", allow_blank=True)
    first_week = serializers.DateField(help_text="A Monday.")
    actual = figures()
    maximum = figures()
    agreed = figures(required=False, allow_null=True)
    delta = figures(required=False, allow_null=True)
    volatility = serializers.JSONField(required=False, allow_null=True)
    is_active = serializers.BooleanField(default=True)
    external_id = serializers.CharField(max_length=80, default="", allow_blank=True)


class FigureBody(serializers.Serializer[Any]):
    """One figure of a week."""

    week = serializers.DateField()
    figure = serializers.ChoiceField(choices=COLUMNS)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=3, allow_null=True)


class GroupChange(serializers.Serializer[Any]):
    """Single figures, and whether the group takes part."""

    figures = serializers.ListField(child=FigureBody(), required=False, max_length=MOST_CELLS)
    is_active = serializers.BooleanField(required=False)


class CapacityGroups(MasterDataView):
    """What machines, facilities, plants and teams can make per week, and how demand fits."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = GroupQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": GroupBody}

    def get(self, request: Request) -> Response:
        """Return a page, newest first; hidden fields are absent, others' pools are not there."""
        asked = self.query()
        wanted = CapacityFilter(
            view=asked["view"], name=asked["name"], kind=asked["kind"], partner_bpn=asked["partner"]
        )
        page = paginate(request, groups(wanted))
        return Response(page.body([shown(row) for row in group_rows(page.items)]))

    def post(self, request: Request) -> Response:
        """State a group; one with the same external_id is replaced."""
        group, is_new = state_group(_stated(self.body()))
        return _answer(group, 201 if is_new else 200)


class OneCapacityGroup(MasterDataView):
    """One capacity group."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PUT": WRITE, "PATCH": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PUT": GroupBody, "PATCH": GroupChange}
    versioned = frozenset({"PUT", "PATCH"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the group with its match; hidden fields are absent."""
        group = get_for_org(CapacityGroup, pk=key)
        note_reads(CapacityGroup, [group])
        return self.reply(shown(group_rows([group])[0]), etag_of(group))

    def put(self, request: Request, key: UUID) -> Response:
        """Replace what was stated of the group."""
        self._own(key)
        group, _is_new = state_group(_stated(self.body()), group_id=key)
        return _answer(group, 200)

    def patch(self, request: Request, key: UUID) -> Response:
        """Change single figures, or take the group out of matching."""
        group = self._own(key)
        said = self.body(partial=True)
        if "figures" in said:
            changes = [
                WeekFigure(each["week"], each["figure"], each["quantity"])
                for each in said["figures"]
            ]
            group = set_figures(key, changes)
        if "is_active" in said:
            group = set_active(key, is_active=said["is_active"])
        return _answer(group, 200)

    def _own(self, key: UUID) -> CapacityGroup:
        get_for_org(CapacityGroup, pk=key, owner_id=acting_organisation_id())
        return self.locked(CapacityGroup, key)


class CapacityLinks(MasterDataView):
    """What loads one group."""

    scopes: ClassVar[dict[str, str]] = {"PUT": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PUT": LinksBody}
    versioned = frozenset({"PUT"})

    def put(self, request: Request, key: UUID) -> Response:
        """Replace the links; a ring of groups is refused by name."""
        get_for_org(CapacityGroup, pk=key, owner_id=acting_organisation_id())
        self.locked(CapacityGroup, key)
        return _answer(set_links(key, _links(self.body()["links"])), 200)


class WhatIfQuery(serializers.Serializer[Any]):
    """More capacity in percent: of the group, else of its customer, else of the supplier."""

    group_percent = serializers.DecimalField(max_digits=7, decimal_places=3, required=False)
    customer_percent = serializers.DecimalField(max_digits=7, decimal_places=3, required=False)
    supplier_percent = serializers.DecimalField(max_digits=7, decimal_places=3, required=False)


class FlexOutput(serializers.Serializer[Any]):
    """What is left of a week; negative is missing."""

    week = serializers.DateField()
    demand = quantity()
    actual = quantity()
    left = serializers.DecimalField(max_digits=24, decimal_places=6)


class WhatIfOutput(serializers.Serializer[Any]):
    """What is left week by week."""

    weeks = FlexOutput(many=True)


class CapacityWhatIf(MasterDataView):
    """Try more capacity; nothing is changed."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = WhatIfQuery
    replies: ClassVar[dict[str, Any]] = {"GET": WhatIfOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return what is left week by week in an own group."""
        get_for_org(CapacityGroup, pk=key, owner_id=acting_organisation_id())
        found = what_if(key, **self.query())
        return Response(
            {
                "weeks": [
                    {
                        "week": each.week,
                        **dict(
                            zip(
                                ("demand", "actual", "left"),
                                texts([each.demand, each.actual, each.left]),
                                strict=True,
                            )
                        ),
                    }
                    for each in found
                ]
            }
        )


def shown(row: GroupRow) -> dict[str, Any]:
    """Return a group as the API shows it: key, owner and what the grants open."""
    body: dict[str, Any] = {
        "id": row.id,
        "owner": row.owner.bpn,
        "is_pool": row.is_pool,
        "version": row.version,
    }
    if row.partner.bpn:
        body["partner"] = row.partner.bpn
    values = {name: value for name, value in row.values.items() if name != "links"}
    if "links" in row.values:
        body["links"] = [
            {
                "series": link.series_id,
                "group": link.child_id,
                "load_factor": texts([link.load_factor])[0],
            }
            for link in row.values["links"]
        ]
    return body | renamed(values)


def _stated(said: dict[str, Any]) -> GroupInput:
    return GroupInput(**{**said, "links": _links(said["links"])})


def _links(said: list[dict[str, Any]]) -> list[LinkInput]:
    return [
        LinkInput(
            series_id=each.get("series"),
            group_id=each.get("group"),
            load_factor=each.get("load_factor"),
        )
        for each in said
    ]


def _answer(group: CapacityGroup, status: int) -> Response:
    fresh = CapacityGroup.objects.get(pk=group.pk)
    body = shown(group_rows([fresh])[0])
    return Response(body, status=status, headers={"ETag": etag_of(fresh)})


routes: list[URLPattern] = [
    path("capacity-groups", CapacityGroups.as_view(), name="capacity-groups"),
    path("capacity-groups/<uuid:key>", OneCapacityGroup.as_view(), name="capacity-group"),
    path("capacity-groups/<uuid:key>/links", CapacityLinks.as_view(), name="capacity-links"),
    path("capacity-groups/<uuid:key>/what-if", CapacityWhatIf.as_view(), name="capacity-what-if"),
]
