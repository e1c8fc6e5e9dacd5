"""What rows of a file name: parts and partners, looked up for a whole chunk at once."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from collab.integration.imports import CellError, RowRefused, UndoConflict
from collab.integration.imports.cells import suggest
from collab.masterdata.models import Part
from collab.masterdata.refusals import Refused, VersionConflict
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation

MAX_SUGGESTIONS = 50


@dataclass(slots=True)
class Parts:
    """The acting organisation's parts that some rows name."""

    by_number: dict[str, Part]
    by_key: dict[str, list[Part]]
    suggestions_left: int = MAX_SUGGESTIONS

    @classmethod
    def named(cls, numbers: Iterable[str]) -> "Parts":
        """Read all parts whose numbers have the same key as one of ``numbers``; one query."""
        keys = {key for number in numbers if (key := _key(number))}
        by_key: dict[str, list[Part]] = {}
        for part in Part.objects.filter(compare_key__in=keys).order_by("number"):
            by_key.setdefault(part.compare_key, []).append(part)
        every = [part for parts in by_key.values() for part in parts]
        return cls({part.number: part for part in every}, by_key)

    def get(self, column: str, number: str) -> Part:
        """Return the part in use with that number; raise ``RowRefused`` with a suggestion."""
        if (part := self.by_number.get(number)) is None:
            alike = [part for part in self.by_key.get(_key(number), []) if part.is_active]
            if len(alike) == 1:
                part = alike[0]
            else:
                raise refused(column, number, "the number of a part of yours", self._near(number))
        if not part.is_active:
            raise refused(column, number, "a part in use, not a retired one")
        return part

    def alike(self, number: str) -> list[Part]:
        """Return other parts whose numbers differ from ``number`` in separators only."""
        return [part for part in self.by_key.get(_key(number), []) if part.number != number]

    def _near(self, number: str) -> str:
        if self.suggestions_left <= 0 or not (key := _key(number)):
            return ""
        self.suggestions_left -= 1
        bare = key.lstrip("0") or key
        near = Part.objects.filter(is_active=True, compare_key__startswith=key[:2])
        zeros = Part.objects.filter(
            is_active=True, compare_key__in=["0" * count + bare for count in range(12)]
        )
        known = [*zeros.values_list("number", flat=True)[:5]]
        if known:
            return known[0]
        return suggest(number, list(near.values_list("number", flat=True)[:500]))


@dataclass(slots=True)
class Partners:
    """The organisations that the acting one can see, by number and by name."""

    by_word: dict[str, Organisation]
    names: list[str] = field(default_factory=list)

    @classmethod
    def all(cls) -> "Partners":
        """Read them; one query."""
        found = Organisation.objects.exclude(pk=acting_organisation_id())
        by_word: dict[str, Organisation] = {}
        for partner in found:
            for word in (partner.bpn, partner.name, partner.short_name):
                by_word[word.casefold()] = partner
        return cls(by_word, sorted(partner.name for partner in found))

    def get(self, column: str, word: str) -> Organisation:
        """Return the partner with that BPN or name; raise ``RowRefused`` with a suggestion."""
        if (partner := self.by_word.get(word.casefold())) is None:
            near = suggest(word, self.names)
            raise refused(column, word, "the BPN or the name of a partner of yours", near)
        return partner


def refused(column: str, read: object, expected: str, suggestion: str = "") -> RowRefused:
    """Return the refusal of a row for one cell."""
    return RowRefused([CellError(column, str(read), expected, suggestion)])


@contextmanager
def refusals(columns: Mapping[str, str]) -> Iterator[None]:
    """Turn a service's ``Refused`` into ``RowRefused``: field → column of the file."""
    try:
        yield
    except Refused as reason:
        column = columns.get(reason.field, reason.field)
        raise refused(column, reason.value, reason.expected) from None


@contextmanager
def undo_conflicts(gone: type[Exception]) -> Iterator[None]:
    """Turn what stands against an undo into ``UndoConflict``."""
    try:
        yield
    except VersionConflict:
        raise UndoConflict("it has been changed since the import") from None
    except gone:
        raise UndoConflict("it has been removed since the import") from None
    except Refused as reason:
        raise UndoConflict(f"expected {reason.expected}") from None


def shown(value: Any) -> str:
    """Return a value as a dry run shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = f"{value:f}" if hasattr(value, "as_tuple") else str(value)
    return text.rstrip("0").rstrip(".") if hasattr(value, "as_tuple") and "." in text else text


def given(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return those of the named values that the row has; an empty cell changes nothing."""
    return {name: values[name] for name in names if values.get(name) is not None}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the columns that differ, each with both values as shown."""
    return {
        name: (shown(before.get(name)), shown(value))
        for name, value in after.items()
        if before.get(name) != value and (shown(before.get(name)), shown(value)) != ("", "")
    }


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as JSON can keep them for an undo."""
    return {
        name: value if value is None or isinstance(value, bool | int | str) else str(value)
        for name, value in values.items()
    }


def _key(number: str) -> str:
    try:
        return compare_key(number)
    except ValueError:
        return ""
