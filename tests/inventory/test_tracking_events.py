"""Tracking events: taken once, whatever the order; what they fold into; who sees them."""

import random
import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collab.events.models import Errand, Event
from collab.events.relay import work_off
from collab.integration.epcis.model import ErrorDeclaration, Quantity, Typed
from collab.live.models import FeedFrame
from collab.organisations.context import acting_for
from inventory.models import (
    EventThing,
    TrackedPosition,
    TrackingCorrection,
    TrackingEvent,
    UnitState,
)
from inventory.services.tracking import EventRow, Verdict, record_events
from inventory.services.tracking_repair import positions_by_events, refold
from tests.harness.cast import Cast
from tests.harness.tracked import (
    BOXES,
    ELSEWHERE,
    LOT,
    NOW,
    OTHER_PALLET,
    PALLET,
    event,
    moved,
    packing,
    place_and_part,
)


def take(*rows: EventRow) -> list[Verdict]:
    return record_events(rows, source="test", received_at=NOW)


def states(rows: Iterable[Verdict]) -> list[str]:
    return [row.state.value for row in rows]


FACTS = (
    "thing", "seen_event", "observed_at", "biz_step", "is_ended", "place_event", "read_point",
    "biz_location", "site_code", "disposition_event", "disposition", "parent_event", "parent",
    "emptied_event", "counterparty_id",
)  # fmt: skip


def picture() -> tuple[Any, ...]:
    """Return everything that the acting organisation's events made."""
    return (
        sorted(UnitState.objects.values_list(*FACTS)),
        sorted(TrackedPosition.objects.values_list("part__number", "site__code", "quantity")),
        sorted(TrackingEvent.objects.values_list("id", "event_id", "is_voided")),
        sorted(EventThing.objects.values_list("id", "thing", "counted")),
    )


def history() -> list[EventRow]:
    """Return a pallet's story with everything that folds: 40 events of five hours."""
    rows = [moved(0, "receiving", 100), packing(5, "ADD", *BOXES)]
    for hour in range(5):
        start = hour * 60
        rows += [
            event(start + 10, epcs=(PALLET,), biz_step="shipping", disposition="in_transit"),
            event(start + 30, epcs=(PALLET,), biz_step="receiving", read_point=ELSEWHERE),
            event(start + 31, epcs=BOXES[:2], biz_step="inspecting", disposition="damaged"),
            packing(start + 40, "DELETE", BOXES[hour]),
            packing(start + 41, "ADD", BOXES[hour], parent=OTHER_PALLET),
            moved(start + 50, "shipping", hour + 1),
            event(start + 51, epcs=(BOXES[hour],), biz_step="receiving"),
        ]
    return [*rows, packing(400, "DELETE"), event(401, epcs=BOXES[:1], action="DELETE",
                                                biz_step="destroying")]  # fmt: skip


def test_an_event_is_taken_once_and_another_content_is_told(cast: Cast) -> None:
    with acting_for(cast.brasov):
        site, _part = place_and_part()
        first = event(event_id="urn:uuid:1", epcs=(PALLET,), biz_step="shipping")
        assert states(take(first)) == ["recorded"]
        later = replace(first, facts=replace(first.facts, happened_at=NOW - timedelta(hours=1)))
        moved_in_time = event(60, event_id="urn:uuid:1", epcs=(PALLET,), biz_step="shipping")
        assert states(take(first, first, later)) == ["known", "known", "known"]  # same hash
        assert states(take(moved_in_time, first)) == ["conflict", "known"]
        assert TrackingEvent.objects.count() == 1
        waiting = TrackingCorrection.objects.get()
        assert (waiting.reason, waiting.subject) == ("conflict", "urn:uuid:1")
        unit = UnitState.objects.get()
        assert (unit.observed_at, unit.site_id) == (first.facts.happened_at, site.pk)
        # Two contents in one document: the first stands, wherever the second one is.
        one, two = event(event_id="x", epcs=BOXES[:1]), event(9, event_id="x", epcs=BOXES[1:2])
        assert states(take(one, two, one)) == ["recorded", "conflict", "known"]
        assert set(UnitState.objects.values_list("thing", flat=True)) == {PALLET, BOXES[0]}


