"""REST: requests for data in a disruption, answers to them, and the tree of answers (IN-19)."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.integration.problems import not_found
from collab.masterdata.api.base import MasterDataView
from inventory.api.base import READ, WRITE
from inventory.api.fields import shown
from inventory.models import Cause, Criticality, DataRequest, DisruptionNotice, Effect, Ending
from inventory.queries.data_requests import (
    VIEWS,
    Figure,
    RequestFilter,
    RequestRow,
    figures_shown,
    request_rows,
    requests,
)
from inventory.queries.notices import notice_by_key
from inventory.queries.request_tree import tree_of
from inventory.rules.data_request import Standing
from inventory.services.data_answers import answers_to, approve_request, decline_request, leaving
from inventory.services.data_requests import (
    LONGEST_TEXT,
    MOST_PARTS,
    MOST_SUPPLIERS,
    Ask,
    forward_request,
    request_data,
    withdraw_request,
)
from transport.queries.whole import whole_rows

Done = TypeVar("Done")
DECISIONS = ("approve", "decline")


class DataRequestQuery(serializers.Serializer[Any]):
    """Filters of the list of requests."""

    view = serializers.ChoiceField(choices=VIEWS, default="all")
    criticality = serializers.ChoiceField(choices=Criticality.choices, default="")
    part_number = serializers.CharField(max_length=40, default="", help_text="Of either side.")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class DataForwardInput(serializers.Serializer[Any]):
    """What own suppliers are asked; each gets a request of its own."""

    suppliers = serializers.ListField(
        child=serializers.CharField(max_length=16), min_length=1, max_length=MOST_SUPPLIERS,
        help_text="BPN",
    )  # fmt: skip
    parts = serializers.ListField(
        child=serializers.CharField(max_length=40), min_length=1, max_length=MOST_PARTS,
        help_text="Numbers of yours or of a supplier; each is asked about its own.",
    )  # fmt: skip
    criticality = serializers.ChoiceField(
        choices=Criticality.choices, default=Criticality.MEDIUM.value
    )
    text = serializers.CharField(max_length=LONGEST_TEXT, default="", allow_blank=True)
    starts_at = serializers.DateTimeField(default=None, allow_null=True, help_text="Null: now.")
    ends_at = serializers.DateTimeField(
        default=None, allow_null=True,
        help_text="Of the time asked about and of all access. Null: with the disruption.",
    )  # fmt: skip
    due_at = serializers.DateTimeField(
        default=None, allow_null=True, help_text="Of the answer. Null: in two days."
    )
    sender_key = serializers.CharField(max_length=120, default="", allow_blank=True)


class DataRequestInput(DataForwardInput):
    """What suppliers are asked because of an open notice that you sent or received."""

    notice = serializers.UUIDField()


class DataAnswerInput(serializers.Serializer[Any]):
    """The answer to a received request."""

    decision = serializers.ChoiceField(choices=DECISIONS)


class DataFigure(serializers.Serializer[Any]):
    """What is told of one part [base units, days]; unknown figures are null."""

    part = serializers.CharField(help_text="A part number, or a code of the chain.")
    on_hand = serializers.DecimalField(max_digits=18, decimal_places=3, allow_null=True)
    unit = serializers.CharField()
    days = serializers.DecimalField(max_digits=8, decimal_places=2, allow_null=True)
    is_at_least = serializers.BooleanField()
    lowest = serializers.DecimalField(
        max_digits=18, decimal_places=3, allow_null=True,
        help_text="At the end of a day of the time asked about; negative for a shortage.",
    )  # fmt: skip
    short_from = serializers.DateField(allow_null=True)
    observed_at = serializers.DateTimeField(allow_null=True)


class DataRequestOutput(serializers.Serializer[Any]):
    """A request; ``figures`` is what its asked side told."""

    id = serializers.UUIDField()
    number = serializers.IntegerField(help_text="Counted by the two sides.")
    asker = serializers.CharField(help_text="BPN")
    asked = serializers.CharField(help_text="BPN")
    standing = serializers.ChoiceField(choices=[each.value for each in Standing])
    criticality = serializers.ChoiceField(choices=Criticality.choices)
    cause = serializers.ChoiceField(choices=Cause.choices)
    effect = serializers.ChoiceField(choices=Effect.choices)
    text = serializers.CharField()
    parts = serializers.ListField(child=serializers.CharField())
    partner_parts = serializers.ListField(child=serializers.CharField())
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    ending = serializers.ChoiceField(choices=Ending.choices, allow_blank=True)
    figures = DataFigure(many=True)
    changed_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class DataRequestsOutput(serializers.Serializer[Any]):
    """The requests that were made, in the order of the suppliers."""

    requests = DataRequestOutput(many=True)


class DataTreeNode(serializers.Serializer[Any]):
    """One answering party under its code."""

    key = serializers.CharField(help_text="The same for one party throughout the chain.")
    figures = DataFigure(many=True)


class DataTier(serializers.Serializer[Any]):
    """One tier; ``gaps`` parties have no figures, whatever the reason."""

    number = serializers.IntegerField()
    parties = serializers.IntegerField()
    gaps = serializers.IntegerField()
    nodes = DataTreeNode(many=True)


class DataTreeOutput(serializers.Serializer[Any]):
    """All answers for a notice; final when everybody asked approved."""

    parties = serializers.IntegerField()
    gaps = serializers.IntegerField()
    is_final = serializers.BooleanField()
    tiers = DataTier(many=True)


class DataLeavingOutput(serializers.Serializer[Any]):
    """Exactly what an approval sends."""

    figures = DataFigure(many=True)
    below = serializers.IntegerField(help_text="Figures of parties further down, under codes.")
    gaps = serializers.IntegerField()
    is_final = serializers.BooleanField()


class DataRequests(MasterDataView):
    """Requests of both directions: read them, or ask suppliers."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = DataRequestQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": DataRequestInput}
    replies: ClassVar[dict[str, Any]] = {"GET": DataRequestOutput, "POST": DataRequestsOutput}

    def get(self, request: Request) -> Response:
        """Return a page, latest change first; ended ones of others are not there any longer."""
        asked = self.query()
        wanted = RequestFilter(
            view=asked["view"],
            criticality=asked["criticality"],
            part=asked["part_number"],
            partner_bpn=asked["partner"],
        )
        page = paginate(request, requests(wanted), order="-changed_at")
        return Response(page.body(_bodies(request_rows(page.items))))

    def post(self, request: Request) -> Response:
        """Ask suppliers because of an open notice, all or none."""
        told = dict(self.body())
        notice = told.pop("notice")
        try:
            made = request_data(notice, Ask(**told))
        except DisruptionNotice.DoesNotExist:
            raise not_found() from None
        return Response({"requests": _bodies(request_rows(made))}, status=201)


