"""IN-10: consumption is quoted by call-off share; what a source lacks goes to the others."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.rules.multi_sourcing import Source, split_consumption

D = Decimal
quantities = st.integers(0, 3_000_000).map(lambda steps: D(steps) / 1000)
shares = st.integers(1, 10_000).map(lambda steps: D(steps) / 100)
sources = st.lists(st.builds(Source, shares, quantities), min_size=1, max_size=5)


def lefts(consumption: int, *pairs: tuple[int, int]) -> list[Decimal]:
    found = split_consumption(D(consumption), [Source(D(a), D(b)) for a, b in pairs])
    return [quote.left for quote in found.quotes]


def test_the_worked_example_holds() -> None:
    assert lefts(100, (60, 50), (40, 80)) == [0, 30]
    split = split_consumption(D(100), [Source(D(60), D(50)), Source(D(40), D(80))])
    assert [quote.overflow for quote in split.quotes] == [0, 10]
    assert lefts(100, (60, 70), (40, 80)) == [10, 40]


def test_an_overflow_goes_on_until_somebody_has_stock() -> None:
    assert lefts(100, (50, 10), (30, 35), (20, 100)) == [0, 0, 45]
    short = split_consumption(D(100), [Source(D(1), D(10)), Source(D(1), D(20))])
    assert (short.uncovered, [quote.left for quote in short.quotes]) == (70, [0, 0])


@given(quantities, sources)
def test_nothing_is_lost_and_no_stock_goes_below_zero(
    consumption: Decimal, found: list[Source]
) -> None:
    split = split_consumption(consumption, found)
    assert sum(quote.consumed for quote in split.quotes) + split.uncovered == consumption
    for source, quote in zip(found, split.quotes, strict=True):
        assert 0 <= quote.overflow <= quote.consumed <= source.stock
        assert quote.left == source.stock - quote.consumed
    assert split.uncovered == 0 or all(quote.left == 0 for quote in split.quotes)


@given(quantities, sources, st.data())
def test_a_source_sees_nothing_of_others_that_cover_their_quote(
    consumption: Decimal, found: list[Source], data: st.DataObject
) -> None:
    """Any other stocks that cover their own quotes leave the quote of the first as it is."""
    ample = [Source(each.share, consumption) for each in found[1:]]
    quoted = split_consumption(consumption, [Source(found[0].share, consumption), *ample])
    enough = [
        Source(each.share, quote.consumed + data.draw(quantities))
        for each, quote in zip(found[1:], quoted.quotes[1:], strict=True)
    ]
    if found[0].stock < quoted.quotes[0].consumed:
        found[0] = Source(found[0].share, quoted.quotes[0].consumed)
    alone = split_consumption(consumption, [found[0], *ample])
    assert split_consumption(consumption, [found[0], *enough]).quotes[0] == alone.quotes[0]


@given(quantities, sources, st.data())
def test_shares_count_only_in_proportion(
    consumption: Decimal, found: list[Source], data: st.DataObject
) -> None:
    factor = data.draw(st.sampled_from([D(2), D(10), D("0.5")]))
    scaled = [Source(each.share * factor, each.stock) for each in found]
    assert split_consumption(consumption, scaled) == split_consumption(consumption, found)


def test_bad_figures_are_refused() -> None:
    good = Source(D(1), D(1))
    for consumption, given_sources in (
        (D(-1), [good]),
        (D("0.0001"), [good]),
        (D(1), []),
        (D(1), [Source(D(0), D(1))]),
        (D(1), [Source(D(1), D("NaN"))]),
    ):
        with pytest.raises(ValueError, match="expected"):
            split_consumption(consumption, given_sources)
