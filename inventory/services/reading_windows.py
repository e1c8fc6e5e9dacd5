"""Stored readings folded over windows of time, many windows in one statement (IN-14).

A late reading changes the runs it falls into and no other. Its window begins with the last reading
inside before it, as folding may begin there, and ends with the first one inside after it: from
there on everything is as it was. So late readings cost what lies around them, however much has
been measured since.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.db import connection

from collab.organisations.context import acting_organisation_id
from inventory.rules.sensor_limits import Folded, Limit, Measured, fold

END: Final = UUID(int=(1 << 128) - 1)
"""Above the key of any reading."""

_COLUMNS: Final = {
    "device": "uuid",
    "metric": "text",
    "floor": "uuid",
    "first": "uuid",
    "last": "uuid",
    "ceiling": "uuid",
    "least": "float8",
    "most": "float8",
}
_READ: Final = f"""
WITH asked AS MATERIALIZED (
  SELECT * FROM unnest({", ".join(f"%({name})s::{kind}[]" for name, kind in _COLUMNS.items())})
           WITH ORDINALITY AS a({", ".join(_COLUMNS)}, place)
)
SELECT a.place - 1, r.sensed_at, r.number, e.finish IS NOT NULL
  FROM asked a
 CROSS JOIN LATERAL (
   SELECT coalesce((
     SELECT id FROM inventory_sensorreading
      WHERE owner_id = %(own)s AND device_id = a.device AND metric = a.metric
        AND id >= a.floor AND id < a.first AND number IS NOT NULL
        AND (a.least IS NULL OR number >= a.least) AND (a.most IS NULL OR number <= a.most)
      ORDER BY id DESC LIMIT 1), a.floor) AS start) AS s
 CROSS JOIN LATERAL (
   SELECT (
     SELECT id FROM inventory_sensorreading
      WHERE owner_id = %(own)s AND device_id = a.device AND metric = a.metric
        AND id > a.last AND id < a.ceiling AND number IS NOT NULL
        AND (a.least IS NULL OR number >= a.least) AND (a.most IS NULL OR number <= a.most)
      ORDER BY id LIMIT 1) AS finish) AS e
 CROSS JOIN LATERAL (
   SELECT id, sensed_at, number FROM inventory_sensorreading
    WHERE owner_id = %(own)s AND device_id = a.device AND metric = a.metric
      AND id >= s.start AND id < a.ceiling AND id <= coalesce(e.finish, a.ceiling)
      AND number IS NOT NULL
   OFFSET 0) AS r
 ORDER BY a.place, r.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What to fold of one metric: readings from about ``first`` to about ``last``, by their keys.

    Nothing before ``floor`` is read, nor from ``ceiling`` on.
    """

    device_id: UUID
    metric: str
    rule: Limit
    floor: UUID
    first: UUID
    last: UUID = END
    ceiling: UUID = END


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a window comes to; ``is_closed``: it ends inside, and what follows is as it was."""

    folded: Folded
    is_closed: bool


def fold_windows(windows: Sequence[Window]) -> list[Outlook]:
    """Fold each window, from inside; one statement."""
    found = [Outlook(fold(each.rule, ()), is_closed=False) for each in windows]
    if not windows:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_READ, _parameters(windows))
        for place, rows in groupby(_fetched(cursor), key=lambda row: int(row[0])):
            measured = list(rows)
            readings = (Measured(at, number) for _place, at, number, _closed in measured)
            folded = fold(windows[place].rule, readings)
            found[place] = Outlook(folded, is_closed=bool(measured[0][3]))
    return found


def _fetched(cursor: Any) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(2_000):
        yield from rows


def _parameters(windows: Sequence[Window]) -> dict[str, Any]:
    return {
        "own": acting_organisation_id(),
        "device": [str(each.device_id) for each in windows],
        "metric": [each.metric for each in windows],
        "floor": [str(each.floor) for each in windows],
        "first": [str(each.first) for each in windows],
        "last": [str(each.last) for each in windows],
        "ceiling": [str(each.ceiling) for each in windows],
        "least": [each.rule.least for each in windows],
        "most": [each.rule.most for each in windows],
    }
