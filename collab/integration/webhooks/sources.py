"""What an endpoint can be told of: areas register it, the page offers it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise

from collab.integration.models.webhooks import WebhookEndpoint


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of message; all functions run acting for the organisation that subscribes.

    ``offers`` returns what can be chosen as (value, label); ``subscribe`` makes an endpoint for
    an address and a value, and returns it with its secret. It raises
    ``addresses.ForbiddenAddress`` and, for a value that was not offered, ``LookupError``.
    ``told`` returns per endpoint what it is subscribed to, in words.
    """

    label: str | Promise
    offers: Callable[[], Sequence[tuple[str, str]]]
    subscribe: Callable[[str, str], tuple[WebhookEndpoint, str]]
    told: Callable[[Collection[UUID]], Mapping[UUID, str]]


_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Make a source known; called from an app's ``ready``."""
    _sources[name] = source


def known_sources() -> dict[str, Source]:
    """Return all sources by name."""
    return dict(sorted(_sources.items()))


def told_of(endpoint_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return what each endpoint is subscribed to; those that no source feeds are left out."""
    found: dict[UUID, str] = {}
    for source in known_sources().values():
        found.update(source.told(endpoint_ids))
    return found
