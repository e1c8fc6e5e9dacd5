"""A subscriber that cannot handle an event keeps no other from it, and is tried again itself."""

from datetime import timedelta

import pytest
from django.utils import timezone

from collab.events import bus
from collab.events.models import Errand
from collab.events.relay import work_off
from collab.organisations.context import acting_for
from collab.organisations.models import Site
from tests.harness.cast import Cast
from transport.events import PositionsReported

heard: list[str] = []
is_broken = True


def well(event: PositionsReported) -> tuple[()]:
    heard.append(f"well {event.change_id}")
    return ()


def broken(event: PositionsReported) -> tuple[()]:
    Site.objects.update(name="half done")
    if is_broken:
        raise ValueError("expected something else")
    heard.append(f"broken {event.change_id}")
    return ()


@pytest.fixture
def subscribers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only these two listen: the broken one first."""
    handlers = dict(bus._handlers)
    kind = next(each for each in bus._handlers if each.endswith("PositionsReported"))
    handlers[kind] = [broken, well]
    monkeypatch.setattr(bus, "_handlers", handlers)
    heard.clear()
    return


def start_again() -> None:
    Errand.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    work_off()


@pytest.mark.usefixtures("subscribers")
def test_the_others_hear_it_and_the_broken_one_once_it_is_mended(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting_for(cast.avalon):
        event = PositionsReported(change_id="1", customer_id=cast.brasov.pk, load_ids=[])
        bus.publish(event)
        before = Site.objects.get().name
    work_off()
    assert heard == [], "the first start is all or nothing"
    start_again()
    assert heard == ["well 1"]
    with acting_for(cast.avalon):
        assert Site.objects.get().name == before, "what the broken one did is not kept"
    errand = Errand.objects.get(step="deliver")
    assert (errand.state, "broken" in errand.reason) == ("pending", True)
    monkeypatch.setattr(f"{__name__}.is_broken", False)
    start_again()
    assert heard == ["well 1", "broken 1"], "who has heard it does not hear it again"
    assert Errand.objects.get(step="deliver").state == "done"
