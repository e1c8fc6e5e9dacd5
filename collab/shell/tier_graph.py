"""Where the organisations of a network stand in a picture of tiers: plain arithmetic, no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from collab.shell.network import Edge, Network, Node

HEAD = 18.0  # height of the line with the names of the tiers


@dataclass(frozen=True, slots=True)
class Box:
    """A node with its rectangle's upper left corner, in units of the picture."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    label: str

    @property
    def text_x(self) -> float:
        """Left end of the label."""
        return self.x + 9

    @property
    def text_y(self) -> float:
        """Baseline of the label."""
        return self.y + self.height / 2 + 3.6

    @property
    def is_marked(self) -> bool:
        """Whether a dot says that something is wrong there; ours is seen at its flows."""
        return self.node.tier != 0 and self.node.status in ("warning", "critical")

    @property
    def dot_x(self) -> float:
        """Middle of the status dot."""
        return self.x + self.width - 9

    @property
    def dot_y(self) -> float:
        """Middle of the status dot."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Line:
    """A flow as an SVG path from supplier to customer."""

    path: str
    status: str


@dataclass(frozen=True, slots=True)
class Column:
    """The name of a tier above its boxes."""

    tier: int
    x: float

    @property
    def title(self) -> str:
        """The tier in words."""
        if self.tier == 0:
            return _("Us")
        if self.tier < 0:
            return _("Tier %(number)s") % {"number": -self.tier}
        return _("Customers") if self.tier == 1 else _("Customers, tier %(number)s") % {
            "number": self.tier
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole graph, ready to be drawn; lines with trouble come last, so that they lie on top."""

    width: float
    height: float
    columns: list[Column]
    boxes: list[Box]
    lines: list[Line]
    hidden: int

    @property
    def troubled(self) -> int:
        """How many flows carry a warning or worse."""
        return sum(line.status in ("warning", "critical") for line in self.lines)


def draw(
    network: Network,
    *,
    width: float,
    row: float = 40.0,
    box: float = 26.0,
    gap: float = 26.0,
    widest: float = 230.0,
    rows: int = 7,
) -> Picture:
    """Lay the tiers out in columns from left to right, at most ``rows`` boxes each.

    ``width``, ``row`` (distance of rows), ``box`` (height), ``gap`` (least, between columns) and
    ``widest`` (a box at most) are in units of the picture. Of longer tiers the ones in trouble
    are kept; ``hidden`` counts the rest.
    """
    tiers = network.tiers()
    shown = [(tier, nodes[:rows]) for tier, nodes in tiers]
    most = max((len(nodes) for _tier, nodes in shown), default=1)
    height = HEAD + most * row
    between = max(len(shown) - 1, 1)
    each = min(widest, (width - gap * (len(shown) - 1)) / max(len(shown), 1))
    gap = (width - each * len(shown)) / between
    boxes: list[Box] = []
    columns = []
    for number, (tier, nodes) in enumerate(shown):
        x = number * (each + gap)
        columns.append(Column(tier, round(x, 1)))
        top = HEAD + (most - len(nodes)) * row / 2 + (row - box) / 2
        boxes += [_box(node, x, top + place * row, each, box) for place, node in enumerate(nodes)]
    by_id = {one.node.organisation.pk: one for one in boxes}
    lines = [_line(edge, by_id) for edge in _drawable(network.edges, by_id)]
    lines.sort(key=lambda line: ("ok", "info", "warning", "critical").index(line.status))
    hidden = sum(len(nodes) for _tier, nodes in tiers) - len(boxes)
    return Picture(round(width, 1), round(height, 1), columns, boxes, lines, hidden)


def _box(node: Node, x: float, y: float, width: float, height: float) -> Box:
    room = int((width - 26) / 6.1)
    name = node.organisation.short_name
    label = name if len(name) <= room else name[: room - 1].rstrip() + "…"
    return Box(node, round(x, 1), round(y, 1), round(width, 1), height, label)


def _drawable(edges: Sequence[Edge], boxes: dict[int, Box]) -> list[Edge]:
    return [edge for edge in edges if edge.supplier_id in boxes and edge.customer_id in boxes]


def _line(edge: Edge, boxes: dict[int, Box]) -> Line:
    start, end = boxes[edge.supplier_id], boxes[edge.customer_id]
    x1, y1 = start.x + start.width, start.dot_y
    x2, y2 = end.x, end.dot_y
    middle = (x1 + x2) / 2
    path = f"M{x1:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    return Line(path, edge.status)
