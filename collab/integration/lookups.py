"""The one way from an id in a request to a row: foreign and missing answer alike."""

from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import Model, QuerySet

from collab.integration.problems import not_found
from collab.sharing.access import log_reads
from collab.sharing.models import Shared
from collab.sharing.walls import topic_of

Row = TypeVar("Row", bound=Model)


def get_for_org(model: type[Row] | QuerySet[Row], **keys: Any) -> Row:
    """Return the row that the acting organisation may see under ``keys``.

    Raises
    ------
    Problem
        404 with the same body whether the row is missing, somebody else's, or ``keys`` are
        no possible keys at all.
    """
    rows = model if isinstance(model, QuerySet) else _visible(model)
    try:
        row = rows.get(**keys)
    except (ObjectDoesNotExist, ValueError, TypeError, OverflowError, ValidationError):
        raise not_found() from None
    if isinstance(row, Shared):
        log_reads(topic_of(type(row)), [row.owner_id])
    return row


def _visible(model: type[Row]) -> QuerySet[Row]:
    rows: QuerySet[Row] = model._default_manager.all()
    return rows
