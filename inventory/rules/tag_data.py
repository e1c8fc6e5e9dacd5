"""What is written on an RFID tag: binary EPCs of 96 bits as identifiers.

Facts: GS1 EPC Tag Data Standard 2, section 14: header, filter, partition, company prefix and
reference; the partition says how 44 (SGTIN, GRAI), 58 (SSCC) or 82 (GIAI) bits are shared.
"""

from dataclasses import dataclass
from typing import Final

from collab.integration.epcis.identifiers import to_link

_PREFIX: Final = ((40, 12), (37, 11), (34, 10), (30, 9), (27, 8), (24, 7), (20, 6))
"""Bits and digits of the company prefix by partition."""


@dataclass(frozen=True, slots=True)
class _Scheme:
    """How one header reads on: bits of prefix and reference, their digits, bits of a serial."""

    name: str
    shared_bits: int
    shared_digits: int  # 0: the reference is a number of its own, as it stands
    serial_bits: int


_SCHEMES: Final = {
    0x30: _Scheme("sgtin", 44, 13, 38),
    0x31: _Scheme("sscc", 58, 17, 0),
    0x33: _Scheme("grai", 44, 12, 38),
    0x34: _Scheme("giai", 82, 0, 0),
}


def identifier_of(tag: str) -> str:
    """Return the identifier that a tag carries, from 24 hex digits or as an identifier in text.

    Raises ``ValueError`` for anything else: a tag that nobody wrote, or of a scheme of others.
    """
    text = tag.strip()
    if ":" in text:
        link = to_link(text)
        if link.startswith("urn:epc:") or (link == text and text.startswith("urn:epc")):
            raise ValueError(f"expected an EPC that can be read, got {text[:80]!r}")
        return link
    try:
        bits = int(text, 16)
    except ValueError:
        raise ValueError(f"expected 24 hexadecimal digits or a URI, got {text[:80]!r}") from None
    if len(text) != 24:
        raise ValueError(f"expected 24 hexadecimal digits or a URI, got {text[:80]!r}")
    return _decoded(bits, text)


def _decoded(bits: int, text: str) -> str:
    scheme = _SCHEMES.get(bits >> 88)
    partition = bits >> 82 & 0x7
    if scheme is None or partition >= len(_PREFIX):
        raise ValueError(f"expected an SGTIN, SSCC, GRAI or GIAI of 96 bits, got {text!r}")
    prefix_bits, prefix_digits = _PREFIX[partition]
    rest = bits & (1 << 82) - 1
    shared = rest >> (82 - scheme.shared_bits)
    reference_bits = scheme.shared_bits - prefix_bits
    prefix = shared >> reference_bits
    reference = shared & (1 << reference_bits) - 1
    if len(str(prefix)) > prefix_digits:
        raise ValueError(f"expected a company prefix of {prefix_digits} digits, got {text!r}")
    digits = scheme.shared_digits - prefix_digits
    if scheme.shared_digits and digits and len(str(reference)) > digits:
        raise ValueError(f"expected a reference of {digits} digits, got {text!r}")
    parts = [f"{prefix:0{prefix_digits}d}"]
    parts.append((f"{reference:0{digits}d}" if digits else "") if scheme.shared_digits
                 else str(reference))  # fmt: skip
    if scheme.serial_bits:
        parts.append(str(rest & (1 << scheme.serial_bits) - 1))
    urn = f"urn:epc:id:{scheme.name}:{'.'.join(parts)}"
    link = to_link(urn)
    if link == urn:
        raise ValueError(f"expected an EPC that can be read, got {text!r}")
    return link
