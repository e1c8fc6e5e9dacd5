"""Tracking events for benchmarks, and a writer that is killed while it hands them in.

python -m benchmarks.intake_events --count 20000 --seed 3    # the writer: acts for brasov
"""

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from collab.integration.epcis.hashing import event_hash
from collab.integration.epcis.model import Quantity, TrackingFacts
from collab.integration.epcis.traits import traits_of
from collab.integration.epcis.write import event_body

BATCH = 500
SLUG = "brasov"
GTIN = "09521321000018"
GLN = "9521321000018"
LOT = f"https://id.gs1.org/01/{GTIN}/10/B1"
DUPLICATES, REORDERED = 0.10, 0.05
START = datetime(2026, 11, 1, tzinfo=UTC)


def facts(count: int, *, seed: int, until: datetime) -> list[TrackingFacts]:
    """Return events of pallets and of loose goods that come and go, a tenth of a second apart.

    A pallet comes by four times; each event is about it and about some pieces of one lot.
    """
    rng = random.Random(seed)
    first = until - timedelta(seconds=count // 10 + 60)
    found = []
    for number in range(count):
        step = rng.choice(("receiving", "receiving", "shipping", "inspecting"))
        found.append(
            TrackingFacts(
                kind="ObjectEvent",
                happened_at=first + timedelta(milliseconds=100 * number),
                offset="+01:00",
                action="OBSERVE",
                biz_step=step,
                disposition="in_transit" if step == "shipping" else "",
                read_point=f"https://id.gs1.org/414/{GLN}",
                epcs=(f"https://id.gs1.org/00/{seed:05d}{number // 4:013d}",),
                quantities=(Quantity(LOT, Decimal(rng.randrange(1, 50))),),
            )
        )
    return found


def expected_sum(events: Sequence[TrackingFacts]) -> Decimal:
    """Return what these events sum up to at their site."""
    signs = {"receiving": 1, "shipping": -1}
    amounts = (
        (signs.get(each.biz_step, 0), each.quantities[0].quantity or Decimal(0)) for each in events
    )
    return sum((sign * amount for sign, amount in amounts), Decimal(0))


def as_sent(events: Sequence[TrackingFacts], *, seed: int) -> list[TrackingFacts]:
    """Return the events as a network delivers them: some late, some twice."""
    rng = random.Random(seed)
    sent = list(events)
    for place in rng.sample(range(len(sent)), int(len(sent) * REORDERED)):
        other = min(len(sent) - 1, place + rng.randrange(1, 2000))
        sent[place], sent[other] = sent[other], sent[place]
    for each in rng.sample(sent, int(len(sent) * DUPLICATES)):
        sent.insert(rng.randrange(len(sent) + 1), each)
    return sent


def rows(events: Sequence[TrackingFacts]) -> list[Any]:
    """Return the events as the service takes them."""
    from inventory.services.tracking import EventRow

    found = []
    for each in events:
        named = event_hash(each)
        found.append(
            EventRow(
                facts=each,
                event_id=named,
                event_hash=named,
                body=event_body(each),
                traits=traits_of(each),
            )
        )
    return found


def batches(items: Sequence[Any], size: int = BATCH) -> Iterator[Sequence[Any]]:
    """Yield the items in batches."""
    for first in range(0, len(items), size):
        yield items[first : first + size]


def write(count: int, seed: int, until: datetime) -> None:
    """Hand the events in, batch by batch, each in a transaction; say so after each."""
    import django

    django.setup()
    from collab.organisations.context import acting_for
    from collab.organisations.models import Organisation, Tenant
    from inventory.services.tracking import record_events

    with acting_for(Tenant.objects.order_by("pk").values_list("pk", flat=True)[0]):
        owner = Organisation.objects.get(slug=SLUG).pk
    sent = rows(as_sent(facts(count, seed=seed, until=until), seed=seed))
    for batch in batches(sent):
        with acting_for(owner):
            record_events(batch, source="bench", received_at=datetime.now(UTC))
        sys.stdout.write("batch\n")
        sys.stdout.flush()


def main() -> None:
    """Run the writer."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, required=True)
    arguments.add_argument("--seed", type=int, required=True)
    arguments.add_argument("--until", required=True)
    options = arguments.parse_args()
    write(options.count, options.seed, datetime.fromisoformat(options.until))


if __name__ == "__main__":
    main()
