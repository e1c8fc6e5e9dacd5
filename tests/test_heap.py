"""Freezing what start-up made: passed over by collections, while later rubbish is still found."""

import gc
import weakref

from collab.heap import freeze_heap, pause_collections


class Ring:
    """Something that keeps itself alive."""

    def __init__(self) -> None:
        self.itself = self


def test_what_start_up_made_is_passed_over_and_later_rings_are_still_found() -> None:
    pause_collections()
    before = gc.get_freeze_count()
    later = [Ring()]
    freeze_heap()
    assert gc.get_freeze_count() > before
    assert len(gc.get_objects()) < 10_000  # all that a full collection still walks through
    assert gc.isenabled()
    later.clear()

    found = weakref.ref(Ring())
    assert found() is not None
    gc.collect()
    assert found() is None
