"""The organisations at the ends of a row, as far as the viewer may know them.

Joining them would drop rows: row-level security hides an organisation that is no partner, and
with it everything joined to it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from collab.organisations.models import Organisation

_ENDS = ("owner_id", "counterparty_id", "viewer_id", "provider_id", "about_id")


def known_organisations(rows: Iterable[Any]) -> dict[int, Organisation]:
    """Return the visible organisations at any end of ``rows`` by key; one query."""
    keys = {getattr(row, end) for row in rows for end in _ENDS if hasattr(row, end)}
    return Organisation.objects.in_bulk(keys) if keys else {}


def bpn_of(names: Mapping[int, Organisation], key: int) -> str | None:
    """Return the business partner number, or ``None`` for an organisation the viewer cannot see."""
    found = names.get(key)
    return found.bpn if found else None


def organisation_by_bpn(bpn: str) -> Organisation | None:
    """Return a visible organisation by its business partner number, or ``None``."""
    return Organisation.objects.filter(bpn=bpn).first()
