"""IN-18: notifications of Catena-X in both versions, in and out, and the interfaces of notices."""

import json
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
from jsonschema import Draft4Validator, FormatChecker  # type: ignore[import-untyped]

from collab.events.relay import work_off
from collab.integration.catenax import documents, reading
from collab.integration.catenax.models import MODELS, model_of
from collab.integration.catenax.notification import Notification
from collab.integration.inbox.findings import MessageRefused
from collab.integration.inbox.profile import Profile
from collab.integration.inbox.registry import Arrival, Document, handler_of
from collab.live.models import FeedFrame
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation, Site
from inventory.messages.notification import aspect_of, message_of
from inventory.models import DisruptionNotice
from inventory.queries.notice_messages import KIND, write_notice
from inventory.queries.notices import notice_by_key
from tests.conftest import ClientFor
from tests.integration.edi_samples import sample
from tests.inventory.conftest import Post
from tests.inventory.test_notices import COPPER, DOOR, HARNESS, WIRE, Chain, chain

__all__ = ["chain"]
MODEL = "demand_and_capacity_notification"
FILE = "DemandAndCapacityNotification"
NOTICES = "/api/v1/disruption-notices"
TYPED = "%Y-%m-%d %H:%M"


@cache
def validator(version: str) -> Any:
    schema = json.loads(sample("catenax", MODEL, version, f"{FILE}-schema.json"))
    return Draft4Validator(schema, format_checker=FormatChecker())


def example() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sample("catenax", MODEL, "3.0.0", f"{FILE}.json"))
    return found


def test_the_published_sample_is_read_and_written_alike() -> None:
    found = example()
    assert model_of(found) == MODEL
    aspect = reading.parse(MODELS[MODEL], found)
    assert json.loads(documents.dumps(reading.write(aspect))) == found
    message = message_of(reading.parse(Notification, found))
    assert (message.is_resolved, message.cause) == (True, "strike")
    assert message.materials == (("MNR-7307-AU340474.002", "MNR-8101-ID146955.001"),)
    written = reading.write(aspect_of(message))
    validator("3.0.0").validate(written)
    assert "affectedSitesSender" not in written  # CX-0146: a resolved one names no sites


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("/leadingRootCause", {"leadingRootCause": "boredom"}),
        ("/effect", {"effect": "capacity"}),
        ("/text", {"text": "x" * 4001}),
        ("/affectedSitesSender/0", {"affectedSitesSender": ["BPNL7588787849VQ"]}),
        ("/relatedNotificationIds/0", {"relatedNotificationIds": ["7"]}),
        ("/notificationId", {"notificationId": "d9452f24"}),
        ("/status", {"status": "closed"}),
    ],
)
def test_what_the_schema_refuses_we_refuse(path: str, changes: dict[str, Any]) -> None:
    found = example() | changes
    assert not validator("3.0.0").is_valid(found)
    with pytest.raises(MessageRefused) as caught:
        reading.parse(Notification, found)
    assert [finding.path for finding in caught.value.findings] == [path]


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("/expectedEndDateOfEffect", {"expectedEndDateOfEffect": "2023-12-12T15:00:00Z"}),
        ("/resolvingMeasureDescription", {"resolvingMeasureDescription": " "}),
        ("/text", {"status": "open", "text": ""}),
        ("/materialsAffected/0", {"materialsAffected": [{}]}),
    ],
)
def test_what_no_schema_says_is_refused_too(path: str, changes: dict[str, Any]) -> None:
    with pytest.raises(MessageRefused) as caught:
        message_of(reading.parse(Notification, example() | changes))
    assert [finding.path for finding in caught.value.findings] == [path]


def test_version_2_is_read() -> None:
    found = example()
    for name in ("sourceDisruptionId", "relatedNotificationIds", "materialsAffected"):
        del found[name]
    del found["resolvingMeasureDescription"]
    found |= {
        "status": "open",
        "materialNumberCustomer": ["C-1"],
        "materialNumberSupplier": ["S-1", "S-2"],
        "relatedNotificationId": str(uuid4()),
    }
    validator("2.0.0").validate(found)
    message = message_of(reading.parse(Notification, found))
    assert message.source_id == message.key
    assert str(message.related_id) == found["relatedNotificationId"]
    assert message.materials == (("C-1", ""), ("", "S-1"), ("", "S-2"))
    with pytest.raises(MessageRefused, match=r"2\.0\.0 knows no insolvency"):
        message_of(reading.parse(Notification, found | {"leadingRootCause": "insolvency"}))


