"""Whether a number that names a place, item, box, container, vehicle or partner can be right."""

import re
from dataclasses import dataclass

from stdnum import ean, iso6346

_GTIN_LENGTHS = (8, 12, 13, 14)
_DIGITS = re.compile(r"[0-9]+")
_CONTAINER_OWNER_AND_SERIAL = re.compile(r"[A-Z]{3}[UJZ][0-9]{6}")
_BPN = re.compile(r"BPN[LSA][A-Za-z0-9]{12}")
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_VIN_VALUES = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    "P": 7,
    "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_CHECKED_REGIONS = frozenset("12345L")


@dataclass(frozen=True, slots=True)
class VinCheck:
    """A well-formed VIN; ``warning`` is empty unless its check digit does not add up."""

    vin: str
    warning: str = ""


def gs1_check_digit(body: str) -> int:
    """Return the mod-10 digit that completes ``body``: a GLN, GTIN or SSCC without its last digit.

    Weights 3, 1, 3, ... from the right (GS1 General Specifications 7.9). Raises
    ``ValueError`` if ``body`` is not all digits.
    """
    if not _DIGITS.fullmatch(body):
        raise ValueError(f"expected digits only, got {body!r}")
    return int(ean.calc_check_digit(body))


def container_check_digit(owner_and_serial: str) -> int:
    """Return the ISO 6346 digit for an owner code, category U, J or Z and six-digit serial.

    Raises ``ValueError`` if the ten characters are not of that form.
    """
    if not _CONTAINER_OWNER_AND_SERIAL.fullmatch(owner_and_serial):
        raise ValueError(
            f"expected three letters, one of U, J, Z and six digits, got {owner_and_serial!r}"
        )
    return int(iso6346.calc_check_digit(owner_and_serial))


def vin_check_digit(vin: str) -> str:
    """Return the character, 0 to 9 or X, that position 9 of ``vin`` should hold.

    The sum of ISO 3779 as 49 CFR 565 prescribes it. What stands in position 9
    has no influence. Raises ``ValueError`` if ``vin`` is not 17 characters of A-Z without
    I, O, Q, and digits.
    """
    if not _VIN.fullmatch(vin):
        raise ValueError(f"expected 17 characters, digits or letters without I, O, Q, got {vin!r}")
    total = sum(_VIN_VALUES[sign] * weight for sign, weight in zip(vin, _VIN_WEIGHTS, strict=True))
    return "0123456789X"[total % 11]


def check_gln(number: str) -> str:
    """Return the 13-digit GLN without spaces; raise ``ValueError`` saying what is wrong."""
    return _check_gs1("GLN", number, (13,))


def check_gtin(number: str) -> str:
    """Return the GTIN of 8, 12, 13 or 14 digits without spaces; raise ``ValueError`` if wrong."""
    return _check_gs1("GTIN", number, _GTIN_LENGTHS)


def check_sscc(number: str) -> str:
    """Return the 18-digit SSCC without spaces; raise ``ValueError`` saying what is wrong."""
    return _check_gs1("SSCC", number, (18,))


def check_container(number: str) -> str:
    """Return the ISO 6346 container number in capitals without spaces; ``ValueError`` if wrong."""
    code = _compact(number).upper()
    if len(code) != 11 or not _DIGITS.fullmatch(code[10:]):
        raise ValueError(f"expected a container number of 11 characters, got {number!r}")
    expected = container_check_digit(code[:10])
    if int(code[10]) != expected:
        raise ValueError(f"expected check digit {expected} for {code[:10]}, got {code[10]}")
    return code


def check_vin(number: str) -> VinCheck:
    """Return the VIN in capitals; its check digit is binding in North America and China only.

    Elsewhere position 9 is free, so a mismatch is a warning in the result.

    Raises
    ------
    ValueError
        If the form is wrong, or the check digit of a VIN that starts with 1-5
        (North America) or L (China) does not add up.
    """
    vin = _compact(number).upper()
    expected = vin_check_digit(vin)
    if vin[8] == expected:
        return VinCheck(vin)
    mismatch = f"expected check digit {expected} in position 9 of {vin}, got {vin[8]}"
    if vin[0] in _VIN_CHECKED_REGIONS:
        raise ValueError(mismatch)
    return VinCheck(vin, warning=mismatch)


def check_duns(number: str) -> str:
    """Return the nine digits of a DUNS number, which has no check digit; ``ValueError`` if not."""
    digits = _compact(number)
    if len(digits) != 9 or not _DIGITS.fullmatch(digits):
        raise ValueError(f"expected a DUNS number of 9 digits, got {number!r}")
    return digits


def check_bpn(number: str) -> str:
    """Return the business partner number (BPNL, BPNS, BPNA); raise ``ValueError`` if malformed."""
    if not _BPN.fullmatch(number):
        raise ValueError(f"expected BPNL, BPNS or BPNA and 12 letters or digits, got {number!r}")
    return number


def _check_gs1(name: str, number: str, lengths: tuple[int, ...]) -> str:
    digits = _compact(number)
    if len(digits) not in lengths or not _DIGITS.fullmatch(digits):
        allowed = ", ".join(map(str, lengths))
        raise ValueError(f"expected a {name} of {allowed} digits, got {number!r}")
    expected = gs1_check_digit(digits[:-1])
    if int(digits[-1]) != expected:
        raise ValueError(f"expected check digit {expected} for {name} {digits}, got {digits[-1]}")
    return digits


def _compact(number: str) -> str:
    return number.replace(" ", "").replace("-", "")
