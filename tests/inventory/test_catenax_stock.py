"""IN-01, API-04: own stock goes out as valid aspects; partners' aspects come in by the inbox."""

import copy
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from collab.integration.inbox import applying
from collab.integration.inbox.receiving import receive
from collab.integration.models.messages import InboundMessage, PartnerProfile
from collab.masterdata.models import Part
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation, Site
from inventory.models import PartnerRefresh, StatedAspect
from inventory.services import Plan, plan_output
from inventory.services.aspects import name_address, name_material
from inventory.services.refreshes import Wanted, start_refresh
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.integration.test_catenax_daily import validator
from tests.inventory.conftest import OWN, THEIRS, Goods, Post, today
from tests.inventory.test_receipts import Sent, sent
from transport.models import AdviceLine

__all__ = ["sent"]

NOW = timezone.now().replace(microsecond=0)
PLACE, ADDRESS = "BPNS1234567890ZZ", "BPNA1234567890ZZ"


def stock(asset: Any, *figures: tuple[float, bool], hours_ago: float = 1) -> dict[str, Any]:
    """Return a supplier's item stock."""
    at = (NOW - timedelta(hours=hours_ago)).isoformat()
    return {
        "materialGlobalAssetId": f"urn:uuid:{asset}",
        "direction": "OUTBOUND",
        "positions": [
            {
                "allocatedStocks": [
                    {
                        "quantityOnAllocatedStock": {"value": value, "unit": "unit:piece"},
                        "stockLocationBPNS": PLACE,
                        "stockLocationBPNA": ADDRESS,
                        "isBlocked": is_blocked,
                        "lastUpdatedOnDateTime": at,
                    }
                    for value, is_blocked in figures
                ]
            }
        ],
    }


def take(receiver: Organisation, sender: Organisation, body: Any) -> InboundMessage:
    """Hand a document of ``sender`` in and have it applied, acting for the receiver."""
    with acting_for(receiver):
        PartnerProfile.objects.get_or_create(partner=sender, identifier=sender.bpn)
        message, _is_new = receive(raw=json.dumps(body).encode(), sender=sender)
        applying.apply(message.pk)
        return InboundMessage.objects.get(pk=message.pk)


def problems(message: InboundMessage) -> list[tuple[str, str]]:
    return [(each["code"], each["place"]) for each in message.problems]


def part_key(organisation: Organisation, number: str) -> Any:
    with acting_for(organisation):
        return Part.objects.get(owner=organisation, number=number).pk


@pytest.fixture
def placed(goods: Goods) -> Goods:
    """Brasov's goods with the numbers that Catena-X needs of its site."""
    with acting_for(goods.holder):
        Site.objects.filter(owner=goods.holder).update(bpn=PLACE)
        name_address(site=goods.site, bpna=ADDRESS.lower())
    return goods


@pytest.mark.parametrize("model", ["item_stock", "days_of_supply", "planned_production_output"])
def test_every_written_aspect_validates(placed: Goods, call: Post, model: str) -> None:
    asset = uuid4()
    placed.need([40, 60, 50, 50])
    placed.count_now(120)
    placed.count_now(7, kind="blocked")
    with acting_for(placed.holder):
        name_material(partner=placed.customer.bpn, part_number=OWN, asset_id=asset)
        plan_output(
            Plan(
                counterparty=placed.customer.bpn, part_number=OWN, site=placed.site,
                on=today() + timedelta(days=2), quantity=60, unit="PCE",
            )
        )  # fmt: skip
    query = f"?partner={placed.customer.bpn}&part_number={OWN}"
    answer = call(placed.holder, "GET", f"/api/v1/catena-x/aspects/{model}{query}")
    assert answer.status_code == 200, answer.content
    found = json.loads(answer.content)
    assert not list(validator(model).iter_errors(found))
    assert found["materialGlobalAssetId"] == f"urn:uuid:{asset}"
    if model == "item_stock":
        figures = found["positions"][0]["allocatedStocks"]
        amounts = {f["isBlocked"]: f["quantityOnAllocatedStock"]["value"] for f in figures}
        assert amounts == {False: 120, True: 7}
    if model == "days_of_supply":
        assert len(found["allocatedDaysOfSupply"][0]["amountOfAllocatedDaysOfSupply"]) > 3
    # What one side writes the other side takes, as it is.
    with acting_for(placed.customer):
        name_material(partner=placed.holder.bpn, part_number=THEIRS, asset_id=asset)
    assert take(placed.customer, placed.holder, found).state == "applied"
    with acting_for(placed.customer):
        [kept] = StatedAspect.objects.all()
        assert json.loads(kept.document) == found
    queued = call(placed.holder, "POST", f"/api/v1/catena-x/aspects/{model}", {
        "partner": placed.customer.bpn, "part_number": OWN,
    })  # fmt: skip
    assert queued.status_code == 201, queued.content


