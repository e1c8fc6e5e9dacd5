"""The same key twice is the same effect once: the reply is kept with the effect and given again.

One request at a time holds a key, by a lock of the transaction; whoever comes meanwhile is told
to come back. The reply is written in the transaction of the effect, so a crash leaves neither.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.models import IdempotencyKey
from collab.integration.problems import CONTENT_TYPE, FieldError, Problem
from collab.integration.renderers import encode
from collab.organisations.context import acting_organisation_id, is_acting

KEPT = timedelta(hours=24)
_ALLOWED = re.compile(r"[\x21-\x7e]{1,200}")
_KEPT_HEADERS = ("ETag", "Location")
_SWEPT = 20
RETRY_AFTER_S = 1


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request under a key that it alone holds until its transaction ends."""

    method: str
    path: str
    key: str
    body_hash: str

    def stored(self) -> HttpResponse | None:
        """Return the reply to an earlier request under this key, if there was one.

        Raises
        ------
        Problem
            422 if that request had another body.
        """
        row = IdempotencyKey.objects.filter(
            method=self.method, path=self.path, key=self.key, created_at__gt=timezone.now() - KEPT
        ).first()
        if row is None:
            return None
        if row.body_hash != self.body_hash:
            raise Problem(
                422,
                "Idempotency key used before",
                "This key came with another body before; choose a new one.",
                [FieldError("Idempotency-Key", "a key of its own for each request", self.key)],
            )
        body = bytes(row.reply)
        response = HttpResponse(body, status=row.status, content_type=_type(row.status, body))
        for name, value in row.headers.items():
            response[name] = value
        response["Idempotent-Replayed"] = "true"
        return response

    def keep(self, response: HttpResponseBase) -> None:
        """Keep the reply unless it is a fault of ours; a ``replay_data`` stands in for secrets."""
        if response.status_code >= 500:
            return
        data = getattr(response, "replay_data", None)
        if data is None and isinstance(response, Response):
            data = response.data
        headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
        IdempotencyKey.objects.update_or_create(
            method=self.method,
            path=self.path,
            key=self.key,
            defaults={
                "body_hash": self.body_hash,
                "status": response.status_code,
                "reply": b"" if data is None else encode(data),
                "headers": headers,
                "created_at": timezone.now(),
            },
        )
        response.keeps_transaction = True  # type: ignore[attr-defined]
        _sweep()


def begin(request: Request) -> Attempt | None:
    """Take the request's key, or return ``None`` when it came without one.

    Raises
    ------
    Problem
        400 for a malformed key, 409 while another request holds it.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None or not is_acting():
        return None
    if not _ALLOWED.fullmatch(key):
        expected = "1 to 200 visible ASCII characters"
        raise Problem(
            400, "Invalid input", "", [FieldError("Idempotency-Key", expected, key)]
        )  # fmt: skip
    raw = request._request
    attempt = Attempt(
        raw.method or "", raw.path[:300], key, hashlib.sha256(raw.body).hexdigest()
    )  # fmt: skip
    if not _take(attempt):
        raise Problem(
            409,
            "Request in progress",
            "A request with this Idempotency-Key is still running.",
            headers={"Retry-After": str(RETRY_AFTER_S)},
        )
    return attempt


def _take(attempt: Attempt) -> bool:
    """Try for the key's lock, which PostgreSQL drops when the transaction ends, however it does."""
    name = f"{acting_organisation_id()}|{attempt.method}|{attempt.path}|{attempt.key}"
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        is_ours: bool = cursor.fetchone()[0]
    return is_ours


def _sweep() -> None:
    """Forget a few keys that are past their time, so that the table stays small by itself."""
    old = (
        IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT)
        .order_by("created_at")
        .select_for_update(skip_locked=True)
        .values_list("pk", flat=True)[:_SWEPT]
    )
    if keys := list(old):
        IdempotencyKey.objects.filter(pk__in=keys).delete()


def _type(status: int, body: bytes) -> str:
    if status >= 400:
        return CONTENT_TYPE
    return "application/json" if body else "text/plain"
