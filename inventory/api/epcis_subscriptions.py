"""REST: subscriptions to named queries (EPCIS 2.0): webhooks on a schedule or as events come."""

# ruff: noqa: N815 - the standard's names of fields

from typing import Any, ClassVar
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.problems import FieldError, not_found
from collab.integration.webhooks.addresses import LONGEST, ForbiddenAddress
from inventory.api.epcis_base import READ, WRITE, EpcisView, refusal
from inventory.api.epcis_queries import query_named
from inventory.models import NamedQuery, QuerySubscription
from inventory.rules.epcis_schedule import BadSchedule
from inventory.services.epcis_subscriptions import subscribe, unsubscribe

MOST = 100


class SubscriptionInput(serializers.Serializer[Any]):
    """Whom to send the new events of a query, and when."""

    dest = serializers.CharField(max_length=LONGEST, help_text="A public https address.")
    schedule = serializers.JSONField(
        required=False,
        allow_null=True,
        help_text='As {"minute": "0,30"}; fields second, minute, hour, dayOfMonth, month, '
        "dayOfWeek, in UTC. Either this or `stream`.",
    )
    stream = serializers.BooleanField(default=False)
    reportIfEmpty = serializers.BooleanField(default=False)
    initialRecordTime = serializers.DateTimeField(required=False, allow_null=True)


class SubscriptionOutput(serializers.Serializer[Any]):
    """A subscription; a disabled one's receiver answered 410."""

    subscriptionID = serializers.UUIDField()
    dest = serializers.CharField()
    schedule = serializers.JSONField(allow_null=True)
    stream = serializers.BooleanField()
    reportIfEmpty = serializers.BooleanField()
    createdAt = serializers.DateTimeField()
    nextAt = serializers.DateTimeField(allow_null=True)
    lastExecutedAt = serializers.DateTimeField(allow_null=True)
    isActive = serializers.BooleanField()


class SubscriptionCreated(SubscriptionOutput):
    """A new subscription with the secret that signs its messages, shown this once."""

    secret = serializers.CharField()


class Subscriptions(EpcisView):
    """Subscriptions to one named query."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE, "OPTIONS": READ}
    bodies: ClassVar[dict[str, Any]] = {"POST": SubscriptionInput}
    replies: ClassVar[dict[str, Any]] = {
        "GET": SubscriptionOutput(many=True),
        "POST": SubscriptionCreated,
    }

    def get(self, request: Request, name: str) -> Response:
        """List the subscriptions, oldest first."""
        return Response([body_of(row) for row in _rows(query_named(name))])

    @extend_schema(responses={201: SubscriptionCreated})
    def post(self, request: Request, name: str) -> Response:
        """Subscribe; messages are signed as Standard Webhooks say, each event comes once."""
        query, data = query_named(name), self.body()
        schedule = data.get("schedule")
        if data["stream"] is (schedule is not None):
            raise _controls("schedule", "either a schedule or stream", schedule)
        if QuerySubscription.objects.count() >= MOST:
            raise refusal(413, "QueryTooLarge", "Too many subscriptions", f"At most {MOST}.")
        try:
            row, secret = subscribe(
                query,
                url=data["dest"],
                schedule=schedule,
                reports_if_empty=data["reportIfEmpty"],
                since=data.get("initialRecordTime"),
            )
        except BadSchedule as wrong:
            raise _controls(wrong.field, wrong.expected, wrong.value) from None
        except ForbiddenAddress as wrong:
            raise _controls("dest", str(wrong).removeprefix("expected "), data["dest"]) from None
        where = reverse("api:epcis-subscription", args=[name, row.pk])
        response = Response({**body_of(row), "secret": secret}, status=201)
        response.replay_data = body_of(row)  # type: ignore[attr-defined]  # the secret but once
        response["Location"] = where
        return response


class OneSubscription(EpcisView):
    """One subscription."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "DELETE": WRITE, "OPTIONS": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": SubscriptionOutput}

    def get(self, request: Request, name: str, key: UUID) -> Response:
        """Return the subscription."""
        return Response(body_of(_row(name, key)))

    def delete(self, request: Request, name: str, key: UUID) -> Response:
        """End the subscription."""
        unsubscribe(_row(name, key))
        return Response(status=204)


def body_of(row: QuerySubscription) -> dict[str, Any]:
    """Return the JSON form of a subscription."""
    return {
        "subscriptionID": row.pk,
        "dest": row.endpoint.url,
        "schedule": row.schedule,
        "stream": row.schedule is None,
        "reportIfEmpty": row.reports_if_empty,
        "createdAt": row.created_at,
        "nextAt": row.next_at,
        "lastExecutedAt": row.last_at,
        "isActive": row.endpoint.is_active,
    }


def _rows(query: NamedQuery) -> Any:
    return QuerySubscription.objects.filter(query=query).select_related("endpoint").order_by("id")


def _row(name: str, key: UUID) -> QuerySubscription:
    found: QuerySubscription | None = _rows(query_named(name)).filter(pk=key).first()
    if found is None:
        raise not_found()
    return found


def _controls(field: str, expected: str, value: Any) -> Exception:
    errors = [FieldError(field, expected, value)]
    return refusal(400, "SubscriptionControls", "Subscription not as expected", "", errors)