class OneDataRequest(MasterDataView):
    """One request."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": DataRequestOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the request with what was answered."""
        found = _visible(key)
        note_reads(DataRequest, [found])
        return self.reply(_body_of(found), etag_of(found))


class DataRequestAnswer(MasterDataView):
    """The answer to a received request: what would leave, and the decision."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": DataAnswerInput}
    replies: ClassVar[dict[str, Any]] = {"GET": DataLeavingOutput, "POST": DataRequestOutput}

    @extend_schema(operation_id="data_request_leaving")
    def get(self, request: Request, key: UUID) -> Response:
        """Return exactly what an approval would send; nothing is sent."""
        row = request_rows([_visible(key)])[0]
        found = _done(lambda: leaving(key))
        body = {
            "figures": [_figure(each) for each in figures_shown(found.figures, row.our_parts)],
            "below": len({node.key for node in found.nodes}),
            "gaps": sum(found.gaps.values()),
            "is_final": found.is_final,
        }
        return Response(body)

    @extend_schema(operation_id="data_request_answer")
    def post(self, request: Request, key: UUID) -> Response:
        """Approve or decline; approving again brings the figures up to date."""
        act = approve_request if self.body()["decision"] == "approve" else decline_request
        _done(lambda: act(key))
        return Response(_body_of(_visible(key)))


class DataRequestForwards(MasterDataView):
    """A received request passed on to own suppliers."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": DataForwardInput}
    replies: ClassVar[dict[str, Any]] = {"POST": DataRequestsOutput}

    @extend_schema(operation_id="data_request_forward")
    def post(self, request: Request, key: UUID) -> Response:
        """Ask own suppliers: requests of your own, of which the side that asked learns nothing."""
        ask = Ask(**self.body())
        made = _done(lambda: forward_request(key, ask))
        return Response({"requests": _bodies(request_rows(made))}, status=201)


