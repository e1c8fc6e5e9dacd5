"""Two doors for the simulated reports: the public services, and REST with the demo keys."""

import json
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol
from uuid import uuid4

from django.utils import timezone

from collab.demo import secrets
from collab.demo.network import DemoNetwork
from collab.demo.simulator.drivers import Trucks
from collab.demo.simulator.flow import StockKey
from collab.demo.simulator.happenings import DemandChanged, StockCounted
from collab.events.bus import publish
from collab.organisations.clock import own_day
from collab.organisations.context import acting_for, acting_organisation_id
from collab.organisations.models import Person
from collab.organisations.queries import membership_at
from forecasting.events import DemandForecast
from forecasting.models import DailyDemand, DemandSeries
from inventory.models import StockKind, StockPosition
from inventory.services import Report, record_many

ROWS_AT_ONCE = 50
"""Reports of one company in one transaction or request: short locks, and frames that flow."""
SERIES_PER_EVENT = 50
TIMEOUT_S = 30


class NotSent(RuntimeError):
    """The other side could not be reached or does not know the demo network."""


class Sender(Protocol):
    """Where reports and schedules go; everything is stamped with the real now."""

    def opening(self) -> dict[StockKey, int]:
        """Return what the companies have on hand as last reported [base units]."""

    def report(self, counts: Sequence[StockCounted]) -> list[str]:
        """Report stocks of one holder; return why rows were refused."""

    def change_demand(self, changes: Sequence[DemandChanged]) -> bool:
        """Publish new delivery schedules of one customer; false where there is no door."""

    def drive(self) -> int:
        """Report where trucks are now; return how many moved."""


class ThroughServices:
    """Reports by `inventory.services` in this process, acting for each company in turn."""

    def __init__(self, network: DemoNetwork) -> None:
        """Find the companies; raise ``NotSent`` if the demo network is not loaded."""
        self._bpns = {each.slug: each.bpn for each in network.organisations}
        self._trucks = Trucks(network)
        self._ids: dict[str, int] = {}
        for company in network.organisations:
            person = Person.objects.filter(email=company.people[0].email).first()
            found = membership_at(person.pk, company.slug) if person is not None else None
            if found is None:
                raise NotSent(f"expected {company.name} in the database: run load_demo first")
            self._ids[company.slug] = found.organisation_id

    def opening(self) -> dict[StockKey, int]:
        """Return the free stock of every company as it stands."""
        slugs = {key: slug for slug, key in self._ids.items()}
        found: dict[StockKey, int] = {}
        for slug, key in self._ids.items():
            with acting_for(key):
                rows = StockPosition.objects.filter(owner_id=key, kind=StockKind.FREE).values_list(
                    "counterparty_id", "part_number", "site_code", "quantity"
                )
                for partner_id, number, site, quantity in rows:
                    if partner_id in slugs:
                        found[slug, slugs[partner_id], number, site] = int(quantity)
        return found

    def report(self, counts: Sequence[StockCounted]) -> list[str]:
        """Record each count by its own rules; a refused one leaves the others standing."""
        refused = []
        for chunk in _chunks(counts):
            now = timezone.now()
            reports = [
                Report(
                    counterparty=self._bpns[each.partner],
                    part_number=each.number,
                    site=each.site,
                    quantity=each.quantity,
                    unit=each.unit,
                    counted_at=now,
                )
                for each in chunk
            ]
            with acting_for(self._ids[chunk[0].holder]):
                verdicts = record_many(reports)
            refused += [str(verdict.refused) for verdict in verdicts if verdict.refused]
        return refused

    def change_demand(self, changes: Sequence[DemandChanged]) -> bool:
        """Write the schedules as the customer's releases from tomorrow on, and announce them."""
        by_supplier: dict[int, list[DemandChanged]] = defaultdict(list)
        for change in changes:
            by_supplier[self._ids[change.supplier]].append(change)
        with acting_for(self._ids[changes[0].customer]):
            for supplier_id, own in by_supplier.items():
                for start in range(0, len(own), SERIES_PER_EVENT):
                    _release(supplier_id, own[start : start + SERIES_PER_EVENT])
        return True

    def drive(self) -> int:
        """Report the positions of every carrier's trucks, at most every twenty seconds."""
        return self._trucks.drive()


