"""Compare staged rows with what is there, apply them, and take them back."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from collab.events.audit import note
from collab.integration.imports.cells import BadCell, read_cell, text_of
from collab.integration.imports.registry import (
    CellError,
    ImportKind,
    RowRefused,
    UndoConflict,
    import_kind,
)
from collab.integration.imports.staging import CHUNK, ImportRefused
from collab.integration.models.imports import ImportBatch, ImportRow

UNDO_FOR = timedelta(hours=24)
Outcome = ImportRow.Outcome
State = ImportBatch.State
TO_APPLY = (Outcome.NEW, Outcome.CHANGED)


class RowsRefused(ImportRefused):
    """All-or-nothing met a row that cannot be applied; nothing was."""

    def __init__(self, line: int, errors: list[CellError]) -> None:
        self.line = line
        self.errors = errors
        super().__init__(f"expected all rows to be good, got an error in line {line}")


@transaction.atomic
def check(batch_id: UUID) -> ImportBatch:
    """Find for every row whether it is new, changed, unchanged or wrong; writes nothing else."""
    batch = locked_batch(batch_id, State.STAGED, State.CHECKED, State.CHECKING)
    kind = import_kind(batch.kind)
    first_lines: dict[tuple[str, ...], int] = {}
    for rows in _chunks(ImportRow.objects.filter(batch=batch).order_by("line")):
        _check_chunk(batch, kind, rows, first_lines)
        ImportRow.objects.bulk_update(rows, ["outcome", "differences", "errors"])
    _count(batch)
    batch.state = State.CHECKED
    batch.version += 1
    batch.save()
    return batch


@transaction.atomic
def begin_applying(batch_id: UUID, mode: str) -> ImportBatch:
    """Claim a checked import for applying; raise ``ImportRefused`` if it is not ready for it."""
    batch = locked_batch(batch_id, State.CHECKED, State.APPLYING)
    if batch.state == State.CHECKED:
        if mode not in ImportBatch.Mode.values:
            raise ImportRefused("expected a choice between all rows and the good rows")
        if mode == ImportBatch.Mode.ALL and batch.wrong:
            raise ImportRefused(
                f"expected no errors for all rows or none, got {batch.wrong} rows with errors"
            )
        batch.mode = mode
        batch.state = State.APPLYING
        batch.version += 1
        batch.save(update_fields=["mode", "state", "version"])
    return batch


@transaction.atomic
def apply_chunk(batch_id: UUID) -> int:
    """Apply the next 1,000 good rows in one transaction; return how many rows are still to come.

    Rows that turn out wrong meanwhile are marked and left out. A killed import goes on with the
    next chunk: what is applied says so, in the transaction that applied it.
    """
    batch = locked_batch(batch_id, State.APPLYING, State.APPLIED)
    if batch.state == State.APPLIED:
        return 0
    kind = import_kind(batch.kind)
    rows = list(_pending(batch)[:CHUNK])
    _apply_rows(batch, kind, rows)
    left = _pending(batch).count()
    if not left:
        _finish(batch)
    return left


@transaction.atomic
def apply_all(batch_id: UUID) -> None:
    """Apply every row in one transaction.

    Raises ``RowsRefused`` and leaves nothing behind if one cannot be applied.
    """
    batch = locked_batch(batch_id, State.APPLYING, State.APPLIED)
    if batch.state == State.APPLIED:
        return
    kind = import_kind(batch.kind)
    for rows in _chunks(_pending(batch)):
        _apply_rows(batch, kind, rows, is_strict=True)
    _finish(batch)


@transaction.atomic
def note_refusal(batch_id: UUID, refused: RowsRefused) -> None:
    """Write down why all-or-nothing stopped, and open the import for correction."""
    batch = locked_batch(batch_id, State.APPLYING, State.CHECKED)
    ImportRow.objects.filter(batch=batch, line=refused.line).update(
        outcome=Outcome.WRONG, errors=[error.body() for error in refused.errors]
    )
    _count(batch)
    batch.state = State.CHECKED
    batch.version += 1
    batch.save()


@transaction.atomic
def undo(batch_id: UUID, *, now: datetime | None = None) -> ImportBatch:
    """Take an applied import back within 24 hours, last row first; a second time does nothing.

    Raises ``ImportRefused`` after that time, and when a row has been changed or used since: then
    nothing is taken back, and the message names the line.
    """
    batch = locked_batch(batch_id, State.APPLIED, State.UNDONE)
    if batch.state == State.UNDONE:
        return batch
    if not is_undoable(batch, now or timezone.now()):
        raise ImportRefused("expected an import of the last 24 hours")
    kind = import_kind(batch.kind)
    applied = ImportRow.objects.filter(batch=batch, is_applied=True).order_by("-line")
    for row in applied.iterator(CHUNK):
        try:
            kind.undo_row(row.undo or {})
        except UndoConflict as conflict:
            raise ImportRefused(f"line {row.line}: {conflict}") from None
    _refuse_loose_ends()
    applied.update(is_applied=False)
    batch.state = State.UNDONE
    batch.undone_at = now or timezone.now()
    batch.version += 1
    batch.save()
    _note("import.undone", batch)
    return batch


def _refuse_loose_ends() -> None:
    """Have PostgreSQL check now what it would check at the commit."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError:
        raise ImportRefused("expected rows that nothing refers to yet") from None


