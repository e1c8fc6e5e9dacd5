"""REST: disruption notices, their changes, end and forwards, and the notifications they make."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from django.urls import URLPattern, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of, require_match
from collab.integration.inbox.outbox_api import OutboundOutput, body_of
from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.integration.problems import not_found
from collab.masterdata.api.base import MasterDataView
from collab.organisations.context import acting_organisation_id
from inventory.api.base import READ, WRITE
from inventory.api.fields import shown
from inventory.models import Cause, DisruptionNotice, Effect
from inventory.queries.notice_messages import write_notice
from inventory.queries.notices import VIEWS, NoticeFilter, NoticeRow, notice_rows, notices
from inventory.services.notice_facts import MOST_NAMED, NoticeFacts
from inventory.services.notice_messages import queue_notice
from inventory.services.notices import (
    Forward,
    Notice,
    accept_notice,
    change_notice,
    forward_notice,
    resolve_notice,
    state_notice,
)
from transport.queries.whole import whole_rows

FACTS = ("text", "starts_at", "ends_at", "parts", "sites", "partner_sites")
API = DisruptionNotice.Origin.API.value
LONGEST = 4000


class NoticeQuery(serializers.Serializer[Any]):
    """Filters of the list of notices."""

    view = serializers.ChoiceField(choices=VIEWS, default="all")
    cause = serializers.ChoiceField(choices=Cause.choices, default="")
    effect = serializers.ChoiceField(choices=Effect.choices, default="")
    part_number = serializers.CharField(max_length=40, default="", help_text="Of either side.")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


def _names(length: int, text: str) -> Any:
    child = serializers.CharField(max_length=length)
    return serializers.ListField(
        child=child, default=list, max_length=MOST_NAMED, help_text=text
    )  # fmt: skip


class NoticeFactsInput(serializers.Serializer[Any]):
    """What a notice says; a change states all of it anew."""

    text = serializers.CharField(max_length=LONGEST)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(default=None, allow_null=True, help_text="Null: open.")
    parts = _names(40, "Part numbers of yours or of a recipient; each hears of its own only.")
    sites = _names(20, "Codes of your sites.")
    partner_sites = _names(20, "Codes of the recipients' sites; each hears of its own only.")


class DisruptionNoticeInput(NoticeFactsInput):
    """A notice to one or more partners, each of whom gets one of its own."""

    partners = serializers.ListField(
        child=serializers.CharField(max_length=16), min_length=1, max_length=50, help_text="BPN"
    )
    cause = serializers.ChoiceField(choices=Cause.choices)
    effect = serializers.ChoiceField(choices=Effect.choices)
    sender_key = serializers.CharField(
        max_length=120, default="", allow_blank=True,
        help_text="Your key of this notice: sent again to the same partner, it changes nothing.",
    )  # fmt: skip


class NoticeForwardInput(NoticeFactsInput):
    """A received notice in your own words, for your own partners."""

    partners = serializers.ListField(
        child=serializers.CharField(max_length=16), min_length=1, max_length=50, help_text="BPN"
    )
    is_source_hidden = serializers.BooleanField(
        default=False, help_text="Tell neither the received notice nor its source."
    )
    sender_key = serializers.CharField(max_length=120, default="", allow_blank=True)


class NoticeResolveInput(serializers.Serializer[Any]):
    """What ended the effect."""

    resolution = serializers.CharField(max_length=LONGEST)


class NoticeAcceptInput(serializers.Serializer[Any]):
    """Whether a received notice marks the projections of its parts."""

    is_accepted = serializers.BooleanField()


class DisruptionNoticeOutput(serializers.Serializer[Any]):
    """A notice; ``parts`` are the sender's numbers, ``partner_parts`` the recipient's of them."""

    id = serializers.UUIDField()
    number = serializers.IntegerField(help_text="Counted by sender and recipient.")
    sender = serializers.CharField(help_text="BPN")
    recipient = serializers.CharField(help_text="BPN")
    cause = serializers.ChoiceField(choices=Cause.choices)
    effect = serializers.ChoiceField(choices=Effect.choices)
    state = serializers.ChoiceField(choices=DisruptionNotice.State.choices)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    text = serializers.CharField()
    resolution = serializers.CharField()
    resolved_at = serializers.DateTimeField(allow_null=True)
    parts = serializers.ListField(child=serializers.CharField())
    partner_parts = serializers.ListField(child=serializers.CharField())
    sites = serializers.ListField(child=serializers.CharField())
    partner_sites = serializers.ListField(child=serializers.CharField())
    source_id = serializers.UUIDField(help_text="One for all notices of a disruption.")
    related_id = serializers.UUIDField(allow_null=True, help_text="The notice it forwards.")
    is_accepted = serializers.BooleanField(help_text="Marks your projections.")
    changed_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class DisruptionNoticesOutput(serializers.Serializer[Any]):
    """The notices that a statement made, in the order of its partners."""

    notices = DisruptionNoticeOutput(many=True)


class Notices(MasterDataView):
    """Disruption notices of both directions: read them, or tell partners."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = NoticeQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": DisruptionNoticeInput}
    replies: ClassVar[dict[str, Any]] = {
        "GET": DisruptionNoticeOutput,
        "POST": DisruptionNoticesOutput,
    }

    def get(self, request: Request) -> Response:
        """Return a page, latest change first; a grant of some fields only opens no notice."""
        asked = self.query()
        wanted = NoticeFilter(
            view=asked["view"],
            cause=asked["cause"],
            effect=asked["effect"],
            part=asked["part_number"],
            partner_bpn=asked["partner"],
        )
        page = paginate(request, notices(wanted), order="-changed_at")
        return Response(page.body(_bodies(notice_rows(page.items))))

    def post(self, request: Request) -> Response:
        """Tell partners: all are told, each of its own parts and sites only, or none."""
        told = dict(self.body())
        facts = _facts(told)
        made = state_notice(Notice(facts=facts, origin=API, **told))
        return Response({"notices": _bodies(notice_rows(made))}, status=201)


