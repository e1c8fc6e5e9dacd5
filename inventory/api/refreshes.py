"""REST: figures wanted of partners, what partners want, and what each night came to (IN-11)."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.integration.problems import not_found
from collab.integration.webhooks.addresses import ForbiddenAddress
from collab.masterdata.api.base import MasterDataView
from collab.masterdata.refusals import Refused
from inventory.api.base import READ, WRITE
from inventory.api.fields import shown
from inventory.models import PartnerRefresh
from inventory.models.refresh import MOST_IDLE_DAYS
from inventory.queries.refreshes import (
    VIEWS,
    NightRow,
    RefreshFilter,
    RefreshRow,
    nights,
    plain_nights,
    refresh_rows,
    refreshes,
    refreshes_by_key,
)
from inventory.services.refresh_asked import current_address, remove_address, set_address
from inventory.services.refreshes import Wanted, ask_now, pause, remove, resume, start_refresh

STEPS = {"ask": ask_now, "pause": pause, "resume": resume}


class RefreshQuery(serializers.Serializer[Any]):
    """Filters of refreshes."""

    view = serializers.ChoiceField(choices=VIEWS, default="all")
    kind = serializers.ChoiceField(choices=["", *PartnerRefresh.Kind.values], default="")
    part_number = serializers.CharField(
        max_length=40, default="", help_text="The beginning of a number of either side."
    )
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class RefreshInput(serializers.Serializer[Any]):
    """Figures of a part that a partner is to keep fresh."""

    partner = serializers.CharField(max_length=16, help_text="BPN")
    part_number = serializers.CharField(max_length=40, help_text="Yours, or the partner's.")
    kind = serializers.ChoiceField(choices=PartnerRefresh.Kind.choices)
    direction = serializers.ChoiceField(
        choices=["", *PartnerRefresh.Direction.values],
        default="",
        help_text="Of the goods, seen from the partner; empty as the partnership says.",
    )
    idle_days = serializers.IntegerField(
        min_value=1,
        max_value=MOST_IDLE_DAYS,
        default=14,
        help_text="Days without use after which it stops.",
    )


class RefreshOutput(serializers.Serializer[Any]):
    """One refresh, as both sides read it."""

    id = serializers.UUIDField()
    asker = serializers.CharField(help_text="BPN of who wants the figures.")
    partner = serializers.CharField(help_text="BPN of who is asked.")
    part_number = serializers.CharField(help_text="The asker's.")
    partner_part_number = serializers.CharField()
    kind = serializers.ChoiceField(choices=PartnerRefresh.Kind.choices)
    direction = serializers.ChoiceField(choices=PartnerRefresh.Direction.choices)
    state = serializers.ChoiceField(choices=PartnerRefresh.State.choices)
    result = serializers.ChoiceField(choices=PartnerRefresh.Result.choices)
    missed = serializers.IntegerField(help_text="Nights in a row without an answer.")
    idle_days = serializers.IntegerField()
    used_at = serializers.DateTimeField()
    asked_at = serializers.DateTimeField(allow_null=True)
    figure_at = serializers.DateTimeField(allow_null=True)
    changed_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class RefreshStepInput(serializers.Serializer[Any]):
    """What is to be done with a refresh."""

    do = serializers.ChoiceField(choices=[*STEPS])


class NightOutput(serializers.Serializer[Any]):
    """What a night came to with one partner; counts are of its refreshes."""

    partner = serializers.CharField(help_text="BPN")
    night = serializers.DateField()
    asked = serializers.IntegerField()
    fresh = serializers.IntegerField(help_text="Up to date: nothing was asked.")
    unanswered = serializers.IntegerField(help_text="Asked before and not answered.")
    unreached = serializers.IntegerField(help_text="Not open to the partner.")
    stopped = serializers.IntegerField(help_text="Nobody used them.")
    fault = serializers.CharField(help_text="Why the partner's turn failed as a whole.")
    ended_at = serializers.DateTimeField()


class AddressBody(serializers.Serializer[Any]):
    """Where your system takes partners' questions."""

    url = serializers.CharField(max_length=500)


class AddressOutput(serializers.Serializer[Any]):
    """The address; ``secret`` signs the messages and is shown once, when it is set."""

    url = serializers.CharField()
    secret = serializers.CharField()


