"""Rows that a viewer may see with every field: sums must not give away hidden ones."""

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from collab.organisations.context import acting_organisation_id
from collab.sharing.models import GrantedPair
from collab.sharing.queries import visible_fields
from collab.sharing.walls import topic_of

Row = TypeVar("Row", bound=Model)


def whole_rows(queryset: "QuerySet[Row, Any]") -> "QuerySet[Row, Any]":
    """Return one's own rows and those of grants without a list of fields.

    A grant of some fields only opens no row here: what is added up or compared would tell the
    fields it hides.
    """
    pairs = [
        pair for pair, fields in visible_fields(topic_of(queryset.model)).items() if fields is None
    ]
    mine = Q(owner_id=acting_organisation_id())
    return queryset.filter(mine | Q(GrantedPair(pairs)) if pairs else mine)
