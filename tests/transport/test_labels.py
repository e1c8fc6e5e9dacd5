"""TR-17: every printed label is read back, byte for byte, and says what the pack holds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from collab.organisations.context import acting_for
from tests.harness.cast import Cast
from tests.transport.goods_on_the_way import make_story
from transport.labels.pdf import labels_pdf
from transport.labels.svg import label_svg
from transport.labels.writing import printable
from transport.queries.advices import advice_list, units_of
from transport.queries.labels import labels_of, left_out, unprintable
from transport.rules.handling_units import Kind, contents_within
from transport.rules.label import Label, Size, fields_of, message
from transport.rules.licence_plate import Issuer
from transport.services.advices import send_advice

D = Decimal
DOTS = 300  # per inch, as a label printer has them
values = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=18
).filter(lambda text: text.strip() == text)
labels = st.builds(
    Label,
    kind=st.sampled_from(Kind),
    plate=st.builds(
        Issuer("UN", "987654321").plate, st.integers(1, 999_999_999)
    ) | st.from_regex(r"[A-Z]{2}[A-Z0-9]{2,31}", fullmatch=True),
    ship_from=st.tuples(values, values),
    ship_to=st.tuples(values, values),
    advice=values,
    part_number=st.one_of(st.just(""), values),
    supplier_part_number=values,
    name=values,
    quantity=st.one_of(st.none(), st.integers(1, 99_999).map(D)),
    unit=st.sampled_from(["H87", "KGM", "MTR", "ZP"]),
    order=values,
    delivery_note=values,
    duns=st.just("987654321"),
    lot=values,
    pack_type=st.sampled_from(["KLT-6428", "PX"]),
    packs_inside=st.integers(0, 40),
    dock=st.sampled_from(["", "D07"]),
    gross_kg=st.one_of(st.none(), st.just(D("1240.5"))),
    despatched_on=st.just(date(2026, 11, 23)),
)  # fmt: skip


def printed(found: list[Label], size: Size) -> Iterator[Image.Image]:
    """Yield each label of the printed sheets as the picture that a scanner sees."""
    sheets = pypdfium2.PdfDocument(labels_pdf(found, size))
    for number in range(len(found)):
        sheet = sheets[number // size.per_sheet]
        picture = sheet.render(scale=DOTS / 72).to_pil().convert("L")
        height = picture.height * size.height_mm / 297
        top = number % size.per_sheet * height
        yield picture.crop((0, round(top), picture.width, round(top + height)))


def scanned(picture: Image.Image) -> dict[str, list[bytes]]:
    """Return the bytes of every code on a label by its kind."""
    found: dict[str, list[bytes]] = {}
    for each in zxingcpp.read_barcodes(picture):
        found.setdefault(each.format.name, []).append(bytes(each.bytes))
    return found


@settings(max_examples=12)
@given(label=labels, size=st.sampled_from(Size))
def test_every_label_is_read_back_byte_for_byte(label: Label, size: Size) -> None:
    (picture,) = printed([label], size)
    assert scanned(picture) == {
        "Code128": [label.linear.encode()],
        "DataMatrix": [label.two_dimensional.encode()],
    }


def test_the_labels_of_an_advice_say_what_its_packs_hold(cast: Cast) -> None:
    story = make_story(cast)
    with acting_for(story.supplier):
        send_advice(story.consignment(100))
        (row,) = advice_list()
        units = units_of(row.id)
        found = labels_of(row)
        assert len({each.plate for each in found}) == len(found) == len(units) == 4
        some = labels_of(row, unit_ids=[units[1].id])
        assert [each.plate for each in some] == [units[1].licence_plate]
    inside = {
        unit.licence_plate: sum((each.quantity for each in unit.contents), D(0)) for unit in units
    }
    pallet, *boxes = found
    assert (pallet.kind, pallet.quantity, pallet.packs_inside) == (Kind.MASTER, 100, 3)
    assert (
        [each.quantity for each in boxes] == [inside[each.plate] for each in boxes] == [48, 48, 4]
    )
    for label, picture in zip(found, printed(found, Size.MEDIUM), strict=True):
        codes = scanned(picture)
        told = dict(fields_of(codes["DataMatrix"][0].decode()))
        assert codes["Code128"] == [label.linear.encode()]
        assert told["7Q"] == f"{label.quantity:f}PC".replace(".000", "")
        assert (told["P"], told["2S"]) == ("AM-700", row.number)
    with acting_for(cast.porto):
        assert advice_list() == []
    assert contents_within([]) == {}


@given(st.lists(st.tuples(st.from_regex(r"[0-9]{0,2}[A-Z]", fullmatch=True), values), max_size=9))
def test_the_text_of_the_2d_code_is_read_as_it_was_written(fields: list[tuple[str, str]]) -> None:
    if fields:
        assert fields_of(message(fields)) == fields


@pytest.mark.parametrize("text", ["", "[)>\x1e05\x1dP1\x1e\x04", "[)>\x1e06\x1dp1\x1e\x04"])
def test_other_texts_are_no_label(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        fields_of(text)


def example(**changes: Any) -> Label:
    label = Label(
        kind=Kind.SINGLE,
        plate="UN987654321000000002",
        ship_from=("Brașov Harness", "RO Brașov"),
        ship_to=("Avalon Motors", "DE Munich"),
        part_number="8K0 612 345 A",
        quantity=D("480.000"),
        unit="H87",
    )
    return replace(label, **changes)


def test_the_label_of_the_standard() -> None:
    label = example()
    assert label.linear == "1JUN987654321000000002"
    assert label.plate_text == "1J UN 9876 5432 1000 0000 02"
    assert label.two_dimensional == (
        "[)>\x1e06\x1d1JUN987654321000000002\x1dP8K0 612 345 A\x1dQ480\x1d7Q480PC\x1e\x04"
    )
    with pytest.raises(ValueError, match="control"):
        _text = example(order="1\x1d2").two_dimensional


def test_names_that_the_fonts_lack_lose_marks_or_are_left_out() -> None:
    assert printable("Brașov") == "Brasov"
    assert printable("Škoda, Čadca") == "Škoda, Cadca"
    assert printable("Москва") == ""
    told = [example(ship_to=("汽车", "CN Beijing"), name="Łódź")]
    assert unprintable(told) == ["Brașov Harness", "RO Brașov", "汽车", "Łódź"]
    assert left_out(told) == ["汽车"]
    (picture,) = printed(told, Size.LARGE)  # the codes do not suffer from it
    assert scanned(picture)["Code128"] == [b"1JUN987654321000000002"]


def test_the_preview_shows_the_same_label_at_its_size() -> None:
    root = ET.fromstring(label_svg(example(name="<b>&"), Size.SMALL))
    assert (root.get("width"), root.get("height")) == ("210mm", "42mm")
    assert root.get("aria-label") == "1JUN987654321000000002 8K0 612 345 A"


def test_the_same_labels_are_the_same_bytes_and_none_is_no_file() -> None:
    assert labels_pdf([example()], Size.SMALL) == labels_pdf([example()], Size.SMALL)
    with pytest.raises(ValueError, match="at least one"):
        labels_pdf([], Size.SMALL)
    assert [size.per_sheet for size in Size] == [2, 4, 7]
