"""Labels as a PDF of A4 sheets, each label at its true size."""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Final

from transport.labels.layout import BOLD, FACE, Box, Shape, shapes
from transport.rules.label import Label, Size

if TYPE_CHECKING:  # takes a while to import
    from reportlab.pdfgen.canvas import Canvas

SHEET_HEIGHT: Final = 297.0
MM: Final = 72 / 25.4
"""Points of PDF in a millimetre."""


def labels_pdf(labels: Sequence[Label], size: Size, *, title: str = "") -> bytes:
    """Return the labels one below the other, as many on a sheet as fit.

    The same labels are always the same bytes. Raises ``ValueError`` without labels.
    """
    if not labels:
        raise ValueError("expected at least one label, got none")
    from reportlab.pdfgen.canvas import Canvas

    buffer = BytesIO()
    page = Canvas(buffer, pagesize=(size.width_mm * MM, SHEET_HEIGHT * MM), invariant=True)
    page.setTitle(title)
    for number, label in enumerate(labels):
        place = number % size.per_sheet
        if number and not place:
            page.showPage()
        top = SHEET_HEIGHT - place * size.height_mm
        for shape in shapes(label, size):
            _draw(page, shape, top)
    page.showPage()
    page.save()
    return buffer.getvalue()


def _draw(page: "Canvas", shape: Shape, top: float) -> None:
    """Draw one shape; PDF counts from the bottom."""
    if isinstance(shape, Box):
        page.rect(
            shape.x * MM, (top - shape.y - shape.height) * MM, shape.width * MM,
            shape.height * MM, stroke=0, fill=1,
        )  # fmt: skip
        return
    page.setFont(BOLD if shape.is_bold else FACE, shape.size)
    write = page.drawRightString if shape.is_right else page.drawString
    write(shape.x * MM, (top - shape.y) * MM, shape.text)
