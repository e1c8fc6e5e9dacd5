"""IN-06, LV-03: the coverage grid tells each viewer what it may know, in every shape the same."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from collab.masterdata.models import Part
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation, Site
from inventory.models import Coverage, StockKind, StockPosition
from inventory.queries import CoverageFilter, coverage_list, summary
from inventory.queries.coverage_filter import BINS
from inventory.rules.coverage_level import heat_bin
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.harness.clock import today_here
from tests.inventory.conftest import OWN, THEIRS, Goods

D = Decimal
PAGE = "/t/avalon/inventory/"
HEAT, LIST = "?shape=weeks", "?shape=list"


def cover(
    holder: Organisation, customer: Organisation, number: str, *, days: str = "4.00"
) -> Coverage:
    """Let ``holder`` have a part covered for ``days``, some of it blocked and some at the dock."""
    now = timezone.now()
    with acting_for(holder):
        part = Part.objects.create(
            number=number, compare_key=compare_key(number), name=f"Clip {number}", base_unit="H87"
        )
        site = Site.objects.get()
        same = {
            "counterparty": customer,
            "part": part,
            "part_number": number,
            "partner_part_number": f"C-{number}",
            "site": site,
            "site_code": site.code,
            "unit": "H87",
            "observed_at": now - timedelta(hours=3),
            "source_grade": "scanned",
        }
        for stage, kind, quantity in (
            ("supplier_warehouse", StockKind.FREE, 40),
            ("supplier_warehouse", StockKind.BLOCKED, 7),
            ("cross_dock", StockKind.CONSIGNED, 13),
        ):
            StockPosition.objects.create(**same, stage=stage, kind=kind, quantity=quantity)
        return Coverage.objects.create(
            **same,
            on_hand=53,
            days_of_supply=D(days),
            minimum_days=3,
            maximum_days=15,
            is_short=D(days) < 3,
            level="high" if D(days) < 5 else "low",
            run_out_at=now + timedelta(days=float(days)),
            stale_after=now + timedelta(days=1),
            projected_from=today_here(),
            projected_stock=[D(10)] * 57,
            projected_demand=[D(10)] * 57,
            projected_days=[D(days)] * 57,
        )


@pytest.fixture
def covered(cast: Cast) -> list[Coverage]:
    """Three parts of Brasov's for Avalon: short, scarce and plenty."""
    figures = {"B-1": "0.50", "B-2": "4.00", "B-3": "22.00"}
    return [cover(cast.brasov, cast.avalon, each, days=days) for each, days in figures.items()]


def test_every_shape_shows_the_same_rows_and_a_rival_none(
    covered: list[Coverage], cast: Cast, client_for: ClientFor
) -> None:
    planner = client_for(cast.avalon)
    for shape in ("weeks", "days", "list"):
        page = planner.get(f"{PAGE}?shape={shape}").content.decode()
        assert [number in page for number in ("C-B-1", "C-B-2", "C-B-3")] == [True] * 3
        assert "Tier 1" in page
        assert "Scanned" in page  # each figure with its source
    chart = planner.get(f"{PAGE}?shape=chart").content.decode()
    assert '<td class="num">1</td>' in chart
    for rival, slug in ((cast.porto, "porto"), (cast.kestrel, "kestrel")):
        client = client_for(rival)
        for query in ("shape=weeks", "shape=chart", "shape=list", "export=csv"):
            answer = client.get(f"/t/{slug}/inventory/?{query}")
            assert answer.status_code == 200
            assert "B-1" not in answer.content.decode()


