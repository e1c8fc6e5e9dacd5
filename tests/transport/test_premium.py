"""TR-20: premium freight names its cause; the cause names who bears it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from collab.events.relay import work_off
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from tests.harness.cast import Cast
from transport.models import PremiumFreight
from transport.services.premium import (
    PremiumPlan,
    answer_premium,
    claim_cents,
    move_on,
    request_premium,
)


def asked(cast: Cast, **more: Any) -> PremiumFreight:
    with acting_for(cast.avalon):
        return request_premium(
            PremiumPlan(
                **{
                    "partner": cast.brasov.bpn,
                    "cause": "late_production",
                    "means": "van",
                    "reason": "The line stops tonight",
                    "needed_by": timezone.now() + timedelta(hours=9),
                    "cost_minor": 184_000,
                    "standard_cost_minor": 21_000,
                    **more,
                }
            ),
            as_of=timezone.now(),
        )


@pytest.mark.parametrize(
    ("cause", "at_fault", "claimed"),
    [
        ("late_production", "counterparty", 163_000),
        ("late_call", "owner", 0),
        ("breakdown", "carrier", 163_000),
        ("weather", "nobody", 0),
    ],
)
def test_the_cause_says_who_bears_what_it_cost_more(
    cast: Cast, cause: str, at_fault: str, claimed: int
) -> None:
    row = asked(cast, cause=cause)
    assert row.at_fault == at_fault
    assert claim_cents(row) == claimed


def test_the_supplier_agrees_and_the_customer_moves_and_claims_it(cast: Cast) -> None:
    row = asked(cast)
    with acting_for(cast.brasov):
        answer_premium(row.pk, verdict="approved", as_of=timezone.now())
        _again, is_new = answer_premium(row.pk, verdict="approved", as_of=timezone.now())
        assert not is_new
    work_off()
    with acting_for(cast.avalon):
        assert PremiumFreight.objects.get().state == "approved"
        move_on(row.pk, to="moved", cost_minor=190_000)
        with pytest.raises(Refused):
            move_on(row.pk, to="moved")
        done = move_on(row.pk, to="claimed")
        assert claim_cents(done) == 169_000


def test_a_refusal_needs_a_reason_and_ends_the_request(cast: Cast) -> None:
    row = asked(cast)
    with acting_for(cast.brasov):
        with pytest.raises(Refused):
            answer_premium(row.pk, verdict="refused", as_of=timezone.now())
        answer_premium(row.pk, verdict="refused", reason="Ours left in time", as_of=timezone.now())
    work_off()
    with acting_for(cast.avalon):
        assert PremiumFreight.objects.get().state == "refused"


def test_a_rival_can_neither_see_nor_answer_it(cast: Cast) -> None:
    row = asked(cast)
    for rival in (cast.porto, cast.kestrel):
        with acting_for(rival), pytest.raises(PremiumFreight.DoesNotExist):
            answer_premium(row.pk, verdict="approved", as_of=timezone.now())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"cause": "bad_luck"}, "cause"),
        ({"means": "rocket"}, "means"),
        ({"cost_minor": -1}, "cost"),
        ({"partner": "BPNL000000000000"}, "partner"),
    ],
)
def test_a_wrong_request_names_its_field(cast: Cast, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        asked(cast, **changes)
    assert refused.value.field == field
