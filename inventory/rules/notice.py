"""The rules of a disruption notice that no table can hold (IN-18); pure functions."""

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

LONGEST_TEXT = 4000
RFC_VARIANT = 4  # version nibble of a random UUID: a keyed hash looks like nothing else


def cleaned_text(text: str) -> str:
    r"""Return a text of several lines in its one form; raise ``ValueError`` for what is none.

    Lines end in ``\n``; other control characters and more than 4000 characters are refused.
    """
    found = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign not in "\n\t" for sign in found):
        raise ValueError("expected text without control characters, got some")
    if len(found) > LONGEST_TEXT:
        raise ValueError(f"expected at most {LONGEST_TEXT} characters, got {len(found)}")
    return found


def is_window(starts_at: datetime, ends_at: datetime | None) -> bool:
    """Say whether an effect ends no earlier than it starts; an open end always does."""
    return ends_at is None or ends_at >= starts_at


def hidden_source(source_id: UUID, *, key: bytes) -> UUID:
    """Return what stands for a source that the forwarder keeps to itself.

    HMAC-SHA-256 of the source under the forwarder's key, cut to a UUID: all its notices of one
    disruption keep one source, which nobody without the key can link to the true one.
    """
    digest = hmac.new(key, source_id.bytes, hashlib.sha256).digest()
    return UUID(bytes=digest[:16], version=RFC_VARIANT)


def known_parts(
    stated: Sequence[str], names: Mapping[str, str | None]
) -> tuple[list[str], list[str]]:
    """Return those of ``stated`` parts that a recipient knows, and its numbers for them.

    ``names`` has the recipient's number of each part, an empty text where it uses the sender's,
    ``None`` where it does not know the part. Order is kept, repetitions are dropped.
    """
    kept = [part for part in dict.fromkeys(stated) if names.get(part) is not None]
    return kept, [names[part] or "" for part in kept]
