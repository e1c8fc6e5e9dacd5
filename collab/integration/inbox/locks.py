"""Take turns on a number: a lock by name that PostgreSQL drops when the transaction ends."""

import hashlib

from django.db import connection

from collab.organisations.context import acting_organisation_id


def hold(*name: object) -> None:
    """Wait for the acting organisation's lock of that name and keep it to the transaction's end."""
    text = "|".join(str(part) for part in (acting_organisation_id(), *name))
    key = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
