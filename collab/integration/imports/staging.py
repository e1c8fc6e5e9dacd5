"""Take a file in, keep it as it came, and propose how to understand it."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from uuid import UUID

from django.db import transaction

from collab.integration.imports.cells import date_order_of, decimal_sign_of, text_of
from collab.integration.imports.registry import DAY, NUMBER, WHOLE, ImportKind, import_kind
from collab.integration.models.imports import ColumnMatch, ImportBatch, ImportFile, ImportRow
from collab.integration.spreadsheets import Sheet, read_sheet
from collab.organisations.context import acting_organisation_id, acting_person_id

CHUNK = 1_000
OPEN_STATES = (ImportBatch.State.STAGED, ImportBatch.State.CHECKED)


class ImportRefused(ValueError):
    """An import cannot go on as it stands; the message is for the person in front of it."""


@transaction.atomic
def upload(
    kind_name: str, filename: str, content: bytes, *, encoding: str = "", delimiter: str = ""
) -> ImportBatch:
    """Keep the file, stage its rows and propose a column match; return the batch.

    The same file again returns the batch that is still open. ``encoding`` and ``delimiter``
    overrule what is detected. Raises ``SheetRefused`` for a file that cannot be read.
    """
    kind = import_kind(kind_name)
    digest = hashlib.sha256(content).hexdigest()
    owner = acting_organisation_id()
    file = ImportFile.objects.filter(sha256=digest).first()
    if file is not None:
        found = ImportBatch.objects.filter(kind=kind.name, file=file, state__in=OPEN_STATES).first()
        if found is not None and not encoding and not delimiter:
            return found
    name = PurePath(filename.replace("\\", "/")).name
    sheet = read_sheet(name, content, encoding=encoding, delimiter=delimiter)
    if file is None:
        file = ImportFile.objects.create(
            name=_clean(name)[:120], sha256=digest, size=len(content), content=content
        )
    ImportBatch.objects.filter(kind=kind.name, file=file, state__in=OPEN_STATES).delete()
    header = [_clean(each) for each in sheet.header]
    batch = ImportBatch.objects.create(
        kind=kind.name,
        file=file,
        form=sheet.form,
        sheet_name=_clean(sheet.name)[:80],
        encoding=sheet.encoding,
        delimiter=sheet.delimiter,
        header=header,
        mapping=proposed_mapping(kind, header),
        total=len(sheet.rows),
        uploaded_by_id=acting_person_id(),
    )
    _stage_rows(batch, sheet, owner)
    _propose_understanding(batch, kind)
    batch.save(update_fields=["decimal_sign", "date_order"])
    return batch


def read_again(batch_id: UUID, *, encoding: str, delimiter: str) -> ImportBatch:
    """Stage the kept file anew with another encoding or separator; the batch is another one."""
    batch = ImportBatch.objects.select_related("file").get(pk=batch_id)
    if batch.state not in OPEN_STATES:
        raise ImportRefused("expected an import that has not been applied")
    content = bytes(batch.file.content)
    return upload(batch.kind, batch.file.name, content, encoding=encoding, delimiter=delimiter)


@transaction.atomic
def understand(
    batch_id: UUID,
    *,
    mapping: Mapping[str, int],
    decimal_sign: str = "",
    date_order: str = "",
) -> ImportBatch:
    """Set which place of the header holds which column, and remember it for the next file.

    An empty ``decimal_sign`` or ``date_order`` is proposed from the file's own values. Raises
    ``ImportRefused`` for a required column without a place, and for a place used twice.
    """
    batch = _locked(batch_id)
    kind = import_kind(batch.kind)
    if batch.state not in OPEN_STATES:
        raise ImportRefused("expected an import that has not been applied")
    _check_mapping(kind, batch, mapping)
    batch.mapping = dict(mapping)
    batch.decimal_sign, batch.date_order = decimal_sign, date_order
    _propose_understanding(batch, kind)
    batch.mapping_version += 1
    batch.version += 1
    batch.state = ImportBatch.State.STAGED
    batch.save()
    _remember(kind, batch)
    return batch


@transaction.atomic
def discard(batch_id: UUID) -> None:
    """Throw an import away that has not been applied; its file stays."""
    batch = _locked(batch_id)
    if batch.state not in OPEN_STATES:
        raise ImportRefused("expected an import that has not been applied")
    ImportRow.objects.filter(batch=batch).delete()
    batch.delete()


def proposed_mapping(kind: ImportKind, header: list[str]) -> dict[str, int]:
    """Return for each column the place of the header that means it: remembered, else by name."""
    keys = [_key(name) for name in header]
    remembered = dict(
        ColumnMatch.objects.filter(kind=kind.name, header__in=keys).values_list("header", "column")
    )
    named = {
        _key(str(word)): column.name
        for column in kind.columns
        for word in (column.name, column.title, *column.also_called)
    }
    mapping: dict[str, int] = {}
    for place, key in enumerate(keys):
        column = remembered.get(key, named.get(key, ""))
        if column and column not in mapping:
            mapping[column] = place
    return mapping


def column_texts(batch: ImportBatch, kind: ImportKind, forms: tuple[str, ...]) -> Iterable[str]:
    """Yield the texts of all cells in columns of the given forms; typed numbers are left out."""
    places = [
        batch.mapping[c.name] for c in kind.columns if c.form in forms and c.name in batch.mapping
    ]
    if not places:
        return
    for cells in ImportRow.objects.filter(batch=batch).values_list("cells", flat=True).iterator():
        for place in places:
            if place < len(cells) and isinstance(cells[place], str):
                yield text_of(cells[place])


def _propose_understanding(batch: ImportBatch, kind: ImportKind) -> None:
    if not batch.decimal_sign:
        batch.decimal_sign = decimal_sign_of(column_texts(batch, kind, (NUMBER, WHOLE)))
    if not batch.date_order:
        batch.date_order = date_order_of(column_texts(batch, kind, (DAY,)))


def _stage_rows(batch: ImportBatch, sheet: Sheet, owner: int) -> None:
    rows: list[ImportRow] = []
    for row in sheet.rows:
        cells = [_clean(cell) if isinstance(cell, str) else cell for cell in row.cells]
        rows.append(ImportRow(owner_id=owner, batch=batch, line=row.line, cells=cells))
        if len(rows) >= CHUNK:
            ImportRow.objects.bulk_create(rows)
            rows = []
    ImportRow.objects.bulk_create(rows)


def _check_mapping(kind: ImportKind, batch: ImportBatch, mapping: Mapping[str, int]) -> None:
    for name, place in mapping.items():
        column = kind.column(name)
        if not 0 <= place < len(batch.header):
            raise ImportRefused(f"expected a column of the file for {column.title}")
    if len(set(mapping.values())) < len(mapping):
        raise ImportRefused("expected each column of the file to be used once")
    missing = [str(c.title) for c in kind.columns if c.is_required and c.name not in mapping]
    if missing:
        raise ImportRefused(f"expected a column of the file for {', '.join(missing)}")


def _remember(kind: ImportKind, batch: ImportBatch) -> None:
    by_place = {place: name for name, place in batch.mapping.items()}
    for place, name in enumerate(batch.header):
        if key := _key(name):
            ColumnMatch.objects.update_or_create(
                owner_id=batch.owner_id,
                kind=kind.name,
                header=key,
                defaults={"column": by_place.get(place, "")},
            )


def _locked(batch_id: UUID) -> ImportBatch:
    found: ImportBatch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch_id)
    return found


def _key(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())[:80]


def _clean(text: str) -> str:
    """Return text that PostgreSQL can keep; what it cannot becomes a visible mark."""
    return "".join(
        "\ufffd" if sign == "\0" or "\ud800" <= sign <= "\udfff" else sign for sign in text
    )