def test_a_delivery_on_its_way_goes_out_as_a_valid_aspect(
    sent: Sent, cast: Cast, call: Post
) -> None:
    """IN-09: departure and arrival of each delivery, its ends by BPNS; both sides can say it."""
    ends = {cast.brasov: PLACE, cast.avalon: "BPNS1234567890AA"}
    for owner, bpns in ends.items():
        with acting_for(owner):
            Site.objects.filter(owner=owner).update(bpn=bpns)
    asset = uuid4()
    with acting_for(cast.brasov):
        line = AdviceLine.objects.get(advice=sent.advice)
        name_material(
            partner=cast.avalon.bpn, part_number=line.supplier_part_number, asset_id=asset
        )
    path = "/api/v1/catena-x/aspects/delivery_information"
    query = f"?partner={cast.avalon.bpn}&part_number={line.supplier_part_number}"
    answer = call(cast.brasov, "GET", path + query)
    assert answer.status_code == 200, answer.content
    found = json.loads(answer.content)
    assert not list(validator("delivery_information").iter_errors(found))
    [delivery] = found["positions"][0]["deliveries"]
    assert delivery["deliveryQuantity"] == {"value": 480, "unit": "unit:piece"}
    assert {each["eventType"].partition("-")[2] for each in delivery["transitEvents"]} == {
        "departure", "arrival",
    }  # fmt: skip
    locations = delivery["transitLocations"]
    assert [locations[end]["bpnsProperty"] for end in ("origin", "destination")] == [*ends.values()]
    with acting_for(cast.avalon):
        name_material(partner=cast.brasov.bpn, part_number=line.part_number, asset_id=asset)
    assert take(cast.avalon, cast.brasov, found).state == "applied"
    queued = call(cast.brasov, "POST", path, {
        "partner": cast.avalon.bpn, "part_number": line.supplier_part_number,
    })  # fmt: skip
    assert queued.status_code == 201, queued.content
    sent.take()
    after = json.loads(call(cast.brasov, "GET", path + query).content)
    assert after["positions"] == []


def test_an_aspect_answers_the_question_for_it(goods: Goods) -> None:
    """IN-11: what a partner's system sends is an answer like any other."""
    avalon, brasov = goods.customer, goods.holder
    with acting_for(avalon):
        told = Wanted(partner=brasov.bpn, part_number=THEIRS, kind="stock")
        assert start_refresh(told).result == "waiting"
    assert take(avalon, brasov, stock(part_key(avalon, THEIRS), (20, False))).state == "applied"
    with acting_for(avalon):
        assert PartnerRefresh.objects.get().result == "answered"