def is_undoable(batch: ImportBatch, now: datetime) -> bool:
    """Say whether the import can still be taken back."""
    return (
        batch.state == State.APPLIED
        and batch.applied_at is not None
        and now - batch.applied_at <= UNDO_FOR
    )


def values_of(
    kind: ImportKind, batch: ImportBatch, cells: list[Any]
) -> tuple[dict[str, Any], list[CellError]]:
    """Return the values of a row's cells, and what is wrong with them."""
    values: dict[str, Any] = {}
    errors: list[CellError] = []
    for column in kind.columns:
        if (place := batch.mapping.get(column.name)) is None:
            continue
        cell = cells[place] if place < len(cells) else None
        try:
            values[column.name] = read_cell(
                column, cell, decimal_sign=batch.decimal_sign, date_order=batch.date_order
            )
        except BadCell as bad:
            errors.append(bad.error)
    beyond = [text_of(cell) for cell in cells[len(batch.header) :] if text_of(cell).strip()]
    if beyond:
        width = len(batch.header)
        errors.append(CellError("", beyond[0], f"at most {width} cells, as the header has"))
    return values, errors


def locked_batch(batch_id: UUID, *states: str) -> ImportBatch:
    """Return the batch locked; raise ``ImportRefused`` unless it is in one of ``states``."""
    batch: ImportBatch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch_id)
    if batch.state not in states:
        raise ImportRefused(f"expected an import that is {' or '.join(states)}, got {batch.state}")
    return batch


def _check_chunk(
    batch: ImportBatch,
    kind: ImportKind,
    rows: list[ImportRow],
    first_lines: dict[tuple[str, ...], int],
) -> None:
    read = [(row, *values_of(kind, batch, row.cells)) for row in rows]
    context = kind.prepare([values for _row, values, errors in read if not errors])
    for row, values, errors in read:
        row.differences, row.errors = {}, []
        try:
            if errors:
                raise RowRefused(errors)
            _refuse_repeated(kind, values, row.line, first_lines)
            verdict = kind.validate_row(values, context)
            row.outcome = verdict.outcome
            row.differences = {name: list(pair) for name, pair in verdict.differences.items()}
        except RowRefused as refused:
            row.outcome = Outcome.WRONG
            row.errors = [error.body() for error in refused.errors]


def _refuse_repeated(
    kind: ImportKind,
    values: Mapping[str, Any],
    line: int,
    first_lines: dict[tuple[str, ...], int],
) -> None:
    key = tuple(str(values.get(name) or "").casefold() for name in kind.key)
    first = first_lines.setdefault(key, line)
    if first != line:
        name = kind.key[0]
        raise RowRefused(
            [CellError(name, str(values.get(name)), f"each row once, line {first} has the same")]
        )


def _apply_rows(
    batch: ImportBatch, kind: ImportKind, rows: list[ImportRow], *, is_strict: bool = False
) -> None:
    read = [(row, *values_of(kind, batch, row.cells)) for row in rows]
    context = kind.prepare([values for _row, values, errors in read if not errors])
    for row, values, errors in read:
        try:
            if errors:
                raise RowRefused(errors)
            with transaction.atomic():
                row.undo = kind.apply_row(values, context)
            row.is_applied = True
        except RowRefused as refused:
            if is_strict:
                raise RowsRefused(row.line, refused.errors) from None
            row.outcome = Outcome.WRONG
            row.errors = [error.body() for error in refused.errors]
    ImportRow.objects.bulk_update(rows, ["undo", "is_applied", "outcome", "errors"])
    batch.applied = ImportRow.objects.filter(batch=batch, is_applied=True).count()
    batch.save(update_fields=["applied"])


def _finish(batch: ImportBatch) -> None:
    _count(batch)
    batch.state = State.APPLIED
    batch.applied_at = timezone.now()
    batch.version += 1
    batch.save()
    _note("import.applied", batch)


def _note(action: str, batch: ImportBatch) -> None:
    note(
        action=action,
        object_kind="import",
        object_id=batch.pk,
        change={"kind": batch.kind, "rows": batch.applied, "mode": batch.mode},
    )


def _pending(batch: ImportBatch) -> QuerySet[ImportRow]:
    return ImportRow.objects.filter(batch=batch, outcome__in=TO_APPLY, is_applied=False).order_by(
        "line"
    )


def _chunks(rows: QuerySet[ImportRow]) -> Iterator[list[ImportRow]]:
    """Yield all rows in lists of 1,000, by line; each is read when it is needed."""
    after = 0
    while chunk := list(rows.filter(line__gt=after)[:CHUNK]):
        yield chunk
        after = chunk[-1].line


def _count(batch: ImportBatch) -> None:
    found = dict(
        ImportRow.objects.filter(batch=batch)
        .values_list("outcome")
        .annotate(rows=Count("pk"))
        .order_by()
    )
    batch.new = found.get(Outcome.NEW, 0)
    batch.changed = found.get(Outcome.CHANGED, 0)
    batch.unchanged = found.get(Outcome.UNCHANGED, 0)
    batch.wrong = found.get(Outcome.WRONG, 0)
