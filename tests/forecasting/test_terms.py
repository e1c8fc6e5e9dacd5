"""Planning terms: the narrowest scope wins term by term, both sides see them, rivals do not."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.context import acting_for
from forecasting.models import PlanningTerms
from forecasting.queries.terms import SHIPPED, all_terms, terms_rows
from forecasting.services.terms import agree_terms, end_terms, terms_for
from tests.harness.cast import Cast

DAY = date(2026, 11, 2)


def test_part_at_site_then_part_then_relationship_then_shipped(cast: Cast) -> None:
    bpn = cast.brasov.bpn
    with acting_for(cast.avalon):
        agree_terms(supplier=bpn, terms={"commit_days": 3, "auto_share": "0.9"}, valid_from=DAY)
        agree_terms(supplier=bpn, part_number="A", terms={"commit_days": 2}, valid_from=DAY)
        agree_terms(
            supplier=bpn, part_number="A", site_code="MUC", terms={"commit_days": 1}, valid_from=DAY
        )
    with acting_for(cast.brasov):  # the supplier reads what holds for it

        def days(part: str, site: str, on: date = DAY) -> int:
            return terms_for(cast.avalon.pk, cast.brasov.pk, part, site, on=on).commit_days

        assert (days("A", "MUC"), days("A", "LEJ"), days("B", "MUC")) == (1, 2, 3)
        assert days("A", "MUC", DAY - timedelta(days=1)) == SHIPPED.commit_days
        at_site = terms_for(cast.avalon.pk, cast.brasov.pk, "A", "MUC", on=DAY)
        assert at_site.auto_share == Decimal("0.9")
        assert at_site.commit_horizon_weeks == SHIPPED.commit_horizon_weeks


def test_a_later_day_replaces_and_the_earlier_stays_to_be_seen(cast: Cast) -> None:
    with acting_for(cast.avalon):
        agree_terms(supplier=cast.brasov.bpn, terms={"commit_days": 3}, valid_from=DAY)
        later = DAY + timedelta(days=10)
        agree_terms(supplier=cast.brasov.bpn, terms={"commit_days": 4}, valid_from=later)
    with acting_for(cast.brasov):
        rows = terms_rows(all_terms(), on=later)
        assert [(row.written["commit_days"], row.is_current) for row in rows] == [
            (4, True), (3, False),
        ]  # fmt: skip
        assert rows[0].customer.short == "Avalon"
    for outsider in (cast.kestrel, cast.porto, cast.silesia):
        with acting_for(outsider):
            assert not all_terms().exists()


def test_the_same_scope_and_day_changes_the_row_with_its_version(cast: Cast) -> None:
    with acting_for(cast.avalon):
        row, is_new = agree_terms(supplier=cast.brasov.bpn, terms={"commit_days": 3})
        assert is_new
        again, is_new = agree_terms(
            supplier=cast.brasov.bpn, terms={"commit_days": 4}, version=row.version
        )
        assert (again.pk, is_new, again.version) == (row.pk, False, 2)
        with pytest.raises(VersionConflict):
            agree_terms(supplier=cast.brasov.bpn, terms={}, version=1)
        end_terms(row.pk)
        assert not PlanningTerms.objects.exists()


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"commit_dayz": 1}, "a term among"),
        ({"commit_days": 61}, "at most 60"),
        ({"auto_share": "1.2"}, "at most 1"),
        ({"service_level": "0.4"}, "at least 0.5"),
        ({"service_level": "1"}, "at most 0.999"),
        ({"protection_weeks": 0}, "at least 1"),
        ({"is_auto_commit": "yes"}, "true or false"),
    ],
)
def test_impossible_terms_are_refused(terms: dict[str, object], expected: str, cast: Cast) -> None:
    with acting_for(cast.avalon), pytest.raises(Refused, match=expected):
        agree_terms(supplier=cast.brasov.bpn, terms=terms)


def test_only_a_customer_sets_terms(cast: Cast) -> None:
    with acting_for(cast.brasov), pytest.raises(Refused, match="supplier of yours"):
        agree_terms(supplier=cast.avalon.bpn, terms={})
