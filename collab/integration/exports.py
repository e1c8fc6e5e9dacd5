"""Lists as files to take away: CSV with a byte-order mark, or XLSX with typed cells."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MAX_ROWS = 100_000
CALCULATED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Column = str
"""The heading of a column; its values stand in the same place of each row."""


class TooManyRows(ValueError):
    """The list is longer than one file may be; filter it first."""


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A finished file."""

    name: str
    content_type: str
    content: bytes


def wanted_form(request: HttpRequest) -> str | None:
    """Return ``csv`` or ``xlsx`` if the query's ``export`` asks for a file, else ``None``."""
    form = request.GET.get("export", "")
    return form if form in FORMS else None


def export_response(
    request: HttpRequest,
    filename: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
) -> HttpResponse:
    """Return the rows as a file in the form that ``?export=`` names (CSV without).

    The file is complete before the request's transaction ends, so it holds what its viewer may
    see now. ``filename`` has no ending. Raises ``TooManyRows`` beyond 100,000.
    """
    form = wanted_form(request) or "csv"
    made = write_file(form, filename, columns, rows)
    response = HttpResponse(made.content, content_type=made.content_type)
    response["Content-Disposition"] = content_disposition_header(True, made.name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def write_file(
    form: str, filename: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]
) -> ExportFile:
    """Return a CSV or XLSX file; numbers stay numbers, text can never become a formula."""
    limited = _at_most(rows, MAX_ROWS)
    if form == "csv":
        content = _csv(columns, limited)
    else:
        from collab.integration.workbooks import workbook  # openpyxl takes a while to import

        content = workbook(columns, limited)
    return ExportFile(f"{filename}.{form}", FORMS[form], content)


def escape(text: str) -> str:
    """Return ``text`` so that a spreadsheet program shows it instead of calculating it."""
    return f"'{text}" if text.startswith(CALCULATED) else text


def _csv(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([escape(str(column)) for column in columns])
    for row in rows:
        writer.writerow([_text(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return plain_decimal(value)
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return escape(str(value))


def plain_decimal(value: Decimal) -> str:
    """Return a decimal without exponent and without zeros that say nothing."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _at_most(rows: Iterable[Sequence[Any]], most: int) -> Iterable[Sequence[Any]]:
    for count, row in enumerate(rows, start=1):
        if count > most:
            raise TooManyRows(f"expected at most {most} rows, got more: filter the list first")
        yield row
