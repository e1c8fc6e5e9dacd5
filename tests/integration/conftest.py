"""What the stories of the inbox share: a handler of test messages, a partner with a profile."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from collab.integration.inbox import registry
from collab.integration.inbox.findings import Finding, MessageRefused
from collab.integration.inbox.registry import Arrival, Outcome
from collab.integration.models.messages import PartnerProfile
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from tests.harness.cast import Cast
from tests.integration.inbox_cases import Seen


@pytest.fixture
def seen() -> Iterator[Seen]:
    """A handler of test messages: takes all but those called BAD, HOLD and BROKEN."""
    found: Seen = []

    def take(arrival: Arrival) -> Outcome:
        name = arrival.document.content.segments[1].value(1)
        place = {"message": arrival.document.reference, "segment": 2, "tag": "BGM"}
        if name == "BAD":
            raise MessageRefused([Finding(code="bad", expected="a good name", found=name, **place)])
        if name == "BROKEN":
            raise ZeroDivisionError
        if name == "HOLD":
            return Outcome(held=1, findings=(Finding(code="hold", expected="a part", **place),))
        found.append(arrival)
        return Outcome(applied=1)

    registry.register("edifact:TSTMSG", take)
    yield found
    registry.unregister("edifact:TSTMSG")


@pytest.fixture
def profile(cast: Cast) -> None:
    """Let the supplier know its customer's identifier."""
    with acting_for(cast.brasov):
        PartnerProfile.objects.create(
            partner=cast.avalon,
            identifier="O0013000OEM",
            qualifier="OD",
            date_basis="ship",
            tolerance=Decimal("0.05"),
            qualifiers={"order": ["ON"]},
        )


@pytest.fixture
def brasov(cast: Cast, profile: None) -> Iterator[Organisation]:
    """Act for a supplier whose customer has a profile."""
    with acting_for(cast.brasov):
        yield cast.brasov
