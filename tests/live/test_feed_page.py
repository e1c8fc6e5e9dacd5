"""The feed over HTTP: what a client that saw a gap fetches."""

from typing import Any

import pytest
from django.db import connection

from collab.live import feed
from collab.live.models import FeedFrame
from collab.organisations.context import acting_for
from tests.conftest import ClientFor
from tests.harness.cast import Cast


def put(cast: Cast, count: int) -> None:
    with acting_for(cast.avalon):
        frames = [{"en": {"t": "test", "k": "data"}, "de": {"t": "de", "k": "data"}}] * count
        feed.append("test", frames)


def test_it_gives_the_frames_after_a_number(cast: Cast, client_for: ClientFor) -> None:
    put(cast, 4)
    planner = client_for(cast.avalon)
    answer = planner.get("/t/avalon/feed?after=2", headers={"Accept-Language": "en"})
    assert answer.json() == [{"s": seq, "t": "test", "k": "data"} for seq in (3, 4)]
    assert "no-store" in answer["Cache-Control"]
    assert planner.get("/t/avalon/feed?after=4").json() == []
    assert planner.get("/t/avalon/feed?after=5").json() == {"resync": True, "s": 4}
    with acting_for(cast.avalon):
        FeedFrame.objects.filter(seq=3).delete()
    assert planner.get("/t/avalon/feed?after=2").json() == {"resync": True, "s": 4}


def test_it_opens_to_members_alone(cast: Cast, client_for: ClientFor) -> None:
    put(cast, 1)
    rival = client_for(cast.kestrel)
    assert rival.get("/t/kestrel/feed?after=0").json() == []
    assert rival.get("/t/avalon/feed?after=0").status_code in {302, 403, 404}


@pytest.mark.parametrize("after", ["", "-1", "x", "1e3", "٣", str(2**63)])
def test_it_refuses_what_is_no_number(cast: Cast, client_for: ClientFor, after: str) -> None:
    answer = client_for(cast.avalon).get("/t/avalon/feed", {"after": after})
    assert answer.status_code == 400


def test_a_page_goes_on_from_the_frame_before_its_data(cast: Cast, client_for: ClientFor) -> None:
    """What comes while a page is made is shown once more, for the page may not know it yet."""
    put(cast, 3)
    read: list[str] = []

    def frame_after_the_queue(execute: Any, sql: str, *rest: Any) -> Any:
        answer = execute(sql, *rest)
        if not read and "work_alert" in sql:
            read.append(sql)
            feed.append("test", [{"en": {"t": "test", "k": "data"}}])
        return answer

    with connection.execute_wrapper(frame_after_the_queue):
        page = client_for(cast.avalon).get("/t/avalon/exceptions/", headers={"Accept": "text/html"})
    assert read
    assert b'data-seq="3"' in page.content
