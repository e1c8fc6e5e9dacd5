"""IN-21 by message: RECADV and X12 861, INVRPT and X12 846, there and back; sheets of receipts."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from collab.integration.edifact import envelope
from collab.integration.imports import RowRefused
from collab.integration.inbox.findings import MessageRefused
from collab.integration.inbox.profile import STANDARD
from collab.integration.inbox.registry import Arrival, Document
from collab.integration.x12 import envelope as x12_envelope
from collab.integration.x12 import writing as x12_writing
from collab.organisations.context import acting_for
from collab.organisations.models import Site
from forecasting.messages.canonical import Identifier, Moment
from inventory.imports import receipts as sheet
from inventory.messages import invrpt, recadv, x12
from inventory.messages.canonical import ReceiptAdvice, ReceivedItem, StockItem, StockReport
from inventory.models import GoodsReceipt, StockCount
from inventory.services.messages import apply_invrpt, apply_recadv
from tests.harness.cast import Cast
from tests.harness.clock import today_here
from tests.integration.edi_samples import edifact_sample
from tests.inventory.test_receipts import Sent, sent

__all__ = ["sent"]
D = Decimal
AT = Moment(date(2026, 11, 24), time(9))


def as_edifact(kind: str, body: Any) -> Any:
    raw = envelope.write(
        [(kind, body)],
        sender=("OEM", "OD"),
        receiver=("SUP", "OD"),
        reference="1",
        prepared_at=datetime(2026, 11, 24, 9, tzinfo=UTC),
        syntax=("UNOY", "4"),
    )
    return envelope.read(raw).messages[0]


def as_x12(code: str, group: str, body: Any) -> Any:
    raw = x12_writing.write(
        [(code, body)],
        code=group,
        sender=("OEM", "ZZ"),
        receiver=("SUP", "ZZ"),
        control=1,
        prepared_at=datetime(2026, 11, 24, 9, tzinfo=UTC),
        is_acknowledgement_wanted=False,
    )
    return x12_envelope.read(raw).groups[0].sets[0]


def test_the_samples_mean_what_they_say() -> None:
    told = recadv.read(envelope.read(edifact_sample("RECADV_D97A")).messages[0]).message
    assert (told.number, told.advice, told.received_at) == ("GR-5567", "80001240", AT)
    (line,) = told.lines
    assert (line.part_number, line.advised, line.received) == ("8K0 612 345 A", 480, 478)
    stock = invrpt.read(envelope.read(edifact_sample("INVRPT_D97A")).messages[0]).message
    (item,) = stock.lines
    assert (item.part_number, item.quantity, item.location) == ("8K0 612 345 A", 1240, "L12")
    assert stock.place == Identifier(value="P01", scheme="buyer")


TEXT = st.text(alphabet="ABCXYZ0189-. ", min_size=1, max_size=12).map(str.strip).filter(bool)
AMOUNT = st.decimals(0, 99_999, places=3)


@st.composite
def receipts(draw: st.DrawFn) -> ReceiptAdvice:
    lines = []
    for place in range(1, draw(st.integers(1, 4)) + 1):
        received = draw(AMOUNT)
        lines.append(
            ReceivedItem(
                position=str(place),
                part_number=draw(TEXT),
                received=received,
                advised=draw(st.none() | AMOUNT),
                damaged=draw(st.sampled_from([D(0), received])),
                unit=draw(st.sampled_from(["H87", "KGM", "MTR"])),
                supplier_part_number=draw(st.just("") | TEXT),
                order=draw(st.just("") | TEXT),
            )
        )
    return ReceiptAdvice(
        number=draw(TEXT),
        issued_at=AT,
        received_at=Moment(date(2026, 11, 24), time(8, 15)),
        lines=tuple(lines),
        advice=draw(st.just("") | TEXT),
        customer=Identifier(value="123456789", scheme="duns", name="OEM"),
        supplier=Identifier(value="987654321", scheme="duns", name="SUP"),
        ship_to=Identifier(value="P01", scheme="buyer"),
    )


@settings(max_examples=40)
@given(receipts())
def test_receipts_go_there_and_back(told: ReceiptAdvice) -> None:
    assert recadv.read(as_edifact(recadv.MESSAGE_TYPE, recadv.write(told))).message == told
    again = x12.read_861(as_x12(x12.RECEIPT_SET, x12.RECEIPT_GROUP, x12.write_861(told))).message
    assert again == told


@settings(max_examples=40)
@given(st.lists(st.tuples(TEXT, AMOUNT, st.booleans()), min_size=1, max_size=4))
def test_stock_goes_there_and_back(items: list[tuple[str, Decimal, bool]]) -> None:
    told = StockReport(
        number="S-1",
        issued_at=AT,
        counted_at=AT,
        lines=tuple(
            StockItem(
                position=str(place),
                part_number=number,
                quantity=quantity,
                unit="H87",
                location="L12",
                is_blocked=is_blocked,
            )
            for place, (number, quantity, is_blocked) in enumerate(items, start=1)
        ),
        place=Identifier(value="P01", scheme="buyer"),
        supplier=Identifier(value="987654321", scheme="duns"),
    )
    assert invrpt.read(as_edifact(invrpt.MESSAGE_TYPE, invrpt.write(told))).message == told
    assert x12.read_846(as_x12(x12.STOCK_SET, x12.STOCK_GROUP, x12.write_846(told))).message == told


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("QTY+48:478:PCE", "QTY+48:-478:PCE", "quantity"),
        ("QTY+48:478:PCE'", "", "segment-missing"),
        ("QVR+-2:21+BP", "QVR+-3:21+BP", "difference"),
        ("BGM+632+GR-5567+9", "BGM+632++9", "segment-missing"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(old: str, new: str, code: str) -> None:
    raw = edifact_sample("RECADV_D97A").decode("iso8859-1")
    assert old in raw
    with pytest.raises(MessageRefused) as refused:
        recadv.read(envelope.read(raw.replace(old, new).encode("iso8859-1")).messages[0])
    assert code in {each.code for each in refused.value.findings}


def arrival(cast: Cast, kind: str, message: Any) -> Arrival:
    return Arrival(
        message_id=uuid4(),
        sender_id=cast.avalon.pk,
        document=Document(kind=kind, reference="1", content=message),
        profile=STANDARD,
    )


def test_the_own_system_hands_receipts_and_stock_in(sent: Sent, cast: Cast) -> None:
    with acting_for(cast.avalon):
        site = Site.objects.get()
        part = sent.story.part
        local = timezone.localtime(timezone=site_zone(site))
        now = Moment(local.date(), local.time().replace(second=0, microsecond=0))
        told = ReceiptAdvice(
            number="GR-1",
            issued_at=now,
            received_at=now,
            advice=sent.advice.number,
            lines=(ReceivedItem(position="1", part_number=part, received=D(478), advised=D(480)),),
            supplier=Identifier(value=cast.brasov.bpn),
            ship_to=Identifier(value=site.code, scheme="buyer"),
        )
        message = as_edifact(recadv.MESSAGE_TYPE, recadv.write(told))
        outcome = apply_recadv(arrival(cast, "edifact:RECADV", message))
        assert outcome.applied == 1
        receipt = GoodsReceipt.objects.get()
        assert (receipt.number, receipt.origin, receipt.is_different) == ("GR-1", "edifact", True)
        stock = StockReport(
            number="S-1",
            issued_at=now,
            counted_at=now,
            lines=(
                StockItem(position="1", part_number=part, quantity=D(500), unit="H87"),
                StockItem(position="2", part_number="NOBODY", quantity=D(5), unit="H87"),
            ),
            place=Identifier(value=site.code, scheme="buyer"),
            supplier=Identifier(value=cast.brasov.bpn),
        )
        report = as_edifact(invrpt.MESSAGE_TYPE, invrpt.write(stock))
        found = apply_invrpt(arrival(cast, "edifact:INVRPT", report))
        assert (found.applied, found.held, len(found.findings)) == (1, 1, 1)
        assert StockCount.objects.get(owner=cast.avalon).quantity == 500
    foreign = replace(arrival(cast, "edifact:RECADV", message), sender_id=cast.porto.pk)
    with acting_for(cast.avalon), pytest.raises(MessageRefused):
        apply_recadv(foreign)


def site_zone(site: Site) -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo(site.timezone)


def test_a_sheet_of_receipts_is_tried_taken_and_taken_back(sent: Sent, cast: Cast) -> None:
    row = {
        "supplier": cast.brasov.bpn,
        "advice_number": sent.advice.number,
        "part_number": sent.story.part,
        "received": D(480),
        "received_on": today_here(),
    }
    with acting_for(cast.avalon):
        context = sheet.prepare([row])
        assert sheet.validate_row(row, context).outcome == "new"
        assert not GoodsReceipt.objects.exists()
        applied = sheet.apply_row(row, context)
        assert sheet.apply_row(row, context) == applied
        assert sheet.validate_row(row, context).outcome == "unchanged"
        with pytest.raises(RowRefused):
            sheet.apply_row({**row, "part_number": "OTHER"}, context)
        sheet.undo_row(applied)
        assert GoodsReceipt.objects.get().state == "cancelled"
