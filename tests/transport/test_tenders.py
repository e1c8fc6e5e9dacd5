"""TR-10: loads are offered to carriers one after the other, each with a slot to pick."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from collab.events.relay import work_off
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from tests.harness.cast import Cast
from tests.transport.moving import direct_load, order_of
from transport.models import Load, LoadState, Stop, Tender, TenderAnswer, TenderOffer
from transport.services.answers import answer_offer
from transport.services.loads import move_load
from transport.services.tariffs import TariffPlan, keep_tariff
from transport.services.tenders import (
    settle_offer,
    settle_tender,
    start_tender,
    withdraw_tender,
)


def tariff_plan(carrier: Organisation, *, rank: int, per_km: str, **more: Any) -> TariffPlan:
    return TariffPlan(
        **{
            "carrier": carrier.bpn,
            "name": f"Full trucks {carrier.short_name}",
            "number": f"T-{carrier.short_name}",
            "mode": "direct",
            "valid_from": date(2026, 1, 1),
            "rank": rank,
            "answer_minutes": 60,
            "lines": [
                {"kind": "rate", "basis": "km", "price": per_km, "fixed_cents": 9000},
                {"kind": "stop", "cents": 4500},
            ],
            **more,
        }
    )


@pytest.fixture
def load(cast: Cast) -> Load:
    """A planned full truck from Brasov to Munich; Fjord is asked first, Rhine second."""
    with acting_for(cast.avalon):
        keep_tariff(tariff_plan(cast.fjord, rank=1, per_km="125"))
        keep_tariff(tariff_plan(cast.rhine, rank=2, per_km="118"))
        return direct_load(order_of(cast.brasov, cast.avalon))


def started(cast: Cast, load: Load, **more: Any) -> Tender:
    with acting_for(cast.avalon):
        return start_tender(load.pk, as_of=timezone.now(), **more)


def open_offer(carrier: Organisation) -> TenderOffer:
    with acting_for(carrier):
        return TenderOffer.objects.get(state="open")


def settled(cast: Cast, tender: Tender, as_of: datetime) -> tuple[str, str]:
    with acting_for(cast.avalon):
        found = settle_tender(tender.pk, as_of=as_of)
        return found.state, Load.objects.get(pk=tender.load_id).state


def test_the_first_carrier_takes_it_with_a_slot_and_sees_the_load_from_then_on(
    cast: Cast, load: Load
) -> None:
    started(cast, load)
    offer = open_offer(cast.fjord)
    assert offer.price_minor == sum(line["cents"] for line in offer.price_lines)
    with acting_for(cast.fjord):
        assert not Load.objects.exists(), "an offer is all a carrier sees before it accepts"
        slot = offer.slots[1]
        answer_offer(offer.pk, verdict="accepted", slot=slot, plate="B-FJ 1", as_of=timezone.now())
    work_off()
    with acting_for(cast.fjord):
        mine = Load.objects.get()
        assert (mine.state, mine.plate) == (LoadState.SLOT_BOOKED, "B-FJ 1")
        booked = Stop.objects.get(purpose="delivery")
        assert booked.slot_from is not None
        assert booked.slot_from.isoformat() == slot["from"]
    with acting_for(cast.rhine):
        assert not TenderOffer.objects.exists()
    with acting_for(cast.brasov):
        assert not TenderOffer.objects.exists()


def test_a_rejection_asks_the_next_at_once(cast: Cast, load: Load) -> None:
    tender = started(cast, load)
    with acting_for(cast.fjord):
        offer = TenderOffer.objects.get(state="open")
        answer_offer(offer.pk, verdict="rejected", reason="No truck", as_of=timezone.now())
    work_off()
    offer = open_offer(cast.rhine)
    assert offer.rank == 2
    assert settled(cast, tender, timezone.now()) == ("running", LoadState.TENDERED)


def test_silence_falls_to_the_next_and_at_last_to_nobody(cast: Cast, load: Load) -> None:
    tender = started(cast, load)
    now = timezone.now()
    with acting_for(cast.avalon):
        offer = TenderOffer.objects.get()
        settle_offer(offer.pk, as_of=now + timedelta(minutes=59))
        assert TenderOffer.objects.get().state == "open"
        settle_offer(offer.pk, as_of=now + timedelta(minutes=61))
    assert open_offer(cast.rhine).answer_until > now + timedelta(minutes=119)
    late = now + timedelta(minutes=125)
    assert settled(cast, tender, late) == ("exhausted", LoadState.REJECTED)
    assert settled(cast, tender, late) == ("exhausted", LoadState.REJECTED)


def test_a_late_answer_does_not_count_and_says_so(cast: Cast, load: Load) -> None:
    started(cast, load)
    offer = open_offer(cast.fjord)
    with acting_for(cast.fjord), pytest.raises(Refused, match="an answer by"):
        answer_offer(offer.pk, verdict="accepted", as_of=offer.answer_until + timedelta(seconds=1))


def test_twice_is_once_and_another_word_is_refused(cast: Cast, load: Load) -> None:
    started(cast, load)
    offer = open_offer(cast.fjord)
    with acting_for(cast.fjord):
        first, is_new = answer_offer(offer.pk, verdict="accepted", as_of=timezone.now())
        again, is_new_again = answer_offer(offer.pk, verdict="accepted", as_of=timezone.now())
        assert (first.pk, is_new, is_new_again) == (again.pk, True, False)
        with pytest.raises(Refused, match="said before"):
            answer_offer(offer.pk, verdict="rejected", reason="No", as_of=timezone.now())
        assert TenderAnswer.objects.count() == 1


def test_only_slots_that_were_offered_can_be_picked(cast: Cast, load: Load) -> None:
    started(cast, load)
    offer = open_offer(cast.fjord)
    with acting_for(cast.fjord), pytest.raises(Refused, match="slots offered"):
        answer_offer(
            offer.pk, verdict="accepted", slot={"from": "2020-01-01T00:00:00+00:00"},
            as_of=timezone.now(),
        )  # fmt: skip


def test_a_withdrawn_offer_can_no_longer_be_taken(cast: Cast, load: Load) -> None:
    tender = started(cast, load)
    with acting_for(cast.avalon):
        withdraw_tender(tender.pk, as_of=timezone.now())
        assert Load.objects.get().state == LoadState.PLANNED
    with acting_for(cast.fjord):
        offer = TenderOffer.objects.get()
        with pytest.raises(Refused, match="open"):
            answer_offer(offer.pk, verdict="accepted", as_of=timezone.now())


def test_an_offer_of_a_load_cancelled_meanwhile_ends(cast: Cast, load: Load) -> None:
    tender = started(cast, load)
    with acting_for(cast.avalon):
        move_load(
            load.pk, "cancelled", by="planner", happened_at=timezone.now(),
            facts={"reason": "Part not needed"},
        )  # fmt: skip
    with acting_for(cast.fjord):
        answer_offer(TenderOffer.objects.get().pk, verdict="accepted", as_of=timezone.now())
    work_off()
    assert settled(cast, tender, timezone.now()) == ("withdrawn", LoadState.CANCELLED)


def test_the_planner_may_choose_whom_to_ask_and_in_which_order(cast: Cast, load: Load) -> None:
    started(cast, load, carriers=[cast.rhine.bpn])
    assert open_offer(cast.rhine).rank == 1
    with acting_for(cast.fjord):
        assert not TenderOffer.objects.exists()


def test_without_a_tariff_that_covers_it_nothing_is_offered(cast: Cast) -> None:
    with acting_for(cast.avalon):
        keep_tariff(tariff_plan(cast.fjord, rank=1, per_km="125", mode="parcel"))
        load = direct_load(order_of(cast.brasov, cast.avalon))
        with pytest.raises(Refused, match="a tariff that covers the load"):
            start_tender(load.pk, as_of=timezone.now())
        assert Load.objects.get().state == LoadState.PLANNED


def test_rivals_see_neither_offers_nor_tariffs(cast: Cast, load: Load) -> None:
    started(cast, load)
    for rival in (cast.kestrel, cast.porto, cast.silesia):
        with acting_for(rival):
            assert not TenderOffer.objects.exists()
            assert not Load.objects.exists()


def test_a_changed_tariff_is_a_new_version_and_the_same_again_none(cast: Cast) -> None:
    with acting_for(cast.avalon):
        first, is_new = keep_tariff(tariff_plan(cast.fjord, rank=1, per_km="125"))
        same, is_new_again = keep_tariff(tariff_plan(cast.fjord, rank=1, per_km="125"))
        assert (first.pk, is_new, is_new_again) == (same.pk, True, False)
        second, _is_new = keep_tariff(tariff_plan(cast.fjord, rank=1, per_km="130"), key=first.pk)
        assert (second.number, second.version) == (first.number, 2)
        with pytest.raises(Refused, match="line 2"):
            keep_tariff(
                tariff_plan(
                    cast.fjord, rank=1, per_km="1", number="T-2",
                    lines=[
                        {"kind": "rate", "basis": "km", "price": "1"},
                        {"kind": "rate", "basis": "mile", "price": "1"},
                    ],
                )
            )  # fmt: skip
