"""TR-01: a carrier's invoice is held against what was agreed, line by line."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from collab.events.relay import work_off
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from tests.harness.cast import Cast
from tests.transport.moving import direct_load, order_of
from tests.transport.test_tenders import tariff_plan
from transport.models import FreightInvoice, Load, LoadState, Settlement
from transport.services.answers import answer_offer
from transport.services.billing import Bill, approve_settlement, send_invoice, settle_load
from transport.services.loads import move_load
from transport.services.tariffs import keep_tariff
from transport.services.tenders import TenderOffer, start_tender

ROAD = ("at_pickup", "in_transit", "arrived", "unloaded", "proof_of_delivery")


@pytest.fixture
def load(cast: Cast) -> Load:
    """A truck of Fjord's, from Brasov to Munich, delivered with its proof."""
    now = timezone.now()
    with acting_for(cast.avalon):
        keep_tariff(tariff_plan(cast.fjord, rank=1, per_km="125"))
        made = direct_load(order_of(cast.brasov, cast.avalon))
        start_tender(made.pk, as_of=now)
    with acting_for(cast.fjord):
        offer = TenderOffer.objects.get()
        answer_offer(offer.pk, verdict="accepted", slot=offer.slots[0], as_of=now)
    work_off()
    with acting_for(cast.avalon):
        for hours, state in enumerate(ROAD, start=1):
            move_load(made.pk, state, by="carrier", happened_at=now + timedelta(hours=hours))
        return Load.objects.get()


def billed(cast: Cast, load: Load, *lines: tuple[str, int], **more: Any) -> FreightInvoice:
    bill = Bill(
        **{
            "number": "R-1",
            "load_number": load.number,
            "lines": lines,
            "currency": "EUR",
            "issued_on": date(2026, 11, 30),
            **more,
        }
    )
    with acting_for(cast.fjord):
        made, _is_new = send_invoice(cast.avalon.pk, bill)
    work_off()
    return made


def test_an_invoice_as_agreed_settles_the_load_without_anybody(cast: Cast, load: Load) -> None:
    assert load.expected_cost_minor is not None
    billed(cast, load, ("freight", load.expected_cost_minor))
    with acting_for(cast.avalon):
        row = Settlement.objects.get()
        assert (row.state, row.approved_minor) == ("approved", load.expected_cost_minor)
        assert Load.objects.get().state == LoadState.SETTLED
    with acting_for(cast.fjord):
        assert Settlement.objects.get().state == "approved", "the carrier sees what is paid"


def test_a_line_the_tariff_does_not_know_waits_for_somebody(cast: Cast, load: Load) -> None:
    expected = load.expected_cost_minor or 0
    billed(cast, load, ("freight", expected), ("waiting", 9000))
    with acting_for(cast.avalon):
        row = Settlement.objects.get()
        assert row.state == "disputed"
        assert [(each["code"], each["match"]) for each in row.lines] == [
            ("freight", "matched"),
            ("waiting", "over"),
        ]
        with pytest.raises(Refused):
            approve_settlement(row.pk, amount_minor=expected, note="", as_of=timezone.now())
        approve_settlement(
            row.pk, amount_minor=expected, note="No waiting agreed", as_of=timezone.now()
        )
        assert Load.objects.get().state == LoadState.SETTLED
        settle_load(load.pk, as_of=timezone.now())
        assert Settlement.objects.get().approved_minor == expected, "an approval stands"


def test_the_same_invoice_twice_is_one_and_other_figures_are_refused(
    cast: Cast, load: Load
) -> None:
    billed(cast, load, ("freight", 100))
    billed(cast, load, ("freight", 100))
    with acting_for(cast.fjord):
        assert FreightInvoice.objects.count() == 1
    with pytest.raises(Refused, match="other figures"):
        billed(cast, load, ("freight", 101))


def test_nobody_bills_a_load_he_did_not_drive(cast: Cast, load: Load) -> None:
    bill = Bill(
        number="R-1", load_number=load.number, lines=[("freight", 1)], currency="EUR",
        issued_on=date(2026, 11, 30),
    )  # fmt: skip
    for other in (cast.rhine, cast.kestrel):
        with acting_for(other), pytest.raises(Refused, match="you drove"):
            send_invoice(cast.avalon.pk, bill)


def test_a_bill_in_another_currency_is_a_dispute(cast: Cast, load: Load) -> None:
    billed(cast, load, ("freight", 100), currency="USD")
    with acting_for(cast.avalon):
        row = Settlement.objects.get()
        assert (row.state, row.lines[0]["code"]) == ("disputed", "currency")
