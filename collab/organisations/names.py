"""Names and keys of organisations as the viewer may see them, read once per unit of work."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from collab.organisations.context import acting


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
        with connection.cursor() as cursor:  # every hot list ends with it: not worth a compiler
            cursor.execute(_NAMES, [list(missing)])
            known.update((key, Name(short, bpn)) for key, short, bpn in cursor.fetchall())
    return known


_NAMES = "SELECT id, short_name, bpn FROM organisations_organisation WHERE id = ANY (%s)"
