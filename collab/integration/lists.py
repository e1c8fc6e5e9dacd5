"""Pages of long lists by keyset: a page costs the same wherever it lies, and nothing shifts."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from rest_framework.request import Request

from collab.integration.problems import FieldError, Problem
from collab.organisations.context import acting_organisation_id
from collab.sharing.access import log_reads
from collab.sharing.models import Shared
from collab.sharing.walls import topic_of

Item = TypeVar("Item")
USUAL, MOST = 50, 200


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some rows of a list, and the cursor of the page behind them (``None`` at the end)."""

    items: list[Item]
    next: str | None

    def body(self, items: Any = None) -> dict[str, Any]:
        """Return the reply's body, with ``items`` in the form shown."""
        return {"items": self.items if items is None else items, "next": self.next}


def paginate(
    request: Request, queryset: QuerySet[Any, Item], *, order: str = "-id", limit: int | None = None
) -> Page[Item]:
    """Return the page that the query's ``cursor`` and ``limit`` ask for.

    ``order`` is a field that is never null, with ``-`` for descending; ties are broken by id in
    the same direction. ``limit`` is what is given without the query's own (default 50, at most
    200). ``queryset`` may be of models or of ``.values()`` that hold ``id`` and the order field.

    Raises
    ------
    Problem
        400 if ``limit`` or ``cursor`` is not as expected.
    """
    is_descending = order.startswith("-")
    field = order.removeprefix("-")
    size = _limit(request, limit or USUAL)
    sign = "-" if is_descending else ""
    rows = queryset.order_by(f"{sign}{field}", f"{sign}pk") if field not in {"id", "pk"} else (
        queryset.order_by(f"{sign}pk")
    )  # fmt: skip
    if cursor := request.query_params.get("cursor"):
        rows = rows.filter(_behind(_read(request, cursor, order, queryset), field, is_descending))
    found = list(rows[: size + 1])
    page = found[:size]
    note_reads(queryset.model, page)
    if len(found) <= size:
        return Page(page, None)
    return Page(page, _cursor(request, page[-1], order, field, queryset))


def note_reads(model: type[Any], rows: list[Any]) -> None:
    """Write into the access log that somebody else's rows are being shown.

    Rows of ``.values()`` without ``owner_id`` cannot be told apart: their view notes them itself.
    """
    if issubclass(model, Shared):
        if rows and isinstance(rows[0], dict):
            owners = [row["owner_id"] for row in rows if "owner_id" in row]
        else:
            owners = [row.owner_id for row in rows if isinstance(row, Shared)]
        log_reads(topic_of(model), owners)


def _limit(request: Request, usual: int) -> int:
    text = request.query_params.get("limit")
    if text is None:
        return min(usual, MOST)
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= MOST):
        raise Problem(
            400,
            "Invalid input",
            "Some values are not as expected.",
            [FieldError("limit", f"a whole number from 1 to {MOST}", text)],
        )
    return int(text)


def _behind(last: tuple[Any, Any], field: str, is_descending: bool) -> Q:
    value, key = last
    step = "lt" if is_descending else "gt"
    if field in {"id", "pk"}:
        return Q(**{f"pk__{step}": key})
    # The first term repeats what the others imply, so that the index can start there.
    return Q(**{f"{field}__{step}e": value}) & (
        Q(**{f"{field}__{step}": value}) | Q(**{field: value, f"pk__{step}": key})
    )


def _cursor(
    request: Request, row: Any, order: str, field: str, queryset: QuerySet[Any, Any]
) -> str:
    model = queryset.model
    value = _value(row, field)
    text = None if field in {"id", "pk"} else _text(model._meta.get_field(field), value)
    return _signer(request).sign_object([order, text, str(_value(row, "id"))])


def _read(
    request: Request, cursor: str, order: str, queryset: QuerySet[Any, Any]
) -> tuple[Any, Any]:
    meta = queryset.model._meta
    try:
        named, text, key = _signer(request).unsign_object(cursor)
        if named != order:
            raise ValueError(f"expected a cursor of order {order}, got {named}")
        field = order.removeprefix("-")
        value = None if field in {"id", "pk"} else meta.get_field(field).to_python(text)
        return value, meta.pk.to_python(key)
    except (signing.BadSignature, ValueError, TypeError, ValidationError):
        raise Problem(
            400,
            "Invalid input",
            "Some values are not as expected.",
            [FieldError("cursor", "the 'next' of an earlier page of this list", cursor)],
        ) from None


def _signer(request: Request) -> signing.Signer:
    return signing.Signer(salt=f"page|{acting_organisation_id()}|{request.path}")


def _value(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)


def _text(field: Any, value: Any) -> str:
    if value is None:
        raise ValueError(f"expected an order field that is never null, got null {field.name}")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
