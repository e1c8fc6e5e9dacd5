"""X12 856: the sample is refused with its place, repaired it is understood; there and back."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given, settings

from collab.integration.edifact import envelope as edifact
from collab.integration.inbox.findings import MessageRefused
from collab.integration.x12 import envelope
from collab.integration.x12.writing import write
from forecasting.messages.canonical import Moment
from tests.integration.edi_samples import edifact_sample, x12_sample
from tests.transport.advices_generated import advices
from transport.messages import desadv, desadv_write, x12_856, x12_856_write
from transport.messages.dispatch import Advice

D = Decimal
SAMPLE = "856_004010_mixed_terminators"


def written(advice: Advice) -> bytes:
    return write(
        [(x12_856_write.SET, x12_856_write.write(advice))],
        code=x12_856_write.GROUP_CODE,
        sender=("987654321", "01"),
        receiver=("123456789", "01"),
        control=7,
        prepared_at=datetime(2026, 11, 22, 6, tzinfo=UTC),
    )


def the_set(raw: bytes) -> envelope.TransactionSet:
    return envelope.read(raw).groups[0].sets[0]


def repaired() -> bytes:
    """Return the sample with the terminator that its header declares, everywhere."""
    return x12_sample(SAMPLE).replace(b"~", b"$")


def test_the_sample_is_refused_with_the_place_of_its_wrong_count() -> None:
    (finding,) = the_set(x12_sample(SAMPLE)).findings
    assert (finding.code, finding.found, finding.tag) == ("segment-count", "25", "SE")


def test_the_repaired_sample_means_what_it_says() -> None:
    about = the_set(repaired())
    assert about.findings == ()
    reading = x12_856.read(about)
    told = reading.message
    assert (told.number, told.transport_document) == ("861554", "861554")
    assert told.issued_at == Moment(date(2018, 3, 13), time(21, 30))
    assert told.despatched_at == Moment(date(2018, 6, 20), time(21, 20))
    assert (told.gross_kg, told.net_kg) == (D("1542.668"), D("1542.214"))  # 3401, 3400 lb
    (line,) = told.lines
    assert (line.part_number, line.quantity, line.unit) == ("C0355UCAD8", 40, "H87")
    assert (line.order, line.name) == ("3D812906", "GREY MET. PAINT")
    assert told.units == ()
    assert told.ship_to is not None
    assert told.ship_to.value == "207046228T"
    assert [(each.code, each.is_warning) for each in reading.findings] == [("total", True)]


@settings(max_examples=60)
@given(advices())
def test_an_advice_goes_there_and_back(advice: Advice) -> None:
    reading = x12_856.read(the_set(written(advice)))
    assert reading.message == x12_856_write.sayable(advice)
    assert reading.findings == ()


@settings(max_examples=30)
@given(advices())
def test_both_syntaxes_mean_the_same(advice: Advice) -> None:
    raw = edifact.write(
        [(desadv_write.MESSAGE_TYPE, desadv_write.write(advice))],
        sender=("SUP", "OD"),
        receiver=("OEM", "OD"),
        reference="1",
        prepared_at=datetime(2026, 11, 22, 6, tzinfo=UTC),
        syntax=("UNOY", "4"),
    )
    other = desadv.read(edifact.read(raw).messages[0]).message
    assert x12_856.read(the_set(written(advice))).message == other


@pytest.mark.parametrize(
    ("old", "new", "code", "tag"),
    [
        ("HL*2*1*T", "HL*2**T", "packs-root", ""),
        ("HL*3*2*P", "HL*3*99*P", "packs-parent", "HL"),
        ("HL*2*1*T", "HL*2*3*T", "packs-cycle", "HL"),
        ("HL*4*3*I", "HL*4*99*I", "packs-parent", "HL"),
        ("REF*LS*UN987654321000000003", "REF*LS*UN987654321000000002", "packs-plate", ""),
        ("SN1**48*EA", "SN1**0*EA", "quantity", "SN1"),
        ("SN1**48*EA", "SN1**48*XYZ", "unit", "SN1"),
        ("MEA*PD*N*1010*KG", "MEA*PD*N*1241*KG", "packs-weight", ""),
        ("MEA*PD*N*1010*KG", "MEA*PD*X*1010*KG", "segment-missing", ""),
        ("HL*1**S", "HL*1**X", "root", "HL"),
        ("BSN*00*80001240", "BSN*77*80001240", "function", "BSN"),
    ],
)
def test_every_broken_law_is_refused_with_its_place(
    old: str, new: str, code: str, tag: str
) -> None:
    advice = desadv.read(edifact.read(edifact_sample("DESADV_D07A_vda4987")).messages[0]).message
    text = written(advice).decode()
    assert old in text
    with pytest.raises(MessageRefused) as refused:
        x12_856.read(the_set(text.replace(old, new, 1).encode()))
    found = {finding.code: finding for finding in refused.value.findings}
    assert code in found, found
    assert found[code].tag == tag


def test_weights_are_needed_to_write() -> None:
    advice = x12_856.read(the_set(repaired())).message
    with pytest.raises(ValueError, match="weight"):
        x12_856_write.write(replace(advice, net_kg=None))
