"""What the pages of safety stock share: refusals in words, the version a form was made from."""

from django.http import QueryDict
from django.utils.translation import gettext as _

from collab.masterdata.refusals import Refused


def refusal_text(refused: Refused) -> str:
    """Return a refusal in the reader's words, as far as the catalogue knows the expectation."""
    expected = _(refused.expected)
    if not refused.value:
        return _("Expected %(expected)s.") % {"expected": expected}
    return _("Expected %(expected)s, got “%(value)s”.") % {
        "expected": expected,
        "value": refused.value,
    }


def version_of(posted: QueryDict) -> int | None:
    """Return the version a form was made from, ``None`` for anything else."""
    text = posted.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
