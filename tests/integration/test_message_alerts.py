"""Messages that wait or were refused are exceptions with an owner; who may be named as sender."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from collab.events.relay import work_off
from collab.integration.inbox import applying, outbox, registry
from collab.integration.inbox.applying import apply
from collab.integration.inbox.receiving import receive
from collab.integration.inbox.registry import Outcome
from collab.integration.models.messages import InboundMessage, PartnerProfile
from collab.organisations.context import acting_for
from collab.sharing.models import Partnership
from collab.work.message_alerts import HELD, REFUSED, REJECTED, UNANSWERED, judge_unanswered
from collab.work.models import Alert
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.integration.inbox_cases import BPNL, COMMENT, Seen, applied, codes, interchange
from tests.integration.machines import machine


def open_types() -> list[str]:
    return sorted(Alert.objects.filter(is_open=True).values_list("type", flat=True))


def test_a_held_message_is_an_exception_until_it_is_applied(
    cast: Cast, seen: Seen, client_for: ClientFor
) -> None:
    with acting_for(cast.brasov):
        message = applied(interchange())
    work_off()
    with acting_for(cast.brasov):
        alert = Alert.objects.get(type=HELD)
        assert (alert.object_id, alert.is_open, alert.counterparty) == (
            message.pk,
            True,
            cast.brasov,
        )
        assert alert.title_params["kind"] == "TSTMSG"
    home = f"/t/{cast.brasov.slug}/exceptions/"
    page = client_for(cast.brasov).get(home).content.decode()
    assert f"/integrations/messages/{message.pk}/" in page
    assert "TSTMSG 101 of OD:O0013000OEM waits" in page
    with acting_for(cast.avalon):
        assert not Alert.objects.exists()

    with acting_for(cast.brasov):
        PartnerProfile.objects.create(partner=cast.avalon, identifier="O0013000OEM")
        assert applying.retry(message.pk).state == "applied"
    work_off()
    with acting_for(cast.brasov):
        assert open_types() == []


def test_a_refused_message_is_cleared_by_its_correction(cast: Cast, profile: None) -> None:
    body = {"commentId": COMMENT, "objectId": COMMENT, "objectType": "x", "customer": BPNL}
    with acting_for(cast.brasov):
        wrong = applied(json.dumps(body).encode(), sender=cast.avalon)
        assert wrong.state == "refused"
    work_off()
    with acting_for(cast.brasov):
        assert open_types() == [REFUSED]
        right = json.dumps(body | {"supplier": BPNL, "commentText": "Two days less"}).encode()
        take = registry.handler_of("catenax:id_based_comment")
        registry.unregister("catenax:id_based_comment")
        registry.register("catenax:id_based_comment", lambda _arrival: Outcome(applied=1))
        try:
            assert applied(right, sender=cast.avalon).state == "applied"
        finally:
            registry.unregister("catenax:id_based_comment")
            if take is not None:
                registry.register("catenax:id_based_comment", take)
    work_off()
    with acting_for(cast.brasov):
        assert open_types() == []


def test_the_applied_one_of_two_contents_takes_back_the_other(
    cast: Cast, profile: None, seen: Seen
) -> None:
    with acting_for(cast.brasov):
        first = applied(interchange("BAD"))
        second = applied(interchange("A"))
        assert (first.state, codes(second)) == ("refused", ["control-number-reused"])
    work_off()
    with acting_for(cast.brasov):
        assert open_types() == [REFUSED, REFUSED]
        assert applying.retry(second.pk, confirmed=True).state == "applied"
    work_off()
    with acting_for(cast.brasov):
        assert open_types() == []


def test_silence_and_refusal_of_the_receiver_are_exceptions(cast: Cast) -> None:
    with acting_for(cast.brasov):
        number = outbox.next_number(cast.avalon.pk)
        sent = outbox.queue(
            receiver_id=cast.avalon.pk,
            kind="edifact:DELFOR",
            raw=b"x",
            number=number,
            title="A-1 7",
            wants_answer=True,
        )
        judge_unanswered(as_of=timezone.now() + timedelta(hours=25))
        assert open_types() == [UNANSWERED]
        outbox.settle(sent.pk, is_accepted=False, note="No such part")
    work_off()
    with acting_for(cast.brasov):
        assert open_types() == [REJECTED]


def test_only_oneself_and_active_partners_can_be_named(cast: Cast, profile: None) -> None:
    ours = machine(cast.brasov)
    for bpn, status in [
        (cast.brasov.bpn, 202),
        (cast.avalon.bpn, 202),
        (cast.porto.bpn, 400),  # no partner: not even known
        ("BPNL00000000XXXX", 400),
    ]:
        got = ours.post(f"messages?sender={bpn}", {"capacityGroupId": COMMENT})
        assert got.status_code == status, bpn
    with acting_for(cast.avalon):
        edge = Partnership.objects.get(supplier=cast.brasov)
        edge.state = Partnership.State.ENDED
        edge.save()
    got = ours.post(f"messages?sender={cast.avalon.bpn}", {"capacityGroupId": COMMENT, "x": 1})
    assert got.status_code == 400


def demand(cast: Cast) -> dict[str, Any]:
    return {
        "materialDemandId": COMMENT,
        "customer": cast.avalon.bpn,
        "supplier": cast.brasov.bpn,
        "materialNumberCustomer": "A-1",
        "materialDescriptionCustomer": "Harness",
        "changedAt": "2026-11-20T08:00:00Z",
        "unitOfMeasureIsOmitted": True,
        "materialDemandIsInactive": False,
        "demandSeries": [],
    }


@pytest.mark.parametrize("has_profile", [False, True])
def test_a_document_waits_for_its_senders_profile_and_never_writes_in_its_name(
    cast: Cast, has_profile: bool
) -> None:
    """A supplier hands in what its customer sent: known sender or not, nothing is written."""
    with acting_for(cast.brasov):
        if has_profile:
            PartnerProfile.objects.create(partner=cast.avalon, identifier="OEM")
        raw = json.dumps(demand(cast)).encode()
        done = apply(receive(raw=raw, sender=cast.avalon)[0].pk)
        assert codes(done) == ["not-the-sender" if has_profile else "unknown-sender"]
        assert done.state == (
            InboundMessage.State.REFUSED if has_profile else InboundMessage.State.HELD
        )
