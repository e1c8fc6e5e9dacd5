"""REST: successions of parts and their phases of life."""

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
from forecasting.models import LifeCycle, Succession
from forecasting.queries.lifecycle import PhaseRow, phase_rows, phases
from forecasting.services.lifecycle import Prior, forget_phase, let_follow, set_phase, unfollow

READ, WRITE = "forecasting:read", "forecasting:write"


class SuccessionInput(serializers.Serializer[Any]):
    """One own part that follows another from a day on; ``factor`` new pieces for one old."""

    old = serializers.CharField(max_length=40)
    new = serializers.CharField(max_length=40)
    factor = serializers.DecimalField(max_digits=12, decimal_places=6, required=False)
    effective_on = serializers.DateField()


class SuccessionOutput(serializers.Serializer[Any]):
    """A succession."""

    id = serializers.UUIDField()
    old = serializers.CharField()
    new = serializers.CharField()
    factor = serializers.DecimalField(max_digits=12, decimal_places=6)
    effective_on = serializers.DateField()
    version = serializers.IntegerField()


class PriorInput(serializers.Serializer[Any]):
    """What a programme will ask of a new part: vehicles a month x usage x take rate."""

    volume = serializers.DecimalField(max_digits=18, decimal_places=6)
    programme = serializers.CharField(max_length=40, required=False, allow_blank=True)
    usage = serializers.DecimalField(max_digits=18, decimal_places=6, required=False)
    take_rate = serializers.DecimalField(max_digits=7, decimal_places=6, required=False)
    strength = serializers.DecimalField(max_digits=9, decimal_places=6, required=False)


class PhaseInput(serializers.Serializer[Any]):
    """Where an own part is in its life; run-out needs its end, a new part its prior."""

    part_number = serializers.CharField(max_length=40)
    phase = serializers.ChoiceField(choices=LifeCycle.Phase.choices)
    from_on = serializers.DateField()
    until_on = serializers.DateField(required=False, allow_null=True)
    prior = PriorInput(required=False)


class BuyOutput(serializers.Serializer[Any]):
    """What will still be asked for [``unit``]: expected, and not exceeded with 50, 90 and 95 %."""

    expected = serializers.FloatField()
    quantiles = serializers.ListField(child=serializers.FloatField())
    unit = serializers.CharField()


class PhaseOutput(serializers.Serializer[Any]):
    """A part's phase, with the last-time buy where it runs out."""

    id = serializers.UUIDField()
    part_number = serializers.CharField()
    phase = serializers.ChoiceField(choices=LifeCycle.Phase.choices)
    from_on = serializers.DateField()
    until_on = serializers.DateField(allow_null=True)
    prior = serializers.DictField()
    last_time_buy = BuyOutput(allow_null=True)
    version = serializers.IntegerField()


class PhaseQuery(serializers.Serializer[Any]):
    """Which phases are wanted."""

    phase = serializers.ChoiceField(choices=LifeCycle.Phase.choices, required=False)


class Successions(MasterDataView):
    """Successions of own parts, newest first; POST enters one or changes the pair's."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": SuccessionInput}
    replies: ClassVar[dict[str, Any]] = {"GET": SuccessionOutput, "POST": SuccessionOutput}
    lists: ClassVar[bool] = True
    statuses: ClassVar[dict[str, int]] = {"POST": 201}

    def get(self, request: Request) -> Response:
        """Return a page of successions."""
        page = paginate(request, Succession.objects.select_related("old_part", "new_part"))
        return Response(page.body([succession_body(each) for each in page.items]))

    def post(self, request: Request) -> Response:
        """Let one part follow another; a ring is refused with its path."""
        row, is_new = let_follow(**self.body())
        location = reverse("api:part-succession", args=[row.pk])
        status = 201 if is_new else 200
        return Response(succession_body(row), status=status, headers={"Location": location})


class OneSuccession(MasterDataView):
    """One succession."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "DELETE": WRITE}
    replies: ClassVar[dict[str, Any]] = {"GET": SuccessionOutput}
    versioned: ClassVar[frozenset[str]] = frozenset({"DELETE"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the succession."""
        row = get_for_org(Succession, pk=key)
        return self.reply(succession_body(row), etag_of(row))

    def delete(self, request: Request, key: UUID) -> Response:
        """Take it back; the next forecast keeps both pasts apart again."""
        unfollow(key, version=self.locked(Succession, key).version)
        return Response(status=204)


class Phases(MasterDataView):
    """Phases of own parts, newest first; POST states one."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = PhaseQuery
    bodies: ClassVar[dict[str, Any]] = {"POST": PhaseInput}
    replies: ClassVar[dict[str, Any]] = {"GET": PhaseOutput, "POST": PhaseOutput}
    lists: ClassVar[bool] = True
    statuses: ClassVar[dict[str, int]] = {"POST": 201}

    def get(self, request: Request) -> Response:
        """Return a page of phases."""
        page = paginate(request, phases(phase=self.query().get("phase", "")))
        return Response(page.body([phase_body(row) for row in phase_rows(page.items)]))

    def post(self, request: Request) -> Response:
        """State a part's phase; the same again changes nothing."""
        told = dict(self.body())
        prior = told.pop("prior", None)
        row, is_new = set_phase(**told, prior=Prior(**prior) if prior else None)
        location = reverse("api:part-phase", args=[row.pk])
        (shown,) = phase_rows([row])
        status = 201 if is_new else 200
        return Response(phase_body(shown), status=status, headers={"Location": location})


class OnePhase(MasterDataView):
    """One part's phase."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "DELETE": WRITE}
    replies: ClassVar[dict[str, Any]] = {"GET": PhaseOutput}
    versioned: ClassVar[frozenset[str]] = frozenset({"DELETE"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the phase."""
        row = get_for_org(LifeCycle, pk=key)
        (shown,) = phase_rows([row])
        return self.reply(phase_body(shown), etag_of(row))

    def delete(self, request: Request, key: UUID) -> Response:
        """Let the part's history speak for itself again."""
        forget_phase(key, version=self.locked(LifeCycle, key).version)
        return Response(status=204)


def succession_body(row: Succession) -> dict[str, Any]:
    """Return a succession as the API shows it."""
    return {
        "id": row.pk,
        "old": row.old_part.number,
        "new": row.new_part.number,
        "factor": row.factor,
        "effective_on": row.effective_on,
        "version": row.version,
    }


def phase_body(row: PhaseRow) -> dict[str, Any]:
    """Return a phase as the API shows it."""
    buy = row.buy
    return {
        "id": row.id,
        "part_number": row.part_number,
        "phase": row.phase,
        "from_on": row.from_on,
        "until_on": row.until_on,
        "prior": row.prior,
        "last_time_buy": buy
        and {"expected": buy.expected, "quantiles": list(buy.quantiles), "unit": buy.unit},
        "version": row.version,
    }


routes: list[URLPattern] = [
    path("part-successions", Successions.as_view(), name="part-successions"),
    path("part-successions/<uuid:key>", OneSuccession.as_view(), name="part-succession"),
    path("part-phases", Phases.as_view(), name="part-phases"),
    path("part-phases/<uuid:key>", OnePhase.as_view(), name="part-phase"),
]
