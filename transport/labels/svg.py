"""A label as SVG, as screens show it before it is printed."""

from xml.sax.saxutils import escape, quoteattr

from transport.labels.layout import POINT_MM, Box, Shape, shapes
from transport.rules.label import Label, Size


def label_svg(label: Label, size: Size) -> str:
    """Return one label at its true size; what it says is its title for those who cannot see it."""
    width, height = size.width_mm, size.height_mm
    told = f"{label.linear} {label.part_number}".strip()
    body = "".join(_drawn(each) for each in shapes(label, size))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label={quoteattr(told)}>'
        f'<rect width="{width}" height="{height}" fill="#fff"/>{body}</svg>'
    )


def _drawn(shape: Shape) -> str:
    if isinstance(shape, Box):
        return (
            f'<rect x="{shape.x:.3f}" y="{shape.y:.3f}" width="{shape.width:.3f}" '
            f'height="{shape.height:.3f}" shape-rendering="crispEdges"/>'
        )
    weight = ' font-weight="700"' if shape.is_bold else ""
    anchor = ' text-anchor="end"' if shape.is_right else ""
    return (
        f'<text x="{shape.x:.3f}" y="{shape.y:.3f}" font-size="{shape.size * POINT_MM:.3f}" '
        f'font-family="Helvetica, Arial, sans-serif"{weight}{anchor}>{escape(shape.text)}</text>'
    )