def hand_in(
    owner: Organisation, document: dict[str, Any], sender: Organisation | None = None
) -> Any:
    """Let an organisation's inbox apply a notification that ``sender`` (itself) hands in."""
    handler = handler_of(KIND)
    assert handler is not None
    aspect = reading.parse(Notification, documents.loads(json.dumps(document).encode()))
    with acting_for(owner):
        return handler(
            Arrival(
                message_id=uuid4(),
                sender_id=(sender or owner).pk,
                document=Document(kind=KIND, reference="R1", content=aspect),
                profile=Profile(),
            )
        )


def named_sites(chain: Chain) -> None:
    for number, owner in enumerate((chain.cast.brasov, chain.cast.silesia)):
        with acting_for(owner):
            Site.objects.filter(owner=owner).update(bpn=f"BPNS{number:012d}")


def test_in_18_a_notification_comes_in_changes_and_ends(chain: Chain) -> None:
    cast = chain.cast
    named_sites(chain)
    told = example() | {
        "status": "open",
        "effect": "capacity-reduction",
        "relatedNotificationIds": [],
        "affectedSitesRecipient": ["BPNS000000000000"],
        "affectedSitesSender": ["BPNS000000000001"],
        "materialsAffected": [{"materialNumberSupplier": COPPER, "materialNumberCustomer": WIRE}],
    }
    del told["resolvingMeasureDescription"]
    hand_in(cast.silesia, told)
    with acting_for(cast.brasov):
        notice = DisruptionNotice.objects.get()
    assert f"urn:uuid:{notice.pk}" == told["notificationId"]
    assert (notice.parts, notice.partner_parts, notice.origin) == ([COPPER], [WIRE], "catenax")
    assert (notice.sites, notice.partner_sites) == (["SIL1"], ["BRA1"])
    with acting_for(cast.silesia):  # out again: what came in, in the published form
        row = notice_by_key(notice.pk)
        assert row is not None
        written = json.loads(write_notice(row).raw)
    validator("3.0.0").validate(written)
    same = {name: value for name, value in told.items() if name != "relatedNotificationIds"}
    aspect, before = reading.parse(Notification, written), reading.parse(Notification, same)
    assert aspect == before
    with pytest.raises(MessageRefused, match="a change after"):  # older and same never win
        hand_in(cast.silesia, told | {"text": "older"})
    with pytest.raises(MessageRefused, match="your own system"):
        hand_in(cast.brasov, told, sender=cast.silesia)
    with pytest.raises(MessageRefused, match="not in the future"):
        hand_in(cast.silesia, told | {"contentChangedAt": "2123-12-14T15:00:00+01:00"})
    later = {"contentChangedAt": "2023-12-14T15:00:00+01:00"}
    hand_in(cast.silesia, told | later | {"text": "Still down."})
    last = {"contentChangedAt": "2023-12-15T15:00:00+01:00", "status": "resolved"}
    hand_in(cast.silesia, told | last | {"resolvingMeasureDescription": "Repaired."})
    with acting_for(cast.brasov):
        notice = DisruptionNotice.objects.get()
    assert (notice.text, notice.state, notice.resolution) == (
        "Still down.",
        "resolved",
        "Repaired.",
    )


def test_in_18_a_notification_for_nobody_we_know_is_refused(chain: Chain) -> None:
    found = example() | {"status": "open"}
    with pytest.raises(MessageRefused) as caught:
        hand_in(chain.cast.silesia, found)
    assert caught.value.findings[0].code == "notice-affectedSitesRecipient"


def test_in_18_the_interface_tells_changes_forwards_and_resolves(chain: Chain, call: Post) -> None:
    cast = chain.cast
    facts = chain.facts()
    body = {
        "partners": [cast.brasov.bpn],
        "cause": "strike",
        "effect": "capacity-reduction",
        "text": "On strike.",
        "starts_at": facts.starts_at,
        "parts": [COPPER],
        "sender_key": "K1",
    }
    made = call(cast.silesia, "POST", NOTICES, body)
    assert made.status_code == 201, made.content
    [notice] = made.json()["notices"]
    assert call(cast.silesia, "POST", NOTICES, body).json()["notices"] == [notice]
    one = f"{NOTICES}/{notice['id']}"
    got = call(cast.brasov, "GET", one)
    assert got.json()["partner_parts"] == [WIRE]
    bad = call(cast.silesia, "POST", NOTICES, body | {"parts": ["X"], "sender_key": ""})
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (400, "parts")
    for stranger in (cast.porto, cast.avalon):
        for method, path, sent in (
            ("GET", one, None),
            ("POST", f"{one}/resolve", {"resolution": "x"}),
            ("POST", f"{one}/acceptance", {"is_accepted": True}),
            ("GET", f"{one}/message", None),
        ):
            assert call(stranger, method, path, sent).status_code == 404, (stranger, path)
    assert call(cast.brasov, "POST", f"{one}/resolve", {"resolution": "x"}).status_code == 404
    accepted = call(cast.brasov, "POST", f"{one}/acceptance", {"is_accepted": True})
    assert accepted.json()["is_accepted"] is True
    forward = {
        "partners": [cast.avalon.bpn],
        "text": "Fewer harnesses.",
        "starts_at": facts.starts_at,
        "parts": [HARNESS],
    }
    [sent] = call(cast.brasov, "POST", f"{one}/forward", forward).json()["notices"]
    assert (sent["related_id"], sent["partner_parts"]) == (notice["id"], [DOOR])
    assert call(cast.silesia, "POST", f"{one}/resolve", {"resolution": "x"}).status_code == 428
    message = call(cast.silesia, "GET", f"{one}/message")
    validator("3.0.0").validate(message.json())
    assert call(cast.silesia, "POST", f"{one}/message").status_code == 201
    assert [row["id"] for row in call(cast.avalon, "GET", NOTICES).json()["items"]] == [sent["id"]]


