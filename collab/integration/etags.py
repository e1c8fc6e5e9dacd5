"""Versions of rows as entity tags, so that nobody overwrites what he has not read."""

import hashlib
from typing import Any, Protocol

from rest_framework.request import Request

from collab.integration.problems import Problem


class Versioned(Protocol):
    """A row that counts its changes."""

    pk: Any
    version: Any


def etag_of(row: Versioned) -> str:
    """Return the strong entity tag of this version of the row, quotes included."""
    return tag(type(row).__name__, row.pk, row.version)


def tag(*parts: object) -> str:
    """Return an entity tag made of ``parts``, quotes included; it shows none of them."""
    text = "|".join(str(part) for part in parts)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'


def require_match(request: Request, row: Versioned) -> None:
    """Refuse a change unless ``If-Match`` names the row's present version.

    Lock the row first (``select_for_update``), else two writers may both match.

    Raises
    ------
    Problem
        428 without ``If-Match``, 412 with another version's.
    """
    given = request.headers.get("If-Match")
    if given is None:
        raise Problem(428, detail="Send the ETag you last read in If-Match.")
    if not matches(given, etag_of(row)):
        raise Problem(412, detail="Somebody changed this meanwhile; read it again.")


def is_known(request: Request, etag: str) -> bool:
    """Say whether the caller already holds the version ``etag`` (``If-None-Match``)."""
    given = request.headers.get("If-None-Match")
    return given is not None and matches(given, etag)


def matches(given: str, etag: str) -> bool:
    """Compare a header's list of tags with one tag; ``*`` matches any, weak tags compare alike."""
    tags = {part.strip().removeprefix("W/") for part in given.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags
