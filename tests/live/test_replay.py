"""The stored feed: gapless numbers under concurrent writers, and what can be replayed."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from collab.live import feed
from collab.live.models import FeedFrame
from collab.live.replay import MAX_FRAMES, frames, missed, missed_by
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from collab.sharing import services
from collab.sharing.models import Grant, Partnership
from tests.harness.cast import Cast


def put(organisation: Organisation, count: int = 1) -> None:
    with acting_for(organisation):
        feed.append("test.topic", [{"en": {"t": "test", "k": "data"}, "de": {"t": "test"}}] * count)


def test_frames_after_a_number_come_back_in_order_and_language(cast: Cast) -> None:
    put(cast.avalon, 5)
    with acting_for(cast.avalon):
        behind = missed(2)
        assert (behind.head, behind.is_replayable) == (5, True)
        found = frames("en", 2, 5)
        assert [seq for seq, _data in found] == [3, 4, 5]
        assert json.loads(found[0][1]) == {"s": 3, "t": "test", "k": "data"}
        assert all(data.startswith(b'{"s":%d,' % seq) for seq, data in found)
        assert frames("de", 2, 5)[0][1] == b'{"s":3,"t":"test"}'


def test_a_rival_replays_nothing_of_it(cast: Cast) -> None:
    put(cast.avalon, 5)
    with acting_for(cast.kestrel):
        assert missed(0).head == 0
        assert frames("en", 0, 5) == []


def test_what_cannot_be_replayed_completely_is_not_replayed_at_all(cast: Cast) -> None:
    put(cast.avalon, 5)
    with acting_for(cast.avalon):
        assert not missed(6).is_replayable  # never given out
        old = timezone.now() - timedelta(hours=24, seconds=1)
        FeedFrame.objects.filter(seq=2).update(shown_at=old)
        assert not missed(1).is_replayable  # too old
        assert missed(2).is_replayable
        FeedFrame.objects.filter(seq=4).delete()
        assert not missed(2).is_replayable  # a hole
        assert missed(5).is_replayable
        put(cast.avalon, MAX_FRAMES)
        assert missed(5).is_replayable
        assert not missed(4).is_replayable  # too many


def test_nothing_is_replayed_across_the_end_of_a_right(cast: Cast) -> None:
    """Frames name neither owner nor grant, so a screen from before reads all of it again."""
    put(cast.avalon, 3)
    put(cast.kestrel, 3)
    with acting_for(cast.avalon):
        assert missed(1).is_replayable
    with acting_for(cast.brasov):
        services.revoke(Grant.objects.get(viewer=cast.avalon, topic="inventory.stock"))
    with acting_for(cast.avalon):
        assert not missed(1).is_replayable
        assert not missed(3).is_replayable  # nothing new, yet the screen shows what has gone
        assert missed_by(cast.avalon.pk, None).is_replayable  # starts with an empty screen
        FeedFrame.objects.filter(seq=3).update(shown_at=timezone.now() + timedelta(minutes=1))
        assert missed(3).is_replayable  # drawn with the rights of now
    with acting_for(cast.kestrel):
        assert missed(1).is_replayable  # somebody else's right


@pytest.mark.parametrize("what", ["pause", "fields", "expiry", "consent"])
def test_every_way_of_seeing_less_counts(cast: Cast, what: str) -> None:
    put(cast.silesia, 1)
    topic = {"viewer": cast.silesia, "topic": "work.exceptions"}
    with acting_for(cast.silesia):
        assert missed(0).narrowed_at is None
    with acting_for(cast.avalon if what == "consent" else cast.brasov):
        grant = Grant.objects.get(**topic)
        if what == "pause":
            services.suspend(Partnership.objects.get(counterparty=cast.silesia))
        elif what == "consent":
            services.withdraw_consent(grant)
        elif what == "fields":
            grant.fields = ["type"]
            grant.save()
        else:
            Grant.objects.filter(pk=grant.pk).update(valid_to=timezone.now() - timedelta(days=1))
    with acting_for(cast.silesia):
        assert not missed(0).is_replayable


@pytest.mark.committed
def test_numbers_have_no_gaps_though_transactions_overlap_and_fail(cast: Cast) -> None:
    """A reader that has seen head n will never see a number <= n appear later."""
    writers, rounds, seen_holes = 4, 25, []
    stop = threading.Event()

    def write(number: int) -> None:
        try:
            for turn in range(rounds):
                try:
                    with acting_for(cast.avalon):
                        feed.append("test.topic", [{"en": {"n": number}, "de": {}}] * 3)
                        if turn % 5 == 0:
                            raise RuntimeError("rolled back on purpose")
                except RuntimeError:
                    continue
        finally:
            connections.close_all()

    def read() -> None:
        try:
            while not stop.is_set():
                with acting_for(cast.avalon):
                    newest = feed.head()
                    if FeedFrame.objects.filter(seq__lte=newest).count() != newest:
                        seen_holes.append(newest)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=[number]) for number in range(writers)]
    reader = threading.Thread(target=read)
    for thread in [*threads, reader]:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    reader.join()
    assert not seen_holes
    with acting_for(cast.avalon):
        numbers = list(FeedFrame.objects.order_by("seq").values_list("seq", flat=True))
    assert numbers == list(range(1, writers * 20 * 3 + 1))
    connection.close()
