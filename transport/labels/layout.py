"""Where everything stands on a label: texts, lines and dark rectangles in mm from the top left."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from transport.labels.symbols import QUIET_BARS, QUIET_CELLS, code128, data_matrix
from transport.labels.writing import printable
from transport.rules.handling_units import Kind, plain
from transport.rules.label import CODE_HEIGHT_MM, MODULE_MM, UNIT_OF_LABEL, Label, Size

FACE, BOLD = "Helvetica", "Helvetica-Bold"
POINT_MM: Final = 25.4 / 72
MARGIN: Final = 4.0
LINE: Final = 0.25
TITLES: Final = {Kind.SINGLE: "S", Kind.MASTER: "M", Kind.MIXED: "MIX"}


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text; ``y`` is its base line, ``size`` in points."""

    x: float
    y: float
    text: str
    size: float
    is_bold: bool = False
    is_right: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A filled black rectangle."""

    x: float
    y: float
    width: float
    height: float


Shape = Text | Box


@dataclass(frozen=True, slots=True)
class _Cell:
    """A titled value in a frame of its own."""

    title: str
    value: str
    x: float
    y: float
    width: float
    height: float
    size: float = 14
    is_bold: bool = True


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What the three sizes differ in [mm, points]."""

    head: float  # height of the addresses
    row: float
    rows: int
    value: float  # size of values
    matrix: float  # side of the Data Matrix at most


SHEETS: Final = {
    Size.LARGE: _Sheet(head=34, row=19, rows=4, value=24, matrix=46),
    Size.MEDIUM: _Sheet(head=13.5, row=11, rows=3, value=12, matrix=32),
    Size.SMALL: _Sheet(head=0, row=9.5, rows=2, value=10, matrix=32),
}


def shapes(label: Label, size: Size) -> list[Shape]:
    """Return everything on one label.

    The plate's Code 128 is at the bottom, the Data Matrix at the right. Texts that are wider than
    their field are set smaller, down to 5 points, and then cut with an ellipsis.
    """
    sheet = SHEETS[size]
    bottom = size.height_mm - MARGIN - CODE_HEIGHT_MM
    if size is not Size.SMALL:
        bottom -= 4  # the plate in letters below its bars
    matrix_x = size.width_mm - MARGIN - sheet.matrix
    right = matrix_x - 2
    found: list[Shape] = [*_frame(size)]
    if sheet.head:
        found += _addresses(label, sheet, right)
    found += [each for cell in _cells(label, sheet, right) for each in _drawn(cell)]
    found += _linear(label, bottom, size)
    found += _matrix(label, matrix_x, MARGIN, sheet.matrix)
    found += _kind(label, size)
    return found


def _frame(size: Size) -> Iterator[Shape]:
    """Yield a thin border, by which labels on a sheet are cut apart."""
    width, height = float(size.width_mm), float(size.height_mm)
    yield Box(0, 0, width, LINE / 2)
    yield Box(0, height - LINE / 2, width, LINE / 2)


def _addresses(label: Label, sheet: _Sheet, right: float) -> Iterator[Shape]:
    half = (right - MARGIN) / 2
    for title, lines, x in (
        ("FROM", label.ship_from, MARGIN),
        ("TO", label.ship_to, MARGIN + half),
    ):
        yield Text(x, MARGIN + 2, title, 6)
        size = 9.0 if sheet.head < 20 else 12.0
        step = size * POINT_MM * 1.15
        most = max(1, int((sheet.head - 3) / step))
        for place, line in enumerate(_told(lines)[:most], start=1):
            yield fitted(x, MARGIN + 2 + step * place, line, size, half - 2, is_bold=place == 1)


def _told(lines: Sequence[str]) -> list[str]:
    """Return the address lines that this font can write; see ``writing.printable``."""
    return [text for text in (printable(each) for each in lines) if text]


