"""Read CSV and XLSX files that strangers made; write the ones they take away.

A file becomes a ``Sheet``: header, rows with their line numbers, and how it was understood
(encoding, separator). Nothing is guessed silently: what was understood is part of the result.
"""

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collab.integration.exports import Column, export_response
from collab.integration.imports.xlsx_reader import MAX_COLUMNS, MAX_ROWS

__all__ = ["Column", "Sheet", "SheetRefused", "SheetRow", "export_response", "read_sheet"]

MAX_BYTES = 25 * 2**20
MAX_UNPACKED_BYTES = 100 * 2**20
MAX_RATIO = 100
MAX_ENTRIES = 2_000
MAX_DIRECTORY_BYTES = 2**20
MAX_CELL_SIGNS = 32_767
WALL_SECONDS = 30
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
ENCODINGS = ("utf-8", "utf-16", "cp1252", "cp932")
READER = Path(__file__).parent / "imports" / "xlsx_reader.py"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ESCAPED = ("'=", "'+", "'-", "'@", "'\t", "'\r", "'\n", "'＝", "'＋", "'－", "'＠")
_END_OF_DIRECTORY = b"PK\x05\x06"

Cell = str | int | float | bool | None | list[str]


class SheetRefused(ValueError):
    """The file cannot be read safely or at all; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of the file; ``line`` is where a person finds it in an editor or Excel."""

    line: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as it was understood; ``encoding`` and ``delimiter`` are empty for XLSX."""

    form: str  # csv or xlsx
    name: str
    encoding: str
    delimiter: str
    header_line: int
    header: tuple[str, ...]
    rows: tuple[SheetRow, ...]


def read_sheet(filename: str, content: bytes, *, encoding: str = "", delimiter: str = "") -> Sheet:
    """Return the sheet that a CSV or XLSX file holds.

    ``encoding`` and ``delimiter`` overrule what would be detected in a CSV file.

    Raises
    ------
    SheetRefused
        If the file is too large, not what its name says, broken, or has no header and row.
    """
    if len(content) > MAX_BYTES:
        raise SheetRefused(f"expected at most {MAX_BYTES // 2**20} MB, got {len(content)} bytes")
    suffix = Path(filename).suffix.lower()
    if content.startswith(_OLD_OFFICE):
        raise SheetRefused("expected XLSX or CSV, got an old or a password-protected Excel file")
    if content.startswith(b"PK\x03\x04"):
        if suffix != ".xlsx":
            raise SheetRefused(f"expected a name that ends with .xlsx, got {suffix or 'no ending'}")
        return _read_xlsx(content)
    if suffix == ".xlsx":
        raise SheetRefused("expected an XLSX workbook, got something else under its name")
    if suffix not in {".csv", ".txt", ".tsv", ""}:
        raise SheetRefused(f"expected a .csv or .xlsx file, got {suffix}")
    return _read_csv(content, encoding, delimiter)


def check_zip(content: bytes) -> None:
    """Raise ``SheetRefused`` unless the archive's directory promises a size that we unpack.

    Looks at the directory alone: nothing is unpacked before it has passed.
    """
    tail = content[-65_557:]
    at = tail.rfind(_END_OF_DIRECTORY)
    if at < 0 or len(tail) < at + 22:
        raise SheetRefused("expected a whole XLSX workbook, got one without its end")
    entries = int.from_bytes(tail[at + 10 : at + 12], "little")
    directory = int.from_bytes(tail[at + 12 : at + 16], "little")
    if entries > MAX_ENTRIES or directory > MAX_DIRECTORY_BYTES:
        raise SheetRefused(f"expected at most {MAX_ENTRIES} parts in the workbook, got {entries}")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError):
        raise SheetRefused("expected a sound XLSX workbook, got a broken archive") from None
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if len(parts) > MAX_ENTRIES:
        raise SheetRefused(f"expected at most {MAX_ENTRIES} parts in the workbook")
    if packed > len(content):
        raise SheetRefused("expected parts that lie beside each other, got overlapping ones")
    if unpacked > MAX_UNPACKED_BYTES:
        raise SheetRefused(f"expected at most {MAX_UNPACKED_BYTES // 2**20} MB unpacked, got more")
    if unpacked > MAX_RATIO * max(packed, 1) and unpacked > 2**20:
        raise SheetRefused(f"expected a workbook packed at most {MAX_RATIO} : 1, got more")
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        raise SheetRefused("expected an XLSX workbook, got another kind of archive")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise SheetRefused("expected a workbook without macros, got one with macros")


def detect_encoding(content: bytes) -> str:
    """Return the encoding of a text: by its mark, else by what decodes and looks like text."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    sample = content[:65_536]
    if sample[1::2].count(0) > len(sample) // 3:
        return "utf-16-le"
    if sample[0::2].count(0) > len(sample) // 3:
        return "utf-16-be"
    if _decodes(content, "utf-8"):
        return "utf-8"
    high = [byte for byte in sample if byte >= 0x80]
    rare = sum(1 for byte in high if byte < 0xA0)  # lead bytes of Japanese, hardly used in Latin
    if (rare * 3 > len(high) or not _decodes(content, "cp1252")) and _decodes(content, "cp932"):
        return "cp932"
    return "cp1252"


