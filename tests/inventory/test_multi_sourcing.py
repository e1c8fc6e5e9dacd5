"""IN-10: each source sees its own rows alone; nothing it reads follows another's figures."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from collab.events.relay import work_off
from collab.live.models import FeedFrame
from collab.masterdata.models import Part
from collab.masterdata.refusals import Refused
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.context import acting_for
from collab.organisations.credentials import new_key
from collab.organisations.models import ApiClient, ApiKey, Organisation, Site
from inventory.models import QuotedConsumption, StockMovement, StockPosition
from inventory.queries.multi_sourcing import quoted, quoted_rows
from inventory.services.movements import record_movement
from inventory.services.multi_sourcing import Shared, agree_shares, consume
from tests.conftest import ClientFor
from tests.harness.cast import Cast, give
from tests.inventory.conftest import Post

D = Decimal
RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")  # keys: they differ from run to run
NUMBER = "AM-900"
NOW = timezone.now().replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Plant:
    """Avalon's plant, which consumes a part that Brasov and Porto deliver, 60 to 40."""

    cast: Cast
    site: str

    def receive(self, supplier: Organisation, quantity: int) -> None:
        """Book pieces of a supplier."""
        with acting_for(self.cast.avalon):
            record_movement(
                counterparty=supplier.bpn,
                part_number=NUMBER,
                site=self.site,
                kind="receipt",
                quantity=quantity,
                unit="H87",
                moved_at=NOW - timedelta(hours=5),
            )

    def consume(self, quantity: Any, document: str = "C1", **changes: Any) -> Any:
        """Book what both together were consumed."""
        told: dict[str, Any] = {
            "part_number": NUMBER,
            "site": self.site,
            "quantity": quantity,
            "unit": "H87",
            "consumed_at": NOW - timedelta(hours=1),
            "document": document,
            **changes,
        }
        with acting_for(self.cast.avalon):
            return consume(**told)

    def stock(self, supplier: Organisation) -> Decimal:
        """Return what is on hand of a supplier."""
        with acting_for(self.cast.avalon):
            return StockPosition.objects.get(counterparty=supplier, part_number=NUMBER).quantity


@pytest.fixture
def plant(cast: Cast) -> Plant:
    for topic in ("inventory.vmi", "inventory.stock", "inventory.coverage"):
        give(cast.avalon, cast.porto, cast.porto, topic)
        if topic != "inventory.vmi":
            give(cast.avalon, cast.brasov, cast.brasov, topic)
    with acting_for(cast.avalon):
        Part.objects.create(
            number=NUMBER,
            compare_key=compare_key(NUMBER),
            name="Clip",
            kind=Part.Kind.COMPONENT,
            base_unit="H87",
        )
        site = Site.objects.filter(owner=cast.avalon).order_by("code")[0].code
        agree_shares(
            part_number=NUMBER,
            site=site,
            shares=[Shared(cast.brasov.bpn, 60), Shared(cast.porto.bpn, 40)],
        )
    return Plant(cast, site)


def test_consumption_is_split_booked_once_and_told_to_each_supplier(plant: Plant) -> None:
    cast = plant.cast
    plant.receive(cast.brasov, 50)
    plant.receive(cast.porto, 80)
    first, again = plant.consume(100), plant.consume(100)
    assert first.pk == again.pk
    assert (plant.stock(cast.brasov), plant.stock(cast.porto)) == (0, 30)
    work_off()
    with acting_for(cast.brasov):
        [mine] = quoted_rows(quoted())
        assert (mine.quantity, mine.left, mine.percent, mine.overflow) == (50, 0, None, None)
    with acting_for(cast.avalon):
        rows = {row.supplier.bpn: row for row in quoted_rows(quoted())}
        assert rows[cast.porto.bpn].overflow == 10
        assert QuotedConsumption.objects.count() == 2
    with pytest.raises(Refused, match="document"):
        plant.consume(90)
    with pytest.raises(Refused, match="shares"):
        _unshared(plant)


def _unshared(plant: Plant) -> None:
    with acting_for(plant.cast.avalon):
        agree_shares(part_number=NUMBER, site=plant.site, shares=[])
    plant.consume(1, "C2")


def test_shares_sum_up_to_a_hundred(plant: Plant) -> None:
    with acting_for(plant.cast.avalon), pytest.raises(Refused, match="100 percent"):
        agree_shares(
            part_number=NUMBER, site=plant.site, shares=[Shared(plant.cast.brasov.bpn, 99)]
        )


