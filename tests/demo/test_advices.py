"""The demo's dispatch advices: some on the road now, one of them short."""

from collections import Counter
from datetime import UTC, datetime

from collab.demo.loader.network import load
from collab.demo.network import build
from collab.organisations.context import acting_for
from transport.models import DispatchAdvice
from transport.queries.advices import AdviceFilter, advice_list, units_of


def test_suppliers_of_the_demo_have_sent(database: None) -> None:
    now = datetime.now(UTC)
    directory = load(build(seed=1, suppliers=6, parts=80, today=now.date()), as_of=now)
    with acting_for(directory.organisations["avalon"]):
        rows = advice_list(AdviceFilter(view="all"))
        states = Counter(row.state for row in rows)
        assert states["discrepancy"] == 1
        assert states["sent"] + states["accepted"] >= 1
        assert all(units_of(row.id) for row in rows)
    brasov = directory.organisations["brasov"]
    with acting_for(brasov):
        assert DispatchAdvice.objects.filter(owner=brasov).exists()