def strike(chain: Chain) -> dict[str, Any]:
    """Return what Silesia types into the form of a new notice."""
    return {
        "partners": [chain.cast.brasov.bpn],
        "cause": "strike",
        "effect": "capacity-reduction",
        "starts_at": chain.facts().starts_at.strftime(TYPED),
        "text": "On strike.\nUntil further notice.",
        "parts": COPPER,
        "sites": ["SIL1"],
    }


def test_in_18_people_tell_accept_and_forward(
    chain: Chain, client_for: ClientFor
) -> None:  # fmt: skip
    cast = chain.cast
    sender, planner = client_for(cast.silesia), client_for(cast.brasov)
    form = strike(chain)
    day = form["starts_at"]
    assert sender.get("/t/silesia/inventory/notices/new/").status_code == 200
    past = (chain.facts().starts_at - timedelta(days=3)).strftime(TYPED)
    wrong = sender.post("/t/silesia/inventory/notices/new/", form | {"ends_at": past})
    assert wrong.status_code == 422
    done = sender.post("/t/silesia/inventory/notices/new/", form)
    assert done.status_code == 302, done.content.decode()[:2000]
    work_off()
    with acting_for(cast.brasov):
        key = DisruptionNotice.objects.get().pk
        assert FeedFrame.objects.filter(topic="inventory.notice").exists()
    theirs = f"/t/brasov/inventory/notices/{key}/"
    listed = planner.get("/t/brasov/inventory/notices/").content.decode()
    assert theirs in listed
    assert WIRE in listed
    page = planner.get(theirs).content.decode()
    assert "Until further notice." in page
    assert "Resolve" not in page
    planner.post(f"{theirs}accept", {"accept": "yes"})
    assert "marked" in planner.get(theirs).content.decode()
    told = {"partners": [cast.avalon.bpn], "starts_at": day, "text": "Less.", "parts": HARNESS}
    assert planner.get(f"{theirs}forward/").status_code == 200
    forwarded = planner.post(f"{theirs}forward/", told)
    assert forwarded.status_code == 302, forwarded.content.decode()[:2000]
    assert theirs in planner.get(forwarded["Location"]).content.decode()  # the chain
    part = planner.get(f"/t/brasov/inventory/parts/{HARNESS}/").content.decode()
    assert "Announced, not counted" in part  # its own notice marks its part
    exported = planner.get("/t/brasov/inventory/notices/?view=all&export=csv")
    assert b"On strike." in b"".join(
        exported.streaming_content if exported.streaming else [exported.content]
    )


def test_in_18_people_change_and_resolve_and_rivals_find_nothing(
    chain: Chain, client_for: ClientFor
) -> None:  # fmt: skip
    cast = chain.cast
    sender, rival = client_for(cast.silesia), client_for(cast.porto)
    form = strike(chain)
    assert sender.post("/t/silesia/inventory/notices/new/", form).status_code == 302
    work_off()
    with acting_for(cast.brasov):
        key = DisruptionNotice.objects.get().pk
    for path in ("", "change/", "forward/", "file"):
        assert rival.get(f"/t/porto/inventory/notices/{key}/{path}").status_code == 404
    mine = f"/t/silesia/inventory/notices/{key}/"
    changed = sender.post(f"{mine}change/", form | {"text": "Longer.", "version": "1"})
    assert changed.status_code == 302, changed.content.decode()[:2000]
    assert sender.post(f"{mine}resolve", {"resolution": "", "version": "2"}).status_code == 422
    assert sender.post(f"{mine}resolve", {"resolution": "Over.", "version": "2"}).status_code == 302
    theirs = f"/t/brasov/inventory/notices/{key}/"
    assert "Over." in client_for(cast.brasov).get(theirs).content.decode()
    viewer = client_for(cast.silesia, role="viewer")
    assert viewer.get("/t/silesia/inventory/notices/new/").status_code == 403
