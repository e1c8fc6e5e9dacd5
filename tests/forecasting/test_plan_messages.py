"""Capacity groups, comments and update requests as Catena-X messages (API-04, FC-19)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from collab.integration.catenax import models, reading
from collab.integration.inbox.findings import MessageRefused
from collab.integration.inbox.profile import Profile
from collab.integration.inbox.registry import Arrival, Document, handler_of
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from forecasting.models import (
    CapacityGroup,
    CapacityMatch,
    DemandSeries,
    PlanComment,
    UpdateRequest,
)
from forecasting.services.plan_messages import CAPACITY, COMMENT, REQUEST
from forecasting.week_figures import WEEK
from tests.forecasting.builders import a_series, release
from tests.forecasting.plans import this_week
from tests.harness.cast import Cast

THIS_WEEK = this_week()
GROUP_ID, COMMENT_ID = str(uuid4()), str(uuid4())


@pytest.fixture
def series(cast: Cast) -> DemandSeries:
    """Avalon's harness from Brasov, released for two weeks from this one on."""
    made = a_series(cast.avalon, cast.brasov)
    release(made, 100, 130, first_week=THIS_WEEK, published_at=datetime.now(UTC))
    return made


def hand_in(sender: Organisation, kind: str, content: dict[str, Any]) -> None:
    """Let an organisation's own system send an aspect to its own door."""
    model = models.MODELS[kind.partition(":")[2]]
    document = Document(kind=kind, reference="m-1", content=reading.parse(model, content))
    arrival = Arrival(message_id=uuid4(), sender_id=sender.pk, document=document, profile=Profile())
    handler = handler_of(kind)
    assert handler is not None
    with acting_for(sender):
        handler(arrival)


def group(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "capacityGroupId": GROUP_ID,
        "name": "Crimping",
        "customer": cast.avalon.bpn,
        "supplier": cast.brasov.bpn,
        "changedAt": datetime.now(UTC).isoformat(),
        "unitOfMeasureIsOmitted": False,
        "unitOfMeasure": "unit:piece",
        "capacityGroupIsInactive": False,
        "capacities": [
            {
                "pointInTime": (THIS_WEEK + WEEK * number).isoformat(),
                "actualCapacity": 100,
                "maximumCapacity": 120,
            }
            for number in range(2)
        ],
        "linkedDemandSeries": [
            {
                "materialNumberCustomer": "AM-700",
                "customerLocation": "BPNS000000000001",
                "demandCategory": {"demandCategoryCode": "0001"},
            }
        ],
        **changes,
    }


def test_a_capacity_group_is_matched_and_an_older_one_refused(
    series: DemandSeries, cast: Cast
) -> None:
    hand_in(cast.brasov, CAPACITY, group(cast))
    with acting_for(cast.brasov):
        assert CapacityMatch.objects.get().status == ["zero", "bottleneck"]
    hand_in(cast.brasov, CAPACITY, group(cast, name="Renamed"))
    with acting_for(cast.brasov):
        assert CapacityGroup.objects.get().name == "Renamed"
    older = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    with pytest.raises(MessageRefused, match="not before"):
        hand_in(cast.brasov, CAPACITY, group(cast, changedAt=older, name="Old"))
    with acting_for(cast.brasov):
        assert CapacityGroup.objects.get().name == "Renamed"


def test_only_the_suppliers_own_system_states_its_capacity(
    series: DemandSeries, cast: Cast
) -> None:
    with pytest.raises(MessageRefused, match="own system"):
        hand_in(cast.avalon, CAPACITY, group(cast))


def test_a_comment_arrives_and_goes(series: DemandSeries, cast: Cast) -> None:
    hand_in(cast.brasov, CAPACITY, group(cast))
    said = {
        "commentId": COMMENT_ID,
        "objectId": GROUP_ID,
        "objectType": "urn:samm:io.catenax.week_based_capacity_group:3.0.1#WeekBasedCapacityGroup",
        "customer": cast.avalon.bpn,
        "supplier": cast.brasov.bpn,
        "commentText": "Two days less",
        "commentType": "warning",
        "postedAt": datetime.now(UTC).isoformat(),
        "listOfReferenceDates": [THIS_WEEK.isoformat()],
    }
    hand_in(cast.brasov, COMMENT, said)
    hand_in(cast.brasov, COMMENT, said)
    with acting_for(cast.avalon):
        row = PlanComment.objects.get()
        assert (row.text, row.type, row.weeks) == ("Two days less", "warning", [THIS_WEEK])
    for _twice in range(2):
        hand_in(cast.brasov, COMMENT, said | {"requestDelete": True})
    with acting_for(cast.brasov):
        assert not PlanComment.objects.exists()


def test_a_request_for_update_is_answered(series: DemandSeries, cast: Cast) -> None:
    wanted = {"weekBasedMaterialDemand": [{"materialDemandId": str(series.pk)}]}
    hand_in(cast.brasov, REQUEST, wanted)
    with acting_for(cast.brasov):
        answers = UpdateRequest.objects.filter(counterparty=cast.avalon).values_list(
            "answer", flat=True
        )
        assert [len(each["series"]) for each in answers if each] == [1]
