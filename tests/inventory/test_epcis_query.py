"""Queries for tracking events: as a filter over all events finds them, and only one's own."""

import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from collab.integration.epcis.contexts import PLAIN
from collab.integration.epcis.hashing import event_hash
from collab.integration.epcis.model import TrackingFacts
from collab.integration.epcis.read import Captured, read_document
from collab.organisations.context import acting_for
from inventory.queries import epcis
from inventory.rules.epcis_query import read_query
from inventory.services.captures import rows_of
from inventory.services.tracking import record_events
from tests.harness.cast import Cast
from tests.integration.epcis.making import NAMESPACE, any_event, plain_event
from tests.integration.machines import Machine, machine

pytestmark = pytest.mark.django_db
Facts = TrackingFacts
Check = Callable[[Facts], bool]
SSCC = "urn:epc:id:sscc:4012345.0000000001"
LINK = "https://id.gs1.org/00/040123450000000016"
ITEM = "urn:epc:id:sgtin:4012345.011111.5"
CLASS = "urn:epc:class:lgtin:4012345.012325.L2"
GLN = "https://id.gs1.org/414/4012345000023"
PARTY = "https://id.gs1.org/417/4012345000023"


def some_events(count: int) -> list[dict[str, Any]]:
    """Return made-up events of October 2026, the same each time."""
    found: list[dict[str, Any]] = []

    @given(any_event)
    @settings(
        max_examples=count,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def collect(event: dict[str, Any]) -> None:
        found.append(event | {"eventTime": event["eventTime"].replace("-07-", "-10-")})

    collect()
    return found


@cache
def some_captured() -> tuple[Captured, ...]:
    """Return what is read of 300 made-up events; of all tests the same, so read once."""
    return tuple(each for event in some_events(300) for each in read_document(event).captured)


@pytest.fixture
def known(cast: Cast) -> list[Facts]:
    """Let Brasov record many events and return those that are kept."""
    captured = some_captured()
    with acting_for(cast.brasov):
        verdicts = record_events(rows_of(captured), source="test", received_at=datetime.now(UTC))
        assert {verdict.state.value for verdict in verdicts} <= {"recorded", "known"}
    by_name = {
        (event_hash(each.facts), bool(each.facts.error)): each.facts for each in captured[::-1]
    }  # of the same event twice the first one counts
    assert len(by_name) > 150
    return list(by_name.values())


def link(text: str) -> str:
    (captured,) = read_document(plain_event(epcList=[text])).captured
    return captured.facts.epcs[0]


def things(facts: Facts, *roles: str) -> set[str]:
    return {thing for role, thing, _quantity, _uom in facts.things() if role in roles}


def amounts(facts: Facts) -> list[Decimal]:
    return [
        quantity
        for role, _thing, quantity, _uom in facts.things()
        if role.endswith("_class") and quantity is not None
    ]


def reports(facts: Facts) -> Iterator[Any]:
    for element in facts.sensor_elements:
        yield from element.reports


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


EXACT_NOON = "2026-10-14T12:15:30.250+02:00"
# ruff: noqa: E501 - one case a line
CASES: list[tuple[dict[str, Any], Check]] = [
    ({}, lambda _f: True),
    ({"eventType": ["ObjectEvent", "AssociationEvent"]}, lambda f: f.kind[0] in "OA" and f.kind[1] in "bs"),
    ({"GE_eventTime": EXACT_NOON}, lambda f: f.happened_at >= at(EXACT_NOON)),
    ({"LT_eventTime": EXACT_NOON}, lambda f: f.happened_at < at(EXACT_NOON)),
    ({"GE_recordTime": "2020-01-01T00:00:00Z"}, lambda _f: True),
    ({"LT_recordTime": "2020-01-01T00:00:00Z"}, lambda _f: False),
    ({"EQ_action": "ADD|DELETE"}, lambda f: f.action in {"ADD", "DELETE"}),
    ({"EQ_bizStep": "urn:epcglobal:cbv:bizstep:shipping"}, lambda f: f.biz_step == "shipping"),
    ({"EQ_bizStep": "https://example.com/step/wait"}, lambda f: f.biz_step.endswith("wait")),
    ({"EQ_disposition": ["damaged"]}, lambda f: f.disposition == "damaged"),
    ({"EQ_persistentDisposition_set": "recalled|damaged"}, lambda f: "recalled" in f.persistent_set),
    ({"EQ_persistentDisposition_unset": "recalled"}, lambda f: "recalled" in f.persistent_unset),
    ({"EQ_readPoint": GLN}, lambda f: f.read_point == GLN),
    ({"WD_readPoint": GLN}, lambda f: f.read_point in {GLN, f"{GLN}/254/17"}),
    ({"EQ_bizLocation": f"{GLN}/254/17"}, lambda f: f.biz_location == f"{GLN}/254/17"),
    ({"WD_bizLocation": GLN}, lambda f: f.biz_location.startswith(GLN)),
    ({"EQ_bizTransaction_po": "urn:epcglobal:cbv:bt:5200001000008:3"},
     lambda f: any(t.kind == "po" and t.value.endswith(":3") for t in f.biz_transactions)),
    ({"EQ_source_owning_party": PARTY},
     lambda f: any(t.kind == "owning_party" and t.value == PARTY for t in f.sources)),
    ({"EQ_destination_possessing_party": f"{PARTY}|urn:x:y"},
     lambda f: any(t.kind == "possessing_party" and t.value == PARTY for t in f.destinations)),
    ({"EQ_transformationID": "urn:epc:id:gdti:0614141.12345.400"}, lambda f: bool(f.transformation_id)),
    ({"MATCH_epc": f"{SSCC}|{ITEM}"}, lambda f: bool({link(SSCC), link(ITEM)} & things(f, "epc", "child"))),
    ({"MATCH_epc": "urn:epc:idpat:sgtin:4012345.011111.*"},
     lambda f: any("/21/" in thing for thing in things(f, "epc", "child"))),
    ({"MATCH_parentID": SSCC}, lambda f: f.parent_id == LINK),
    ({"MATCH_inputEPC": ITEM}, lambda f: link(ITEM) in f.input_epcs),
    ({"MATCH_outputEPC": ITEM}, lambda f: link(ITEM) in f.output_epcs),
    ({"MATCH_anyEPC": [SSCC]}, lambda f: LINK in things(f, "parent", "epc", "child", "input", "output")),
    ({"MATCH_epcClass": CLASS}, lambda f: link(CLASS) in things(f, "epc_class", "child_class")),
    ({"MATCH_outputEPCClass": CLASS}, lambda f: link(CLASS) in things(f, "output_class")),
    ({"MATCH_anyEPCClass": CLASS}, lambda f: any(q.epc_class == link(CLASS) for q in (
        *f.quantities, *f.child_quantities, *f.input_quantities, *f.output_quantities))),
    ({"EQ_quantity": "1.5"}, lambda f: Decimal("1.5") in amounts(f)),
    ({"GT_quantity": 26.25}, lambda f: any(a > Decimal("26.25") for a in amounts(f))),
    ({"GE_quantity": "26.25"}, lambda f: any(a >= Decimal("26.25") for a in amounts(f))),
    ({"LT_quantity": 2}, lambda f: any(a < 2 for a in amounts(f))),
    ({"LE_quantity": "0"}, lambda f: any(a <= 0 for a in amounts(f))),
    ({"EXISTS_errorDeclaration": ""}, lambda f: f.error is not None),
    ({"EQ_errorReason": "incorrect_data"}, lambda f: f.error is not None and f.error.reason == "incorrect_data"),
    ({"EQ_correctiveEventID": "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
     lambda f: f.error is not None and bool(f.error.corrective_event_ids)),
    ({"GE_errorDeclarationTime": "2026-07-25T10:00:00Z"}, lambda f: f.error is not None),
    ({"LT_errorDeclarationTime": "2026-07-25T10:00:00Z"}, lambda _f: False),
    ({"EQ_type": "Temperature"}, lambda f: any(r.kind == "Temperature" for r in reports(f))),
    ({"GE_value_CEL": "7.5"}, lambda f: any(r.uom == "CEL" and r.value >= Decimal("7.5") for r in reports(f))),
    ({"LT_value_MSK": 4}, lambda f: any(r.uom == "MSK" and r.value < 4 for r in reports(f))),
    ({"EQ_deviceID": "https://id.gs1.org/8004/4000001111"}, lambda f: any(r.device_id for r in reports(f))),
    ({f"EQ_{NAMESPACE}seal": "S-1|7"}, lambda f: str(f.extras.get(f"{{{NAMESPACE}}}seal")) in {"S-1", "7"}),
    ({f"EXISTS_{NAMESPACE}notes": ""}, lambda f: f"{{{NAMESPACE}}}notes" in f.extras),
    ({f"EQ_{NAMESPACE}notes": "b"}, lambda f: "b" in f.extras.get(f"{{{NAMESPACE}}}notes", ())),
]  # fmt: skip


def names(rows: list[epcis.EventRow]) -> list[tuple[str, bool]]:
    return [(row.event_id, '"errorDeclaration"' in row.body) for row in rows]


def test_every_parameter_finds_what_a_filter_over_all_events_finds(
    cast: Cast, known: list[Facts]
) -> None:
    hits = 0
    rng = random.Random(7)
    pairs = [({**a, **b}, (x, y)) for (a, x), (b, y) in (rng.sample(CASES, 2) for _ in range(60))]
    with acting_for(cast.brasov):
        for parameters, checks in [(case, (check, check)) for case, check in CASES] + pairs:
            expected = {
                (event_hash(facts), facts.error is not None)
                for facts in known
                if len(parameters) == 0 or all(check(facts) for check in checks)
            }
            if len(parameters) == 1 and checks[0] is not checks[1]:
                continue  # the same parameter twice: the later one stands
            found = names(epcis.events(read_query(parameters, PLAIN), limit=1_000))
            assert len(found) == len(set(found))
            assert set(found) == expected, parameters
            hits += bool(expected)
    assert hits > len(CASES)


def test_order_and_pages(cast: Cast, known: list[Facts]) -> None:
    brasov = machine(cast.brasov)
    times = sorted(facts.happened_at for facts in known)
    for direction, expected in (("ASC", times), ("DESC", times[::-1])):
        for order in ("eventTime", "recordTime"):
            seen, ids = [], set()
            where = f"epcis/events?orderBy={order}&orderDirection={direction}&perPage=40"
            while where:
                answer = brasov.get(where)
                assert answer.status_code == 200, answer.content
                page = events_of(answer)
                assert 0 < len(page) <= 40
                seen += [at(each["eventTime"]) for each in page]
                ids |= {(each["eventID"], "errorDeclaration" in each) for each in page}
                where = next_of(answer)
            assert len(seen) == len(ids) == len(known)
            if order == "eventTime":
                assert seen == expected
    answer = brasov.get("epcis/events?orderBy=eventTime&eventCountLimit=50&perPage=40")
    rest = brasov.get(next_of(answer))
    assert (len(events_of(answer)), len(events_of(rest)), next_of(rest)) == (40, 10, "")
    assert (
        brasov.get("epcis/events?maxEventCount=50")
        .json()["type"]
        .endswith("QueryTooLargeException")
    )
    assert brasov.get(f"epcis/events?maxEventCount={len(known)}").status_code == 200
    stolen = re.sub(r"perPage=40", "perPage=40&EQ_action=ADD", next_of(answer))
    assert brasov.get(stolen).status_code == 400
    assert machine(cast.porto).get(next_of(answer)).status_code == 400


def events_of(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.json()["epcisBody"]["queryResults"]["resultsBody"][
        "eventList"
    ]
    return found


def next_of(answer: Any) -> str:
    return re.sub(r"^<.*?/api/v1/|>; rel=\"next\"$", "", answer.get("Link", ""))


def test_answers_are_documents_that_hash_to_their_ids(cast: Cast, known: list[Facts]) -> None:
    brasov = machine(cast.brasov)
    for form in ("Always_GS1_Digital_Link", "Always_EPC_URN", "Never_Translates"):
        answer = brasov.get("epcis/events?perPage=1000", **{"GS1-EPC-Format": form})
        assert answer["GS1-EPC-Format"] == form
        found = read_document(answer.json()).captured
        assert len(found) == len(known)
        assert all(event_hash(each.facts) == each.facts.event_id for each in found)
        as_urn = any(
            "urn:epc:id:sscc" in epc
            for event in events_of(answer)
            for epc in event.get("epcList", ())
        )
        assert as_urn is (form != "Always_GS1_Digital_Link")


@pytest.mark.parametrize(
    "query",
    [
        "GE_eventDate=2026-01-01T00:00:00Z", "GE_eventTime=yesterday", "EQ_action=MOVE",
        "EQ_bizStep=flying", "orderDirection=UP", "orderBy=bizStep", "eventCountLimit=5",
        "perPage=0", "perPage=5000", "GE_quantity=many", "EQ_own:seal=1", "GE_value_celsius=4",
        "orderBy=eventTime&eventCountLimit=5&maxEventCount=9", "eventType=Event",
        "nextPageToken=made-up", "MATCH_epc=", "GE_eventTime=2026-01-01T00:00:00Z|2026-01-02T00:00:00Z",
    ],
)  # fmt: skip
def test_a_wrong_query_is_refused_by_its_parameter(cast: Cast, query: str) -> None:
    answer = machine(cast.brasov).get(f"epcis/events?{query}")
    assert answer.status_code == 400
    assert answer.json()["type"] == "epcisException:QueryParameterException"
    assert answer.json()["errors"][0]["field"]


def test_top_level_resources(cast: Cast, known: list[Facts]) -> None:
    brasov, porto = machine(cast.brasov), machine(cast.porto)

    def members(who: Machine, path: str) -> list[str]:
        found: list[str] = who.get(path).json()["member"]
        return found

    assert members(brasov, "epcis/eventTypes") == sorted({facts.kind for facts in known})
    assert members(brasov, "epcis/bizSteps") == sorted({f.biz_step for f in known if f.biz_step})
    singles = {
        thing for f in known for thing in things(f, "parent", "epc", "child", "input", "output")
    }
    assert members(brasov, "epcis/epcs?perPage=1000") == sorted(singles)
    first = brasov.get("epcis/epcs?perPage=7")
    second = brasov.get(next_of(first))
    assert first.json()["member"] + second.json()["member"] == sorted(singles)[:14]
    thing = next(f.parent_id for f in known if f.kind == "AggregationEvent")
    one = quote(thing, safe="")
    assert members(brasov, f"epcis/epcs/{one}") == ["events"]
    about = events_of(
        brasov.get(f"epcis/epcs/{one}/events?eventType=AggregationEvent&perPage=1000")
    )
    expected = [
        f for f in known if f.kind == "AggregationEvent" and thing in things(f, "parent", "child")
    ]
    assert len(about) == len(expected) > 0
    assert porto.get(f"epcis/epcs/{one}").status_code == 404
    for resource in (
        "eventTypes",
        "epcs",
        "bizSteps",
        "bizLocations",
        "readPoints",
        "dispositions",
    ):
        assert members(porto, f"epcis/{resource}") == []
    assert porto.get(f"epcis/events?{urlencode({'MATCH_anyEPC': thing})}").status_code == 200
    assert events_of(porto.get("epcis/events")) == []


def test_named_queries(cast: Cast, known: list[Facts]) -> None:
    brasov, porto = machine(cast.brasov), machine(cast.porto)
    query = {"@context": {"o": NAMESPACE}, "EQ_o:seal": ["S-1"], "eventType": ["ObjectEvent"]}
    made = brasov.post("epcis/queries", {"name": "sealed", "query": query})
    assert made.status_code == 201
    assert brasov.post("epcis/queries", {"name": "sealed", "query": {}}).status_code == 409
    bad = brasov.post("epcis/queries", {"name": "bad", "query": {"GE_eventDate": "x"}})
    assert bad.json()["type"] == "epcisException:QueryParameterException"
    assert [each["name"] for each in brasov.get("epcis/queries").json()] == ["sealed"]
    expected = [
        f
        for f in known
        if f.kind == "ObjectEvent" and f.extras.get(f"{{{NAMESPACE}}}seal") == "S-1"
    ]
    answer = brasov.get("epcis/queries/sealed/events?perPage=1000")
    assert len(events_of(answer)) == len(expected) > 0
    assert answer.json()["epcisBody"]["queryResults"]["queryName"] == "sealed"
    assert porto.get("epcis/queries").json() == []
    assert porto.get("epcis/queries/sealed/events").json()["type"].endswith("NoSuchNameException")
    assert brasov.call("DELETE", "epcis/queries/sealed").status_code == 204
    assert brasov.get("epcis/queries/sealed").status_code == 404


def test_hostile_queries_are_refused_and_never_break(cast: Cast) -> None:
    brasov = machine(cast.brasov)
    bad: list[Any] = [
        {"orderBy": []}, {"orderDirection": {}}, {"EQ_action": [[]]}, {"eventType": [{}]},
        {"GE_quantity": "NaN"}, {"GE_quantity": "1e999999"}, {"GE_quantity": True},
        {"EQ_bizStep": {"a": 1}}, {"EQ_urn:x:y": [None]}, {"EQ_urn:x:y": [{}]}, {"MATCH_epc": []},
        {"@context": 7, "EQ_action": "ADD"}, {"GE_eventTime": 7}, {"eventCountLimit": "x" * 5_000},
        {"MATCH_epc": ["urn:x:y"] * 501}, {"EQ_deviceID": "urn:x:" + "y" * 3_000}, [], "all",
    ]  # fmt: skip
    for query in bad:
        answer = brasov.post("epcis/queries", {"name": "q", "query": query})
        assert answer.status_code == 400, query
    for path in (
        "events?EQ_urn:x:y=%00", "events?EQ_urn:x:%00=1", "events?%00=1", "events?EQ_bizStep=%ff",
        "events?perPage=%D9%A3", "events?GE_eventTime=0000-00-00T00:00:00Z",
    ):  # fmt: skip
        assert brasov.get(f"epcis/{path}").status_code == 400, path
    for path in (
        "events/%00", "events/x", "queries/%00", "queries/..%2f", "epcs/%00", "bizSteps/x%00",
        "eventTypes/Nothing", "nowhere", "capture/7",
    ):  # fmt: skip
        assert brasov.get(f"epcis/{path}").status_code in {400, 404}, path
    assert brasov.get("epcis/events?EQ_action=" + "A" * 9_000).status_code == 414
    early = brasov.get("epcis/events?GE_eventTime=0001-01-01T00:00:00Z")
    assert early.status_code == 200
    with_extension = brasov.get("epcis/events?EQ_o:seal=1", **{"GS1-Extensions": f"o={NAMESPACE}"})
    assert with_extension.status_code == 200
    assert brasov.get("epcis/events", **{"GS1-Extensions": "nonsense"}).status_code == 400
    assert brasov.get("epcis/events", **{"GS1-EPC-Format": "Roman"}).status_code == 406
    assert brasov.call("DELETE", "epcis/nextPageToken/x").status_code == 501
