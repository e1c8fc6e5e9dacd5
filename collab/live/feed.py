"""From an event to numbered frames in every entitled viewer's feed."""

import hashlib
import hmac
import logging
from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import redis
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone, translation

from collab.events import wake
from collab.events.bus import Touch
from collab.events.models import Errand, Event
from collab.events.relay import finish
from collab.live.models import FeedFrame, FeedHead
from collab.live.topics import Frame, topic_named
from collab.organisations.context import acting_for, acting_organisation_id
from collab.sharing.queries import audience

logger = logging.getLogger(__name__)


def channel(viewer_id: int, language: str) -> str:
    """Return the Redis channel of a viewer's frames: unguessable, built by the server alone."""
    name = f"{viewer_id}|{language}".encode()
    key = settings.SECRET_KEY.encode()
    return "collab:live:" + hmac.new(key, name, hashlib.sha256).hexdigest()


def announce(event: Event, touches: list[Touch]) -> None:
    """Owe each entitled organisation one look at what ``event`` touched.

    Runs acting for the owner, in the transaction that marks the event delivered: all recipients
    are addressed together or not at all.
    """
    recipients: dict[int, list[str]] = defaultdict(list)
    owner = acting_organisation_id()
    for touch in touches:
        mark = f"{touch.topic}|{touch.row_id}"
        recipients[owner].append(mark)
        sharing_topic = topic_named(touch.topic).sharing_topic
        if sharing_topic is None:
            continue
        abouts = None if touch.about_id is None else [touch.about_id]
        for member in {each.viewer_id for each in audience(sharing_topic, about_ids=abouts)}:
            recipients[member].append(mark)
    now = timezone.now()
    Errand.objects.bulk_create(
        [
            Errand(
                organisation_id=organisation_id,
                step=Errand.Step.SHOW,
                subject_id=event.pk,
                touches=marks,
                due_at=now,
            )
            for organisation_id, marks in recipients.items()
        ],
        ignore_conflicts=True,
    )


def show(errand: Errand) -> None:
    """Render what was touched for one recipient, number it, store it, then send it."""
    with acting_for(errand.organisation_id):
        by_topic: dict[str, list[UUID]] = defaultdict(list)
        for mark in errand.touches:
            name, _, key = mark.partition("|")
            by_topic[name].append(UUID(key))
        for name, keys in by_topic.items():
            append(name, render(name, keys))
        finish(errand)


def render(topic: str, keys: list[UUID]) -> list[dict[str, dict[str, Any]]]:
    """Return the frames of the visible rows among ``keys``, each in every language."""
    rendered: dict[str, list[Frame]] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            rendered[language] = topic_named(topic).render(keys)
    return [
        {language: wire(topic, frame) for language, frame in zip(rendered, same, strict=True)}
        for same in zip(*rendered.values(), strict=True)
    ]


def wire(topic: str, frame: Frame) -> dict[str, Any]:
    """Return a frame as it travels, still without its number."""
    kind = "gone" if frame.is_gone else "html" if frame.html else "data"
    body: dict[str, Any] = {"t": topic, "k": kind}
    if frame.element_id:
        body["id"] = frame.element_id
    if frame.into:
        body["into"] = frame.into
    if frame.html:
        body["html"] = frame.html
    if frame.data:
        body["data"] = frame.data
    if frame.counts:
        body["counts"] = frame.counts
    return body


def append(topic: str, frames: list[dict[str, dict[str, Any]]]) -> None:
    """Number ``frames`` for the acting viewer and store them; they are sent after the commit."""
    if not frames:
        return
    viewer = acting_organisation_id()
    last = _take_numbers(viewer, len(frames))
    numbered = list(enumerate(frames, start=last - len(frames) + 1))
    FeedFrame.objects.bulk_create(
        [FeedFrame(viewer_id=viewer, seq=seq, topic=topic, frames=each) for seq, each in numbered]
    )
    transaction.on_commit(partial(_send, viewer, numbered))


def head() -> int:
    """Return the number of the newest frame of the acting viewer's feed; 0 before the first."""
    return FeedHead.objects.values_list("seq", flat=True).first() or 0


def frame_bytes(seq: int, body: dict[str, Any]) -> bytes:
    """Return the frame as sent: JSON with the number first."""
    return b'{"s":%d,' % seq + msgspec.json.encode(body, enc_hook=_plain_text)[1:]


def _plain_text(value: Any) -> str:
    """Return a template's safe string as a plain one, the only kind that is encoded."""
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(f"expected JSON values in a frame, got {type(value).__name__}")


def _take_numbers(viewer: int, count: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO live_feedhead AS h (viewer_id, seq) VALUES (%s, %s)"
            " ON CONFLICT (viewer_id) DO UPDATE SET seq = h.seq + EXCLUDED.seq RETURNING seq",
            [viewer, count],
        )
        last: int = cursor.fetchone()[0]
    return last


def _send(viewer: int, numbered: Iterable[tuple[int, dict[str, dict[str, Any]]]]) -> None:
    try:
        with wake.connection().pipeline(transaction=False) as pipe:
            for seq, by_language in numbered:
                for language, body in by_language.items():
                    pipe.publish(channel(viewer, language), frame_bytes(seq, body))
            pipe.execute()
    except redis.RedisError as error:
        logger.warning("frames not sent, sockets will notice the gap: %s", error)