class DataRequestWithdrawal(MasterDataView):
    """The end of an own request."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    replies: ClassVar[dict[str, Any]] = {"POST": DataRequestOutput}

    @extend_schema(operation_id="data_request_withdraw", request=None)
    def post(self, request: Request, key: UUID) -> Response:
        """Take an own request back; the asked side loses it at once."""
        return Response(_body_of(_done(lambda: withdraw_request(key))))


class NoticeAnswers(MasterDataView):
    """The tree of answers to all own requests for a notice."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": DataTreeOutput}

    @extend_schema(operation_id="disruption_notice_answers")
    def get(self, request: Request, key: UUID) -> Response:
        """Return figures by tier under codes that nobody can resolve, and the number of gaps."""
        row = notice_by_key(key)
        if row is None or not (row.is_own or row.is_ours):
            raise not_found()
        tree = tree_of(notice_id=key)
        tiers = [
            {
                "number": tier.number,
                "parties": tier.parties,
                "gaps": tier.gaps,
                "nodes": [
                    {"key": node.key, "figures": [_figure(each) for each in node.figures]}
                    for node in tier.nodes
                ],
            }
            for tier in tree.tiers
        ]
        whole = {"parties": tree.parties, "gaps": tree.gaps, "is_final": tree.is_final}
        return Response({**whole, "tiers": tiers})


def _visible(key: UUID) -> DataRequest:
    found: DataRequest = get_for_org(whole_rows(DataRequest.objects.all()), pk=key)
    return found


def _done(act: Callable[[], Done]) -> Done:
    try:
        return act()
    except DataRequest.DoesNotExist:
        raise not_found() from None


def _body_of(request: DataRequest) -> dict[str, Any]:
    return _bodies(request_rows([request]))[0]


def _bodies(rows: list[RequestRow]) -> list[dict[str, Any]]:
    told = {answer.request_id: answer for answer in answers_to([row.id for row in rows])}
    found = []
    for row in rows:
        answer = told.get(row.id)
        figures = figures_shown(answer.figures, row.parts) if answer and answer.figures else []
        body = shown(row, DataRequestOutput, {"asker", "asked", "standing", "figures"})
        body |= {
            "asker": row.asker.bpn,
            "asked": row.asked.bpn,
            "standing": row.standing.value,
            "figures": [_figure(each) for each in figures],
        }
        found.append(body)
    return found


def _figure(figure: Figure) -> dict[str, Any]:
    return shown(figure, DataFigure, set())


routes: list[URLPattern] = [
    path("data-requests", DataRequests.as_view(), name="data-requests"),
    path("data-requests/<uuid:key>", OneDataRequest.as_view(), name="data-request"),
    path(
        "data-requests/<uuid:key>/answer", DataRequestAnswer.as_view(), name="data-request-answer"
    ),
    path(
        "data-requests/<uuid:key>/forward",
        DataRequestForwards.as_view(),
        name="data-request-forward",
    ),
    path(
        "data-requests/<uuid:key>/withdraw",
        DataRequestWithdrawal.as_view(),
        name="data-request-withdraw",
    ),
    path(
        "disruption-notices/<uuid:key>/answers",
        NoticeAnswers.as_view(),
        name="disruption-notice-answers",
    ),
]
