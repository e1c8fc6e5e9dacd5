"""REST: releases on their way out: prepare, look at what is held, publish or discard."""

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
from forecasting.models import ReleaseDraft
from forecasting.queries.releases import DraftRow, draft_rows, drafts
from forecasting.services.publishing import publish_releases, release_held
from forecasting.services.releases import discard_draft, prepare_releases

READ, WRITE = "forecasting:read", "forecasting:write"
MOST = 5_000


class DraftQuery(serializers.Serializer[Any]):
    """Filters of the list of drafts."""

    state = serializers.ChoiceField(choices=["open", *ReleaseDraft.State.values], default="open")


class DraftOutput(serializers.Serializer[Any]):
    """A release on its way out."""

    id = serializers.UUIDField()
    series = serializers.UUIDField()
    part_number = serializers.CharField()
    supplier = serializers.CharField()
    site = serializers.CharField()
    state = serializers.CharField()
    origin = serializers.CharField()
    deviations = serializers.ListField(child=serializers.DictField())
    total = serializers.CharField()
    unit = serializers.CharField()
    note = serializers.CharField()
    created_at = serializers.DateTimeField()
    schedule = serializers.UUIDField(allow_null=True)
    version = serializers.IntegerField()


class PrepareInput(serializers.Serializer[Any]):
    """Which series to draft; none means all active ones that have a plan."""

    series = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=MOST)


class PreparedOutput(serializers.Serializer[Any]):
    """How many drafts are ready, and how many held."""

    ready = serializers.IntegerField()
    held = serializers.IntegerField()


class PublishInput(serializers.Serializer[Any]):
    """Which drafts to publish; none means all that are not held."""

    drafts = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=MOST)


class PublishedOutput(serializers.Serializer[Any]):
    """The schedules that are out, or the job that publishes many."""

    schedules = serializers.ListField(child=serializers.UUIDField())
    job = serializers.UUIDField(allow_null=True)


class DraftChange(serializers.Serializer[Any]):
    """What to do with a draft."""

    state = serializers.ChoiceField(choices=["published", "discarded"])
    note = serializers.CharField(max_length=400, default="", allow_blank=True)


class ReleaseDrafts(MasterDataView):
    """Releases on their way out; suppliers see none of them."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = DraftQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": PrepareInput}
    replies: ClassVar[dict[str, Any]] = {"GET": DraftOutput, "POST": PreparedOutput}

    def get(self, request: Request) -> Response:
        """Return a page of drafts, newest first."""
        page = paginate(request, drafts(state=self.query()["state"]))
        return Response(page.body([draft_body(row) for row in draft_rows(page.items)]))

    def post(self, request: Request) -> Response:
        """Draft releases from the current plan."""
        made = prepare_releases(series_ids=self.body().get("series"))
        held = sum(each.state == ReleaseDraft.State.HELD for each in made)
        return Response({"ready": len(made) - held, "held": held}, status=201)


class Publications(MasterDataView):
    """Drafts published together."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": PublishInput}
    replies: ClassVar[dict[str, Any]] = {"POST": PublishedOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 202}

    def post(self, request: Request) -> Response:
        """Publish drafts that are not held; more than fifty by a job."""
        done = publish_releases(draft_ids=self.body().get("drafts"))
        body = {
            "schedules": [each.pk for each in done.schedules],
            "job": done.job.pk if done.job else None,
        }
        return Response(body, status=202)


class OneReleaseDraft(MasterDataView):
    """One draft."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": DraftChange}
    replies: ClassVar[dict[str, Any]] = {"GET": DraftOutput, "PATCH": DraftOutput}
    versioned = frozenset({"PATCH"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the draft."""
        draft = get_for_org(ReleaseDraft, pk=key)
        return self.reply(draft_body(draft_rows([draft])[0]), etag_of(draft))

    def patch(self, request: Request, key: UUID) -> Response:
        """Release a held draft as it is, or discard it, with a note."""
        self.locked(ReleaseDraft, key)
        told = self.body()
        if told["state"] == ReleaseDraft.State.DISCARDED:
            discard_draft(key, note=told["note"])
        else:
            release_held(key, note=told["note"])
        draft = get_for_org(ReleaseDraft, pk=key)
        return Response(draft_body(draft_rows([draft])[0]), headers={"ETag": etag_of(draft)})


def draft_body(row: DraftRow) -> dict[str, Any]:
    """Return a draft as the API shows it."""
    return {
        "id": row.id,
        "series": row.series_id,
        "part_number": row.part_number,
        "supplier": row.supplier.bpn,
        "site": row.site_code,
        "state": row.state,
        "origin": row.origin,
        "deviations": list(row.deviations),
        "total": row.total,
        "unit": row.unit,
        "note": row.note,
        "created_at": row.created_at,
        "schedule": row.schedule_id,
        "version": row.version,
    }


routes: list[URLPattern] = [
    path("release-drafts", ReleaseDrafts.as_view(), name="release-drafts"),
    path("release-drafts/publication", Publications.as_view(), name="release-publication"),
    path("release-drafts/<uuid:key>", OneReleaseDraft.as_view(), name="release-draft"),
]
