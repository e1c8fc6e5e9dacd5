"""Holds grow with what news touch, cost no more for others that stand, and go onward (IN-20)."""

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collab.events.relay import work_off
from collab.integration.epcis.model import ErrorDeclaration, Quantity
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from inventory.models import FollowedThing, HeldThing, LotHold, StockPosition
from inventory.queries.held_things import covered_by, followed, standing_holds
from inventory.services.hold_following import Change
from inventory.services.hold_passing import onward_of, pass_on
from inventory.services.hold_upkeep import follow_all_again, keep_up
from inventory.services.lot_holds import hold_lot, release_lot
from inventory.services.tracking import EventRow, record_events
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.harness.tracked import NOW
from tests.inventory.test_genealogy import business, lot, make, serial
from tests.inventory.test_lot_holds import CABLE, HARNESS, Chain, chain
from tests.inventory.test_lot_trace_pages import Call

__all__ = ["chain"]


def record(owner: Organisation, *rows: EventRow) -> None:
    """Record events and let everybody hear of them."""
    with acting_for(owner):
        record_events(rows, source="test", received_at=NOW)
    work_off()


def followed_rows() -> set[tuple[str, str]]:
    return {
        (str(hold), thing) for hold, thing in FollowedThing.objects.values_list("hold", "thing")
    }


def worked_out() -> set[tuple[str, str]]:
    """Return by the definition what all standing holds cover."""
    return {(str(hold.pk), thing) for hold in standing_holds() for thing in covered_by(hold)}


def told() -> set[tuple[int, str, str]]:
    rows = HeldThing.objects.values_list("counterparty_id", "hold__batch", "thing")
    return {(partner, str(batch), thing) for partner, batch, thing in rows}


def rows_of(chance: random.Random, number: int, cast: Cast) -> tuple[Organisation, EventRow]:
    """Return an event of Brasov, or now and then of its supplier, among a few lots."""
    owner, other = chance.choice(
        [(cast.brasov, cast.avalon), (cast.brasov, cast.silesia), (cast.silesia, cast.brasov)]
    )
    pick = [lot(each) for each in chance.sample(range(14), 4)]
    used, made = pick[: chance.randint(1, 2)], pick[2 : 2 + chance.randint(1, 2)]
    name = {"transformation_id": f"urn:x-run:{number % 5}"} if number % 3 == 0 else {}
    return owner, make(number, used, made, **business(owner, other), **name)


@pytest.mark.parametrize("seed", range(2))
def test_followed_step_by_step_is_the_same_as_worked_out_from_nothing(
    cast: Cast, seed: int
) -> None:
    """IN-20: whatever comes, is declared wrong, or is held meanwhile, by whomever."""
    chance = random.Random(seed)
    past: list[tuple[Organisation, EventRow]] = []
    for number in range(24):
        if number % 6 == 5:
            owner, wrong = past.pop(chance.randrange(len(past)))
            declared = ErrorDeclaration(declared_at=NOW, reason="incorrect_data")
            record(owner, replace(wrong, facts=replace(wrong.facts, error=declared)))
        else:
            past.append(rows_of(chance, number, cast))
            record(past[-1][0], past[-1][1])
        if number in {4, 9, 14}:
            holder = cast.silesia if number == 9 else cast.brasov
            with acting_for(holder):
                known = next(iter(past[-1][1].facts.input_quantities)).epc_class
                if past[-1][0] in {holder, cast.silesia}:
                    hold_lot(known, reason="Suspect", scope="lot" if number == 14 else "made")
            work_off()
        with acting_for(cast.brasov):
            assert followed_rows() == worked_out()
    with acting_for(cast.brasov):
        before = told()
        for hold in LotHold.objects.filter(owner=cast.brasov, counterparty=cast.brasov):
            hold_lot(hold.lot, reason="Again", scope=hold.scope)
        assert told() == before  # holding again finds nobody who was not told
        assert follow_all_again() == 0
        assert followed_rows() == worked_out()


