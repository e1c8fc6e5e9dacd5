"""Why a value is not taken: which field, what was expected, what was read."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from django.db import IntegrityError, models, transaction

Value = TypeVar("Value")
Row = TypeVar("Row", bound=models.Model)


class Refused(ValueError):
    """A field does not hold what it must; the message names expectation and value."""

    def __init__(self, field: str, expected: str, value: object) -> None:
        self.field = field
        self.expected = expected
        self.value = "" if value is None else str(value)[:200]
        super().__init__(f"expected {expected}, got {self.value!r}")


class VersionConflict(RuntimeError):
    """Somebody else changed the row since the caller read it."""

    def __init__(self, current: int, read: int) -> None:
        self.current = current
        super().__init__(f"expected version {current}, got {read}: the row has changed since")


def clean_text(field: str, value: str, longest: int, *, required: bool = True) -> str:
    """Return ``value`` without outer blanks; raise ``Refused`` for control signs or bad length."""
    text = value.strip()
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text):
        raise Refused(field, "text without control characters", text.encode("unicode_escape"))
    if required and not text:
        raise Refused(field, "a value", text)
    if len(text) > longest:
        raise Refused(field, f"at most {longest} characters", text)
    return text


def clean_decimal(
    field: str,
    value: Decimal | int | str,
    *,
    digits: int,
    places: int,
    above: Decimal | None = None,
    at_least: Decimal | None = None,
    at_most: Decimal | None = None,
) -> Decimal:
    """Return ``value`` as a decimal in range; raise ``Refused``, never round."""
    try:
        number = Decimal(value)
    except (InvalidOperation, ValueError):
        raise Refused(field, "a number", value) from None
    if not number.is_finite():
        raise Refused(field, "a finite number", value)
    if above is not None and number <= above:
        raise Refused(field, f"a number above {above}", value)
    if at_least is not None and number < at_least:
        raise Refused(field, f"a number of at least {at_least}", value)
    if at_most is not None and number > at_most:
        raise Refused(field, f"a number of at most {at_most}", value)
    if number.adjusted() >= digits - places:
        raise Refused(field, f"a number below 10^{digits - places}", value)
    exponent = number.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > places:
        raise Refused(field, f"at most {places} decimal places", value)
    return number


def clean_whole(field: str, value: Any, *, at_least: int, at_most: int = 32_767) -> int:
    """Return ``value`` as a whole number in range; raise ``Refused``, never round."""
    low, high = Decimal(at_least), Decimal(at_most)
    return int(clean_decimal(field, value, digits=9, places=0, at_least=low, at_most=high))


def checked(field: str, check: Callable[[str], Value], value: str) -> Value:
    """Return ``check(value)``; its ``ValueError`` becomes ``Refused`` of ``field``."""
    try:
        return check(value)
    except ValueError as error:
        expected = str(error).removeprefix("expected ").split(", got ")[0]
        raise Refused(field, expected, value) from None


@contextmanager
def refusing(reasons: Mapping[str, tuple[str, str]], values: Mapping[str, Any]) -> Iterator[None]:
    """Turn a broken constraint into ``Refused``: constraint name → (field, expectation)."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        name = getattr(diagnosis, "constraint_name", None) or ""
        if name not in reasons:
            raise
        field, expected = reasons[name]
        raise Refused(field, expected, values.get(field)) from None


def locked(model: type[Row], key: Any, version: int | None) -> Row:
    """Return the row locked for this transaction; raise ``VersionConflict`` if it has moved on.

    ``version`` is the one the caller read; ``None`` takes whatever there is. Raises the model's
    ``DoesNotExist`` when the acting organisation has no such row.
    """
    manager: models.Manager[Row] = model._meta.base_manager
    row = manager.select_for_update(of=("self",)).get(pk=key)
    current: int = row.version  # type: ignore[attr-defined]
    if version is not None and version != current:
        raise VersionConflict(current, version)
    return row
