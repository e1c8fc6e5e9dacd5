"""GS1 identifiers: published conversions, and laws for all others."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.integration.epcis.identifiers import (
    gln_of,
    gtin_of,
    has_right_check_digit,
    lot_of,
    prefix_length_of,
    serial_of,
    sscc_of,
    to_link,
    to_urn,
)
from collab.integration.epcis.schemes import check_digit
from tests.integration.edi_samples import sample


def test_every_published_conversion() -> None:
    vectors = json.loads(sample("epcis-hash", "digital_link_vectors.json"))["vectors"]
    assert len(vectors) > 40
    for vector in vectors:
        expected = vector["expected"] or vector["input"]
        assert to_link(vector["input"]) == expected, vector


_signs = "!\"%&'()*+,-./0123456789:;<=>?ABCXYZ_abcxyz"
_serial = st.text(_signs, min_size=1, max_size=12)


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="!'()*+,:;=_-.")


@st.composite
def urns(draw: st.DrawFn) -> str:
    """Return an EPC URN of any scheme with a company prefix of any length."""
    length = draw(st.integers(6, 12))
    prefix = draw(st.text("0123456789", min_size=length, max_size=length))

    def digits(count: int) -> str:
        return draw(st.text("0123456789", min_size=count, max_size=count))

    serial = _quoted(draw(_serial))
    number = str(draw(st.integers(1, 10**9)))
    free = _quoted(draw(st.text(_signs, min_size=1, max_size=12)))
    part = _quoted(draw(st.text("#-/0123456789ABCXYZ", min_size=1, max_size=12)))
    return draw(
        st.sampled_from(
            [
                f"urn:epc:id:sscc:{prefix}.{digits(17 - length)}",
                f"urn:epc:id:sgtin:{prefix}.{digits(13 - length)}.{serial}",
                f"urn:epc:class:lgtin:{prefix}.{digits(13 - length)}.{serial}",
                f"urn:epc:id:upui:{prefix}.{digits(13 - length)}.{serial}",
                f"urn:epc:id:itip:{prefix}.{digits(13 - length)}.01.02.{serial}",
                f"urn:epc:id:sgln:{prefix}.{digits(12 - length)}.{serial}",
                f"urn:epc:id:sgln:{prefix}.{digits(12 - length)}.0",
                f"urn:epc:id:pgln:{prefix}.{digits(12 - length)}",
                f"urn:epc:id:grai:{prefix}.{digits(12 - length)}.{serial}",
                f"urn:epc:id:gdti:{prefix}.{digits(12 - length)}.{serial}",
                f"urn:epc:id:sgcn:{prefix}.{digits(12 - length)}.{number}",
                f"urn:epc:id:gsrn:{prefix}.{digits(17 - length)}",
                f"urn:epc:id:gsrnp:{prefix}.{digits(17 - length)}",
                f"urn:epc:id:gsin:{prefix}.{digits(16 - length)}",
                f"urn:epc:id:giai:{prefix}.{free}",
                f"urn:epc:id:ginc:{prefix}.{free}",
                f"urn:epc:id:cpi:{prefix}.{part}.{number}",
                f"urn:epc:idpat:sgtin:{prefix}.{digits(13 - length)}.*",
                f"urn:epc:idpat:grai:{prefix}.{digits(12 - length)}.*",
            ]
        )
    )


@given(urns())
def test_a_urn_becomes_a_link_and_the_same_urn_again(urn: str) -> None:
    link = to_link(urn)
    assert link.startswith("https://id.gs1.org/")
    assert to_link(link) == link
    assert has_right_check_digit(link)
    length = prefix_length_of(urn)
    assert length is not None
    assert to_urn(link, length) == urn


@given(
    st.text(max_size=60)
    | st.builds("https://x.example/{}/{}/{}".format, *[st.text("0123456789/%", max_size=20)] * 3)
)
def test_conversion_is_idempotent(text: str) -> None:
    assert to_link(to_link(text)) == to_link(text)


@given(st.text("0123456789", min_size=1, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_shows(digits: str, place: int, more: int) -> None:
    place %= len(digits)
    other = str((int(digits[place]) + more) % 10)
    assert check_digit(digits) != check_digit(digits[:place] + other + digits[place + 1 :])


@pytest.mark.parametrize(
    ("digits", "check"), [("401234500000", "9"), ("629104150021", "3"), ("00614141123456789", "0")]
)
def test_known_check_digits(digits: str, check: str) -> None:
    assert check_digit(digits) == check


def test_numbers_inside_identifiers() -> None:
    assert sscc_of("urn:epc:id:sscc:4012345.3111111111") == "340123451111111111"
    assert gln_of("urn:epc:id:pgln:4012345.00000") == "4012345000009"
    assert gln_of("https://x.example/gln/4012345000054/glnx/17") == "4012345000054"
    assert gtin_of("urn:epc:class:lgtin:4012345.012345.998877") == "04012345123456"
    assert lot_of("urn:epc:class:lgtin:4012345.012345.99%2F8") == "99/8"
    assert serial_of("https://id.gs1.org/01/04012345123456/10/7/21/98") == "98"
    assert sscc_of("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6") == ""
    assert not has_right_check_digit("https://id.gs1.org/00/340123451111111112")
