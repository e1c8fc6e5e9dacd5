"""What can be imported: the areas register their kinds when Django starts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NUMBER, WHOLE, DAY, YES_NO, TEXT = "number", "whole", "day", "yes_no", "text"

Values = Mapping[str, Any]
"""Column name → value: ``str``, ``Decimal``, ``int``, ``date``, ``bool``; ``None`` = left empty.
A column that the file does not have is not among them."""


@dataclass(frozen=True, slots=True)
class ImportColumn:
    """One column a file may have; ``also_called`` are headers that mean it, in any case."""

    name: str
    title: Any
    form: str = TEXT
    is_required: bool = False
    also_called: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    longest: int = 200
    example: str = ""


@dataclass(frozen=True, slots=True)
class CellError:
    """What is wrong in one cell: what was read, what was expected, and perhaps what was meant.

    ``suggestion`` is taken from the acting organisation's own data only.
    """

    column: str
    read: str
    expected: str
    suggestion: str = ""

    def body(self) -> dict[str, str]:
        """Return the JSON form."""
        return {
            "column": self.column,
            "read": self.read[:200],
            "expected": self.expected,
            "suggestion": self.suggestion[:200],
        }


class RowRefused(ValueError):
    """A row cannot be applied; ``errors`` say why."""

    def __init__(self, errors: Sequence[CellError]) -> None:
        self.errors = list(errors)
        super().__init__("; ".join(f"{e.column}: expected {e.expected}" for e in self.errors))


class UndoConflict(RuntimeError):
    """A row has been changed or used since the import; undoing it would destroy that."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a row would do; ``differences`` per column before and after, both as shown text."""

    outcome: str  # new, changed, unchanged
    differences: Mapping[str, tuple[str, str]] = field(default_factory=dict)


Prepare = Callable[[Sequence[Values]], Any]
Validate = Callable[[Values, Any], Verdict]
Apply = Callable[[Values, Any], dict[str, Any]]
Undo = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class ImportKind:
    """One kind of import and the functions that know its rows.

    ``prepare`` reads what a chunk of at most 1,000 rows needs, in few queries; its result goes to
    the others. ``validate_row`` writes nothing and raises ``RowRefused``. ``apply_row`` writes
    and returns what ``undo_row`` needs (plain JSON), raising ``RowRefused`` as well; ``undo_row``
    restores, or raises ``UndoConflict``. ``key`` names the columns that identify a row: a file
    that holds one of them twice is told so. ``roles`` may bring such a file in and take it back.
    """

    name: str
    title: Any
    columns: tuple[ImportColumn, ...]
    key: tuple[str, ...]
    prepare: Prepare
    validate_row: Validate
    apply_row: Apply
    undo_row: Undo
    page: str = ""  # the list that shows the result: a URL name of pages, "masterdata:parts"
    roles: tuple[str, ...] = ("planner", "admin")

    def column(self, name: str) -> ImportColumn:
        """Return a column by name; raise ``LookupError`` for an unknown one."""
        for column in self.columns:
            if column.name == name:
                return column
        raise LookupError(f"expected a column among {[c.name for c in self.columns]}, got {name!r}")


_kinds: dict[str, ImportKind] = {}


def register_import(kind: ImportKind) -> None:
    """Make a kind of import known; called from an app's ``ready``."""
    if kind.name in _kinds and _kinds[kind.name] is not kind:
        raise ValueError(f"expected one import of kind {kind.name}, got a second")
    names = [column.name for column in kind.columns]
    if unknown := sorted(set(kind.key) - set(names)):
        raise ValueError(f"expected key columns among {names}, got {unknown}")
    _kinds[kind.name] = kind


def import_kind(name: str) -> ImportKind:
    """Return a kind of import; raise ``LookupError`` for an unknown one."""
    if name not in _kinds:
        raise LookupError(f"expected a kind of import among {sorted(_kinds)}, got {name!r}")
    return _kinds[name]


def import_kinds() -> list[ImportKind]:
    """Return all kinds of import in the order in which they were registered."""
    return list(_kinds.values())
