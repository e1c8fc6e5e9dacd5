"""What the shell's tests share: an exception between two of the cast."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from collab.work.models import Alert
from collab.work.services import Concern, raise_alert

Raise = Callable[..., Alert]


@pytest.fixture
def raised() -> Raise:
    """Return a function that raises an exception of ``owner`` about business with another."""

    def make(
        owner: Organisation, about: Organisation, part: str, severity: str = "critical"
    ) -> Alert:
        with acting_for(owner):
            return raise_alert(
                type="inventory.coverage_below_minimum",
                object_kind="inventory.coverage",
                object_id=uuid4(),
                concern=Concern(
                    severity=severity,
                    counterparty_id=about.pk,
                    part_number=part,
                    partner_part_number=f"AM-{part}",
                    site_code="BRA1",
                    title_params={"days_of_supply": "0.5", "minimum_days": "3"},
                ),
            )

    return make
