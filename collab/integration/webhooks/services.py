"""Endpoints, and messages to them: each is delivered, or ends as a dead letter with the reason."""

import json
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from collab.events.bus import enqueue, publish
from collab.integration.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from collab.integration.webhooks.addresses import check_url
from collab.integration.webhooks.delays import pause_before
from collab.integration.webhooks.events import DeliveryTried
from collab.integration.webhooks.sealing import seal, unseal
from collab.integration.webhooks.sending import Answer
from collab.integration.webhooks.signing import new_secret, sign

TASK: Final = "integration.deliver_webhook"
KEPT: Final = timedelta(days=30)
State = WebhookDelivery.State


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One try as it leaves: where to, with which headers, what."""

    url: str
    headers: dict[str, str]
    body: bytes


@transaction.atomic
def create_endpoint(url: str) -> tuple[WebhookEndpoint, str]:
    """Return a new endpoint and its secret, which is shown this once.

    Raises ``addresses.ForbiddenAddress`` for a URL that we do not send to.
    """
    check_url(url)
    secret = new_secret()
    return WebhookEndpoint.objects.create(url=url, secret=seal(secret)), secret


@transaction.atomic
def rotate_secret(endpoint: WebhookEndpoint) -> str:
    """Return a new secret; the one before signs as well until the next rotation."""
    secret = new_secret()
    endpoint.former_secret, endpoint.secret = endpoint.secret, seal(secret)
    endpoint.save(update_fields=["secret", "former_secret"])
    return secret


def is_paused(endpoint: WebhookEndpoint) -> bool:
    """Say whether its owner holds it back; one that answered 410 is disabled for a reason."""
    return not endpoint.is_active and not endpoint.disabled_reason


@transaction.atomic
def pause(endpoint_id: UUID) -> WebhookEndpoint:
    """Hold back what is to be sent to an endpoint; nothing of it is lost. Twice is once.

    Raises ``WebhookEndpoint.DoesNotExist``.
    """
    endpoint = WebhookEndpoint.objects.select_for_update(of=("self",)).get(pk=endpoint_id)
    if endpoint.is_active:
        endpoint.is_active = False
        endpoint.save(update_fields=["is_active"])
    return endpoint


@transaction.atomic
def resume(endpoint_id: UUID) -> WebhookEndpoint:
    """Send again, also what was held back meanwhile and to one that had been disabled.

    Raises ``WebhookEndpoint.DoesNotExist``.
    """
    endpoint = WebhookEndpoint.objects.select_for_update(of=("self",)).get(pk=endpoint_id)
    if endpoint.is_active:
        return endpoint
    endpoint.is_active, endpoint.disabled_reason = True, ""
    endpoint.save(update_fields=["is_active", "disabled_reason"])
    held = WebhookAttempt.objects.filter(
        delivery__endpoint=endpoint, delivery__state=State.WAITING, ended_at__isnull=True,
        due_at__lte=timezone.now(),
    ).select_related("delivery__endpoint")  # fmt: skip
    for attempt in held:
        _end(attempt, Answer(0, "held back while paused"), State.WAITING)
        _try_again(attempt.delivery, attempt.number + 1, timezone.now())
    return endpoint


def send_test(endpoint_id: UUID) -> WebhookDelivery:
    """Have a message that says it is a test delivered to an endpoint.

    Raises ``WebhookEndpoint.DoesNotExist``.
    """
    endpoint = WebhookEndpoint.objects.get(pk=endpoint_id)
    body = {"type": "test", "timestamp": timezone.now().isoformat(), "data": {}}
    return send(endpoint, json.dumps(body).encode())


@transaction.atomic
def send(
    endpoint: WebhookEndpoint, body: bytes, *, content_type: str = "application/json"
) -> WebhookDelivery:
    """Have ``body`` delivered after the commit."""
    delivery = WebhookDelivery.objects.create(
        endpoint=endpoint, body=body, content_type=content_type
    )
    _try_again(delivery, 1, timezone.now())
    return delivery


def outgoing(attempt_id: UUID, *, now: datetime) -> Outgoing | None:
    """Return what a try is to send; ``None`` if the delivery has ended or nothing may leave."""
    attempt = WebhookAttempt.objects.select_related("delivery__endpoint").get(pk=attempt_id)
    delivery, endpoint = attempt.delivery, attempt.delivery.endpoint
    if delivery.state != State.WAITING or attempt.ended_at is not None:
        return None
    if is_paused(endpoint):  # look again behind a ``resume`` at work: it did not see this try
        endpoint = WebhookEndpoint.objects.select_for_update(of=("self",)).get(pk=endpoint.pk)
        if is_paused(endpoint):
            return None  # ``resume`` tries it again
    if settings.SILENT_MODE or not endpoint.is_active:
        reason = "nothing leaves a silent copy" if settings.SILENT_MODE else "endpoint disabled"
        _end(attempt, Answer(0, reason), State.DEAD)
        return None
    secrets = [unseal(each) for each in (endpoint.secret, endpoint.former_secret) if each]
    body, at_s = bytes(delivery.body), int(now.timestamp())
    return Outgoing(
        endpoint.url,
        {
            "Content-Type": delivery.content_type,
            "User-Agent": "Collab",
            "webhook-id": str(delivery.pk),
            "webhook-timestamp": str(at_s),
            "webhook-signature": sign(secrets, str(delivery.pk), at_s, body),
        },
        body,
    )


@transaction.atomic
def note_answer(attempt_id: UUID, answer: Answer) -> None:
    """Write an answer down; try again later, or end the delivery."""
    attempt = WebhookAttempt.objects.select_related("delivery__endpoint").get(pk=attempt_id)
    if attempt.ended_at is not None:
        return
    if answer.is_delivered:
        _end(attempt, answer, State.DELIVERED)
        return
    if answer.is_gone:
        WebhookEndpoint.objects.filter(pk=attempt.delivery.endpoint_id).update(
            is_active=False, disabled_reason="the receiver answered 410 Gone"
        )
        _end(attempt, answer, State.DEAD)
        return
    pause = pause_before(
        attempt.number + 1,
        chance=random.random(),  # noqa: S311 - spreads tries, guards nothing
        wished=answer.wished,
    )
    if pause is None:
        _end(attempt, answer, State.DEAD)
        return
    _end(attempt, answer, State.WAITING)
    _try_again(attempt.delivery, attempt.number + 1, timezone.now() + pause)


@transaction.atomic
def replay(delivery_id: UUID) -> WebhookDelivery:
    """Send an ended delivery again as a message of its own."""
    old = WebhookDelivery.objects.select_related("endpoint").get(pk=delivery_id)
    return send(old.endpoint, bytes(old.body), content_type=old.content_type)


def forget_old(*, now: datetime) -> int:
    """Delete deliveries that ended more than 30 days ago; return how many."""
    ended = WebhookDelivery.objects.filter(ended_at__lt=now - KEPT)
    count = ended.count()
    ended.delete()
    return count


def _end(attempt: WebhookAttempt, answer: Answer, state: str) -> None:
    now = timezone.now()
    attempt.ended_at, attempt.status, attempt.note = now, answer.status, answer.note
    attempt.save(update_fields=["ended_at", "status", "note"])
    if state != State.WAITING:
        WebhookDelivery.objects.filter(pk=attempt.delivery_id).update(state=state, ended_at=now)
    publish(
        DeliveryTried(
            attempt_id=str(attempt.pk), delivery_id=str(attempt.delivery_id), state=str(state)
        )
    )


def _try_again(delivery: WebhookDelivery, number: int, due_at: datetime) -> None:
    attempt = WebhookAttempt.objects.create(delivery=delivery, number=number, due_at=due_at)
    enqueue(TASK, attempt.pk, due_at=due_at)
