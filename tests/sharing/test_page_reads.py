"""What people read on pages and panels is in the provider's access log, like reads of the API."""

from collections.abc import Callable

from django.test import Client

from collab.organisations.context import acting_for
from collab.sharing.access import reads_of_mine
from tests.harness.cast import Cast
from tests.sharing.test_access import count_stock

Noted = dict[tuple[int, str], tuple[int, int]]
COVERAGE = "inventory.coverage"


def noted(cast: Cast) -> Noted:
    """Return (viewer, topic) → (reads, rows) of Brasov's rows, summed over the minutes."""
    found: Noted = {}
    with acting_for(cast.brasov):
        for row in reads_of_mine():
            reads, rows = found.get((row.viewer_id, row.topic), (0, 0))
            found[row.viewer_id, row.topic] = reads + row.reads, rows + row.rows
    return found


def test_a_panel_is_one_read_however_many_rows_it_shows(
    cast: Cast, client_for: Callable[..., Client]
) -> None:
    count_stock(cast)
    planner = client_for(cast.avalon)
    panel = "/t/avalon/tower/panels/coverage-heat/"
    assert planner.get(panel).status_code == 200
    first = noted(cast)[cast.avalon.pk, COVERAGE]
    assert first[0] == 1
    assert first[1] >= 1
    assert planner.get(panel).status_code == 200
    assert noted(cast)[cast.avalon.pk, COVERAGE] == (2, 2 * first[1])


def test_the_whole_tower_is_one_read_per_topic(
    cast: Cast, client_for: Callable[..., Client]
) -> None:
    count_stock(cast)
    assert client_for(cast.avalon).get("/t/avalon/").status_code == 200
    reads = {topic: reads for (_viewer, topic), (reads, _rows) in noted(cast).items()}
    assert reads[COVERAGE] == 1
    assert set(reads.values()) == {1}


def test_ones_own_pages_and_those_of_strangers_are_not_noted(
    cast: Cast, client_for: Callable[..., Client]
) -> None:
    count_stock(cast)
    assert client_for(cast.brasov).get("/t/brasov/inventory/").status_code == 200
    assert client_for(cast.kestrel).get("/t/kestrel/inventory/").status_code == 200
    assert noted(cast) == {}
    assert client_for(cast.avalon).get("/t/avalon/inventory/").status_code == 200
    assert noted(cast)  # the positive control
