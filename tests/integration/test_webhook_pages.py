"""API-06: webhooks on pages: made with a secret shown once, paused without loss, tried again."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from collab.integration.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from collab.integration.webhooks import services
from collab.integration.webhooks.sealing import unseal
from collab.integration.webhooks.sending import Answer
from collab.organisations.context import acting_for
from inventory.models import QuerySubscription
from tests.conftest import ClientFor
from tests.harness.cast import Cast

URL = "https://receiver.example/hooks"
BASE = "/t/avalon/integrations/webhooks/"


@pytest.fixture
def admin(cast: Cast, client_for: ClientFor) -> Client:
    return client_for(cast.avalon, role="admin")


def made(admin: Client, source: str = "tracking:stream:all-events") -> str:
    answer = admin.post(f"{BASE}new/", {"url": URL, "source": source})
    assert answer.status_code == 200, answer.content.decode()[:500]
    return answer.content.decode()


def tries(cast: Cast, delivery: WebhookDelivery) -> list[tuple[int, bool]]:
    with acting_for(cast.avalon):
        rows = WebhookAttempt.objects.filter(delivery=delivery).order_by("number")
        return [(row.number, row.ended_at is None) for row in rows]


def test_a_secret_is_shown_once_and_the_subscription_works(cast: Cast, admin: Client) -> None:
    page = made(admin)
    with acting_for(cast.avalon):
        endpoint = WebhookEndpoint.objects.get()
        assert QuerySubscription.objects.get().endpoint_id == endpoint.pk
        secret = unseal(endpoint.secret)
    assert secret in page
    for path in ("", f"{endpoint.pk}/", "log/"):
        shown = admin.get(BASE + path).content.decode()
        assert secret not in shown
        assert URL in shown or path == "log/"
    rotated = admin.post(f"{BASE}{endpoint.pk}/rotate").content.decode()
    assert "whsec_" in rotated
    assert secret not in rotated
    for bad in ({"url": "https://10.0.0.1/"}, {"source": "tracking:stream:gone"}):
        form = {"url": URL, "source": "tracking:stream:all-events", **bad}
        assert admin.post(f"{BASE}new/", form).status_code == 422


def test_paused_is_held_back_and_resumed_without_loss(cast: Cast, admin: Client) -> None:
    made(admin)
    with acting_for(cast.avalon):
        endpoint = WebhookEndpoint.objects.get()
    assert admin.post(f"{BASE}{endpoint.pk}/test").status_code == 302
    assert admin.post(f"{BASE}{endpoint.pk}/switch", {"on": "0"}).status_code == 302
    with acting_for(cast.avalon):
        delivery = WebhookDelivery.objects.get()
        attempt = WebhookAttempt.objects.get()
        assert services.outgoing(attempt.pk, now=timezone.now()) is None
    assert tries(cast, delivery) == [(1, True)]
    for _twice in range(2):
        admin.post(f"{BASE}{endpoint.pk}/switch", {"on": "1"})
        assert tries(cast, delivery) == [(1, False), (2, True)]
    with acting_for(cast.avalon):
        again = WebhookAttempt.objects.get(number=2)
        assert services.outgoing(again.pk, now=timezone.now()) is not None
        assert services.outgoing(attempt.pk, now=timezone.now()) is None


def test_a_dead_letter_is_found_and_sent_again(cast: Cast, admin: Client) -> None:
    made(admin)
    with acting_for(cast.avalon):
        endpoint = WebhookEndpoint.objects.get()
        delivery = services.send(endpoint, b'{"a": "<b>1</b>"}')
        services.note_answer(delivery.attempts.get().pk, Answer(410, "Gone"))
    page = admin.get(f"{BASE}{endpoint.pk}/?view=dead").content.decode()
    assert "410 Gone" in page
    assert "Nothing is sent here." in page
    assert "Nothing in this view" in admin.get(f"{BASE}log/?view=delivered").content.decode()
    shown = admin.get(f"{BASE}log/{delivery.pk}/").content.decode()
    assert "&lt;b&gt;" in shown
    exported: Any = admin.get(f"{BASE}log/?export=csv")
    body = b"".join(exported) if exported.streaming else exported.content
    assert str(delivery.pk).encode() in body
    assert admin.post(f"{BASE}log/{delivery.pk}/again").status_code == 302
    with acting_for(cast.avalon):
        newest = WebhookDelivery.objects.latest("id")
        assert (newest.state, bytes(newest.body)) == ("waiting", bytes(delivery.body))
    assert admin.post(f"{BASE}log/{newest.pk}/again").status_code == 404  # it has not ended


def test_webhooks_are_their_owners_alone(
    cast: Cast, admin: Client, client_for: ClientFor
) -> None:  # fmt: skip
    made(admin)
    with acting_for(cast.avalon):
        endpoint = WebhookEndpoint.objects.get()
        delivery = services.send_test(endpoint.pk)
    rival = client_for(cast.kestrel, role="admin")
    base = BASE.replace("avalon", "kestrel")
    assert URL not in rival.get(base).content.decode()
    for path in (f"{endpoint.pk}/", f"log/{delivery.pk}/"):
        assert rival.get(base + path).status_code == 404
    for path in (f"{endpoint.pk}/test", f"{endpoint.pk}/switch", f"log/{delivery.pk}/again"):
        assert rival.post(base + path).status_code == 404
    planner = client_for(cast.avalon)
    assert planner.get(BASE).status_code == 200
    assert planner.get(f"{BASE}new/").status_code == 403
    assert planner.post(f"{BASE}{endpoint.pk}/test").status_code == 403
