"""Monthly pieces: cut by key, made ahead by the owner, detached when they are old."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from collab.organisations.partitions import (
    Month,
    all_pieces,
    detach_months,
    month_key,
    open_months,
    pieces_of,
)
from inventory.rules.event_ids import lower_bound
from tests.harness.servers import OWNER_URL, owner_sql

TABLE = "bench_readings"


@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)), st.integers(-500, 500))
def test_a_month_is_a_range_of_keys(at: datetime, months: int) -> None:
    month = Month.of(at)
    assert month.plus(months).plus(-months) == month
    moment = at.replace(tzinfo=UTC)
    assert month_key(month) <= lower_bound(moment) < month_key(month.plus(1))


@pytest.fixture
def owner(monkeypatch: pytest.MonkeyPatch, committed: None) -> Iterator[None]:
    """Work as the owner of a small partitioned table of its own."""
    owner_sql(
        f"CREATE TABLE {TABLE} (id uuid PRIMARY KEY) PARTITION BY RANGE (id);"
        f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY;"
    )
    connection.close()
    kept = dict(connection.settings_dict)
    name, password = OWNER_URL.split("//")[1].split("@")[0].split(":")
    connection.settings_dict.update(USER=name, PASSWORD=password)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(kept)
        owner_sql(
            f"DROP TABLE {TABLE};"
            "DO $$ DECLARE t text; BEGIN FOR t IN SELECT relname FROM pg_class"
            f" WHERE relname LIKE '{TABLE}\\_%' AND relkind = 'r'"
            " LOOP EXECUTE 'DROP TABLE ' || t; END LOOP; END $$"
        )


def test_months_are_made_ahead_cut_and_detached(owner: None) -> None:
    today = datetime(2026, 11, 22, tzinfo=UTC)
    before = {each.table: each for each in all_pieces()}
    assert before["inventory_trackingevent"].has_early
    assert open_months(today=today) >= 1
    assert open_months(today=today) == 0  # twice = once
    for each in all_pieces():
        assert each.months_ahead(today) >= 3
    own = pieces_of(TABLE)
    assert [own.holds(at) for at in (today - timedelta(days=30), today)] == [False, True]
    owner_sql(
        f"CREATE TABLE {TABLE}_early PARTITION OF {TABLE}"
        f" FOR VALUES FROM (MINVALUE) TO ('{month_key(Month(2026, 11))}')"
    )
    assert open_months(today=today, since=Month(2026, 6)) >= 5
    own = pieces_of(TABLE)
    assert (own.months[0], own.has_early) == (Month(2026, 6), True)
    assert own.holds(today - timedelta(days=9000))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} VALUES (%s)", [lower_bound(today)])
        cursor.execute(f"SELECT tableoid::regclass::text FROM {TABLE}")
        assert cursor.fetchone()[0] == f"{TABLE}_2026_11"
        old = lower_bound(datetime(2001, 1, 1, tzinfo=UTC))
        cursor.execute(f"INSERT INTO {TABLE} VALUES (%s)", [old])
    with pytest.raises(ValueError, match="to be empty"):
        open_months(today=today, since=Month(2026, 1))
    gone = [name for name in detach_months(before=Month(2026, 8)) if name.startswith(TABLE)]
    assert gone == [f"{TABLE}_early", f"{TABLE}_2026_06", f"{TABLE}_2026_07"]
    assert not pieces_of(TABLE).holds(datetime(2026, 7, 1, tzinfo=UTC))
    with connection.cursor() as cursor:  # the rows are kept until somebody drops them
        cursor.execute(f"SELECT count(*) FROM {TABLE}_early")
        assert cursor.fetchone()[0] == 1