@contextmanager
def undone() -> Iterator[None]:
    """Take everything back at the end, so that two worlds can be compared."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def reads(plant: Plant, client_for: ClientFor, rival: Organisation) -> dict[str, Any]:
    """Return all that a rival reads of the part: API, page, export and live frames."""
    with acting_for(rival):
        machine = ApiClient.objects.create(name="Reader")
        made = new_key()
        ApiKey.objects.create(
            client=machine,
            digest=made.digest,
            prefix=made.prefix,
            scopes=["inventory:read"],
            expires_at=NOW + timedelta(days=1),
        )
    headers = {"authorization": f"Bearer {made.secret}"}
    found: dict[str, Any] = {}
    for path in ("quoted-consumption", "consumption", "supply-shares", "stock", "coverage"):
        answer = Client().get(f"/api/v1/{path}", headers=headers)
        assert answer.status_code == 200, answer.content
        found[path] = _stable(json.loads(answer.content))
    browser = client_for(rival)
    page = browser.get(f"/t/{rival.slug}/inventory/sources/", headers={"hx-request": "true"})
    found["page"] = _rows(page.content.decode())
    export = browser.get(f"/t/{rival.slug}/inventory/sources/?export=csv")
    found["export"] = export.getvalue().decode() if export.streaming else export.content.decode()
    with acting_for(rival):
        frames = FeedFrame.objects.filter(viewer=rival).order_by("pk")
        found["live"] = [(frame.topic, _shown(frame.frames["en"])) for frame in frames]
    return found


def test_a_rival_reads_the_same_whatever_the_other_has(plant: Plant, client_for: ClientFor) -> None:
    """Brasov covers its quote with 60 as with 6,000: Porto's world is the same one."""
    seen = []
    for others in (60, 6_000):
        with undone():
            plant.receive(plant.cast.porto, 80)
            plant.receive(plant.cast.brasov, others)
            plant.consume(100)
            work_off()
            seen.append(reads(plant, client_for, plant.cast.porto))
    assert seen[0] == seen[1]
    assert seen[0]["quoted-consumption"]["items"][0]["quantity"] == "40.000"
    told = json.dumps(seen[0])
    assert plant.cast.brasov.bpn not in told
    assert "60" not in str(seen[0]["quoted-consumption"]["items"])


def test_the_overflow_is_in_the_own_row_and_nowhere_else(
    plant: Plant, client_for: ClientFor
) -> None:
    seen = []
    for others in (60, 50):
        with undone():
            plant.receive(plant.cast.porto, 80)
            plant.receive(plant.cast.brasov, others)
            plant.consume(100)
            work_off()
            seen.append(reads(plant, client_for, plant.cast.porto))
    [before], [after] = (world["quoted-consumption"]["items"] for world in seen)
    assert (before["quantity"], after["quantity"]) == ("40.000", "50.000")
    assert {name for name in before if before[name] != after[name]} == {"quantity", "left"}


def _stable(found: Any) -> Any:
    """Return an answer without keys and times of the run, which are random or tick."""
    ticking = {"id", "version", "changed_at", "next", "etag", "observed_at", "stale_after"}
    if isinstance(found, dict):
        return {name: _stable(value) for name, value in found.items() if name not in ticking}
    return [_stable(each) for each in found] if isinstance(found, list) else found


def _rows(html: str) -> list[str]:
    return [RANDOM.sub("·", line.strip()) for line in html.splitlines()]


def _shown(frame: Any) -> list[str]:
    return [*_rows(frame.get("html", "")), *(f"{k}={v}" for k, v in _stable(frame["data"]).items())]


def test_consumption_taken_back_is_as_if_it_had_not_been(
    plant: Plant, client_for: ClientFor, call: Post
) -> None:
    """Twice is once; each supplier's row says that it is void, and never why."""
    cast = plant.cast
    plant.receive(cast.brasov, 50)
    plant.receive(cast.porto, 80)
    booked = plant.consume(100)
    path = f"/api/v1/consumption/{booked.pk}/undo"
    assert call(cast.brasov, "POST", path, {"reason": "x"}).status_code == 404
    browser = client_for(cast.avalon)
    url = f"/t/{cast.avalon.slug}/inventory/sources/{booked.pk}/"
    assert browser.post(url, {"reason": ""}).status_code == 422
    assert browser.post(url, {"reason": "typed twice by hand"}).status_code == 302
    assert "typed twice by hand" in browser.get(url).content.decode()
    for _again in range(2):
        answer = call(cast.avalon, "POST", path, {"reason": "another"})
        assert answer.json()["cancel_reason"] == "typed twice by hand"
    assert (plant.stock(cast.brasov), plant.stock(cast.porto)) == (50, 80)
    work_off()
    with acting_for(cast.avalon):
        assert sum(row.quantity for row in StockMovement.objects.all()) == 130
        assert StockMovement.objects.filter(reverses_id__isnull=False).count() == 2
    told = json.dumps(reads(plant, client_for, cast.porto))
    assert "cancelled_at" in told
    assert "typed twice" not in told
    with pytest.raises(Refused, match="taken back"):
        plant.consume(100)
    assert plant.consume(100, "C2").uncovered == 0
