"""Which bytes mean which letters in an interchange."""

import re
from typing import Final

from collab.integration.inbox.findings import Finding

OF_SYNTAX: Final = {
    "UNOA": "iso8859-1",  # a subset of ASCII; senders put umlauts in all the same
    "UNOB": "iso8859-1",
    "UNOC": "iso8859-1",
    "UNOD": "iso8859-2",
    "UNOE": "iso8859-5",
    "UNOF": "iso8859-7",
    "UNOG": "iso8859-3",
    "UNOH": "iso8859-4",
    "UNOI": "iso8859-6",
    "UNOJ": "iso8859-8",
    "UNOK": "iso8859-9",
    "UNOW": "utf-8",
    "UNOY": "utf-8",
}
FALLBACK: Final = "iso8859-1"  # knows every byte, so nothing is ever dropped
CHARSETS: Final = tuple(dict.fromkeys([*OF_SYNTAX.values(), "cp1252", "ascii"]))
_SYNTAX = re.compile(rb"UNB[^A-Za-z0-9](UNO[A-Z])")
_BOM = b"\xef\xbb\xbf"


def decode(raw: bytes, charset: str = "") -> tuple[str, str, list[Finding]]:
    """Return the text of an interchange, the charset that was used, and warnings.

    ``charset`` is what the partner profile says; without it the syntax identifier of UNB decides.
    Bytes that do not fit are read as ISO 8859-1 with a warning: no character is dropped.
    """
    if raw.startswith(_BOM):
        raw, charset = raw[len(_BOM) :], charset or "utf-8"
    named = _SYNTAX.search(raw[:200])
    declared = OF_SYNTAX.get(named[1].decode("ascii"), FALLBACK) if named else FALLBACK
    wanted = charset or declared
    try:
        return raw.decode(wanted), wanted, []
    except UnicodeDecodeError as error:
        finding = Finding(
            code="charset",
            expected=f"text in {wanted}",
            found=f"byte {raw[error.start]:#04x} at offset {error.start}",
            is_warning=True,
        )
        return raw.decode(FALLBACK), FALLBACK, [finding]