def _release(supplier_id: int, changes: Sequence[DemandChanged]) -> None:
    """Replace the coming days of some parts from one supplier, acting for the customer."""
    wanted = {(each.number, each.site): each for each in changes}
    customer_id, today = acting_organisation_id(), own_day()
    series = [
        row
        for row in DemandSeries.objects.filter(
            owner_id=customer_id,
            counterparty_id=supplier_id,
            part_number__in=[number for number, _site in wanted],
        )
        if (row.part_number, row.site_code) in wanted
    ]
    if not series:
        return
    DailyDemand.objects.bulk_create(
        [
            DailyDemand(
                owner_id=customer_id,
                counterparty_id=supplier_id,
                series=row,
                part_number=row.part_number,
                site_code=row.site_code,
                on=today + timedelta(days=day),
                quantity=Decimal(quantity),
                source=DailyDemand.Source.RELEASE,
            )
            for row in series
            for day, quantity in enumerate(
                wanted[row.part_number, row.site_code].quantities, start=1
            )
        ],
        batch_size=5_000,
        update_conflicts=True,
        unique_fields=["owner", "series", "on"],
        update_fields=["quantity", "source"],
    )
    publish(
        DemandForecast(
            change_id=str(uuid4()),
            supplier_id=supplier_id,
            series_ids=[str(row.pk) for row in series],
        )
    )


class ThroughRest:
    """Reports by ``POST /api/v1/stock-counts`` with each company's own demo key."""

    def __init__(self, network: DemoNetwork, url: str) -> None:
        """Take the installation's address; its secret key must be ours, the keys come from it."""
        if not url.startswith(("http://", "https://")):
            raise NotSent(f"expected an address that starts with http:// or https://, got {url!r}")
        self._url = url.rstrip("/")
        self._slugs = {each.bpn: each.slug for each in network.organisations}
        self._bpns = {each.slug: each.bpn for each in network.organisations}
        self._holders = sorted(
            {each.supplier for each in network.supplies}
            | {each.customer for each in network.supplies}
        )

    def opening(self) -> dict[StockKey, int]:
        """Return what each company's own coverage rows have on hand."""
        found: dict[StockKey, int] = {}
        for slug in self._holders:
            for row in self._coverage(slug):
                partner = self._slugs.get(row.get("counterparty") or "")
                if row["owner"] == self._bpns[slug] and partner is not None:
                    key = (slug, partner, row["part_number"], row["site"])
                    found[key] = int(Decimal(row["on_hand"]))
        return found

    def report(self, counts: Sequence[StockCounted]) -> list[str]:
        """Post the counts as lists; a repeat after a lost answer would change nothing."""
        refused = []
        for chunk in _chunks(counts):
            now = timezone.now().isoformat()
            body = [
                {
                    "counterparty": self._bpns[each.partner],
                    "part_number": each.number,
                    "site": each.site,
                    "quantity": str(each.quantity),
                    "unit": each.unit,
                    "counted_at": now,
                }
                for each in chunk
            ]
            answer = self._call("POST", "/api/v1/stock-counts", chunk[0].holder, body)
            refused += [str(row["errors"]) for row in answer["rows"] if row["status"] == 422]
        return refused

    def change_demand(self, changes: Sequence[DemandChanged]) -> bool:
        """Return false: REST takes stock counts from machines, no schedules."""
        return False

    def drive(self) -> int:
        """Return 0: where a truck goes on is read from tables, which REST does not open."""
        return 0

    def _coverage(self, slug: str) -> Iterator[Mapping[str, Any]]:
        query = "?limit=200"
        while query:
            page = self._call("GET", f"/api/v1/coverage{query}", slug)
            yield from page["items"]
            query = f"?limit=200&cursor={page['next']}" if page["next"] else ""

    def _call(self, method: str, path: str, slug: str, body: Any = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - http or https, see __init__
            f"{self._url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {secrets.api_key(slug).secret}",
                "Content-Type": "application/json",
                "Idempotency-Key": uuid4().hex,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise NotSent(
                f"expected {method} {path} for {slug} to be taken, got {error.code}"
            ) from error
        except (OSError, ValueError) as error:
            raise NotSent(f"expected an answer from {self._url}, got {error}") from error


def _chunks(counts: Sequence[StockCounted]) -> Iterator[Sequence[StockCounted]]:
    for start in range(0, len(counts), ROWS_AT_ONCE):
        yield counts[start : start + ROWS_AT_ONCE]
