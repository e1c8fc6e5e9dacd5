"""From the names of a demo network to the keys of the rows written for them."""

from dataclasses import dataclass, field
from uuid import UUID

from collab.organisations.models import Organisation


@dataclass(slots=True)
class Directory:
    """Organisations by slug, sites by (slug, code), parts by (slug, number)."""

    organisations: dict[str, Organisation] = field(default_factory=dict)
    sites: dict[tuple[str, str], UUID] = field(default_factory=dict)
    parts: dict[tuple[str, str], UUID] = field(default_factory=dict)
