"""Files of strangers: what is understood, what is refused and how fast; what we hand out."""

import csv
import io
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from collab.integration.exports import CALCULATED, TooManyRows, write_file
from collab.integration.imports.cells import (
    BadCell,
    date_order_of,
    decimal_sign_of,
    read_cell,
)
from collab.integration.imports.registry import DAY, NUMBER, ImportColumn
from collab.integration.spreadsheets import (
    MAX_BYTES,
    Sheet,
    SheetRefused,
    check_zip,
    read_sheet,
)

QUANTITY = ImportColumn("quantity", "Quantity", NUMBER)
ON = ImportColumn("on", "Day", DAY)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def workbook(rows: list[list[object]], **names: object) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# Reading CSV


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_separator_are_found(encoding: str, found: str, delimiter: str) -> None:
    rows = [["Teilenummer", "Benennung"], ["4711", "Kabelsatz für Tür"], ["4712", "Gehäuse"]]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    sheet = read_sheet("teile.csv", text.encode(encoding))
    assert (sheet.encoding, sheet.delimiter) == (found, delimiter)
    assert sheet.header == ("Teilenummer", "Benennung")
    assert [row.cells for row in sheet.rows] == [tuple(row) for row in rows[1:]]


def test_japanese_is_read() -> None:
    sheet = read_sheet("x.csv", "部品番号,数量\nハーネス,12\n".encode("cp932"))
    assert sheet.rows[0].cells == ("ハーネス", "12")


def test_lines_are_those_an_editor_shows() -> None:
    sheet = read_sheet("x.csv", b'number,name\r\nA,"two\r\nlines"\n\n\rB,x\n')
    assert [(row.line, row.cells[0]) for row in sheet.rows] == [(2, "A"), (6, "B")]


def test_a_lone_title_is_not_the_header() -> None:
    sheet = read_sheet("x.csv", b"Our parts,,\nnumber,name,kind\nA,Harness,component\n")
    assert sheet.header == ("number", "name", "kind")
    assert sheet.header_line == 2


# Reading XLSX


def test_a_workbook_is_read_with_typed_cells() -> None:
    made = workbook(
        [["number", "quantity", "on", "flag"], ["0047", 1.5, datetime(2026, 11, 23), True]]
    )
    sheet = read_sheet("x.xlsx", made)
    assert sheet.rows[0].cells == ("0047", 1.5, "2026-11-23", True)


def test_hidden_sheets_stay_unread_and_formulas_without_value_are_named() -> None:
    book = Workbook()
    hidden = book.active
    assert hidden is not None
    hidden.sheet_state = "hidden"
    shown = book.create_sheet("Parts")
    shown.append(["number", "quantity"])
    shown.append(["A", "=1+1"])
    out = io.BytesIO()
    book.save(out)
    sheet = read_sheet("x.xlsx", out.getvalue())
    assert sheet.name == "Parts"
    assert sheet.rows[0].cells == ("A", ["formula", "=1+1"])
    with pytest.raises(BadCell, match="never calculated"):
        read_cell(QUANTITY, sheet.rows[0].cells[1])


def test_days_of_both_excel_calendars() -> None:
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    assert sheet is not None
    sheet.append(["number", "on"])
    sheet.append(["A", date(2026, 2, 28)])
    out = io.BytesIO()
    book.save(out)
    assert read_sheet("x.xlsx", out.getvalue()).rows[0].cells[1] == "2026-02-28"


# Bombs