def test_a_site_without_its_number_is_named(goods: Goods, call: Post) -> None:
    goods.count(5)
    query = f"?partner={goods.customer.bpn}&part_number={OWN}"
    answer = call(goods.holder, "GET", f"/api/v1/catena-x/aspects/item_stock{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "site"


def test_an_older_state_never_wins(goods: Goods) -> None:
    avalon, brasov = goods.customer, goods.holder
    asset = part_key(avalon, THEIRS)
    assert take(avalon, brasov, stock(asset, (20, False), hours_ago=2)).state == "applied"
    assert take(avalon, brasov, stock(asset, (10, False), hours_ago=1)).state == "applied"
    late = take(avalon, brasov, stock(asset, (99, False), hours_ago=3))
    assert (late.state, problems(late)) == ("refused", [("older", "/")])
    with acting_for(avalon):
        [row] = StatedAspect.objects.all()
        assert '"value": 10' in row.document
    with acting_for(goods.holder):
        assert not StatedAspect.objects.exists()


def test_broken_rules_are_refused_with_their_place(goods: Goods) -> None:
    avalon, brasov = goods.customer, goods.holder
    asset = part_key(avalon, THEIRS)
    second = "/positions/0/allocatedStocks/1"
    twice = take(avalon, brasov, stock(asset, (20, False), (30, False), (1, True)))
    assert problems(twice) == [("rule", second)]
    negative = take(avalon, brasov, stock(asset, (1, True), (-1, False)))
    assert problems(negative) == [("rule", second)]
    inbound = stock(asset, (20, False)) | {"direction": "INBOUND"}
    assert problems(take(avalon, brasov, inbound)) == [("rule", "/direction")]
    unknown = take(avalon, brasov, stock(uuid4(), (20, False)))
    assert problems(unknown) == [("unknown-part", "/materialGlobalAssetId")]
    with acting_for(avalon):
        assert not StatedAspect.objects.exists()


def test_the_sender_of_the_header_is_the_authenticated_partner(goods: Goods) -> None:
    avalon, brasov = goods.customer, goods.holder
    header = {
        "messageId": str(uuid4()),
        "context": "urn:samm:io.catenax.item_stock:2.0.0",
        "sentDateTime": NOW.isoformat(),
        "senderBpn": brasov.bpn,
        "receiverBpn": avalon.bpn,
        "version": "3.0.0",
    }
    message = {"header": header, "content": stock(part_key(avalon, THEIRS), (20, False))}
    assert take(avalon, brasov, message).state == "applied"
    for name, code, other in (
        ("senderBpn", "not-the-sender", avalon.bpn),
        ("receiverBpn", "not-the-receiver", brasov.bpn),
    ):
        wrong = copy.deepcopy(message)
        wrong["header"][name] = other
        assert problems(take(avalon, brasov, wrong)) == [(code, f"/header/{name}")]


def test_a_delivery_that_contradicts_itself_is_refused(goods: Goods) -> None:
    avalon, brasov = goods.customer, goods.holder
    at = (NOW - timedelta(hours=2)).isoformat()
    place = {"bpnsProperty": PLACE}
    body = {
        "materialGlobalAssetId": str(part_key(avalon, THEIRS)),
        "positions": [
            {
                "deliveries": [
                    {
                        "deliveryQuantity": {"value": 5, "unit": "unit:piece"},
                        "lastUpdatedOnDateTime": at,
                        "transitEvents": [
                            {"dateTimeOfEvent": at, "eventType": "estimated-departure"},
                            {"dateTimeOfEvent": NOW.isoformat(), "eventType": "actual-arrival"},
                        ],
                        "transitLocations": {"origin": place, "destination": place},
                        "incoterm": "EXW",
                    }
                ]
            }
        ],
    }
    found = problems(take(avalon, brasov, body))
    path = "/positions/0/deliveries/0"
    assert found == [("rule", f"{path}/transitEvents"), ("rule", f"{path}/incoterm")]


def test_the_part_page_shows_and_gives_aspects(placed: Goods, client_for: ClientFor) -> None:
    placed.count(120)
    browser = client_for(placed.holder)
    root = f"/t/{placed.holder.slug}/inventory/aspects/{OWN}"
    card = browser.get(f"{root}/card").content.decode()
    file = f"{root}/item_stock/{placed.customer.bpn}"
    assert file in card
    answer = browser.get(file)
    assert not list(validator("item_stock").iter_errors(json.loads(answer.content)))
    take(placed.customer, placed.holder, stock(part_key(placed.customer, THEIRS), (31, False)))
    seen = client_for(placed.customer).get(
        f"/t/{placed.customer.slug}/inventory/aspects/{THEIRS}/card"
    )
    assert ">31<" in seen.content.decode()
