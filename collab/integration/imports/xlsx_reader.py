"""Read one XLSX workbook from standard input and print its first visible sheet as JSON lines.

Runs as a program of its own with limits on memory and processor time, without the rest of the
project and without its environment: a workbook is untrusted input, and its reader may be made
to eat everything. Lines: ``["sheet", name, sheets]``, ``["row", line, cells]``, ``["end"]``, or
``["refused", reason]`` at any point. A cell is text, a number, true/false or null; dates are ISO
text; a formula without a stored value is ``["formula", text]``.
"""

import io
import json
import resource
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

MEMORY_BYTES = 512 * 2**20
PROCESSOR_SECONDS = 20
MAX_ROWS = 100_000
MAX_COLUMNS = 200
MAX_CELLS = 3_000_000
MAX_CELL_SIGNS = 32_767
MAX_SIGNS = 50_000_000
FORBIDDEN = {"DTDForbidden", "EntitiesForbidden", "ExternalReferenceForbidden"}


class TooMuch(ValueError):
    """The sheet is larger than we read."""


class Allowance:
    """How much more of the sheet may come."""

    def __init__(self) -> None:
        self.cells = MAX_CELLS
        self.signs = MAX_SIGNS

    def take(self, line: int, width: int, values: list[Any]) -> None:
        """Count one row, ``width`` cells of which ``values`` are filled; raise ``TooMuch``."""
        if line > MAX_ROWS:
            raise TooMuch(f"expected at most {MAX_ROWS} rows, got more")
        if len(values) > MAX_COLUMNS:
            raise TooMuch(f"expected at most {MAX_COLUMNS} columns in row {line}, got more")
        lengths = [len(value) for value in values if isinstance(value, str)]
        if max(lengths, default=0) > MAX_CELL_SIGNS:
            raise TooMuch(f"expected cells of at most {MAX_CELL_SIGNS} characters in row {line}")
        self.cells -= width + 1
        self.signs -= sum(lengths)
        if self.cells < 0 or self.signs < 0:
            raise TooMuch(f"expected at most {MAX_CELLS} cells, {MAX_SIGNS} characters, got more")


def limit() -> None:
    """Give this process its limits; going over them kills it, and nobody else."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def plain(value: Any) -> Any:
    """Return a cell's value as JSON can hold it."""
    if isinstance(value, datetime):
        is_day = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return value.date().isoformat() if is_day else value.isoformat(timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if value is None or isinstance(value, str | int | float):
        return value
    return str(value)


def read(content: bytes, say: Any) -> None:
    """Print the first visible sheet, row by row; raise ``TooMuch`` beyond the caps."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not visible:
        say(["refused", "expected a visible sheet, got none"])
        return
    sheet = visible[0]
    say(["sheet", sheet.title, [each.title for each in visible]])
    formulas = without_value(content, sheet.title)
    allowance = Allowance()
    sheet.reset_dimensions()
    for line, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        values = [plain(value) for value in row]
        for column, text in formulas.pop(line, {}).items():
            if column < len(values) and values[column] is None:
                values[column] = ["formula", text]
        while values and values[-1] in (None, ""):
            values.pop()
        allowance.take(line, len(row), values)
        if values:
            say(["row", line, values])
    say(["end"])


def without_value(content: bytes, title: str) -> dict[int, dict[int, str]]:
    """Return formulas by row and column; the caller shows those that have no stored value."""
    import zipfile

    from openpyxl import load_workbook

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        if not any(holds_formula(archive, name) for name in names if name.endswith(".xml")):
            return {}
    found: dict[int, dict[int, str]] = {}
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    sheet = book[title]
    sheet.reset_dimensions()
    for line, row in enumerate(sheet.iter_rows(), start=1):
        if line > MAX_ROWS:
            break
        for column, cell in enumerate(row):
            if getattr(cell, "data_type", "") == "f":
                found.setdefault(line, {})[column] = str(cell.value)[:100]
    return found


def holds_formula(archive: Any, name: str) -> bool:
    """Say whether a sheet's XML holds a formula; reads it as a stream."""
    tail = b""
    with archive.open(name) as stream:
        while block := stream.read(2**20):
            text = tail + block
            if b"<f>" in text or b"<f " in text or b":f>" in text:
                return True
            tail = text[-4:]
    return False


def harden() -> None:
    """Have openpyxl refuse document types and entities wherever it reads XML as a stream.

    It defuses whole documents only; sheets and shared strings go through the bare ``iterparse``.
    """
    from functools import partial

    import openpyxl.reader.strings
    import openpyxl.worksheet._reader
    from defusedxml.ElementTree import iterparse

    strict: Any = partial(iterparse, forbid_dtd=True)
    for module in (openpyxl.reader.strings, openpyxl.worksheet._reader):
        module.iterparse = strict  # type: ignore[attr-defined]


def main() -> int:
    """Read standard input under limits; return 0, or 1 after a refusal."""
    limit()
    sys.modules["numpy"] = None  # type: ignore[assignment]  # its threads would break the limit
    out = sys.stdout

    def say(line: list[Any]) -> None:
        out.write(json.dumps(line, ensure_ascii=True, allow_nan=False))
        out.write("\n")

    try:
        harden()
        read(sys.stdin.buffer.read(), say)
    except MemoryError:
        say(["refused", "expected a workbook that opens in 512 MB of memory"])
        return 1
    except TooMuch as reason:
        say(["refused", str(reason)])
        return 1
    except Exception as error:  # noqa: BLE001  # whatever a broken workbook makes of the reader
        kind = type(error).__name__
        fault = "entities" if kind in FORBIDDEN else "a fault"
        say(["refused", f"expected a sound XLSX workbook, got {fault} in it ({kind})"])
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
