"""API-03, API-04, FC-03, FC-11: releases and capacity groups as partners' systems read them."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from collab.events.relay import work_off
from collab.integration.edifact import envelope as edifact
from collab.integration.edifact.acknowledge import acknowledge
from collab.integration.inbox.applying import apply
from collab.integration.inbox.receiving import receive
from collab.integration.models.messages import InboundMessage, OutboundMessage, PartnerProfile
from collab.integration.x12 import envelope as x12
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation, Site
from forecasting.messages import delfor, x12_830, x12_830_write
from forecasting.models import DeliverySchedule
from forecasting.queries.outgoing import schedule_message, write_schedule
from forecasting.queries.releases import lines_of_schedule, schedules_by_key
from forecasting.services.capacity import GroupInput, LinkInput, state_group
from forecasting.services.documents import GoAhead
from forecasting.services.intake import StatedLine, StatedSchedule, take_schedule
from tests.conftest import ClientFor
from tests.forecasting.plans import THEIRS, Plan, make_plan, week
from tests.harness.cast import Cast
from tests.integration.machines import machine

PLANT = "BPNS000000000001"


@pytest.fixture
def plan(cast: Cast) -> Plan:
    with acting_for(cast.avalon):
        Site.objects.filter(owner=cast.avalon).update(code="P01", bpn=PLANT)
    return make_plan(cast.avalon, cast.brasov)


@pytest.fixture
def schedule(cast: Cast, plan: Plan) -> DeliverySchedule:
    """A release with everything that one can say: backlog, go-aheads, a last receipt."""
    with acting_for(cast.avalon):
        taken = take_schedule(
            StatedSchedule(
                supplier=cast.brasov.bpn,
                part_number=THEIRS,
                site="P01",
                unloading_point="D07",
                document_number="REL'7+",
                issued_at=timezone.now(),
                received_cumulative=Decimal(96_400),
                received_since=week(-40),
                in_transit=Decimal(480),
                backlog=Decimal(128),
                last_receipt={"quantity": "960", "on": "2026-11-20", "dispatch_number": "80001"},
                production_go_ahead=GoAhead(quantity=Decimal(101_200), until=week(4)),
                material_go_ahead=GoAhead(quantity=Decimal(112_000), until=week(8)),
                lines=[
                    line("backlog", 0, 128),
                    line("firm", 1, 480),
                    line("production", 2, 480),
                    line("forecast", 3, Decimal("62.5"), days=6),
                ],
            )
        )
    assert taken.schedule is not None, taken.draft and taken.draft.deviations
    return taken.schedule


def line(commitment: str, at: int, quantity: int | Decimal, *, days: int = 0) -> StatedLine:
    start = week(at)
    return StatedLine(
        commitment=commitment,
        due_from=start,
        due_until=start + timedelta(days=days),
        quantity=Decimal(quantity),
    )


def said(schedule: DeliverySchedule) -> Any:
    (row,) = schedules_by_key([schedule.pk])
    return schedule_message(row, lines_of_schedule(row))


def test_what_is_written_is_read_again(cast: Cast, schedule: DeliverySchedule) -> None:
    erp = machine(cast.avalon)
    path = f"delivery-schedules/{schedule.pk}/message"
    with acting_for(cast.avalon):
        message = said(schedule)
    assert len(message.items[0].entries) == 4

    got = erp.get(f"{path}?form=delfor")
    assert (got.status_code, got["Content-Type"]) == (200, "application/edifact")
    found = edifact.read(got.content)
    assert found.is_accepted
    reading = delfor.read(found.messages[0])
    assert (reading.findings, reading.message) == ((), message)
    assert erp.get(f"{path}?form=delfor").content == got.content  # the same bytes: known again

    got = erp.get(f"{path}?form=x12")
    read = x12.read(got.content)
    assert read.is_accepted
    reading = x12_830.read(read.groups[0].sets[0])
    assert (reading.findings, reading.message) == ((), x12_830_write.sayable(message))

    document = erp.get(f"{path}?form=catenax").json()
    assert document["materialDemandId"] == str(schedule.series_id)
    assert (document["customer"], document["supplier"]) == (cast.avalon.bpn, cast.brasov.bpn)
    assert document["unitOfMeasure"] == "unit:piece"
    (series,) = document["demandSeries"]
    assert series["customerLocation"] == PLANT
    assert [each["demand"] for each in series["demands"]] == [128, 480, 480, 62.5]


def test_the_supplier_reads_it_and_a_rival_does_not(cast: Cast, schedule: DeliverySchedule) -> None:
    path = f"delivery-schedules/{schedule.pk}/message?form=delfor"
    theirs = machine(cast.brasov).get(path)
    assert theirs.status_code == 200
    with acting_for(cast.brasov):
        message = said(schedule)
    assert delfor.read(edifact.read(theirs.content).messages[0]).message == message
    assert machine(cast.porto).get(path).status_code == 404
    assert machine(cast.avalon).get(path.replace("delfor", "fax")).status_code == 400


def test_a_form_that_cannot_say_it_names_what_is_missing(
    cast: Cast, schedule: DeliverySchedule
) -> None:
    with acting_for(cast.avalon):
        Site.objects.filter(owner=cast.avalon).update(bpn="")
    got = machine(cast.avalon).get(f"delivery-schedules/{schedule.pk}/message?form=catenax")
    assert got.status_code == 409
    (error,) = got.json()["errors"]
    assert (error["field"], error["expected"]) == ("site", "a site with a BPNS")


def test_a_release_is_queued_fetched_and_acknowledged_by_a_contrl(
    cast: Cast, schedule: DeliverySchedule
) -> None:
    erp, rival = machine(cast.avalon), machine(cast.porto)
    with acting_for(cast.avalon):
        PartnerProfile.objects.create(
            partner=cast.brasov, identifier="SUP", qualifier="OD", own_identifier="OEM"
        )
    path = f"delivery-schedules/{schedule.pk}/message"
    assert machine(cast.brasov).post(path, {"form": "delfor"}).status_code == 404
    made = erp.post(path, {"form": "delfor"})
    assert made.status_code == 201, made.json()
    key = made.json()["id"]
    assert (made.json()["state"], made.json()["wants_answer"]) == ("waiting", True)
    assert rival.get(f"outbound-messages/{key}/content").status_code == 404
    content = erp.get(f"outbound-messages/{key}/content").content
    assert erp.get(f"outbound-messages/{key}").json()["state"] == "fetched"
    sent = edifact.read(content)
    assert (sent.sender, sent.receiver, sent.receiver_qualifier) == ("OEM", "SUP", "OD")

    with acting_for(cast.avalon):  # the supplier's system answers what it got
        answer = acknowledge(sent, control=5, prepared_at=timezone.now())
        assert apply(receive(raw=answer)[0].pk).state == "applied"
    (row,) = erp.get("outbound-messages?state=acknowledged").json()["items"]
    assert (row["id"], row["title"]) == (key, f"{THEIRS} REL'7+")
    assert rival.get("outbound-messages").json()["items"] == []


def test_capacity_goes_out_as_catena_x(cast: Cast, plan: Plan, schedule: DeliverySchedule) -> None:
    with acting_for(cast.brasov):
        group, _is_new = state_group(
            GroupInput(
                counterparty=cast.avalon.bpn,
                name="Crimping",
                unit="H87",
                first_week=week(0),
                actual=[100, None, 120],
                maximum=[110, None, 130],
                links=[LinkInput(series_id=schedule.series_id)],
            )
        )
    for viewer in (cast.brasov, cast.avalon):
        got = machine(viewer).get(f"capacity-groups/{group.pk}/message")
        assert got.status_code == 200, got.content
        document = got.json()
        assert (document["supplier"], document["customer"]) == (cast.brasov.bpn, cast.avalon.bpn)
        weeks = [
            (each["actualCapacity"], each["maximumCapacity"]) for each in document["capacities"]
        ]
        assert weeks == [(100, 110), (120, 130)]
        assert document["linkedDemandSeries"][0]["customerLocation"] == PLANT
    assert machine(cast.porto).get(f"capacity-groups/{group.pk}/message").status_code == 404


def request_by(cast: Cast, partner: Organisation, body: dict[str, Any]) -> InboundMessage:
    with acting_for(cast.avalon):
        raw = json.dumps(body).encode()
        kind = "id_based_request_for_update"
        return apply(receive(raw=raw, kind=kind, sender=partner)[0].pk)


def test_a_partners_request_is_answered_through_the_outbox(
    cast: Cast, schedule: DeliverySchedule
) -> None:
    with acting_for(cast.avalon):
        PartnerProfile.objects.create(partner=cast.brasov, identifier="SUP")
        PartnerProfile.objects.create(partner=cast.porto, identifier="RIVAL")
    wanted = {"weekBasedMaterialDemand": [{"materialDemandId": str(schedule.series_id)}]}
    done = request_by(cast, cast.brasov, wanted)
    assert (done.state, done.applied) == ("applied", 1), done.problems
    with acting_for(cast.avalon):
        answer = OutboundMessage.objects.get()
        assert (answer.receiver, answer.about) == (cast.brasov, done)
        assert json.loads(bytes(answer.raw))["materialNumberCustomer"] == THEIRS
    wanted["weekBasedMaterialDemand"][0]["changedAt"] = timezone.now().isoformat()
    assert request_by(cast, cast.brasov, wanted).applied == 0  # nothing changed since
    assert request_by(cast, cast.porto, {}).applied == 0  # nothing is the rival's


def test_numbers_that_came_before_change_nothing(cast: Cast, schedule: DeliverySchedule) -> None:
    with acting_for(cast.avalon):
        PartnerProfile.objects.create(partner=cast.avalon, identifier="OEM", is_acknowledged=False)
        (row,) = schedules_by_key([schedule.pk])
        again = write_schedule(row, lines_of_schedule(row), "delfor", control=1).raw
        again = again.replace(f"+{cast.avalon.bpn}:ZZZ+".encode(), b"+OEM+")
        repeated = apply(receive(raw=again)[0].pk)
        assert (repeated.state, repeated.applied) == ("applied", 0)
        assert [each["code"] for each in repeated.problems] == ["release-repeated"]
        older = again.replace(b"REL?'7?+", b"REL?'1").replace(b"+1'\nUNH", b"+2'\nUNH")
        older = older.replace(b"UNZ+1+1", b"UNZ+1+2")
        done = apply(receive(raw=older)[0].pk)
        assert (done.state, [each["code"] for each in done.problems]) == (
            "refused",
            ["older-release"],
        )
        assert DeliverySchedule.objects.get(is_current=True).pk == schedule.pk


def test_planners_fetch_files_and_send(
    cast: Cast, schedule: DeliverySchedule, client_for: ClientFor
) -> None:
    planner = client_for(cast.avalon)
    home = f"/t/{cast.avalon.slug}/forecasts/releases/{schedule.pk}/"
    assert "As a message" in planner.get(home).content.decode()
    file = planner.get(f"{home}file/x12")
    assert file["Content-Disposition"].endswith('.x12"')
    assert planner.get(f"{home}file/fax").status_code == 404
    sent = planner.post(f"{home}send", {"form": "x12"})
    assert sent.status_code == 302
    page = planner.get(sent["Location"]).content.decode()
    assert "830" in page
    assert "expected within 24 hours" in page
    noted = planner.post(f"{sent['Location']}verdict", {"accepted": "0", "note": "No such part"})
    assert noted.status_code == 302
    listed = planner.get(f"/t/{cast.avalon.slug}/integrations/messages/outgoing/?state=refused")
    assert THEIRS in listed.content.decode()
    again = planner.post(f"{sent['Location']}verdict", {"accepted": "1"})
    assert again.status_code == 422
    other = client_for(cast.porto)
    path = sent["Location"].replace(cast.avalon.slug, cast.porto.slug)
    assert other.get(path).status_code == 404
    work_off()