def _statements(cast: Cast, news: Change) -> int:
    with acting_for(cast.brasov), CaptureQueriesContext(connection) as heard:
        keep_up(news)
    return len(heard)


def _hold_some(cast: Cast, numbers: Sequence[int]) -> None:
    with acting_for(cast.brasov):
        for number in numbers:
            hold_lot(lot(f"F{number}"), reason="Suspect")
    work_off()


def test_an_event_costs_the_same_however_many_holds_stand(cast: Cast) -> None:
    """IN-20: three holds or twelve, an event about one of them takes as many statements."""
    ends = business(cast.brasov, cast.avalon)
    for number in range(12):
        record(cast.brasov, make(number, [lot(f"F{number}")], [lot(f"M{number}")], **ends))
    _hold_some(cast, range(3))
    news = Change(frozenset({lot("M1"), lot("M2")}))
    few = _statements(cast, news)
    _hold_some(cast, range(3, 12))
    assert _statements(cast, news) == few <= 40
    unrelated = Change(frozenset({lot("elsewhere")}))
    assert _statements(cast, unrelated) < few


def test_a_hold_grows_by_itself_and_is_raised_where_its_goods_go(cast: Cast) -> None:
    """IN-20: made after the hold, sold after the hold: the customer has it in the same step."""
    ends = business(cast.brasov, cast.avalon)
    record(cast.brasov, make(1, [lot("A")], [lot("B")]))
    with acting_for(cast.brasov):
        (alone,) = hold_lot(lot("A"), reason="Suspect")
    work_off()
    record(cast.brasov, make(2, [lot("B")], [serial(1)], **ends))
    with acting_for(cast.avalon):
        mine = LotHold.objects.get()
        assert set(HeldThing.objects.values_list("thing", flat=True)) == {lot("B"), serial(1)}
        assert (mine.lot, mine.follows) == ("", None)
    # The customer knows the goods under a lot number of its own: what it makes of them is held.
    record(cast.avalon, make(3, [serial(1)], [serial("own-1")], **ends))
    with acting_for(cast.avalon):
        assert followed(mine.pk) == {serial(1), serial("own-1")}  # the lot never came here
    for outsider in (cast.porto, cast.kestrel, cast.silesia):
        with acting_for(outsider):
            assert not LotHold.objects.exists()
            assert not FollowedThing.objects.exists()
    with acting_for(cast.brasov):
        release_lot(alone.pk)
    work_off()
    for each in (cast.brasov, cast.avalon):
        with acting_for(each):
            assert not FollowedThing.objects.exists()


def test_a_partners_hold_is_offered_onward_and_ends_with_it(chain: Chain) -> None:
    """IN-17, IN-20: Silesia's cable in Brasov's harness at Avalon: passed on, grown, released."""
    cast = chain.cast
    with acting_for(cast.silesia):
        held = hold_lot(CABLE, reason="Our cable")
    work_off()
    with acting_for(cast.brasov):
        theirs = LotHold.objects.get(owner=cast.silesia)
        assert set(onward_of(theirs)) == {cast.avalon.pk}
        rows = pass_on(theirs.pk, reason="Insulation of a harness")
        assert pass_on(theirs.pk) == rows  # twice = once
        assert [row.counterparty_id for row in rows] == [cast.brasov.pk, cast.avalon.pk]
        assert (rows[0].follows, rows[1].follows) == (theirs.pk, None)
    work_off()
    assert chain.stock(cast.brasov) == {"free": 25, "blocked": 25}
    assert chain.stock(cast.avalon) == {"free": 10, "blocked": 20}
    with acting_for(cast.avalon):
        told = LotHold.objects.get()
        assert (told.owner_id, told.reason) == (cast.brasov.pk, "Insulation of a harness")
        with pytest.raises(LotHold.DoesNotExist):
            pass_on(held[0].pk)
    later = HARNESS.replace("H7", "H9")
    chain.tell(
        "brasov", "avalon", 6, kind="TransformationEvent", action="",
        input_quantities=(Quantity(CABLE, Decimal(4), "KGM"),),
        output_quantities=(Quantity(later, Decimal(3)),),
    )  # fmt: skip
    with acting_for(cast.avalon):
        named = HeldThing.objects.filter(hold=told).values_list("thing", flat=True)
        assert set(named) == {CABLE, HARNESS, later}
        assert followed(told.pk) == {HARNESS}  # nothing of the later lot is here yet
    chain.tell("avalon", "brasov", 7, biz_step="receiving", quantities=(
        Quantity(later, Decimal(3)),))  # fmt: skip
    assert chain.stock(cast.avalon) == {"free": 7, "blocked": 23}
    with acting_for(cast.silesia):
        assert not LotHold.objects.filter(owner=cast.brasov).exists()
        release_lot(held[0].pk, reason="Within limits")
    work_off()
    for each in (cast.brasov, cast.avalon):
        assert chain.alerts(each) == []
        assert chain.stock(each)["blocked"] == 0
        with acting_for(each):
            assert not FollowedThing.objects.exists()


