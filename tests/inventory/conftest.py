"""Goods of the founding story: Brasov's harness for Avalon, with demand and an agreed minimum."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from collab.masterdata.models import Part, PartAlias
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.context import acting_for
from collab.organisations.credentials import new_key
from collab.organisations.models import ApiClient, ApiKey, Organisation, Site
from forecasting.models import DailyDemand, DemandSeries
from inventory.models import CoverageTarget
from inventory.services import Recorded, Report, record_stock_count
from tests.harness.cast import Cast
from tests.harness.clock import ZONE

OWN, THEIRS = "BH-100", "AM-700"


# Noon, so that reports of some hours ago are of today whenever the tests run.
NOON = datetime.now(ZONE).replace(hour=12, minute=0, second=0, microsecond=0)


def today() -> date:
    """Return today where the cast's sites stand."""
    return NOON.date()


@dataclass(frozen=True, slots=True)
class Goods:
    """A part of a holder for a customer, with ways to report it."""

    holder: Organisation
    customer: Organisation
    site: str

    def report(self, quantity: Any, *, hours_ago: float = 1, **changes: Any) -> Report:
        """Return a report of ``quantity`` pieces."""
        counted_at = NOON - timedelta(hours=hours_ago)
        return Report(
            **{
                "counterparty": self.customer.bpn,
                "part_number": OWN,
                "site": self.site,
                "quantity": quantity,
                "unit": "PCE",
                "counted_at": counted_at,
                **changes,
            }
        )

    def count(self, quantity: Any, **changes: Any) -> Recorded:
        """Record a report of ``quantity`` pieces, acting for the holder."""
        with acting_for(self.holder):
            return record_stock_count(self.report(quantity, **changes), as_of=NOON)

    def count_now(self, quantity: Any, **changes: Any) -> Recorded:
        """Record a report of this minute, for what happens next by the clock of the machine."""
        now = datetime.now(UTC)
        with acting_for(self.holder):
            report = self.report(quantity, counted_at=now - timedelta(minutes=1), **changes)
            return record_stock_count(report, as_of=now)

    def need(self, quantities: Sequence[int], *, first: date | None = None) -> DemandSeries:
        """Let the customer need these quantities from tomorrow (or ``first``) on."""
        start = first or today() + timedelta(days=1)
        with acting_for(self.customer):
            series = DemandSeries.objects.get(part_number=THEIRS)
            DailyDemand.objects.filter(series=series).delete()
            DailyDemand.objects.bulk_create(
                DailyDemand(
                    owner=self.customer,
                    counterparty=self.holder,
                    series=series,
                    part_number=THEIRS,
                    on=start + timedelta(days=day),
                    quantity=Decimal(quantity),
                )
                for day, quantity in enumerate(quantities)
            )
        return series

    def agree(self, minimum: int) -> None:
        """Let the holder record the agreed minimum [days]."""
        with acting_for(self.holder):
            CoverageTarget.objects.update_or_create(
                owner=self.holder,
                counterparty=self.customer,
                part_number=OWN,
                site_code="",
                defaults={"partner_part_number": THEIRS, "minimum_days": Decimal(minimum)},
            )


@pytest.fixture
def goods(cast: Cast) -> Goods:
    """Brasov's part for Avalon, known to both by their own numbers; no demand, no minimum yet."""
    with acting_for(cast.avalon):
        theirs = _part(THEIRS)
        DemandSeries.objects.create(
            counterparty=cast.brasov, part=theirs, part_number=THEIRS, supplier_part_number=OWN
        )
    with acting_for(cast.brasov):
        own = _part(OWN)
        PartAlias.objects.create(
            part=own,
            partner=cast.avalon,
            partner_number=THEIRS,
            compare_key=compare_key(THEIRS),
            valid_from=date(2025, 1, 1),
        )
        site = Site.objects.get(owner=cast.brasov)
    return Goods(cast.brasov, cast.avalon, site.code)


Post = Callable[..., Any]


@pytest.fixture
def call(cast: Cast) -> Post:
    """Return a function that calls the REST interface with an organisation's key."""
    secrets: dict[int, str] = {}

    def send(organisation: Organisation, method: str, path: str, body: Any = None) -> Any:
        if organisation.pk not in secrets:
            secrets[organisation.pk] = _key(organisation)
        return Client().generic(
            method,
            path,
            data="" if body is None else _json(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {secrets[organisation.pk]}"},
        )

    return send


def _key(organisation: Organisation) -> str:
    made = new_key()
    with acting_for(organisation):
        ApiKey.objects.create(
            client=ApiClient.objects.create(name="tests"),
            prefix=made.prefix,
            digest=made.digest,
            scopes=["inventory:read", "inventory:write", "work:read", "work:write"],
            expires_at=datetime.now(UTC) + timedelta(days=1),
        )
    return made.secret


def _json(body: Any) -> str:
    import json

    return json.dumps(body, default=str)


def _part(number: str) -> Part:
    part: Part = Part.objects.create(
        number=number, compare_key=compare_key(number), name="Harness", base_unit="H87"
    )
    return part
