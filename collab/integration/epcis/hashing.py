"""The event hash of CBV 2.0: the event's name by its content, for whoever hashes it."""

from hashlib import sha256

from collab.integration.epcis.canonical import VERSION, canonical_text
from collab.integration.epcis.model import TrackingFacts


def event_hash(facts: TrackingFacts) -> str:
    """Return ``ni:///sha-256;<hex>?ver=CBV2.0`` of an event.

    When it was recorded, its ID and an error declaration are left out: the event and the
    declaration that it was wrong have the same hash.
    """
    digest = sha256(canonical_text(facts).encode()).hexdigest()
    return f"ni:///sha-256;{digest}?ver={VERSION}"
