"""Where the stations of a path stand in its picture: plain arithmetic, no I/O."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from collab.masterdata.unit_words import unit_word
from inventory.queries.coverage import CoverageRow
from inventory.queries.trouble_path import Station, TroublePath

HEAD, ROW, BOX = 22.0, 66.0, 52.0
WIDEST, GAP = 220.0, 54.0
LEAST_WIDTH, LEAST_COLUMN = 840.0, 190.0
MOST = 7
"""Heights and widths in units of the picture; boxes of a column at most."""


@dataclass(frozen=True, slots=True)
class Box:
    """A station with the upper left corner of its box."""

    station: Station
    x: float
    y: float
    width: float

    @property
    def text_x(self) -> float:
        """Left end of its lines of text."""
        return self.x + 10

    @property
    def lines(self) -> list[tuple[float, str]]:
        """Its three lines of text, each with its baseline: who and where, what, how long."""
        station = self.station
        who = station.who.short or _("Not named")
        where = f"{who} \u00b7 {station.site_code}" if station.site_code else who
        return [
            (self.y + 16, self._fit(where)),
            (self.y + 31, self._fit(station.label)),
            (self.y + 45, self._fit(lasting(station))),
        ]

    def _fit(self, text: str) -> str:
        room = int((self.width - 30) / 5.9)
        return text if len(text) <= room else text[: room - 1].rstrip() + "\u2026"

    @property
    def dot(self) -> tuple[float, float]:
        """Middle of the mark of its state."""
        return (self.x + self.width - 12, self.y + 13)


@dataclass(frozen=True, slots=True)
class Curve:
    """A flow as an SVG path from supplier to customer, with its state."""

    path: str
    status: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The drawn path; curves with trouble come last, so that they lie on top."""

    width: float
    height: float
    columns: Sequence[tuple[str, float]]
    boxes: Sequence[Box]
    curves: Sequence[Curve]
    hidden: int


def draw_path(path: TroublePath) -> Picture:
    """Lay stations out by tier, from the left, the worst of a tier on top; ``hidden`` did not fit.

    Our own materials stand left of the part they go into.
    """
    columns: dict[float, list[Station]] = defaultdict(list)
    for each in path.ordered:
        is_material = each.tier == 0 and each is not path.us
        columns[each.tier - 0.5 if is_material else each.tier].append(each)
    places = sorted(columns)
    width = max(LEAST_WIDTH, len(places) * LEAST_COLUMN)
    most = max(min(len(found), MOST) for found in columns.values())
    each_width = min(WIDEST, (width - GAP * (len(places) - 1)) / len(places))
    gap = (width - each_width * len(places)) / max(len(places) - 1, 1)
    boxes: dict[str, Box] = {}
    for number, place in enumerate(places):
        shown = columns[place][:MOST]
        top = HEAD + (most - len(shown)) * ROW / 2
        for row, station in enumerate(shown):
            x, y = round(number * (each_width + gap), 1), round(top + row * ROW, 1)
            boxes[station.key] = Box(station, x, y, round(each_width, 1))
    curves = [
        _curve(boxes[start], boxes[end])
        for start, end in sorted(path.flows)
        if start in boxes and end in boxes
    ]
    curves.sort(key=lambda each: each.status != "")
    heads = [
        (_title(place), round(number * (each_width + gap), 1))
        for number, place in enumerate(places)
    ]
    hidden = len(path.stations) - len(boxes)
    return Picture(width, HEAD + most * ROW, heads, list(boxes.values()), curves, hidden)


def lasting(station: Station) -> str:
    """Return how long the stock of a station lasts against its minimum, in words."""
    row = station.row
    if row is None or row.days_of_supply is None:
        return _unknown(station)
    many = 1 if days_of(row) == "1" else 2
    told = {"days": days_of(row)}
    if row.minimum_days is None:
        return ngettext("%(days)s day", "%(days)s days", many) % told
    told["minimum"] = number_format(row.minimum_days.normalize())
    return (
        ngettext("%(days)s day, minimum %(minimum)s", "%(days)s days, minimum %(minimum)s", many)
        % told
    )


def _unknown(station: Station) -> str:
    """Return what is known of a station whose days of supply are not."""
    if station.tier != 0:
        return _("not shared with us")
    if not station.need:
        return _("no stock reported")
    need = number_format(round(station.need, 1).normalize(), use_l10n=True, force_grouping=True)
    return _("needs %(need)s %(unit)s a day") % {"need": need, "unit": unit_word(station.unit)}


def days_of(row: CoverageRow) -> str:
    """Return days of supply to one place, with a sign where the stock outlasts known demand."""
    days = number_format(round(row.days_of_supply, 1).normalize())
    return f"\u2265 {days}" if row.is_at_least else days


def _curve(start: Box, end: Box) -> Curve:
    """Draw from the right edge of ``start`` to the left edge of ``end``; trouble passes on."""
    x1, y1 = start.x + start.width, start.y + BOX / 2
    x2, y2 = end.x, end.y + BOX / 2
    middle = (x1 + x2) / 2
    is_bad = start.station.is_troubled
    return Curve(
        f"M{x1:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}",
        start.station.status if is_bad else "",
    )


def _title(place: float) -> str:
    if place == 0:
        return _("Us")
    if place == -0.5:
        return _("Our materials")
    if place < 0:
        return _("Tier %(number)s") % {"number": int(-place)}
    return _("Customers") if place == 1 else _("Customers, tier %(number)s") % {
        "number": int(place)
    }  # fmt: skip