def _cells(label: Label, sheet: _Sheet, right: float) -> Iterator[_Cell]:
    """Yield the fields, row by row; how many rows there are is the size's matter."""
    unit = UNIT_OF_LABEL.get(label.unit, label.unit)
    amount = "" if label.quantity is None else f"{plain(label.quantity)} {unit}".strip()
    rows: list[list[tuple[str, str, float]]] = [
        [
            ("PART NO. CUSTOMER (P)", label.part_number or "MIXED LOAD", 0.62),
            ("QUANTITY (7Q)", amount or "SEE PACKS", 0.38),
        ],
        [
            ("SUPPLIER PART NO. (1P)", label.supplier_part_number, 0.38),
            ("ASN NO. (2S)", label.advice, 0.30),
            ("DOCK (21L)", label.dock, 0.16),
            ("GROSS KG", _kilograms(label.gross_kg), 0.16),
        ],
        [
            ("DESCRIPTION", printable(label.name), 0.38),
            ("ORDER NO. (K)", label.order, 0.24),
            ("DELIVERY NOTE (11K)", label.delivery_note, 0.24),
            ("PACKS", str(label.packs_inside or ""), 0.14),
        ],
        [
            ("SUPPLIER NO. (V)", label.supplier or label.duns, 0.3),
            ("LOT (1T)", label.lot, 0.24),
            ("PACK TYPE (B)", label.pack_type, 0.24),
            ("DESPATCHED", "" if label.despatched_on is None else f"{label.despatched_on}", 0.22),
        ],
    ]
    width = right - MARGIN
    y = MARGIN + sheet.head
    for number, row in enumerate(rows[: sheet.rows]):
        x = MARGIN
        for title, value, share in row:
            size = sheet.value * (1.25 if number == 0 else 0.8)
            yield _Cell(title, value, x, y, width * share, sheet.row, size)
            x += width * share
        y += sheet.row


def _drawn(cell: _Cell) -> Iterator[Shape]:
    yield Box(cell.x, cell.y, cell.width, LINE)
    yield Text(cell.x + 0.5, cell.y + 2.6, cell.title, 5)
    if cell.value:
        room = cell.height - 3.2
        size = min(cell.size, room / POINT_MM)
        yield fitted(
            cell.x + 0.5, cell.y + cell.height - 1.2, cell.value, size, cell.width - 1.5,
            is_bold=cell.is_bold,
        )  # fmt: skip


def _linear(label: Label, y: float, size: Size) -> Iterator[Shape]:
    bars, _width = code128(label.linear)
    start = MARGIN + QUIET_BARS * MODULE_MM
    for first, count in bars:
        yield Box(start + first * MODULE_MM, y, count * MODULE_MM, CODE_HEIGHT_MM)
    if size is not Size.SMALL:
        yield Text(start, y + CODE_HEIGHT_MM + 3.4, label.plate_text, 9, is_bold=True)


def _matrix(label: Label, x: float, y: float, side: float) -> Iterator[Shape]:
    rows, cells = data_matrix(label.two_dimensional)
    module = side / (cells + 2 * QUIET_CELLS)
    for row, runs in enumerate(rows):
        for first, count in runs:
            yield Box(
                x + (first + QUIET_CELLS) * module,
                y + (row + QUIET_CELLS) * module,
                count * module,
                module,
            )


def _kind(label: Label, size: Size) -> Iterator[Shape]:
    """Yield the kind in large letters at the bottom right, and the plate where there is no room."""
    right, bottom = size.width_mm - MARGIN, size.height_mm - MARGIN
    if size is Size.SMALL:
        yield Text(right, bottom + 1.6, f"{label.plate_text}  {TITLES[label.kind]}", 7, True, True)
    else:
        yield Text(right, bottom, TITLES[label.kind], 28, is_bold=True, is_right=True)


def fitted(
    x: float, y: float, text: str, size: float, width: float, *, is_bold: bool = False
) -> Text:
    """Return a text no wider than ``width`` [mm], smaller or cut where it has to be."""
    from reportlab.pdfbase.pdfmetrics import stringWidth  # takes a while to import

    face = BOLD if is_bold else FACE
    wide = stringWidth(text, face, size) * POINT_MM
    if wide > width:
        size = max(5.0, size * width / wide)
    while len(text) > 1 and stringWidth(text, face, size) * POINT_MM > width:
        text = text.rstrip("…")[:-1] + "…"
    return Text(x, y, text, size, is_bold)


def _kilograms(weight: Decimal | None) -> str:
    return "" if weight is None else plain(weight.quantize(Decimal("0.1")))
