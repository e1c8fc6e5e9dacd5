"""Tables in monthly pieces: made ahead by their owner, detached when they are old.

A partitioned table's key is time-ordered (``month_key``), so pieces are cut by key and both the
primary key and what the walls add stand without a further column
(``docs/decisions/0018-events-cut-by-key.md``). What is older than the first month lies in one
piece named ``…_early``. The run-time role has no rights on pieces: it reaches them through the
parent, whose policies then hold.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

MONTHS_AHEAD: Final = 3
MONTHS_BEHIND: Final = 1
EARLY: Final = "early"
_NAME = re.compile(r"_(?:(\d{4})_(\d{2})|early)$")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month in UTC."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Month":
        """Return the month of a day (of an instant: as its own zone has it)."""
        return cls(day.year, day.month)

    def plus(self, months: int) -> "Month":
        """Return the month so many later, or earlier if negative."""
        count = self.year * 12 + self.number - 1 + months
        return Month(count // 12, count % 12 + 1)

    @property
    def starts_at(self) -> datetime:
        """Its first instant."""
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    def __str__(self) -> str:
        return f"{self.year:04d}_{self.number:02d}"


def month_key(month: Month) -> UUID:
    """Return the smallest version 7 UUID of a month: the bound between two pieces."""
    milliseconds = int(month.starts_at.timestamp()) * 1000
    return UUID(int=milliseconds << 80 | 0x7 << 76 | 0x2 << 62)


class CreatePartitionedModel(migrations.CreateModel):
    """As ``CreateModel``, cut by the primary key into months; starts with those around today."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: Any
    ) -> None:
        """Create the parent table and its first pieces."""
        with _cut_by_key(schema_editor):
            super().database_forwards(app_label, schema_editor, *states)
        model = states[1].apps.get_model(app_label, self.name)
        this = Month.of(datetime.now(UTC))
        for statement in first_pieces(model._meta.db_table, this):
            schema_editor.execute(statement)


@contextmanager
def _cut_by_key(schema_editor: BaseDatabaseSchemaEditor) -> Iterator[None]:
    plain = schema_editor.sql_create_table
    schema_editor.sql_create_table = f"{plain} PARTITION BY RANGE (id)"
    try:
        yield
    finally:
        schema_editor.sql_create_table = plain


def first_pieces(table: str, this: Month) -> list[str]:
    """Return the statements that cut an empty table: early, and the months around ``this``."""
    first = this.plus(-MONTHS_BEHIND)
    months = [first.plus(each) for each in range(MONTHS_BEHIND + MONTHS_AHEAD + 1)]
    return [early_piece(table, first), *(piece(table, month) for month in months)]


def piece(table: str, month: Month) -> str:
    """Return the statement that creates one month's piece."""
    since, until = month_key(month), month_key(month.plus(1))
    return _creation(table, str(month), f"FROM ('{since}') TO ('{until}')")


def early_piece(table: str, before: Month) -> str:
    """Return the statement that creates the piece of everything before a month."""
    return _creation(table, EARLY, f"FROM (MINVALUE) TO ('{month_key(before)}')")


def _creation(table: str, suffix: str, bounds: str) -> str:
    name = f"{table}_{suffix}"
    return (
        f'CREATE TABLE "{name}" PARTITION OF "{table}" FOR VALUES {bounds};'
        f' REVOKE ALL ON "{name}" FROM PUBLIC, app_rt'
    )


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of one partitioned table; ``has_early``: nothing is too old for it."""

    table: str
    months: tuple[Month, ...]
    has_early: bool

    def holds(self, at: datetime) -> bool:
        """Say whether a row of that instant has a piece to go to."""
        month = Month.of(at.astimezone(UTC))
        return month in self.months or (
            self.has_early and bool(self.months) and month < self.months[0]
        )

    def months_ahead(self, today: datetime) -> int:
        """Return how many whole months after the present one are ready."""
        this = Month.of(today.astimezone(UTC))
        return sum(month > this for month in self.months)


_PIECES = """
SELECT p.relname, c.relname FROM pg_class p
  JOIN pg_namespace n ON n.oid = p.relnamespace AND n.nspname = 'public'
  LEFT JOIN pg_inherits i ON i.inhparent = p.oid AND NOT i.inhdetachpending
  LEFT JOIN pg_class c ON c.oid = i.inhrelid
 WHERE p.relkind = 'p' ORDER BY 1, 2
"""


def all_pieces() -> list[Pieces]:
    """Return every partitioned table with its pieces, from the catalogue."""
    with connection.cursor() as cursor:
        cursor.execute(_PIECES)
        rows = cursor.fetchall()
    found: dict[str, list[str]] = {}
    for table, name in rows:
        found.setdefault(table, []).extend([name] if name else [])
    return [_pieces_of(table, names) for table, names in found.items()]


def pieces_of(table: str) -> Pieces:
    """Return the pieces of one table; raise ``LookupError`` if it is not partitioned."""
    for each in all_pieces():
        if each.table == table:
            return each
    raise LookupError(f"expected a partitioned table, got {table}")


def _pieces_of(table: str, names: list[str]) -> Pieces:
    matches = [match for name in names if (match := _NAME.search(name))]
    months = sorted(Month(int(match[1]), int(match[2])) for match in matches if match[1])
    return Pieces(table, tuple(months), any(match[1] is None for match in matches))


def open_months(*, today: datetime, since: Month | None = None, ahead: int = MONTHS_AHEAD) -> int:
    """Create the missing months up to ``ahead`` after today's, as the owner; return how many.

    ``since`` also cuts what is early into months from then on, where nothing early is stored.
    """
    made = 0
    this = Month.of(today.astimezone(UTC))
    for each in all_pieces():
        made += _extend(each, this, this.plus(ahead))
        if since is not None and each.months and since < each.months[0]:
            made += _cut_early(each, since)
    return made


def detach_months(*, before: Month) -> list[str]:
    """Take the months before ``before`` off their tables, as the owner; return their names.

    The pieces stay as tables of their own, which nobody but the owner can read, until they have
    been archived and dropped. With them goes the early piece: its rows are older still. Runs
    outside a transaction, without blocking those who write.
    """
    names = []
    for each in all_pieces():
        old = [str(month) for month in each.months if month < before]
        for suffix in [EARLY] * (each.has_early and bool(old)) + old:
            names.append(f"{each.table}_{suffix}")
            _run(f'ALTER TABLE "{each.table}" DETACH PARTITION "{names[-1]}" CONCURRENTLY')
    return names


def _extend(each: Pieces, this: Month, last: Month) -> int:
    made = 0
    month = each.months[-1].plus(1) if each.months else this
    while month <= last:
        _run(piece(each.table, month))
        month, made = month.plus(1), made + 1
    return made


def _cut_early(each: Pieces, since: Month) -> int:
    name = f"{each.table}_{EARLY}"
    if not each.has_early:
        return 0
    if _has_rows(name):
        raise ValueError(f"expected {name} to be empty before it is cut into months, it is not")
    _run(f'DROP TABLE "{name}"')
    _run(early_piece(each.table, since))
    months = [since]
    while months[-1].plus(1) < each.months[0]:
        months.append(months[-1].plus(1))
    for month in months:
        _run(piece(each.table, month))
    return len(months)


def _has_rows(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT EXISTS (SELECT FROM "{name}")')
        found: bool = cursor.fetchone()[0]
    return found


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
