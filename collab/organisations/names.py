"""Names and keys of organisations as the viewer may see them, read once per unit of work."""

from collections.abc import Iterable
from dataclasses import dataclass

from collab.organisations.context import acting
from collab.organisations.models import Organisation


@dataclass(frozen=True, slots=True)
class Name:
    """What an organisation is called, and its public key."""

    short: str
    bpn: str


NOBODY = Name("", "")
"""Stands for an organisation that the viewer may not know."""


def names_of(keys: Iterable[int]) -> dict[int, Name]:
    """Return the names of those organisations that the viewer may see.

    The answer may hold more keys than were asked for; one query for what is not known yet.
    """
    known: dict[int, Name] = acting().memo.setdefault("organisations.names", {})
    if missing := set(keys) - known.keys():
        found = Organisation.objects.filter(pk__in=missing)
        for key, short, bpn in found.values_list("pk", "short_name", "bpn"):
            known[key] = Name(short, bpn)
    return known