def test_what_cannot_be_taken_waits_with_its_reason(cast: Cast) -> None:
    with acting_for(cast.avalon):
        theirs = place_and_part()[0].gln
    with acting_for(cast.brasov):
        soon = event(24 * 60 + 6, epcs=(PALLET,))
        ancient = event(-60 * 24 * 365 * 60, epcs=(PALLET,))
        foreign = event(epcs=(PALLET,), read_point=f"https://id.gs1.org/414/{theirs}")
        endless = event(epcs=(PALLET,), biz_step="https://example.com/" + "x" * 300)
        early = event(-60 * 24 * 365 * 20, epcs=BOXES[:1], read_point=ELSEWHERE)  # old, but kept
        found = take(soon, ancient, foreign, endless, early)
        assert states(found) == ["refused", "refused", "refused", "refused", "recorded"]
        assert [each.field for each in found[:3]] == ["eventTime", "eventTime", "readPoint"]
        assert "in the future" in found[0].reason
        take(soon)
        waits = sorted(TrackingCorrection.objects.values_list("reason", "times"))
        assert waits == [
            ("foreign", 1), ("read_point", 1), ("refused", 1), ("refused", 1), ("refused", 2),
        ]  # fmt: skip
        told = TrackingCorrection.objects.filter(subject=soon.event_id).get()
        assert (told.times, told.body["event_id"]) == (2, soon.event_id)


def test_order_repeats_and_delay_change_nothing(cast: Cast) -> None:
    rng = random.Random(7)
    pictures: list[Any] = []
    rows = history()
    for way in ("as they happened", "shuffled and repeated", "one by one from the end"):
        with acting_for(cast.brasov):
            if not pictures:
                place_and_part()
            batches = [rows]
            if way == "shuffled and repeated":
                mixed = rows + rng.sample(rows, 12)
                rng.shuffle(mixed)
                batches = [mixed[:9], mixed[9:20], mixed[20:]]
            elif way == "one by one from the end":
                batches = [[row] for row in reversed(rows)]
            for batch in batches:
                take(*batch)
            assert positions_by_events() == {
                (each.site_id, each.part_id): each.quantity
                for each in TrackedPosition.objects.exclude(quantity=0)
            }
            pictures.append(picture())
            replayed = {unit.thing for unit in UnitState.objects.all()}
            refold(replayed)
            assert picture() == pictures[-1]  # replay = incremental
        with acting_for(cast.brasov), connection.cursor() as cursor:
            for table in ("eventseen", "trackingevent", "eventthing", "unitstate"):
                cursor.execute(f"DELETE FROM inventory_{table}")
            cursor.execute("DELETE FROM inventory_trackedposition")
    assert pictures[1] == pictures[0]
    assert pictures[2] == pictures[0]
    units = {row[0]: row for row in pictures[0][0]}
    assert pictures[0][1] == [("T-1", "BRA1", Decimal("89.000"))]  # 100 - 1 - … - 5 + 5 - 1
    assert units[BOXES[3]][FACTS.index("parent")] == OTHER_PALLET
    assert units[BOXES[0]][FACTS.index("is_ended")]


def test_a_declared_error_is_taken_back_in_any_order(cast: Cast) -> None:
    said = {"event_id": "urn:uuid:7", "epcs": BOXES[:1], "biz_step": "receiving"}
    wrong = event(5, **said)
    declared = event(5, **said, error=ErrorDeclaration(declared_at=NOW, reason="incorrect_data"))
    right = event(1, epcs=BOXES[:1], biz_step="commissioning", action="ADD")
    pictures: list[Any] = []
    for rows in ([right, wrong, declared], [declared, right, wrong]):
        with acting_for(cast.brasov):
            if not pictures:
                place_and_part()
            for row in rows:
                assert states(take(row)) == ["recorded"]
            unit = UnitState.objects.get()
            assert (unit.biz_step, TrackedPosition.objects.get().quantity) == ("commissioning", 1)
            assert states(take(wrong, declared)) == ["known", "known"]
            pictures.append(picture())
            with connection.cursor() as cursor:
                for table in ("eventseen", "trackingevent", "eventthing", "unitstate"):
                    cursor.execute(f"DELETE FROM inventory_{table}")
                cursor.execute("DELETE FROM inventory_trackedposition")
    assert pictures[0] == pictures[1]


def test_unknown_names_wait_to_be_mapped_and_refuse_nothing(cast: Cast) -> None:
    unknown = Quantity("https://id.gs1.org/01/04012345000115", Decimal(3))
    with acting_for(cast.brasov):
        place_and_part()
        rows = [event(n, biz_step="receiving", quantities=(unknown,)) for n in range(3)]
        rows += [event(9, epcs=(PALLET,), read_point=ELSEWHERE)]
        rows += [event(8, biz_step="receiving", quantities=(Quantity(LOT, Decimal(2), "KGM"),))]
        assert set(states(take(*rows))) == {"recorded"}
        waits = set(TrackingCorrection.objects.values_list("reason", "subject", "times"))
        expected = {("product", unknown.epc_class, 3), ("product", LOT, 1)}
        assert waits == {*expected, ("read_point", ELSEWHERE, 1)}
        assert not TrackedPosition.objects.exists()


