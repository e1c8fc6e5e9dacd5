"""REST: market signals and what is decided about them."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import paginate
from collab.integration.lookups import get_for_org
from collab.masterdata.api.base import MasterDataView
from forecasting.models import MarketSignal
from forecasting.queries.market import SignalFilter, filtered_signals, signal_row
from forecasting.services.market import (
    Signal,
    accept_signal,
    propose_signal,
    reject_signal,
    take_back_signal,
)

SHOWN = (
    "id", "kind", "title", "source", "observed_on", "programme", "region", "part_numbers",
    "effect_low", "effect_likely", "effect_high", "valid_from", "valid_to", "is_in_baseline",
    "state", "decided_at", "note", "series_changed", "added_value", "external_id", "version",
)  # fmt: skip


class SignalFields(serializers.Serializer[Any]):
    """What a signal says; effects in % of demand."""

    kind = serializers.ChoiceField(choices=MarketSignal.Kind.choices)
    title = serializers.CharField(max_length=120)
    source: Any = serializers.CharField(max_length=200)
    observed_on = serializers.DateField()
    programme = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    region = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    part_numbers = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=2_000, default=list
    )
    effect_low = serializers.DecimalField(max_digits=7, decimal_places=2)
    effect_likely = serializers.DecimalField(max_digits=7, decimal_places=2)
    effect_high = serializers.DecimalField(max_digits=7, decimal_places=2)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField()
    is_in_baseline = serializers.BooleanField(required=False, default=False)
    note = serializers.CharField(max_length=400, required=False, allow_blank=True, default="")
    external_id = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")


class SignalOutput(SignalFields):
    """A signal with what became of it."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=MarketSignal.State.choices)
    decided_at = serializers.DateTimeField(allow_null=True)
    series_changed = serializers.IntegerField()
    added_value = serializers.DictField(allow_null=True)
    version = serializers.IntegerField()


class SignalQuery(serializers.Serializer[Any]):
    """Which signals are wanted."""

    state = serializers.ChoiceField(choices=MarketSignal.State.choices, required=False)
    kind = serializers.ChoiceField(choices=MarketSignal.Kind.choices, required=False)


class SignalDecisionInput(serializers.Serializer[Any]):
    """What is decided: accept, reject (with a note) or take the decision back."""

    decision = serializers.ChoiceField(choices=["accept", "reject", "take_back"])
    note = serializers.CharField(max_length=400, required=False, allow_blank=True, default="")


class Signals(MasterDataView):
    """Market signals, newest first; POST proposes one."""

    scopes: ClassVar[dict[str, str]] = {"GET": "forecasting:read", "POST": "forecasting:write"}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = SignalQuery
    bodies: ClassVar[dict[str, Any]] = {"POST": SignalFields}
    replies: ClassVar[dict[str, Any]] = {"GET": SignalOutput, "POST": SignalOutput}
    lists: ClassVar[bool] = True
    statuses: ClassVar[dict[str, int]] = {"POST": 201}

    def get(self, request: Request) -> Response:
        """Return a page of signals."""
        asked = self.query()
        wanted = SignalFilter(state=asked.get("state", ""), kind=asked.get("kind", ""))
        page = paginate(request, filtered_signals(wanted))
        return Response(page.body([body_of(each) for each in page.items]))

    def post(self, request: Request) -> Response:
        """Propose a signal; the same ``external_id`` again returns the first with 200."""
        signal, is_new = propose_signal(Signal(**self.body()))
        location = reverse("api:market-signal", args=[signal.pk])
        status = 201 if is_new else 200
        return Response(body_of(signal), status=status, headers={"Location": location})


class OneSignal(MasterDataView):
    """One market signal."""

    scopes: ClassVar[dict[str, str]] = {"GET": "forecasting:read"}
    replies: ClassVar[dict[str, Any]] = {"GET": SignalOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the signal."""
        signal = get_for_org(MarketSignal, pk=key)
        return self.reply(body_of(signal), etag_of(signal))


class SignalDecision(MasterDataView):
    """The decision about a market signal."""

    scopes: ClassVar[dict[str, str]] = {"POST": "forecasting:write"}
    bodies: ClassVar[dict[str, Any]] = {"POST": SignalDecisionInput}
    replies: ClassVar[dict[str, Any]] = {"POST": SignalOutput}
    versioned: ClassVar[frozenset[str]] = frozenset({"POST"})

    def post(self, request: Request, key: UUID) -> Response:
        """Accept, reject or take back; deciding the same again changes nothing."""
        asked = self.body()
        version = self.locked(MarketSignal, key).version
        if asked["decision"] == "accept":
            signal = accept_signal(key, version=version)
        elif asked["decision"] == "reject":
            signal = reject_signal(key, note=asked["note"], version=version)
        else:
            signal = take_back_signal(key, version=version)
        return self.reply(body_of(signal), etag_of(signal))


def body_of(signal: MarketSignal) -> dict[str, Any]:
    """Return a signal as the API shows it."""
    row = signal_row(signal)
    return {name: getattr(row, name) for name in SHOWN}


routes: list[URLPattern] = [
    path("market-signals", Signals.as_view(), name="market-signals"),
    path("market-signals/<uuid:key>", OneSignal.as_view(), name="market-signal"),
    path(
        "market-signals/<uuid:key>/decision",
        SignalDecision.as_view(),
        name="market-signal-decision",
    ),
]