def detect_delimiter(text: str) -> str:
    """Return the separator that cuts the first lines most evenly; a comma when none does."""
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths: Counter[int] = Counter()
        try:
            for count, record in enumerate(csv.reader(_lines(text[:262_144]), delimiter=delimiter)):
                if count >= 50:
                    break
                if record:
                    widths[len(record)] += 1
        except csv.Error:
            continue
        if not widths:
            continue
        width, times = max(widths.items(), key=lambda item: (item[1], item[0]))
        score = 0.0 if width < 2 else times / sum(widths.values()) * min(width, 20)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _read_csv(content: bytes, encoding: str, delimiter: str) -> Sheet:
    used = encoding or detect_encoding(content)
    try:
        text = content.decode(used, errors="replace").removeprefix("\ufeff").replace("\0", "\ufffd")
    except LookupError:
        raise SheetRefused(f"expected an encoding among {', '.join(ENCODINGS)}") from None
    separator = delimiter or detect_delimiter(text)
    if separator not in DELIMITERS:
        raise SheetRefused("expected comma, semicolon, tab or bar as separator")
    _refuse_too_many(text, separator)
    reader = csv.reader(_lines(text), delimiter=separator)
    records: list[SheetRow] = []
    line = 1
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                records.append(SheetRow(line, tuple(_unescaped(cell) for cell in record)))
            line = reader.line_num + 1
            _check_size(records, line)
    except csv.Error as error:
        raise SheetRefused(
            f"expected a closed quote, got a cell without end from line {line} on ({error})"
        ) from None
    return _sheet("csv", "", used, separator, records)


def _refuse_too_many(text: str, separator: str) -> None:
    """Count the rows before anything is built of them."""
    if text.count("\n") + text.count("\r") <= MAX_ROWS:
        return
    count = 0
    with suppress(csv.Error):  # named with its line by the reading that follows
        for record in csv.reader(_lines(text), delimiter=separator):
            count += any(record)
            if count > MAX_ROWS + 1:
                raise SheetRefused(f"expected at most {MAX_ROWS} rows, got more")


def _check_size(records: list[SheetRow], line: int) -> None:
    if not records:
        return
    cells = records[-1].cells
    if len(cells) > MAX_COLUMNS:
        raise SheetRefused(f"expected at most {MAX_COLUMNS} columns, got {len(cells)}")
    if any(len(cell) > MAX_CELL_SIGNS for cell in cells if isinstance(cell, str)):
        raise SheetRefused(
            f"expected cells of at most {MAX_CELL_SIGNS} characters, got a longer one before line "
            f"{line}: is a quote not closed?"
        )


def _read_xlsx(content: bytes) -> Sheet:
    check_zip(content)
    try:
        child = subprocess.run(
            [sys.executable, "-I", "-B", str(READER)],
            input=content,
            capture_output=True,
            timeout=WALL_SECONDS,
            env={"OPENPYXL_LXML": "False", "LANG": "C.UTF-8"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SheetRefused(f"expected a workbook that opens within {WALL_SECONDS} s") from None
    name, records, is_whole = "", list[SheetRow](), False
    for raw in child.stdout.splitlines():
        line = _parsed(raw)
        if line[0] == "refused":
            raise SheetRefused(str(line[1]))
        if line[0] == "sheet":
            name = str(line[1])
        elif line[0] == "row":
            records.append(SheetRow(line[1], tuple(line[2])))
        is_whole = line[0] == "end"
    if not is_whole:
        raise SheetRefused("expected a workbook that opens in 512 MB and 20 s of processor time")
    return _sheet("xlsx", name, "", "", records)


def _parsed(raw: bytes) -> list[Any]:
    try:
        line = json.loads(raw)
    except ValueError:
        return ["cut"]  # the reader was killed in the middle of a line
    return line if isinstance(line, list) and line else ["cut"]


def _sheet(form: str, name: str, encoding: str, delimiter: str, records: list[SheetRow]) -> Sheet:
    """Find the header: the first row, or the second under a lone title."""
    if len(records) > 2 and _filled(records[0]) == 1 < _filled(records[1]):
        records = records[1:]
    if len(records) < 2:
        raise SheetRefused("expected a row of column names and at least one row below it")
    header = records[0]
    names = tuple("" if cell is None else str(cell).strip()[:80] for cell in header.cells)
    return Sheet(form, name, encoding, delimiter, header.line, names, tuple(records[1:]))


def _filled(row: SheetRow) -> int:
    return sum(1 for cell in row.cells if cell is not None and str(cell).strip())


def _lines(text: str) -> io.StringIO:
    return io.StringIO(text, newline="")


def _unescaped(cell: str) -> str:
    """Take back the quote that our own exports put before what Excel would calculate."""
    return cell[1:] if cell.startswith(_ESCAPED) else cell


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