class OneNotice(MasterDataView):
    """One notice."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": NoticeFactsInput}
    replies: ClassVar[dict[str, Any]] = {
        "GET": DisruptionNoticeOutput,
        "PATCH": DisruptionNoticeOutput,
    }

    def get(self, request: Request, key: UUID) -> Response:
        """Return the notice."""
        notice = _visible(key)
        note_reads(DisruptionNotice, [notice])
        return self.reply(_body_of(notice), etag_of(notice))

    def patch(self, request: Request, key: UUID) -> Response:
        """State an own open notice anew; ``If-Match`` names the version that was read."""
        notice = _own(key)
        require_match(request, notice)
        return _answer(change_notice(notice.pk, _facts(dict(self.body()))))


class NoticeResolution(MasterDataView):
    """The end of a notice."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": NoticeResolveInput}
    replies: ClassVar[dict[str, Any]] = {"POST": DisruptionNoticeOutput}

    @extend_schema(operation_id="disruption_notice_resolve")
    def post(self, request: Request, key: UUID) -> Response:
        """Resolve an own open notice; its exception closes for everybody. Needs ``If-Match``."""
        notice = _own(key)
        require_match(request, notice)
        return _answer(resolve_notice(notice.pk, self.body()["resolution"]))


class NoticeForwards(MasterDataView):
    """A received notice passed on to own partners."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": NoticeForwardInput}
    replies: ClassVar[dict[str, Any]] = {"POST": DisruptionNoticesOutput}

    @extend_schema(operation_id="disruption_notice_forward")
    def post(self, request: Request, key: UUID) -> Response:
        """Forward a notice addressed to you as notices of your own; cause and effect stay."""
        told = dict(self.body())
        facts = _facts(told)
        try:
            made = forward_notice(key, Forward(facts=facts, origin=API, **told))
        except DisruptionNotice.DoesNotExist:
            raise not_found() from None
        return Response({"notices": _bodies(notice_rows(made))}, status=201)


class Acceptance(MasterDataView):
    """Whether a received notice marks the own projections."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": NoticeAcceptInput}
    replies: ClassVar[dict[str, Any]] = {"POST": DisruptionNoticeOutput}

    @extend_schema(operation_id="disruption_notice_accept")
    def post(self, request: Request, key: UUID) -> Response:
        """Accept a notice addressed to you as a mark on its parts, or take that back."""
        try:
            accept_notice(key, is_accepted=self.body()["is_accepted"])
        except DisruptionNotice.DoesNotExist:
            raise not_found() from None
        return _answer(_visible(key))


class Notification(MasterDataView):
    """A notice as a Catena-X notification: to be read, or queued for the recipient's system."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    replies: ClassVar[dict[str, Any]] = {"POST": OutboundOutput}

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, key: UUID) -> HttpResponse:
        """Return an own notice as DemandAndCapacityNotification 3.0.0."""
        notice = _own(key)
        note_reads(DisruptionNotice, [notice])
        written = write_notice(notice_rows([notice])[0])
        return HttpResponse(written.raw, content_type="application/json")

    @extend_schema(request=None)
    def post(self, request: Request, key: UUID) -> Response:
        """Queue the notice, as it stands, for its recipient's system."""
        _own(key)
        return Response(body_of(queue_notice(key)), status=201)


def _visible(key: UUID) -> DisruptionNotice:
    found: DisruptionNotice = get_for_org(whole_rows(DisruptionNotice.objects.all()), pk=key)
    return found


def _own(key: UUID) -> DisruptionNotice:
    """Return an own notice, locked; 404 for a received and a foreign one alike."""
    notice: DisruptionNotice = get_for_org(
        DisruptionNotice.objects.select_for_update(of=("self",)), pk=key
    )
    if notice.owner_id != acting_organisation_id():
        raise not_found()
    return notice


def _facts(told: dict[str, Any]) -> NoticeFacts:
    return NoticeFacts(**{name: told.pop(name) for name in FACTS})


def _answer(notice: DisruptionNotice) -> Response:
    return Response(_body_of(notice), headers={"ETag": etag_of(notice)})


def _body_of(notice: DisruptionNotice) -> dict[str, Any]:
    return _bodies(notice_rows([notice]))[0]


def _bodies(rows: list[NoticeRow]) -> list[dict[str, Any]]:
    return [
        shown(row, DisruptionNoticeOutput, {"sender", "recipient"})
        | {"sender": row.sender.bpn, "recipient": row.recipient.bpn}
        for row in rows
    ]


routes: list[URLPattern] = [
    path("disruption-notices", Notices.as_view(), name="disruption-notices"),
    path("disruption-notices/<uuid:key>", OneNotice.as_view(), name="disruption-notice"),
    path(
        "disruption-notices/<uuid:key>/resolve",
        NoticeResolution.as_view(),
        name="disruption-notice-resolve",
    ),
    path(
        "disruption-notices/<uuid:key>/forward",
        NoticeForwards.as_view(),
        name="disruption-notice-forward",
    ),
    path(
        "disruption-notices/<uuid:key>/acceptance",
        Acceptance.as_view(),
        name="disruption-notice-acceptance",
    ),
    path(
        "disruption-notices/<uuid:key>/message",
        Notification.as_view(),
        name="disruption-notice-message",
    ),
]
