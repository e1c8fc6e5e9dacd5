"""How many statements the lists cost: the number is committed, and more rows cost no more."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collab.organisations.context import acting_for
from forecasting.services.capacity import GroupInput, LinkInput, state_group
from forecasting.services.commits import commit_as_is
from forecasting.services.orders import Order, record_orders
from forecasting.week_figures import WEEK
from tests.conftest import ClientFor
from tests.forecasting.builders import a_series, release
from tests.forecasting.plans import this_week
from tests.harness.cast import Cast

THIS_WEEK = this_week()
FEW, MANY = 2, 12
MOST = {
    "/t/brasov/forecasts/releases/": 27,
    "/t/brasov/forecasts/orders/": 27,
    "/t/brasov/forecasts/commits/": 33,
    "/t/brasov/forecasts/commits/rows": 30,
    "/t/brasov/forecasts/capacity/": 30,
    "/t/avalon/forecasts/grid/rows": 28,
    "/t/avalon/forecasts/releases/drafts/": 22,
    "/t/avalon/forecasts/accuracy/": 31,
    "/api/v1/demand-series": 15,
    "/api/v1/delivery-schedules": 17,
    "/api/v1/commit-tasks": 14,
    "/api/v1/commits": 14,
    "/api/v1/order-lines": 17,
    "/api/v1/capacity-groups": 18,
}


def plan(cast: Cast, first: int, last: int) -> None:
    """Release series to Brasov, order from it; have the commits and the capacity stated."""
    made = [
        a_series(cast.avalon, cast.brasov, f"AM-{n:03}", theirs=f"BH-{n:03}")
        for n in range(first, last)
    ]
    for each in made:
        release(each, 100, 100, first_week=THIS_WEEK, published_at=datetime.now(UTC))
    with acting_for(cast.avalon):
        record_orders(
            [
                Order(
                    supplier=cast.brasov.bpn,
                    order_number="4500",
                    line=number + 1,
                    part_number=each.part_number,
                    quantity=Decimal(10),
                    due_on=THIS_WEEK + 2 * WEEK,
                )
                for number, each in enumerate(made, start=first)
            ]
        )
    with acting_for(cast.brasov):
        commit_as_is([each.pk for each in made])
        for each in made:
            state_group(
                GroupInput(
                    counterparty=cast.avalon.bpn,
                    name=f"Line {each.part_number}",
                    first_week=THIS_WEEK,
                    actual=[90] * 2,
                    maximum=[95] * 2,
                    links=[LinkInput(series_id=each.pk)],
                )
            )


@pytest.mark.parametrize("address", MOST)
def test_a_list_costs_as_many_statements_for_twelve_rows_as_for_two(
    cast: Cast, client_for: ClientFor, address: str
) -> None:
    client = client_for(cast.avalon if "/avalon/" in address else cast.brasov)
    counts = []
    for first, last in ((0, FEW), (FEW, MANY)):
        plan(cast, first, last)
        client.get(address)  # what a process reads once
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        counts.append(len(seen))
    few, many = counts
    assert many <= few, [each["sql"][:160] for each in seen.captured_queries]
    assert many <= MOST[address]
