"""Random advices that keep every law, for messages there and back."""

from dataclasses import replace
from datetime import date, time
from decimal import Decimal

from hypothesis import strategies as st

from forecasting.messages.canonical import Identifier, Moment
from transport.messages.dispatch import Advice, Function, Line
from transport.rules.handling_units import Content, Packing, Unit, suggest
from transport.rules.licence_plate import Issuer

D = Decimal
texts = st.text(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/."), min_size=1, max_size=12)
moments = st.builds(
    Moment,
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.builds(time, st.integers(0, 23), st.integers(0, 59)),
)
parties = st.builds(
    Identifier, value=texts, scheme=st.sampled_from(["duns", "seller", "buyer"]), name=texts
)
optional = st.one_of(st.just(""), texts)


@st.composite
def advices(draw: st.DrawFn) -> Advice:
    """Return an advice whose lines appear in its packs in their order."""
    count = draw(st.integers(1, 3))
    part_numbers = draw(st.lists(texts, min_size=count, max_size=count, unique=True))
    lines = tuple(
        Line(
            position=position,
            part_number=number,
            quantity=D(draw(st.integers(1, 400))),
            unit=draw(st.sampled_from(["H87", "KGM", "MTR"])),
            supplier_part_number=draw(optional),
            name=draw(optional),
            cumulative=draw(st.one_of(st.none(), st.integers(400, 9999).map(D))),
            order=draw(optional),
            delivery_note=draw(optional),
        )
        for position, number in enumerate(part_numbers, start=1)
    )
    gross = D(draw(st.integers(100, 20_000)))
    return Advice(
        number=draw(texts),
        issued_at=draw(moments),
        despatched_at=draw(moments),
        expected_at=draw(moments),
        function=draw(st.sampled_from(Function)),
        lines=lines,
        units=tuple(_units(draw, lines)),
        gross_kg=gross,
        net_kg=gross - draw(st.integers(0, 99)),
        customer=draw(parties),
        supplier=draw(parties),
        ship_to=draw(parties),
        ship_from=draw(parties),
        dock=draw(optional),
        shipment_number=draw(optional),
        transport_document=draw(optional),
        carrier=draw(optional),
        plate=draw(optional),
    )


def _units(draw: st.DrawFn, lines: tuple[Line, ...]) -> list[Unit]:
    """Return packs with plates: none, as suggested, or all lines in one mixed box."""
    shape = draw(st.sampled_from(["none", "suggested", "mixed"]))
    if shape == "none":
        return []
    units = suggest(
        [
            Packing(
                line=line.position,
                quantity=line.quantity,
                per_pack=D(draw(st.integers(8, 50))),
                pack_type=draw(st.sampled_from(["KLT-6428", "BX"])),
                packs_per_load_unit=draw(st.integers(1, 6)),
            )
            for line in lines
        ]
    )
    if shape == "mixed" and len(lines) > 1:
        contents = tuple(Content(line.position, line.quantity) for line in lines)
        units = [Unit(key="1", pack_type="KLT-6428", contents=contents, lot="L7")]
    serials = draw(st.lists(st.integers(1, 999), min_size=len(units), max_size=len(units),
                            unique=True))  # fmt: skip
    if draw(st.booleans()):
        serials.sort()
    issuer = Issuer("UN", "987654321")
    return [
        replace(unit, plate=issuer.plate(serial), gross_kg=None)
        for unit, serial in zip(units, serials, strict=True)
    ]
