"""TR-16: from calls to a sent advice; corrections, receipts, lateness, and what rivals see."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from collab.events.relay import work_off
from collab.integration.models.messages import PartnerProfile
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.context import acting_for
from forecasting.models import DeliverySchedule
from forecasting.queries.advised import advised_on_calls, advised_on_order, progress_of
from forecasting.queries.calls import CallFilter, open_calls
from forecasting.services.orders import Order, record_orders
from tests.harness.cast import Cast
from tests.harness.clock import today_here
from tests.transport.goods_on_the_way import BOXES, PER_BOX, Story, make_story
from tests.transport.moving import direct_load, order_of
from transport.models import AdviceLine, DispatchAdvice, HandlingUnit, LicencePlate, Shipment
from transport.queries.advices import (
    AdviceFilter,
    advice_list,
    advices_of_shipment,
    units_of,
    units_with_plate,
)
from transport.rules.handling_units import Unit
from transport.services.advices import (
    cancel_advice,
    correct_advice,
    note_acceptance,
    note_receipt,
    send_advice,
)
from transport.services.consignments import Consignment, NotSendable
from transport.services.corrections import open_correction
from transport.services.drafts import label_draft, open_draft, pack_draft, send_draft
from transport.services.orders import Window
from transport.services.plates import give_plates, set_issuer

D = Decimal
State = DispatchAdvice.State


@pytest.fixture
def story(cast: Cast) -> Story:
    return make_story(cast)


def sent(story: Story, told: Consignment | None = None) -> DispatchAdvice:
    with acting_for(story.supplier):
        made = send_advice(told or story.consignment())
    work_off()
    return made.advice


def test_the_customer_sees_an_advice_at_once_and_a_rival_never(cast: Cast, story: Story) -> None:
    told = story.consignment()
    first = sent(story, told)
    assert sent(story, told).pk == first.pk  # the same key again is the same advice
    with acting_for(cast.avalon):
        (row,) = advice_list()
        assert (row.number, row.state, row.is_own, row.units) == (first.number, "sent", False, 13)
        (pallet, *boxes) = units_of(row.id)[:5]
        assert (pallet.kind, pallet.depth, {each.depth for each in boxes}) == ("M", 0, {1})
        assert sum(c.quantity for u in units_of(row.id) for c in u.contents) == 480
        assert units_with_plate(f"6J {pallet.licence_plate}").get().pk == pallet.id
    for nobody in (cast.porto, cast.kestrel, cast.silesia, cast.fjord):
        with acting_for(nobody):
            assert advice_list(AdviceFilter(view="all")) == []
            assert HandlingUnit.objects.count() == AdviceLine.objects.count() == 0
    with acting_for(cast.avalon):
        assert LicencePlate.objects.count() == 0


def test_an_advice_told_half_an_hour_after_departure_is_late(story: Story) -> None:
    now = timezone.now()
    minutes = {30: False, 31: True}
    for late, expected in minutes.items():
        told = story.consignment(despatched_at=now - timedelta(minutes=late))
        with acting_for(story.supplier):
            assert send_advice(told, as_of=now).advice.is_late is expected


def test_lines_count_what_was_shipped_in_all(story: Story) -> None:
    first, second = sent(story, story.consignment(480)), sent(story, story.consignment(96))
    with acting_for(story.supplier):
        assert AdviceLine.objects.get(advice=first).cumulative == 480
        assert AdviceLine.objects.get(advice=second).cumulative == 576
        cancel_advice(second.pk)
    third = sent(story, story.consignment(48))
    with acting_for(story.supplier):
        assert AdviceLine.objects.get(advice=third).cumulative == 528


def _with(units: Callable[[list[Unit]], list[Unit]]) -> Callable[[Consignment], Consignment]:
    return lambda told: replace(told, units=units(list(told.units)))


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (_with(lambda u: u[:-1]), "units"),  # a box is missing: the sum is not the line's
        (_with(lambda u: [*u[:-1], replace(u[-1], parent="99")]), "units"),
        (_with(lambda u: [replace(u[0], parent="2"), *u[1:]]), "units"),
        (_with(lambda u: [*u[:-1], replace(u[-1], plate=u[-2].plate)]), "units"),
        (_with(lambda u: [*u[:-1], replace(u[-1], plate="")]), "licence_plate"),
        (_with(lambda u: [*u[:-1], replace(u[-1], plate="no plate")]), "licence_plate"),
        (lambda told: replace(told, net_kg=told.gross_kg + 1), "gross_weight_kg"),
        (lambda told: replace(told, expected_at=told.despatched_at - timedelta(1)), "expected_at"),
        (lambda told: replace(told, ship_to=told.ship_from), "ship_to"),
        (lambda told: replace(told, customer_id=0), "customer"),
        (lambda told: replace(told, lines=[]), "lines"),
        (
            lambda told: replace(told, lines=[replace(told.lines[0], part_number="unheard-of")]),
            "part_number",
        ),
        (lambda told: replace(told, lines=[replace(told.lines[0], unit="boxes")]), "unit"),
    ],
)
def test_what_cannot_be_is_not_sent(
    story: Story, spoil: Callable[[Consignment], Consignment], field: str
) -> None:
    bad = spoil(story.consignment())
    with acting_for(story.supplier):
        with pytest.raises(Refused) as refused:
            send_advice(bad)
        problems = getattr(refused.value, "problems", [refused.value])
        assert field in {each.field for each in problems}
        assert not DispatchAdvice.objects.exists()


def test_a_plate_is_never_used_for_another_pack(story: Story) -> None:
    first = story.consignment()
    sent(story, first)
    again = replace(story.consignment(), units=first.units)
    with acting_for(story.supplier), pytest.raises(Refused, match="no other pack"):
        send_advice(again)


def test_plates_begin_as_the_organisation_says_and_are_given_once(story: Story) -> None:
    with acting_for(story.supplier):
        set_issuer("UN", "987654321")
        first, second = give_plates(2), give_plates(1)
        assert first == ["UN987654321000000001", "UN987654321000000002"]
        assert second == ["UN987654321000000003"]
        LicencePlate.objects.create(plate="UN987654321000000005")  # used by a message
        assert give_plates(2) == ["UN987654321000000004", "UN987654321000000006"]
        with pytest.raises(Refused):
            set_issuer("un", "987654321")


def test_no_advice_where_the_profile_excludes_it(cast: Cast, story: Story) -> None:
    with acting_for(story.supplier):
        PartnerProfile.objects.create(partner=cast.avalon, takes_dispatch_advice=False)
        with pytest.raises(NotSendable, match="profile wants"):
            send_advice(story.consignment())


def test_a_correction_replaces_and_keeps_the_plates(story: Story) -> None:
    first = story.consignment()
    old = sent(story, first)
    right = replace(first, source_key="right", plate="BV-99-NEW")
    with acting_for(story.supplier):
        with pytest.raises(VersionConflict):
            correct_advice(old.pk, right, version=7)
        new = correct_advice(old.pk, right, version=1).advice
        assert correct_advice(old.pk, right).advice.pk == new.pk
        assert (new.number, new.revision, new.replaces_id) == (old.number, 2, old.pk)
        old.refresh_from_db()
        assert old.state == State.REPLACED
        with pytest.raises(Refused):
            cancel_advice(old.pk)
    with acting_for(story.customer):
        (row,) = advice_list()
        assert (row.id, row.plate) == (new.pk, "BV-99-NEW")
    with acting_for(story.customer), pytest.raises(DispatchAdvice.DoesNotExist):
        cancel_advice(new.pk)  # the customer cannot


def test_a_receipt_makes_differences_plain_and_may_be_repeated(story: Story) -> None:
    advice = sent(story)
    at = timezone.now()
    with acting_for(story.supplier):
        assert note_acceptance(advice.pk).state == State.ACCEPTED
        short = note_receipt(advice.pk, received={1: D(478)}, received_at=at)
        assert short.state == State.DISCREPANCY
        assert [each["difference"] for each in short.discrepancies] == ["-2"]
        version = short.version
        again = note_receipt(advice.pk, received={1: D(478)}, received_at=at)
        assert again.version == version
        nothing = note_receipt(advice.pk, received={}, received_at=at)
        assert nothing.discrepancies[0]["received"] == "0"
        whole = note_receipt(advice.pk, received={1: D(480)}, received_at=at)
        assert (whole.state, whole.discrepancies) == (State.RECEIVED, [])
        for bad in ({2: D(1)}, {1: D(-1)}):
            with pytest.raises(Refused):
                note_receipt(advice.pk, received=bad, received_at=at)
        with pytest.raises(Refused):
            cancel_advice(advice.pk)
        assert note_acceptance(advice.pk).state == State.RECEIVED


def test_releases_show_what_is_on_the_road_on_both_sides(cast: Cast, story: Story) -> None:
    advice = sent(story, story.consignment(576))
    with acting_for(cast.avalon):
        schedule = DeliverySchedule.objects.get(is_current=True)
    for side in (cast.avalon, cast.brasov):
        with acting_for(side):
            assert progress_of([schedule.pk])[schedule.pk].on_the_road == 576
    with acting_for(story.supplier):
        calls = open_calls(CallFilter(supplier_id=story.supplier.pk))
        assert sorted(advised_on_calls(calls).values(), reverse=True)[:3] == [480, 96, 0]
        note_receipt(
            advice.pk, received={1: D(576)}, received_at=schedule.issued_at - timedelta(days=1)
        )
    work_off()
    with acting_for(cast.avalon):  # what had been received before the release is not on the road
        assert progress_of([schedule.pk])[schedule.pk].on_the_road == 0
    with acting_for(cast.porto):
        assert progress_of([schedule.pk]) == {}


def test_a_draft_goes_from_calls_to_an_advice(story: Story) -> None:
    (call, *_others) = story.calls()
    with acting_for(story.supplier):
        draft = open_draft({call.line_id: None}, as_of=timezone.now())
        assert len(draft.document["units"]) == 10 + 3  # boxes and pallets
        assert D(draft.document["transport"]["net_kg"]) == D("1008")
        assert D(draft.document["transport"]["gross_kg"]) == D("1027")
        draft = pack_draft(draft.pk, {1: ("100", "10")}, mix_rests=False)
        assert len(draft.document["units"]) == 5 + 1
        labelled = label_draft(draft.pk)
        plates = [unit["plate"] for unit in labelled.document["units"]]
        assert len(set(plates)) == 6
        assert label_draft(draft.pk).document == labelled.document  # twice is once
        packed = pack_draft(draft.pk, {1: (str(PER_BOX), str(BOXES))}, mix_rests=False)
        assert [u["plate"] for u in packed.document["units"]][:6] == plates
        label_draft(draft.pk)
        made = send_draft(draft.pk)
        assert made.is_new
        assert not send_draft(draft.pk).is_new
        assert AdviceLine.objects.get().schedule_line_id == call.line_id
        second = open_draft({call.line_id: D(10)}, as_of=timezone.now())
        with pytest.raises(Refused):
            pack_draft(second.pk, {1: ("0", "1")}, mix_rests=False)
        with pytest.raises(Refused):
            open_draft({}, as_of=timezone.now())


def test_a_correction_starts_from_what_was_sent(story: Story) -> None:
    advice = sent(story)
    with acting_for(story.supplier):
        draft = open_correction(advice.pk)
        assert open_correction(advice.pk).pk == draft.pk
        made = send_draft(draft.pk).advice
        assert (made.revision, made.replaces_id) == (2, advice.pk)
        before = HandlingUnit.objects.filter(advice=advice).values_list("licence_plate", "kind")
        after = HandlingUnit.objects.filter(advice=made).values_list("licence_plate", "kind")
        assert sorted(before) == sorted(after)
        with pytest.raises(Refused):
            open_correction(advice.pk)


def test_lines_on_an_order_show_what_was_sent(cast: Cast, story: Story) -> None:
    with acting_for(cast.avalon):
        (verdict,) = record_orders(
            [
                Order(
                    supplier=cast.brasov.bpn,
                    order_number="4500001",
                    line=10,
                    part_number=story.part,
                    quantity="480",
                    due_on=today_here() + timedelta(days=9),
                )
            ]
        )
    assert verdict.line is not None
    told = story.consignment(96)
    sent(story, replace(told, lines=[replace(told.lines[0], order_number="4500001")]))
    for side in (cast.avalon, cast.brasov):
        with acting_for(side):
            assert advised_on_order(verdict.line.pk) == 96
    with acting_for(cast.porto):
        assert advised_on_order(verdict.line.pk) is None


def test_a_shipment_arranged_by_the_customer_fills_the_transport(cast: Cast, story: Story) -> None:
    now = timezone.now()
    with acting_for(cast.avalon):
        order = order_of(
            cast.brasov,
            cast.avalon,
            pickup=Window(now - timedelta(hours=1), now + timedelta(hours=5)),
            delivery=Window(now + timedelta(days=2), now + timedelta(days=3)),
        )
        direct_load(order)
        shipment = Shipment.objects.get()
    with acting_for(story.supplier):
        draft = open_draft({story.calls()[0].line_id: None}, as_of=now)
        told = draft.document["transport"]
        assert told["shipment_number"] == shipment.number
        label_draft(draft.pk)
        send_draft(draft.pk)
    with acting_for(cast.avalon):
        assert [row.shipment_id for row in advices_of_shipment(shipment.pk)] == [shipment.pk]
