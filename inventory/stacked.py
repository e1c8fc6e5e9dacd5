"""Geometry of stacked columns: plain arithmetic, no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass

from collab.shell.templatetags.charts import ticks

WIDTH, HEIGHT = 960.0, 240.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 8.0, 10.0, 26.0
FILLED = 0.72  # of a column's width


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle of one layer, in units of the picture."""

    layer: int
    x: float
    y: float
    width: float
    height: float
    count: int

    @property
    def text_x(self) -> float:
        """Middle of the number in it."""
        return round(self.x + self.width / 2, 1)

    @property
    def text_y(self) -> float:
        """Baseline of the number in it."""
        return round(self.y + self.height / 2 + 3.8, 1)

    @property
    def has_room(self) -> bool:
        """Whether the number fits."""
        return self.height >= 13


@dataclass(frozen=True, slots=True)
class Gridline:
    """A horizontal line with its number."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Stacked:
    """The picture: columns of blocks from the bottom up, and the lines behind them."""

    columns: Sequence[Sequence[Block]]
    middles: Sequence[float]
    lines: Sequence[Gridline]
    width: float = WIDTH
    height: float = HEIGHT


def stacked_chart(counts: Sequence[Sequence[int]]) -> Stacked:
    """Return the picture of ``counts``: columns of layers, the first layer at the bottom.

    Examples
    --------
    >>> picture = stacked_chart([[1, 0, 3]])
    >>> [block.layer for block in picture.columns[0]]
    [0, 2]
    """
    steps = ticks(float(max((sum(each) for each in counts), default=0)))
    each_wide = (WIDTH - LEFT - RIGHT) / max(len(counts), 1)
    tall = HEIGHT - TOP - BOTTOM

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - value / steps[-1] * tall, 1)

    columns = []
    for place, layers in enumerate(counts):
        x = round(LEFT + (place + (1 - FILLED) / 2) * each_wide, 1)
        blocks, below = [], 0
        for layer, count in enumerate(layers):
            if count:
                top, foot = y(below + count), y(below)
                wide = round(each_wide * FILLED, 1)
                blocks.append(Block(layer, x, top, wide, round(foot - top, 1), count))
                below += count
        columns.append(blocks)
    middles = [round(LEFT + (place + 0.5) * each_wide, 1) for place in range(len(counts))]
    return Stacked(columns, middles, [Gridline(y(step), f"{step:g}") for step in steps])
