"""Webhooks: signatures by the published vectors, guarded addresses, tries and their end."""

import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from collab.events.models import Errand
from collab.events.tasks import header_for
from collab.integration.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from collab.integration.tasks import deliver_webhook
from collab.integration.webhooks import addresses, sending, services
from collab.integration.webhooks.addresses import ForbiddenAddress, Target, check_url, resolve
from collab.integration.webhooks.delays import PAUSES, pause_before
from collab.integration.webhooks.sealing import seal, unseal
from collab.integration.webhooks.sending import Answer, post
from collab.integration.webhooks.signing import is_signed, new_secret, sign
from collab.organisations.context import acting_for
from tests.harness.cast import Cast
from tests.integration.edi_samples import sample

URL = "https://receiver.example/hooks"


@pytest.mark.parametrize("name", ["vectors_published.json", "vectors_project.json"])
def test_every_published_verdict(name: str) -> None:
    for vector in json.loads(sample("webhooks", name)):
        timestamp = str(vector["webhook-timestamp"])
        now_s = vector.get("now") or int(timestamp)
        verdict = is_signed(
            vector["secret"],
            vector["webhook-id"],
            timestamp,
            vector["payload"].encode(),
            vector["webhook-signature"],
            now_s=now_s,
        )
        assert verdict is vector["valid"], vector.get("name", vector)


def test_what_we_sign_is_verified_with_either_secret() -> None:
    old, new = new_secret(), new_secret()
    header = sign([new, old], "m-1", 1_000, b"{}")
    assert all(is_signed(key, "m-1", "1000", b"{}", header, now_s=1_100) for key in (old, new))
    assert not is_signed(new_secret(), "m-1", "1000", b"{}", header, now_s=1_100)
    assert unseal(seal(old)) == old != seal(old)
    for bad in ("", "whsec_", "whsec_c2hvcnQ=", "other_" + old.removeprefix("whsec_")):
        with pytest.raises(ValueError, match="expected whsec_"):
            sign([bad], "m-1", 1_000, b"{}")


@pytest.mark.parametrize(
    "url",
    [
        "http://receiver.example/", "ftp://receiver.example/", "https://", "https:///x", "",
        "https://user:pass@receiver.example/", "https://127.0.0.1/", "https://[::1]/",
        "https://10.1.2.3/", "https://169.254.169.254/latest", "https://192.168.0.1:8443/",
        "https://100.64.0.1/", "https://0.0.0.0/", "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/", "https://[fd00::1]/", "https://224.0.0.1/",
        "https://receiver.example:99999/", "https://receiver.example/ x", "https://x.example/#f",
    ],
)  # fmt: skip
def test_addresses_that_are_not_sent_to(url: str) -> None:
    with pytest.raises(ForbiddenAddress):
        check_url(url)


