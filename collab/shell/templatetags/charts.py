"""Charts drawn on the server as SVG, each with a table that says the same."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil, floor, isfinite, log10
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

SPARK_WIDTH, SPARK_HEIGHT, SPARK_MARGIN = 96.0, 28.0, 3.0
HEAT_STEPS = (1, 3, 5, 10, 20)  # days of supply, lower ends of the levels 1 to 5
Points = Sequence[tuple[str, float]]


def spark_points(series: Iterable[float]) -> str:
    """Return ``series`` as the points of an SVG polyline, 96 by 28 units; "" below two values."""
    values = [float(value) for value in series]
    if len(values) < 2 or not all(map(isfinite, values)):
        return ""
    low, high = min(values), max(values)
    span = high - low or 1.0
    step = SPARK_WIDTH / (len(values) - 1)
    tall = SPARK_HEIGHT - 2 * SPARK_MARGIN
    middle = SPARK_HEIGHT / 2
    heights = [
        middle if high == low else SPARK_HEIGHT - SPARK_MARGIN - (value - low) / span * tall
        for value in values
    ]
    return " ".join(f"{number * step:.1f},{y:.1f}" for number, y in enumerate(heights))


register.filter("sparkline", spark_points)


@register.simple_tag
def sparkline(series: Iterable[float], tone: str = "brand") -> SafeString:
    """Draw ``series`` without axes; ``tone`` is ``crit``, ``warn``, ``ok`` or ``brand``."""
    points = spark_points(series)
    if not points:
        return SafeString("")
    return format_html(
        '<svg class="sp sp-{}" viewBox="0 0 96 28" preserveAspectRatio="none" aria-hidden="true">'
        '<polygon points="0,28 {} 96,28"/><polyline points="{}"/></svg>',
        tone,
        points,
        points,
    )


@register.filter
def heat_level(days: float | str | None) -> str:
    """Return the heat level 0 to 5 of days of supply; "n" where they are not known."""
    if days is None or days == "":
        return "n"
    return str(sum(float(days) >= step for step in HEAT_STEPS))


@register.filter
def heat_text(days: float) -> str:
    """Return days of supply with one decimal below ten, none above."""
    return f"{float(days):.1f}" if float(days) < 9.95 else f"{float(days):.0f}"


@register.filter
def freshness(at: datetime | None, expected: int | str = 1440) -> str:
    """``good``, ``late`` after ``expected`` minutes, ``stale`` after twice that; or ``none``."""
    if not at:
        return "none"
    age = timezone.now() - at
    due = timedelta(minutes=int(expected))
    return "good" if age <= due else "late" if age <= 2 * due else "stale"


def ticks(high: float, wanted: int = 4) -> list[float]:
    """Return round values from 0 to at least ``high`` (> 0), about ``wanted`` steps."""
    if not isfinite(high) or high <= 0:
        return [0.0, 1.0]
    raw = high / wanted
    size = 10.0 ** floor(log10(raw))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw)
    return [number * step for number in range(ceil(high / step) + 1)]


def line_geometry(
    points: Points, *, low: float | None = None, high: float | None = None
) -> dict[str, Any]:
    """Return where axes, line, area and bounds of a chart lie, in a box of 440 by 180 units."""
    left, right, top, bottom = 38.0, 432.0, 12.0, 152.0
    values = [float(value) for _label, value in points]
    steps = ticks(max([*values, low or 0.0, high or 0.0, 0.0]))
    step = (right - left) / max(len(values) - 1, 1)

    def y(value: float) -> float:
        return round(bottom - max(value, 0.0) / steps[-1] * (bottom - top), 1)

    line = " ".join(f"{left + n * step:.1f},{y(value)}" for n, value in enumerate(values))
    every = max(1, ceil(len(points) / 7))
    return {
        "rows": [{"y": y(tick), "text_y": y(tick) + 4, "text": f"{tick:g}"} for tick in steps],
        "columns": [
            {"x": round(left + n * step, 1), "text": label}
            for n, (label, _value) in enumerate(points)
            if n % every == 0
        ],
        "line": line,
        "area": f"{left},{bottom} {line} {left + max(len(values) - 1, 0) * step:.1f},{bottom}",
        "low_y": None if low is None else y(low),
        "high_y": None if high is None else y(high),
    }


@register.inclusion_tag("partials/line_chart.html")
def line_chart(
    points: Points,
    *,
    label: str,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
) -> dict[str, Any]:
    """Draw ``points`` (label, value in ``unit``) with bounds and the table that says the same."""
    found = list(points)
    geometry = line_geometry(found, low=low, high=high)
    below = [low is not None and value < low for _label, value in found]
    rows = [
        {"label": name, "value": value, "is_below": is_below}
        for (name, value), is_below in zip(found, below, strict=True)
    ]
    return {**geometry, "rows_t": rows, "label": label, "unit": unit, "low": low, "high": high}


def tier_geometry(
    nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]], *, width: float = 372
) -> dict[str, Any]:
    """Return boxes in columns by ``tier``, highest left, and curves between them.

    A node has ``id``, ``label``, ``tier`` and may have ``status`` and ``href``; an edge has
    ``source``, ``target`` and may have ``status``. Units are those of the picture.
    """
    row, box, gap, head = 37.0, 26.0, 24.0, 18.0
    tiers = sorted({int(node["tier"]) for node in nodes}, reverse=True)
    each = (width - gap * (len(tiers) - 1)) / max(len(tiers), 1)
    by_tier = {tier: [node for node in nodes if int(node["tier"]) == tier] for tier in tiers}
    most = max(map(len, by_tier.values()), default=1)
    boxes: dict[Any, dict[str, Any]] = {}
    for column, tier in enumerate(tiers):
        top = head + (most - len(by_tier[tier])) * row / 2 + (row - box) / 2
        for place, node in enumerate(by_tier[tier]):
            x, y = column * (each + gap), top + place * row
            boxes[node["id"]] = {
                **node, "x": round(x, 1), "y": round(y, 1), "width": round(each, 1), "height": box,
                "text_x": round(x + 9, 1), "middle": round(y + box / 2, 1),
                "text_y": round(y + box / 2 + 3.6, 1), "dot_x": round(x + each - 9, 1),
            }  # fmt: skip
    lines = [
        {"path": _curve(boxes[edge["source"]], boxes[edge["target"]]), "status": edge.get("status")}
        for edge in edges
        if edge["source"] in boxes and edge["target"] in boxes
    ]
    lines.sort(key=lambda line: line["status"] == "critical")
    heads = [{"x": round(n * (each + gap), 1), "tier": tier} for n, tier in enumerate(tiers)]
    return {
        "boxes": list(boxes.values()), "lines": lines, "heads": heads,
        "width": width, "height": head + most * row,
    }  # fmt: skip


def _curve(source: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    x1, y1 = source["x"] + source["width"], source["middle"]
    x2, y2 = target["x"], target["middle"]
    bend = (x2 - x1) / 2
    return f"M{x1:.1f} {y1}C{x1 + bend:.1f} {y1} {x2 - bend:.1f} {y2} {x2} {y2}"


@register.inclusion_tag("partials/tier_network.html")
def tier_network(
    nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]], *, label: str
) -> dict[str, Any]:
    """Draw a supply network by tiers; see ``tier_geometry`` for nodes and edges."""
    return {**tier_geometry(nodes, edges), "label": label}
