"""SQL that shows a column only where the viewer's grants show it.

A grant may open some fields only. What a viewer may not see must not order, filter or count its
lists either, or the hidden value could be found by asking.
"""

from typing import Any

from django.db.models import Case, F, Field, Q, Value, When

from collab.organisations.context import acting_organisation_id
from collab.sharing.models import GrantedPair
from collab.sharing.queries import visible_fields


def partner_is(bpn: str) -> Q:
    """Match what the partner owns, and one's own rows about it.

    The counterparty of somebody else's row takes no part: a grant may hide it.
    """
    return Q(owner__bpn=bpn) | Q(owner_id=acting_organisation_id(), counterparty__bpn=bpn)


def part_begins(text: str) -> Q:
    """Match rows whose visible number of the part, of either partner, begins with ``text``.

    The query set needs the annotations ``seen_part_number`` and ``seen_supplier_part_number``.
    """
    return Q(seen_part_number__istartswith=text) | Q(seen_supplier_part_number__istartswith=text)


def seen(topic: str, column: str, output_field: "Field[Any, Any]", *, name: str = "") -> Case:
    """Return ``column`` where the viewer may see the field ``name`` of the row, else NULL."""
    wanted = name or column
    pairs = [
        pair for pair, fields in visible_fields(topic).items() if fields is None or wanted in fields
    ]
    may_see = Q(owner_id=acting_organisation_id())
    if pairs:
        may_see = may_see | Q(GrantedPair(pairs))
    return Case(When(may_see, then=F(column)), default=Value(None), output_field=output_field)