class Refreshes(MasterDataView):
    """Figures that you want of partners, and those that partners want of you."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = RefreshQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": RefreshInput}
    replies: ClassVar[dict[str, Any]] = {"GET": RefreshOutput, "POST": RefreshOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        asked = self.query()
        wanted = RefreshFilter(
            view=asked["view"],
            kind=asked["kind"],
            part=asked["part_number"],
            partner_bpn=asked["partner"],
        )
        page = paginate(request, refreshes(wanted))
        return Response(page.body([_shown(row) for row in refresh_rows(page.items)]))

    @extend_schema(request=RefreshInput)
    def post(self, request: Request) -> Response:
        """Want figures from now on: the partner is asked at once and every night."""
        row = start_refresh(Wanted(**self.body()))
        return Response(_shown(refreshes_by_key([row.pk])[0]), status=201)


class OneRefresh(MasterDataView):
    """One refresh."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE, "DELETE": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": RefreshStepInput}
    replies: ClassVar[dict[str, Any]] = {"GET": RefreshOutput, "POST": RefreshOutput}

    @extend_schema(operation_id="partner_refresh_read")
    def get(self, request: Request, key: UUID) -> Response:
        """Return the refresh."""
        found = get_for_org(refreshes(), pk=key)
        note_reads(PartnerRefresh, [found])
        return Response(_shown(refresh_rows([found])[0]))

    @extend_schema(operation_id="partner_refresh_step", request=RefreshStepInput)
    def post(self, request: Request, key: UUID) -> Response:
        """Ask now, pause or resume a refresh of yours; done twice, it is done once."""
        self._check_own(key)
        STEPS[self.body()["do"]]([key])
        return Response(_shown(refreshes_by_key([key])[0]))

    @extend_schema(operation_id="partner_refresh_remove")
    def delete(self, request: Request, key: UUID) -> Response:
        """End a refresh of yours for good."""
        if not remove([key]):
            raise not_found()
        return Response(status=204)

    def _check_own(self, key: UUID) -> None:
        row = next(iter(refreshes_by_key([key])), None)
        if row is None or not row.is_own:
            raise not_found()


class RefreshResults(MasterDataView):
    """What the nightly refreshes came to, partner by partner."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    lists: ClassVar[bool] = True
    replies: ClassVar[dict[str, Any]] = {"GET": NightOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        page = paginate(request, nights())
        return Response(page.body([_night(row) for row in plain_nights(page.items)]))


class RefreshAddresses(MasterDataView):
    """Where your system takes partners' questions; without an address they are tasks of clerks."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PUT": WRITE, "DELETE": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PUT": AddressBody}
    replies: ClassVar[dict[str, Any]] = {"GET": AddressBody, "PUT": AddressOutput}

    def get(self, request: Request) -> Response:
        """Return the address, empty where there is none."""
        return Response({"url": current_address()})

    @extend_schema(request=AddressBody)
    def put(self, request: Request) -> Response:
        """Set the address; the answer holds the secret that signs, shown this once."""
        url = self.body()["url"]
        try:
            secret = set_address(url)
        except ForbiddenAddress as reason:
            raise Refused("url", str(reason).removeprefix("expected "), url) from None
        return Response({"url": url, "secret": secret})

    def delete(self, request: Request) -> Response:
        """Let questions be tasks of clerks again."""
        if not remove_address():
            raise not_found()
        return Response(status=204)


def _shown(row: RefreshRow) -> dict[str, Any]:
    told = {"asker": row.asker.bpn, "partner": row.partner.bpn}
    return shown(row, RefreshOutput, told) | told


def _night(row: NightRow) -> dict[str, Any]:
    told = {"partner": row.partner.bpn}
    return shown(row, NightOutput, told) | told


routes: list[URLPattern] = [
    path("partner-refreshes", Refreshes.as_view(), name="partner-refreshes"),
    path("partner-refreshes/<uuid:key>", OneRefresh.as_view(), name="partner-refresh"),
    path("partner-refresh-results", RefreshResults.as_view(), name="partner-refresh-results"),
    path("partner-refresh-address", RefreshAddresses.as_view(), name="partner-refresh-address"),
]