def test_the_filter_stands_in_the_address(
    covered: list[Coverage], cast: Cast, client_for: ClientFor
) -> None:
    planner = client_for(cast.avalon)
    with acting_for(cast.avalon):
        Part.objects.create(number="C-B-2", compare_key="CB2", name="Rear lamp", base_unit="H87")

    def found(query: str) -> set[str]:
        page = planner.get(f"{PAGE}?{query}").content.decode()
        return {number for number in ("C-B-1", "C-B-2", "C-B-3") if f"/parts/{number}/" in page}

    everything = {"C-B-1", "C-B-2", "C-B-3"}
    assert found("") == found("tier=1") == found(f"partner={cast.brasov.bpn}") == everything
    assert found("tier=own") == found("site=NOWHERE") == found("stale=1&view=stale") == set()
    assert found("view=short") == found("bin=0") == found("part=c-b-1") == {"C-B-1"}
    assert found("part=rear") == {"C-B-2"}
    assert found("level=high") == {"C-B-1", "C-B-2"}
    assert found("bin=5") == {"C-B-3"}
    assert found("bin=9&level=nonsense&sort=nonsense&view=nonsense") == everything
    for sort, first in (("days", "C-B-1"), ("-days", "C-B-3"), ("-part", "C-B-3")):
        page = planner.get(f"{PAGE}?sort={sort}").content.decode()
        places = sorted(everything, key=lambda number: page.index(f"/parts/{number}/"))
        assert places[0] == first


def test_bins_cut_the_list_as_the_rule_does(cast: Cast) -> None:
    row = cover(cast.brasov, cast.avalon, "B-9")
    texts = ("0", "0.99", "1", "2.99", "3", "4.99", "5", "9.99", "10", "20", "20.01", "99")
    edges = [D(text) for text in texts]
    with acting_for(cast.brasov):
        for days in edges:
            Coverage.objects.filter(pk=row.pk).update(days_of_supply=days)
            in_bins = [each for each in BINS if coverage_list(CoverageFilter(bin=each))]
            assert in_bins == [heat_bin(days)], days
            assert summary().by_bin[heat_bin(days)] == 1


def test_a_limited_viewer_gets_the_granted_fields_and_no_stock(
    goods: Goods, cast: Cast, client_for: ClientFor
) -> None:
    goods.need([10] * 40)
    goods.count(12)
    page = client_for(cast.silesia).get(f"/t/silesia/inventory/{LIST}").content.decode()
    row = page[page.index('<tr id="line-') : page.index("</tbody>")]
    assert OWN in row
    assert THEIRS not in row
    assert "1.20" in row
    assert ">12" not in row  # the quantity is not granted


def test_files_hold_what_the_shape_shows(
    covered: list[Coverage], cast: Cast, client_for: ClientFor
) -> None:
    planner = client_for(cast.avalon)
    text = planner.get(f"{PAGE}?shape=weeks&view=short&export=csv").content.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["Partner's part"], row["On hand"], row["Blocked"]) == ("C-B-1", "53", "7")
    assert (row["Cross-dock"], row["Tier"]) == ("13", "Tier 1")
    assert list(row.values())[-8:] == ["0.5"] * 8
    chart = planner.get(f"{PAGE}?shape=chart&export=csv").content.decode("utf-8-sig")
    weeks = list(csv.DictReader(io.StringIO(chart)))
    assert len(weeks) == 8
    assert {(week["<1"], week["3-5"], week[">20"]) for week in weeks} == {("1", "1", "1")}


def test_live_asks_for_single_rows_and_the_counts(
    covered: list[Coverage], cast: Cast, client_for: ClientFor
) -> None:
    planner = client_for(cast.avalon)
    short, plenty = covered[0].pk, covered[2].pk
    told = planner.get(f"{PAGE}?view=short&only={short},{plenty},junk").content.decode()
    assert f'id="line-{short}"' in told
    assert f'id="line-{plenty}"' not in told  # it does not fit the view
    assert '<li data-tally="short">1</li>' in told
    assert "<html" not in told
    nobody = planner.get(f"{PAGE}?only=-").content.decode()
    assert "<tr" not in nobody


@pytest.mark.parametrize("query", [HEAT, LIST, "?shape=chart"])
def test_a_page_costs_as_many_statements_for_nine_parts_as_for_three(
    covered: list[Coverage], cast: Cast, client_for: ClientFor, query: str
) -> None:
    planner = client_for(cast.avalon)
    counts = []
    for more in ((), range(4, 10)):
        for number in more:
            cover(cast.brasov, cast.avalon, f"B-{number}")
        planner.get(PAGE + query)
        with CaptureQueriesContext(connection) as seen:
            assert planner.get(PAGE + query).status_code == 200
        counts.append(len(seen))
    assert counts[1] <= counts[0], [each["sql"][:120] for each in seen.captured_queries]