def test_a_name_is_looked_up_once_and_all_its_addresses_must_be_public(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def answers(*found: str) -> Callable[..., Any]:
        def look_up(host: str, port: int, **_how: Any) -> Any:
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

        return look_up

    monkeypatch.setattr(addresses.socket, "getaddrinfo", answers("93.184.215.14"))
    assert resolve(f"{URL}?a=1") == Target("receiver.example", 443, "/hooks?a=1", "93.184.215.14")
    assert asked == ["receiver.example"]
    for found in (("93.184.215.14", "10.0.0.1"), ("127.0.0.1",), ()):
        monkeypatch.setattr(addresses.socket, "getaddrinfo", answers(*found))
        assert post(URL, {}, b"").status == 0


def test_ten_tries_over_about_three_days() -> None:
    plain = [pause_before(number, chance=0) for number in range(1, 11)]
    assert plain == list(PAUSES)
    assert sum(PAUSES, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)
    assert pause_before(11, chance=0) is None
    assert pause_before(2, chance=1) == timedelta(seconds=5.5)
    assert pause_before(2, chance=0, wished=timedelta(minutes=9)) == timedelta(minutes=9)
    assert pause_before(10, chance=0, wished=timedelta(minutes=9)) == timedelta(hours=24)
    assert pause_before(2, chance=0, wished=timedelta(days=90)) == timedelta(hours=24)


@contextmanager
def receiver(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[http.server.BaseHTTPRequestHandler], None]
) -> Iterator[list[Any]]:
    """Run a receiver on this machine, reached as if it were public and without TLS."""
    got: list[Any] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, dict(self.headers), body))
            answer(self)

        def log_message(self, *_args: Any) -> None:
            """Keep quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def connect(self: Any) -> None:
        self.sock = socket.create_connection(server.server_address, timeout=5)

    monkeypatch.setattr(sending._Pinned, "connect", connect)
    monkeypatch.setattr(
        sending, "resolve", lambda _url: Target("receiver.example", 443, "/hooks", "127.0.0.1")
    )
    try:
        yield got
    finally:
        server.shutdown()
        server.server_close()


def test_answers_of_receivers(monkeypatch: pytest.MonkeyPatch) -> None:
    def status(code: int, **headers: str) -> Callable[[Any], None]:
        def answer(handler: Any) -> None:
            handler.send_response(code)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()

        return answer

    for answer, expected in (
        (status(204), Answer(204)),
        (status(500), Answer(500, "Internal Server Error")),
        (status(302, Location="http://10.0.0.1/"), Answer(302, "Found")),
        (status(410), Answer(410, "Gone")),
        (status(503, Retry_After="120"), Answer(503, "Service Unavailable", timedelta(minutes=2))),
        (status(429, Retry_After="later"), Answer(429, "Too Many Requests")),
    ):
        with receiver(monkeypatch, answer) as got:
            assert post(URL, {"webhook-id": "m-1"}, b"{}") == expected
            ((path, headers, body),) = got
            assert (path, headers["Host"], headers["webhook-id"], body) == (
                "/hooks", "receiver.example", "m-1", b"{}",
            )  # fmt: skip


def test_a_receiver_that_hangs_drips_or_floods_does_not_hold_us(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def drip(handler: Any) -> None:
        for _second in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    def flood(handler: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _block in range(10_000):
            handler.wfile.write(b"x" * 65_536)

    def garbage(handler: Any) -> None:
        handler.wfile.write(b"\0\1\2 garbage\r\n\r\n")

    monkeypatch.setattr(sending, "WHOLE_S", 0.4)
    for answer, status in ((drip, 0), (lambda _h: time.sleep(3), 0), (garbage, 0), (flood, 200)):
        with receiver(monkeypatch, answer):
            begun = time.monotonic()
            assert post(URL, {}, b"{}").status == status
            assert time.monotonic() - begun < 2


def due(cast: Cast) -> list[Any]:
    """Return the tries that the errands of Brasov wait for."""
    return list(
        Errand.objects.filter(name=services.TASK, organisation_id=cast.brasov.pk)
        .order_by("due_at")
        .values_list("subject_id", "due_at")
    )


@pytest.mark.django_db
def test_a_message_is_tried_ten_times_and_then_given_up(cast: Cast) -> None:
    with acting_for(cast.brasov):
        endpoint, secret = services.create_endpoint(URL)
        assert secret not in endpoint.secret
        delivery = services.send(endpoint, b'{"a":1}')
        for number in range(1, 11):
            tries = due(cast)
            assert len(tries) == number
            subject, due_at = tries[-1]
            message = services.outgoing(subject, now=timezone.now())
            assert message is not None
            assert message.headers["webhook-id"] == str(delivery.pk)
            assert is_signed(
                secret,
                message.headers["webhook-id"],
                message.headers["webhook-timestamp"],
                message.body,
                message.headers["webhook-signature"],
                now_s=int(timezone.now().timestamp()),
            )
            assert due_at - timezone.now() <= PAUSES[number - 1] * 1.1
            for _twice in range(2):  # a crash may have it noted again
                services.note_answer(subject, Answer(500, "Internal Server Error"))
        delivery.refresh_from_db()
        assert delivery.state == "dead"
        assert len(due(cast)) == WebhookAttempt.objects.count() == 10
        again = services.replay(delivery.pk)
        assert (bytes(again.body), again.state) == (b'{"a":1}', "waiting")


@pytest.mark.django_db
def test_the_task_sends_and_notes_the_answer(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with acting_for(cast.brasov):
        endpoint, secret = services.create_endpoint(URL)
        delivery = services.send(endpoint, b'{"a":1}')

    def status(handler: Any) -> None:
        handler.send_response(200 if len(got) > 1 else 503)
        handler.end_headers()

    with receiver(monkeypatch, status) as got:
        for number in (1, 2):
            errand = Errand.objects.filter(name=services.TASK).latest("due_at")
            for _twice in range(2):  # the broker may bring a task twice
                arguments = (str(errand.subject_id),)
                deliver_webhook.apply(args=arguments, headers=header_for(errand), throw=True)
            assert len(got) == number
            errand.refresh_from_db()
            assert errand.state == Errand.State.DONE
    assert got[0][1]["webhook-id"] == got[1][1]["webhook-id"] == str(delivery.pk)
    for _path, headers, body in got:
        signature, at = headers["webhook-signature"], headers["webhook-timestamp"]
        now_s = int(timezone.now().timestamp())
        assert is_signed(secret, str(delivery.pk), at, body, signature, now_s=now_s)
    with acting_for(cast.brasov):
        delivery.refresh_from_db()
        assert delivery.state == "delivered"
        tries = WebhookAttempt.objects.order_by("number").values_list("status", flat=True)
        assert list(tries) == [503, 200]


@pytest.mark.django_db
def test_delivered_gone_silent_and_forgotten(cast: Cast, settings: Any) -> None:
    with acting_for(cast.brasov):
        endpoint, _secret = services.create_endpoint(URL)
        first, second, third = (services.send(endpoint, b"{}") for _ in range(3))
        one, two, three = (
            WebhookAttempt.objects.get(delivery=each).pk for each in (first, second, third)
        )
        services.note_answer(one, Answer(204))
        services.note_answer(two, Answer(410, "Gone"))
        endpoint.refresh_from_db()
        assert not endpoint.is_active
        assert services.outgoing(three, now=timezone.now()) is None
        states = WebhookDelivery.objects.order_by("id").values_list("state", flat=True)
        assert list(states) == ["delivered", "dead", "dead"]
        WebhookEndpoint.objects.update(is_active=True)
        settings.SILENT_MODE = True
        fourth = WebhookAttempt.objects.get(delivery=services.send(endpoint, b"{}"))
        assert services.outgoing(fourth.pk, now=timezone.now()) is None
        fourth.refresh_from_db()
        assert "silent" in fourth.note
        assert services.forget_old(now=datetime.now(UTC) + timedelta(days=31)) == 4
    with acting_for(cast.porto):
        assert not WebhookEndpoint.objects.exists()
