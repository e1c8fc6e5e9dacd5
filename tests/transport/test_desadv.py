"""DESADV: the sample means what it says, advices go there and back, broken laws have a place."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from collab.integration.edifact import envelope
from collab.integration.inbox.findings import MessageRefused
from collab.integration.inbox.profile import Profile
from forecasting.messages.canonical import Identifier, Moment
from tests.integration.edi_samples import edifact_sample
from tests.transport.advices_generated import advices
from transport.messages import desadv, desadv_write
from transport.messages.dispatch import Advice, Function

D = Decimal


def written(advice: Advice) -> bytes:
    return envelope.write(
        [(desadv_write.MESSAGE_TYPE, desadv_write.write(advice))],
        sender=("SUP", "OD"),
        receiver=("OEM", "OD"),
        reference="1",
        prepared_at=datetime(2026, 11, 22, 6, tzinfo=UTC),
        syntax=("UNOY", "4"),
    )


def read(raw: bytes, **profile: Any) -> Any:
    return desadv.read(envelope.read(raw).messages[0], Profile(**profile))


def swapped(*changes: tuple[str, str]) -> bytes:
    raw = edifact_sample("DESADV_D07A_vda4987").decode("iso8859-1")
    for old, new in changes:
        assert old in raw, old
        raw = raw.replace(old, new)
    return raw.encode("iso8859-1")


def test_the_sample_means_what_it_says() -> None:
    reading = read(edifact_sample("DESADV_D07A_vda4987"))
    told = reading.message
    assert reading.findings == ()
    assert (told.number, told.function) == ("80001240", Function.ORIGINAL)
    assert told.despatched_at == Moment(date(2026, 11, 23), time(14))
    assert told.expected_at == Moment(date(2026, 11, 24), time(8))
    assert (told.gross_kg, told.net_kg) == (1240, 1010)
    assert told.ship_to == Identifier(value="P01", scheme="buyer")
    assert (told.dock, told.plate, told.carrier) == ("D07", "WOB-AB-123", "SCAC1")
    assert (told.shipment_number, told.transport_document) == ("SLB4711", "SHP0009")
    (line,) = told.lines
    assert (line.part_number, line.quantity, line.unit) == ("8K0 612 345 A", 480, "H87")
    assert (line.order, line.delivery_note) == ("5500012345", "80001240")
    pallet, *boxes = told.units
    assert (pallet.pack_type, pallet.plate) == ("PAL-1208", "UN987654321000000001")
    assert [box.plate[-2:] for box in boxes] == [f"{n:02}" for n in range(2, 12)]
    assert {(box.parent, box.contents[0].quantity) for box in boxes} == {(pallet.key, 48)}


@settings(max_examples=60)
@given(advices())
def test_an_advice_goes_there_and_back(advice: Advice) -> None:
    reading = read(written(advice))
    assert reading.message == desadv_write.sayable(advice)
    assert [each for each in reading.findings if not each.is_warning] == []


def test_equal_boxes_are_told_together_with_a_range() -> None:
    advice = read(edifact_sample("DESADV_D07A_vda4987")).message
    told = [each for each in desadv_write.write(advice) if each.tag == "GIN"]
    assert [each.elements[1] for each in told] == [
        ("UN987654321000000001",),
        ("UN987654321000000002", "UN987654321000000011"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("CPS+2+1+1", "CPS+2++1", "packs-root", "message 1"),
        ("CPS+2+1+1", "CPS+2+9+1", "packs-parent", "segment 22 PAC"),
        ("CPS+1++1", "CPS+1+2+1", "packs-cycle", "segment 22 PAC"),
        ("CPS+2+1+1", "CPS+1+1+1", "packs-key", "PAC"),
        ("UN987654321000000011", "UN987654321000000010", "plates", "segment 22 PAC"),
        (":UN987654321000000011", ":OD987654321000000011", "plates", "GIN"),
        ("000000002:UN", "000000001:UN", "plates", "segment 22 PAC"),
        ("PAC+10+", "PAC+9+", "plates", "segment 22 PAC"),
        ("PAC+10+", "PAC+x+", "count", "segment 22 PAC"),
        ("QTY+52:48", "QTY+52:47", "quantity", "segment 22 PAC"),
        ("QTY+12:480", "QTY+12:0", "quantity", "QTY, line 1"),
        ("QTY+12:480", "QTY+12:many", "quantity", "QTY, line 1"),
        ("AAL+KGM:1010", "AAL+KGM:1241", "packs-weight", "message 1"),
        ("AAL+KGM", "AAL+MTR", "weight", "segment 7 MEA"),
        ("MEA+AAX+AAL+KGM:1010'\n", "", "segment-missing", "message 1"),
        ("LIN+1++8K0 612 345 A:IN", "LIN+1++", "part", "line 1"),
        ("DTM+11:202611231400", "DTM+11:202611321400", "date", "segment 4 DTM"),
        ("BGM+351+80001240", "BGM+351+", "segment-missing", "element 2"),
        ("80001240+9", "80001240+99", "function", "element 3"),
    ],
)
def test_every_broken_law_is_refused_with_its_place(
    old: str, new: str, code: str, place: str
) -> None:
    count = "UNT+31" if new else "UNT+30"
    changes = [(old, new)] + ([("UNT+31", count)] if not new else [])
    with pytest.raises(MessageRefused) as refused:
        read(swapped(*changes))
    found = [(finding.code, finding.place) for finding in refused.value.findings]
    assert any(code == each and place in where for each, where in found), found


def test_the_last_box_need_not_be_full() -> None:
    told = read(swapped(("QTY+12:480", "QTY+12:440"))).message
    assert [unit.contents[0].quantity for unit in told.units[1:]] == [48] * 9 + [8]


def test_pounds_and_tonnes_become_kilograms() -> None:
    told = read(swapped(("KGM:1240", "TNE:1.24"), ("AAL+KGM:1010", "AAL+LBR:1000"))).message
    assert (told.gross_kg, told.net_kg) == (D(1240), D("453.592"))


def test_a_profile_names_other_qualifiers() -> None:
    raw = swapped(("RFF+ON:", "RFF+CT:"), ("RFF+CRN:", "RFF+ABC:"))
    told = read(raw, qualifiers={"shipment": ("ABC",)}).message
    assert (told.lines[0].order, told.shipment_number) == ("5500012345", "SLB4711")


def test_weights_are_needed_to_write() -> None:
    advice = read(edifact_sample("DESADV_D07A_vda4987")).message
    with pytest.raises(ValueError, match="weight"):
        desadv_write.write(replace(advice, gross_kg=None))
