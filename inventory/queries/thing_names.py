"""Things that partners call by names of their own, joined to their GS1 names (IN-20)."""

from collections.abc import Collection

from collab.organisations.context import acting_organisation_id
from inventory.models import ThingName


def joined_names(partner_id: int, names: Collection[str]) -> dict[str, str]:
    """Return what a partner's names stand for, of those that it has joined."""
    rows = ThingName.objects.filter(
        owner_id=acting_organisation_id(), counterparty_id=partner_id, alias__in=names
    )
    return dict(rows.values_list("alias", "thing"))


def thing_called(alias: str) -> str:
    """Return the thing of a partner's name; the name itself if none is joined, or several are."""
    rows = ThingName.objects.filter(owner_id=acting_organisation_id(), alias=alias)
    found = set(rows.values_list("thing", flat=True)[:2])
    return found.pop() if len(found) == 1 else alias
