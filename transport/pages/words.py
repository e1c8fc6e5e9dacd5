"""Refusals at the fields of forms, and the version a form was made from."""

from typing import Any

from django import forms

from collab.masterdata.refusals import Refused
from transport.pages.base import refusal_text


def put_on(form: forms.Form, refused: Refused, **renamed: str) -> None:
    """Show a refusal at the field it names, or above the form."""
    name = renamed.get(refused.field, refused.field)
    form.add_error(name if name in form.fields else None, refusal_text(refused))


def version_of(posted: Any) -> int | None:
    """Return the version a form was made from, if it names one."""
    text = str(posted.get("version", ""))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
