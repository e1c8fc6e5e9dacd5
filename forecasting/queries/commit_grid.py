"""Commits as the planning grid shows them: one part a row, its figures by week."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language

from collab.integration.exports import plain_decimal
from collab.masterdata.models import Part
from collab.masterdata.unit_words import unit_word
from collab.organisations.clock import own_day
from collab.organisations.names import NOBODY, names_of
from forecasting.axis import Quantities, aligned, monday_of, weeks_from
from forecasting.queries.capacity import SeriesLoad, series_loads
from forecasting.queries.comments import commented_weeks
from forecasting.queries.locks import locks_of
from forecasting.queries.positions import Position

LINES = ("forecast", "previous", "commit", "consensus")


@dataclass(frozen=True, slots=True)
class GridRequest:
    """What the grid asks for: whose page it is, where rows lead, what may be edited."""

    tenant: str
    weeks: Sequence[date]
    may_edit: bool
    person_id: int | None = None


def coming_weeks(count: int, *, today: date | None = None) -> list[date]:
    """Return the running week and those that follow, ``count`` in all."""
    return weeks_from(monday_of(today or own_day()), count)


def grid_rows(found: Sequence[Position], asked: GridRequest) -> list[dict[str, Any]]:
    """Return the grid's rows of these positions; a supplier may edit the commit of its own."""
    names = names_of({each.customer_id for each in found} | {each.supplier_id for each in found})
    titles = part_names(each.number for each in found)
    loads = series_loads([each.series_id for each in found], asked.weeks)
    locks = locks_of([each.series_id for each in found], asked.person_id)
    said = commented_weeks([each.series_id for each in found])
    rows = []
    for each in found:
        other = each.customer_id if each.is_ours else each.supplier_id
        rows.append(
            {
                "id": str(each.series_id),
                "part": each.number,
                "name": titles.get(each.number, ""),
                "partner": names.get(other, NOBODY).short,
                "site": each.site_code,
                "unit": unit_word(each.unit) if each.unit else "",
                "version": each.version,
                "href": f"/t/{asked.tenant}/forecasts/series/{each.series_id}/",
                "lock": locks.get(each.series_id),
                "lines": lines_of(each, asked.weeks, loads.get(each.series_id)),
                "status": _status(loads.get(each.series_id), asked.weeks),
                "editable": "commit" if each.is_ours and asked.may_edit else None,
                "reasons": [each.reasons.get(week.isoformat()) for week in asked.weeks],
                "commented": [week in said.get(each.series_id, ()) for week in asked.weeks],
            }
        )
    return rows


def lines_of(
    position: Position, weeks: Sequence[date], load: SeriesLoad | None
) -> dict[str, list[str | None]]:
    """Return the figures of a position for the grid's weeks, as exact decimal text."""
    figures: dict[str, Quantities] = {
        "forecast": position.forecast,
        "previous": position.previous_forecast,
        "commit": position.committed,
        "consensus": position.consensus,
    }
    lines = {name: texts(aligned(position.first_week, figures[name], weeks)) for name in LINES}
    if load is not None and load.is_alone:
        lines["capacity"], lines["maximum"] = texts(load.actual), texts(load.maximum)
    return lines


def texts(figures: Iterable[Any]) -> list[str | None]:
    """Return exact decimal texts without idle zeros, None where a figure is missing."""
    return [None if each is None else plain_decimal(each) for each in figures]


def part_names(numbers: Iterable[str]) -> dict[str, str]:
    """Return the names that the acting organisation gives its parts, by number; one query."""
    wanted = {number for number in numbers if number}
    return dict(Part.objects.filter(number__in=wanted).values_list("number", "name"))


def locale() -> str:
    """Return the page's language for the grid's numbers."""
    return get_language() or "en"


def _status(load: SeriesLoad | None, weeks: Sequence[date]) -> list[str]:
    return list(load.status) if load is not None else ["none"] * len(weeks)
