"""Bring in lists from CSV and XLSX: staged, compared, applied, undoable for a day."""

from collab.integration.imports.registry import (
    DAY,
    NUMBER,
    TEXT,
    WHOLE,
    YES_NO,
    CellError,
    ImportColumn,
    ImportKind,
    RowRefused,
    UndoConflict,
    Values,
    Verdict,
    import_kind,
    import_kinds,
    register_import,
)

__all__ = [
    "DAY",
    "NUMBER",
    "TEXT",
    "WHOLE",
    "YES_NO",
    "CellError",
    "ImportColumn",
    "ImportKind",
    "RowRefused",
    "UndoConflict",
    "Values",
    "Verdict",
    "import_kind",
    "import_kinds",
    "register_import",
]
