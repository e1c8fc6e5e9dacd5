"""Master data over REST: create, read, change with a version, and what is somebody else's."""

from typing import Any
from uuid import uuid4

import pytest

from collab.masterdata import services
from collab.masterdata.models import Part
from collab.organisations.context import acting_for
from tests.harness.cast import Cast
from tests.integration.machines import Machine, machine


@pytest.fixture
def erp(cast: Cast) -> Machine:
    """Brasov's system."""
    return machine(cast.brasov)


def made(erp: Machine, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = erp.post(path, body)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json() | {"etag": answer["ETag"]}
    return found


def errors(answer: Any, status: int = 400) -> list[tuple[str, str]]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    return [(error["field"], error["expected"]) for error in answer.json()["errors"]]


def test_a_part_lives_through_its_versions(erp: Machine) -> None:
    part = made(erp, "parts", {"number": "WH-1", "name": "Harness", "base_unit": "PCE"})
    assert part["base_unit"] == "H87"
    path = f"parts/{part['id']}"
    assert erp.get(path, **{"If-None-Match": part["etag"]}).status_code == 304
    assert erp.call("PATCH", path, {"name": "New"}).status_code == 428
    changed = erp.call("PATCH", path, {"name": "New"}, **{"If-Match": part["etag"]})
    assert (changed.json()["name"], changed.json()["version"]) == ("New", 2)
    late = erp.call("PATCH", path, {"name": "Late"}, **{"If-Match": part["etag"]})
    assert late.status_code == 412
    now = {"If-Match": changed["ETag"]}
    retired = erp.call("PATCH", path, {"is_active": False}, **now)
    assert retired.json()["is_active"] is False
    gone = erp.call("DELETE", path, **{"If-Match": retired["ETag"]})
    assert gone.status_code == 204
    assert erp.get(path).status_code == 404


def test_a_refusal_names_field_expectation_and_value(erp: Machine) -> None:
    made(erp, "parts", {"number": "WH-1", "name": "Harness"})
    taken = erp.post("parts", {"number": "WH-1", "name": "Harness"})
    assert errors(taken) == [("number", "a number no other part has")]
    assert taken.json()["errors"][0]["value"] == "WH-1"
    unit = erp.post("parts", {"number": "WH-2", "name": "Harness", "base_unit": "Stk"})
    assert errors(unit) == [("base_unit", "a UN/ECE Rec 20 unit that is known here")]
    weight = erp.post("parts", {"number": "WH-2", "name": "Harness", "gross_weight_g": "NaN"})
    assert errors(weight)[0][0] == "gross_weight_g"
    assert errors(erp.get("parts?colour=red"))[0][0] == "colour"


def test_the_same_request_twice_is_one_part(erp: Machine, cast: Cast) -> None:
    body = {"number": "WH-1", "name": "Harness"}
    first = erp.post("parts", body, **{"Idempotency-Key": "k1"})
    second = erp.post("parts", body, **{"Idempotency-Key": "k1"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    with acting_for(cast.brasov):
        assert Part.objects.count() == 1


def test_lists_are_filtered_and_paged(erp: Machine, cast: Cast) -> None:
    with acting_for(cast.brasov):
        for number in range(5):
            services.create_part(number=f"WH-{number}", name="Harness")
    page = erp.get("parts?limit=2").json()
    assert [part["number"] for part in page["items"]] == ["WH-0", "WH-1"]
    following = erp.get(f"parts?limit=2&cursor={page['next']}").json()
    assert [part["number"] for part in following["items"]] == ["WH-2", "WH-3"]
    assert len(erp.get("parts?q=wh4").json()["items"]) == 1
    assert erp.get("parts?is_active=false").json()["items"] == []
    assert erp.get("parts?kind=assembly").json()["items"] == []


def test_structure_and_units(erp: Machine) -> None:
    door = made(erp, "parts", {"number": "DOOR", "name": "Door", "kind": "assembly"})
    wire = made(erp, "parts", {"number": "WIRE", "name": "Wire", "base_unit": "KGM"})
    factor = erp.post(f"parts/{wire['id']}/unit-factors", {"unit": "MTR", "factor": "0.05"})
    assert factor.status_code == 201
    line = {"parent_id": door["id"], "component_id": wire["id"], "quantity": "3", "unit": "MTR"}
    kept = made(erp, "bill-of-material", line)
    ring = erp.post(
        "bill-of-material",
        {"parent_id": wire["id"], "component_id": door["id"], "quantity": "1"},
    )
    assert errors(ring) == [("component", "no part to contain itself")]
    assert ring.json()["errors"][0]["value"] == "WIRE > DOOR > WIRE"
    needs = erp.get(f"parts/{door['id']}/explosion?quantity=10").json()["needs"]
    assert [(need["number"], need["quantity"], need["unit"]) for need in needs] == [
        ("DOOR", "10", "H87"),
        ("WIRE", "1.5", "KGM"),
    ]
    used = erp.get(f"parts/{wire['id']}/where-used").json()["assemblies"]
    assert [part["number"] for part in used] == ["DOOR"]
    patched = erp.call(
        "PATCH",
        f"bill-of-material/{kept['id']}",
        {"take_rate": "0.5"},
        **{"If-Match": kept["etag"]},
    )
    assert patched.json()["version"] == 2
    assert len(erp.get("bill-of-material?on=2026-11-23").json()["items"]) == 1
    conversion = erp.get(
        f"units/conversion?quantity=20&from_unit=MTR&to_unit=KGM&part_id={wire['id']}"
    )
    assert conversion.json() == {"quantity": "1", "unit": "KGM"}
    wrong = erp.get("units/conversion?quantity=1&from_unit=KGM&to_unit=LTR")
    assert errors(wrong) == [("from_unit", "a unit of volume to convert to LTR")]
    assert len(erp.get("units").json()["items"]) > 30


def test_partners_numbers_and_packs(erp: Machine, cast: Cast) -> None:
    door = made(erp, "parts", {"number": "DOOR", "name": "Door", "kind": "assembly"})
    alias = {
        "part_id": door["id"],
        "partner": cast.avalon.bpn,
        "partner_number": "8W0 971",
        "valid_from": "2026-01-01",
    }
    number = made(erp, "part-aliases", alias)
    assert errors(erp.post("part-aliases", alias))[0][0] == "partner_number"
    found = erp.get(f"part-aliases?partner={cast.avalon.bpn}&on=2026-06-01").json()["items"]
    assert [each["part_number"] for each in found] == ["DOOR"]
    assert "partner_id" not in number
    ended = erp.call(
        "PATCH",
        f"part-aliases/{number['id']}",
        {"valid_to": "2026-12-01"},
        **{"If-Match": number["etag"]},
    )
    assert ended.json()["valid_to"] == "2026-12-01"

    pack = made(erp, "packaging", {"part_id": door["id"], "code": "GLT", "quantity": "4"})
    assert pack["partner"] is None
    path = f"packaging/{pack['id']}"
    assert erp.call("DELETE", path, **{"If-Match": pack["etag"]}).status_code == 204


def test_calendars(erp: Machine, cast: Cast) -> None:
    body = {
        "name": "Brasov",
        "site": "BRA1",
        "weekdays": [1, 2, 3, 4, 5],
        "exceptions": [{"on": "2026-12-25", "name": "Christmas"}],
    }
    calendar = made(erp, "calendars", body)
    assert calendar["exceptions"][0]["is_working"] is False
    changed = erp.call(
        "PATCH",
        f"calendars/{calendar['id']}",
        {"exceptions": []},
        **{"If-Match": calendar["etag"]},
    )
    assert (changed.json()["exceptions"], changed.json()["version"]) == ([], 2)
    assert len(erp.get("calendars").json()["items"]) == 1
    assert errors(erp.post("calendars", body | {"name": "B", "site": "MUC1"}))[0][0] == "site"


def test_what_is_a_rivals_is_missing(erp: Machine, cast: Cast) -> None:
    part = made(erp, "parts", {"number": "WH-1", "name": "Harness"})
    other = made(erp, "parts", {"number": "WH-2", "name": "Harness"})
    line = {"parent_id": part["id"], "component_id": other["id"], "quantity": "1"}
    made(erp, "bill-of-material", line)
    pack = made(erp, "packaging", {"part_id": part["id"], "code": "GLT", "quantity": "4"})
    rival = machine(cast.porto)
    mine = made(rival, "parts", {"number": "WH-1", "name": "The rival's own"})
    match = {"If-Match": part["etag"]}
    for foreign, missing in [
        (rival.get(f"parts/{part['id']}"), rival.get(f"parts/{uuid4()}")),
        (
            rival.call("PATCH", f"parts/{part['id']}", {"name": "x"}, **match),
            rival.call("PATCH", f"parts/{uuid4()}", {"name": "x"}, **match),
        ),
        (
            rival.call("DELETE", f"packaging/{pack['id']}", **match),
            rival.call("DELETE", f"packaging/{uuid4()}", **match),
        ),
        (rival.get(f"parts/{part['id']}/explosion"), rival.get(f"parts/{uuid4()}/explosion")),
        (rival.get(f"parts/{part['id']}/where-used"), rival.get(f"parts/{uuid4()}/where-used")),
        (
            rival.post("bill-of-material", line | {"parent_id": mine["id"]}),
            rival.post(
                "bill-of-material",
                line | {"parent_id": mine["id"], "component_id": str(uuid4())},
            ),
        ),
    ]:
        assert foreign.status_code == missing.status_code == 404
        hidden = {"request_id": None}
        assert foreign.json() | hidden == missing.json() | hidden
    for path in (f"part-aliases?part_id={part['id']}", f"bill-of-material?parent_id={part['id']}"):
        assert rival.get(path).json()["items"] == []


def test_a_key_without_the_scope_is_refused(cast: Cast) -> None:
    reader = machine(cast.brasov, ["masterdata:read"])
    assert reader.get("parts").status_code == 200
    assert reader.post("parts", {"number": "A", "name": "B"}).status_code == 403
