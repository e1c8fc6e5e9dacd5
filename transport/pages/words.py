"""Refusals in the reader's words, on every page of transport."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from collab.masterdata.refusals import Refused


def refused_text(refused: Refused) -> str:
    """Return a refusal in the reader's words."""
    return _("Expected %(expected)s, got “%(value)s”.") % {
        "expected": refused.expected,
        "value": refused.value,
    }


def put_on(form: forms.Form, refused: Refused, **renamed: str) -> None:
    """Show a refusal at the field it names, or above the form."""
    name = renamed.get(refused.field, refused.field)
    form.add_error(name if name in form.fields else None, refused_text(refused))


def version_of(posted: Any) -> int | None:
    """Return the version a form was made from, if it names one."""
    text = str(posted.get("version", ""))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
