"""Tables as XLSX workbooks with typed cells."""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from collab.integration.exports import plain_decimal

MAX_CELL_SIGNS = 32_767


def workbook(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return a workbook of one sheet, its headings frozen; text can never become a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Export")
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, str(column)) for column in columns])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: Any, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Decimal):
        number = float(value)
        return number if Decimal(str(number)) == value else _typed_text(sheet, plain_decimal(value))
    if isinstance(value, datetime):
        return _typed_text(sheet, value.isoformat(timespec="seconds"))
    if isinstance(value, date | time):
        return value
    return _typed_text(sheet, str(value))


def _typed_text(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)[:MAX_CELL_SIGNS])
    cell.data_type = "s"  # a leading = would else make it a formula
    return cell
