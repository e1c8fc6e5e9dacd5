"""What the pages of orders, loads and shipments share."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.utils.translation import gettext as _

from collab.masterdata.refusals import Refused
from collab.shell.page import PageRequest

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PLANNERS = ("planner", "dispatcher", "admin")
SHOWN, EXPORTED = 50, 100_000


def may_plan(request: PageRequest) -> bool:
    """Say whether the reader may arrange transport."""
    return request.membership.role in PLANNERS


def chosen(asked: QueryDict, name: str, known: "Mapping[str, StrOrPromise]", usual: str) -> str:
    """Return a known value of the query, the usual one for anything else."""
    value = asked.get(name, usual)
    return value if value in known else usual


def refusal_text(refused: Refused) -> str:
    """Return a refusal in the reader's words.

    What was expected is a text of the services; the catalogue knows those that name no figure.
    """
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