def test_consigned_and_vendor_managed_stock_is_blocked_and_becomes_what_it_was(
    chain: Chain,
) -> None:
    """IN-20: 25 of the lot are there: 10 free, 8 consigned, 4 vendor-managed; then a recount."""
    brasov, goods = chain.cast.brasov, chain.goods
    for kind, amount in (("free", 10), ("consigned", 8), ("vmi", 4)):
        goods.count_now(amount, kind=kind)
    with acting_for(brasov):
        rows = hold_lot(HARNESS, reason="Suspect")
    work_off()
    assert chain.stock(brasov) == {"free": 0, "consigned": 0, "vmi": 0, "blocked": 22}
    goods.count_now(12, kind="vmi")  # more is found: what is still lacking is blocked
    work_off()
    assert chain.stock(brasov) == {"free": 0, "consigned": 0, "vmi": 5, "blocked": 25}
    with acting_for(brasov):
        release_lot(rows[0].pk)
        assert not StockPosition.objects.filter(owner=brasov, kind="blocked", quantity__gt=0)
    work_off()
    assert chain.stock(brasov) == {"free": 10, "consigned": 8, "vmi": 12, "blocked": 0}


def test_people_and_machines_pass_a_hold_on(
    chain: Chain, client_for: ClientFor, call: Call
) -> None:
    """IN-20: the page says whom it concerns further on; the API does the same, once."""
    cast = chain.cast
    with acting_for(cast.silesia):
        hold_lot(CABLE, reason="Our cable")
    work_off()
    with acting_for(cast.brasov):
        key = LotHold.objects.get(owner=cast.silesia).pk
    page, http = f"/t/{cast.brasov.slug}/inventory/trace/holds/{key}/", client_for(cast.brasov)
    shown = http.get(page).content.decode()
    assert "Hold it at 1 partner too" in shown
    assert "Also held here" in shown
    assert quote(HARNESS, safe="") in shown
    viewer = client_for(cast.brasov, role="viewer")
    assert "Hold it at" not in viewer.get(page).content.decode()
    assert viewer.post(f"{page}pass-on", {"reason": "x"}).status_code == 403
    assert http.post(f"{page}pass-on", {"reason": ""}).status_code == 422
    done = http.post(f"{page}pass-on", {"reason": "Insulation"})
    assert done.status_code == 302
    assert "Release here and at 1 partner" in http.get(done["Location"]).content.decode()
    assert "grows and ends with this one" in http.get(page).content.decode()
    url = f"/api/v1/lot-holds/{key}/pass-on"
    again = call(cast.brasov, "POST", url, {})
    assert again.status_code == 201, again.content
    assert again.json()["id"] in done["Location"]
    assert again.json()["told"] == [cast.avalon.bpn]
    for other in (cast.silesia, cast.porto, cast.avalon):
        assert call(other, "POST", url, {}).status_code == 404
        theirs = page.replace(cast.brasov.slug, other.slug)
        assert client_for(other).post(f"{theirs}pass-on", {"reason": "x"}).status_code == 404
