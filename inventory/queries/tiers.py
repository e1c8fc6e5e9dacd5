"""In which tier a holder of stock stands, as far as the viewer knows its network."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from collab.organisations.context import acting_organisation_id
from collab.shell.network import network

OWN, CUSTOMERS, OTHERS = "own", "customers", "others"


@dataclass(frozen=True, slots=True)
class Tier:
    """Where a holder stands: 0 is ours, 1 and up our suppliers, -1 our customers.

    ``number`` is None for a holder that granted figures without standing in the known network.
    """

    number: int | None

    @property
    def key(self) -> str:
        """What filters call it."""
        if self.number is None:
            return OTHERS
        if self.number <= 0:
            return CUSTOMERS if self.number else OWN
        return str(self.number)

    @property
    def place(self) -> tuple[bool, bool, int]:
        """Where lists put it: ours first, then up the chain, customers, others."""
        number = self.number
        return (number is None, number is not None and number < 0, abs(number or 0))

    @property
    def label(self) -> str:
        """What pages call it."""
        if self.number is None:
            return _("Others")
        if self.number <= 0:
            return _("Customers") if self.number else _("Own sites")
        return _("Tier %(tier)s") % {"tier": self.number}

    @property
    def short(self) -> str:
        """What a line about one holder calls it."""
        if self.number is None:
            return ""
        return _("own") if self.number == 0 else _("customer") if self.number < 0 else self.label


def tier_of(owner_id: int) -> Tier:
    """Return the tier of a holder."""
    if owner_id == acting_organisation_id():
        return Tier(0)
    node = network().by_id.get(owner_id)
    if node is None:
        return Tier(None)
    return Tier(-1 if node.tier > 0 else -node.tier)


def tier_of_bpn(bpn: str) -> Tier:
    """Return the tier of the holder with this BPN."""
    found = [node.organisation.pk for node in network().nodes if node.organisation.bpn == bpn]
    return tier_of(found[0]) if found else Tier(None)


def tiers_among(owners: Iterable[int]) -> list[Tier]:
    """Return the tiers of these holders, ours first, then up the chain, customers and others."""
    found = {tier_of(owner) for owner in owners}
    return sorted(found, key=lambda tier: tier.place)


def owners_in(key: str, owners: Iterable[int]) -> set[int]:
    """Return those of the holders whose tier filters call ``key``."""
    return {owner for owner in owners if tier_of(owner).key == key}