def _zip(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


STRINGS = (
    b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-'
    b'officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)


def _with_part(name: str, content: bytes) -> bytes:
    """A sound workbook with one part replaced, and its shared strings announced."""
    sound = workbook([["number", "name"], ["A", "B"]])
    with zipfile.ZipFile(io.BytesIO(sound)) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    if name == "xl/sharedStrings.xml":
        types = parts["[Content_Types].xml"]
        parts["[Content_Types].xml"] = types.replace(b"</Types>", STRINGS)
    return _zip(parts | {name: content})


SHEET = "xl/worksheets/sheet1.xml"
HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
LAUGHS = (
    b'<!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(12))
    + b"]>"
)
FILE = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
TEXT_CELL = (
    b'<row r="2"><c r="A2" t="inlineStr"><is><t>%s</t></is></c></row></sheetData></worksheet>'
)
BOMBS: dict[str, Callable[[], tuple[str, bytes]]] = {
    "zip of zeros": lambda: ("x.xlsx", _with_part(SHEET, b"\0" * 60_000_000)),
    "packed beyond 100:1": lambda: ("x.xlsx", _with_part(SHEET, HEAD + b" " * 8_000_000)),
    "200 MB promised": lambda: ("x.xlsx", _with_part("xl/media/a.bin", b"\0" * 200_000_000)),
    "many parts": lambda: ("x.xlsx", _zip({f"xl/{n}.xml": b"" for n in range(3_000)})),
    "nested zip": lambda: ("x.xlsx", _zip({"a.zip": _zip({"b.zip": b"\0" * 1_000_000})})),
    "not a workbook": lambda: ("x.xlsx", _zip({"word/document.xml": b"<a/>"})),
    "macros": lambda: ("x.xlsx", _with_part("xl/vbaProject.bin", b"x")),
    "no end": lambda: ("x.xlsx", workbook([["a"], ["b"]])[:-60]),
    "lying directory": lambda: (
        "x.xlsx",
        workbook([["a", "b"], ["c", "d"]]).replace(b"PK\x01\x02", b"PK\x01\x03"),
    ),
    "billion laughs in the sheet": lambda: (
        "x.xlsx",
        _with_part(SHEET, LAUGHS + HEAD + TEXT_CELL % b"&m;"),
    ),
    "billion laughs in the strings": lambda: (
        "x.xlsx",
        _with_part("xl/sharedStrings.xml", LAUGHS + b"<sst><si><t>&m;</t></si></sst>"),
    ),
    "external entity": lambda: ("x.xlsx", _with_part(SHEET, FILE + HEAD + TEXT_CELL % b"&e;")),
    "external entity in the book": lambda: (
        "x.xlsx",
        _with_part("xl/workbook.xml", FILE + b"<workbook>&e;</workbook>"),
    ),
    "a cell in column 16384 of many rows": lambda: (
        "x.xlsx",
        _with_part(
            SHEET,
            HEAD
            + b"".join(
                b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n * 7919)
                for n in range(1, 2_000)
            )
            + b"</sheetData></worksheet>",
        ),
    ),
    "half a million empty rows": lambda: (
        "x.xlsx",
        _with_part(
            SHEET,
            HEAD + b'<row r="500000"><c r="A500000"><v>1</v></c></row></sheetData></worksheet>',
        ),
    ),
    "not XML": lambda: ("x.xlsx", _with_part(SHEET, bytes(range(256)) * 8)),
    "old Excel": lambda: ("x.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512),
    "an executable": lambda: ("x.exe", b"MZ" + b"\0" * 512),
    "CSV named XLSX": lambda: ("x.xlsx", b"number,name\nA,B\n"),
    "XLSX named CSV": lambda: ("x.csv", workbook([["a"], ["b"]])),
    "too large": lambda: ("x.csv", b"a,b\n" + b"x" * MAX_BYTES),
    "a million columns": lambda: ("x.csv", b",".join([b"a"] * 1_000_000) + b"\nb\n"),
    "a quote without end": lambda: ("x.csv", b'number,name\nA,"' + b"x\n" * 2_000_000),
    "a cell of 5 MB": lambda: ("x.csv", b"number,name\nA," + b"x" * 5_000_000 + b"\n"),
    "200,000 rows": lambda: ("x.csv", b"number,name\n" + b"a,b\n" * 200_000),
    "only a header": lambda: ("x.csv", b"number,name\n"),
    "nothing": lambda: ("x.csv", b""),
    "only NULs": lambda: ("x.csv", b"\0" * 1_000_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_within_two_seconds(name: str) -> None:
    filename, content = BOMBS[name]()
    begun = time.perf_counter()
    with pytest.raises(SheetRefused, match="expected"):
        read_sheet(filename, content)
    assert time.perf_counter() - begun < 2


# Mutants


def _read_unless_refused(name: str, content: bytes) -> Sheet | None:
    """Return the sheet, or ``None`` when it is refused; anything else that happens is a crash."""
    try:
        return read_sheet(name, content)
    except SheetRefused:
        return None


@settings(max_examples=150)
@given(st.data())
def test_csv_mutants_are_read_or_refused(data: st.DataObject) -> None:
    text = 'number;name;quantity\nA-1;Kabelsatz;1,5\nA-2;"Tür; links";2\n'
    encoding = data.draw(st.sampled_from(["utf-8", "cp1252", "utf-16", "utf-8-sig"]))
    content = bytearray(text.encode(encoding))
    for _ in range(data.draw(st.integers(0, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        do = data.draw(st.sampled_from(["set", "drop", "double", "cut"]))
        if do == "set":
            content[place] = data.draw(st.sampled_from([0, 10, 13, 34, 59, 44, 255, 254, 128]))
        elif do == "drop":
            del content[place]
        elif do == "double":
            content[place:place] = content[place : place + 20]
        else:
            del content[place + 10 :]
    sheet = _read_unless_refused("x.csv", bytes(content))
    assert sheet is None or all(row.line > sheet.header_line for row in sheet.rows)


@settings(max_examples=60)
@given(st.binary(min_size=0, max_size=40), st.integers(0, 4_000))
def test_a_damaged_directory_never_passes_as_more_than_it_is(extra: bytes, place: int) -> None:
    made = bytearray(workbook([["number", "name"], ["A", "B"]]))
    made[place % len(made) : place % len(made) + len(extra)] = extra
    with suppress(SheetRefused):
        check_zip(bytes(made))


@settings(max_examples=12)
@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=8))
def test_xlsx_mutants_are_read_or_refused(place: int, extra: bytes) -> None:
    made = bytearray(workbook([["number", "name"], ["A", "B"], ["C", 4.5]]))
    made[place % len(made) : place % len(made) + len(extra)] = extra
    sheet = _read_unless_refused("x.xlsx", bytes(made))
    assert sheet is None or sheet.rows


# What a cell means


@pytest.mark.parametrize(
    ("texts", "sign"),
    [
        (["1,5", "2"], ","),
        (["1.5", "2"], "."),
        (["1.234,5"], ","),
        (["1.234.567"], ","),
        (["0,125"], ","),
        (["1234,567"], ","),
        (["1,234"], ""),  # 1234 or 1.234: somebody must say
        (["1,5", "1.5"], ""),
        (["12", "7"], "."),
        (["1,234", "1,5"], ","),
    ],
)
def test_the_decimal_sign_is_proven_or_asked(texts: list[str], sign: str) -> None:
    assert decimal_sign_of(texts) == sign


@pytest.mark.parametrize(
    ("cell", "sign", "value"),
    [
        ("1.234,5", ",", "1234.5"),
        ("1 234,5", ",", "1234.5"),
        ("1,234", ".", "1234"),
        ("1,234", ",", "1.234"),
        ("-5", "", "-5"),
        (0.1 + 0.2, "", "0.3"),
        (7, "", "7"),
    ],
)
def test_numbers(cell: object, sign: str, value: str) -> None:
    assert read_cell(QUANTITY, cell, decimal_sign=sign) == Decimal(value)


@pytest.mark.parametrize(
    "cell",
    ["1,234", "NaN", "Infinity", "1e5", "1,5.5", "1,234,5", "٣", "#N/A", "--1", True, "1" * 50],
)
def test_what_is_no_clear_number_is_refused(cell: object) -> None:
    with pytest.raises(BadCell, match="expected"):
        read_cell(QUANTITY, cell)


def test_the_order_of_days_is_proven_or_asked() -> None:
    assert date_order_of(["31/12/2026"]) == "dmy"
    assert date_order_of(["12/31/2026"]) == "mdy"
    assert date_order_of(["01/02/2026"]) == ""
    assert read_cell(ON, "31.12.2026") == date(2026, 12, 31)
    assert read_cell(ON, "01/02/2026", date_order="dmy") == date(2026, 2, 1)
    with pytest.raises(BadCell, match="order of day and month"):
        read_cell(ON, "01/02/2026")
    with pytest.raises(BadCell, match="of the calendar"):
        read_cell(ON, "2026-02-30")


@given(st.one_of(texts, st.floats(allow_nan=False), st.integers(), st.booleans(), st.none()))
def test_any_cell_is_a_number_or_refused(cell: object) -> None:
    with suppress(BadCell):
        value = read_cell(QUANTITY, cell, decimal_sign=".")
        assert value is None or (isinstance(value, Decimal) and value.is_finite())


# Writing


@given(st.sampled_from(CALCULATED), texts)
def test_no_text_of_ours_is_ever_calculated(lead: str, text: str) -> None:
    made = write_file("csv", "x", ["name", "n"], [[lead + text, Decimal("-5.50")]])
    rows = list(csv.reader(io.StringIO(made.content.decode("utf-8-sig"), newline="")))
    assert rows[1][0] == f"'{lead}{text}"
    assert rows[1][1] == "-5.5"  # a number stays what it is


def test_a_workbook_of_ours_holds_typed_text() -> None:
    made = write_file(
        "xlsx", "x", ["name", "n", "on"], [["=1+1", -5, date(2026, 1, 2)], ["\x00", None, None]]
    )
    sheet = load_workbook(io.BytesIO(made.content)).active
    assert sheet is not None
    assert (sheet["A2"].data_type, sheet["A2"].value) == ("s", "=1+1")
    assert (sheet["B2"].data_type, sheet["B2"].value) == ("n", -5)
    assert made.content_type.endswith("sheet")


@given(
    st.lists(texts.filter(lambda t: "\0" not in t and t == t.strip() and t), min_size=1, max_size=4)
)
def test_what_we_hand_out_reads_back_the_same(cells: list[str]) -> None:
    made = write_file("csv", "x", [f"c{n}" for n in range(len(cells) + 1)], [["key", *cells]])
    assert read_sheet(made.name, made.content, delimiter=",").rows[0].cells == ("key", *cells)


def test_a_file_has_an_end() -> None:
    with pytest.raises(TooManyRows, match="filter"):
        write_file("csv", "x", ["n"], ([n] for n in range(100_001)))