def test_whose_business_an_event_is(cast: Cast) -> None:
    def party(bpn: str) -> dict[str, Any]:
        return {"destinations": (Typed("owning_party", f"urn:example:{bpn}"),)}

    with acting_for(cast.brasov):
        place_and_part()
        take(
            event(0, epcs=(PALLET,), **party(cast.avalon.bpn)),
            event(1, epcs=(OTHER_PALLET,)),
            event(
                2,
                epcs=BOXES[:1],
                sources=(Typed("possessing_party", cast.kestrel.bpn),),
                **party(cast.avalon.bpn),
            ),
        )
        take(event(3, epcs=(PALLET,), biz_step="shipping"))  # as its pallet was before
        found = {(each.thing, each.counterparty_id) for each in EventThing.objects.order_by("id")}
        own = cast.brasov.pk  # nobody named, or two partners in one event: told to nobody
        assert found == {(PALLET, cast.avalon.pk), (OTHER_PALLET, own), (BOXES[0], own)}
    for organisation, count in ((cast.avalon, 2), (cast.porto, 0), (cast.kestrel, 0)):
        with acting_for(organisation):
            assert TrackingEvent.objects.count() == count
            assert EventThing.objects.count() == count
            assert UnitState.objects.count() == min(count, 1)
            assert not TrackingCorrection.objects.exists()


def test_a_batch_costs_the_same_queries_however_long(cast: Cast) -> None:
    def queries(count: int, start: int) -> int:
        rows = [
            event(start + n, epcs=(f"https://id.gs1.org/8004/952132100{n}",), biz_step="receiving")
            for n in range(count)
        ]
        with CaptureQueriesContext(
            connection,
        ) as found:
            take(*rows)
        return len(found)

    with acting_for(cast.brasov):
        place_and_part()
        take(event(-5, epcs=(PALLET,)))
        assert queries(200, 1000) == queries(2, 0) <= 12


@pytest.mark.committed
def test_screens_hear_of_a_unit_at_most_twice_a_second(cast: Cast) -> None:
    party = (Typed("owning_party", cast.avalon.bpn),)
    for minute in range(4):
        with acting_for(cast.brasov):
            take(event(minute, epcs=(PALLET,), destinations=party))
    with acting_for(cast.brasov):
        kinds = list(Event.objects.order_by("id").values_list("kind", "body__units"))
    unit = [str(kinds[0][1][0][0]), cast.avalon.pk]
    told = [kind for kind, units in kinds if units == [unit]]
    assert told == ["inventory.TrackingRecorded", "inventory.UnitsMoved"]
    assert sum(kind == "inventory.TrackingRecorded" for kind, _units in kinds) == 4
    Errand.objects.update(due_at=NOW)
    work_off()
    for organisation, frames in ((cast.avalon, 2), (cast.brasov, 2), (cast.porto, 0)):
        with acting_for(organisation):
            found = FeedFrame.objects.filter(topic="inventory.tracking").count()
            assert found == frames


@pytest.mark.committed
def test_four_writers_race_and_every_event_counts_once(cast: Cast) -> None:
    with acting_for(cast.brasov):
        place_and_part()
    rows = [moved(n, "receiving" if n % 3 else "shipping", n % 7 + 1) for n in range(400)]
    rows += [event(500 + n, event_id=f"urn:uuid:{n}", epcs=(BOXES[n % 5],)) for n in range(100)]
    other = [
        event(900 + n, event_id=f"urn:uuid:{n}", epcs=(PALLET,), biz_step="shipping")
        for n in range(25)
    ]
    verdicts: list[list[Verdict]] = []
    errors: list[BaseException] = []

    def write(seed: int) -> None:
        mine = rows + other
        random.Random(seed).shuffle(mine)
        try:
            for start in range(0, len(mine), 75):
                with acting_for(cast.brasov):
                    verdicts.append(take(*mine[start : start + 75]))
        except BaseException as error:  # noqa: BLE001 - a thread's error must reach the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    found = [each.state.value for batch in verdicts for each in batch]
    assert found.count("recorded") == 500
    assert found.count("conflict") == 4 * 25
    assert found.count("known") == 4 * 525 - 600
    with acting_for(cast.brasov):
        assert TrackingEvent.objects.count() == 500
        position = TrackedPosition.objects.get()
        expected = sum((n % 7 + 1) * (1 if n % 3 else -1) for n in range(400))
        assert position.quantity == expected
        assert positions_by_events() == {(position.site_id, position.part_id): position.quantity}
        before = picture()
        refold({*BOXES, PALLET})
        assert picture() == before
