"""IN-23: safety stock over tiers, from policies and what partners share, solved as a job."""

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest

from collab.events.leases import begin
from collab.events.models import Errand
from collab.jobs.models import Job
from collab.jobs.run import Cancelled, JobRun
from collab.masterdata.models import BomLine, Part
from collab.masterdata.refusals import Refused
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from inventory.models import BufferPlacement, CoverageTarget
from inventory.queries.placement_stages import stage_rows
from inventory.services.buffer_policies import PolicyFigures, set_policy
from inventory.services.placement_problem import find_chain
from inventory.services.placement_solving import run_placement
from inventory.services.placements import (
    discard_placement,
    new_placement,
    placement_of_document,
    settle_placement_job,
    solve_placement,
    vary_placement,
)
from tests.harness.cast import Cast, give
from tests.inventory.chains import document
from tests.inventory.conftest import NOON, OWN, Goods, Post

WIRE = "BW-1"
HARNESS = PolicyFigures(
    lead_days=4, lead_sigma_days=0, daily_demand=100, daily_sigma=20, unit_cost=30
)
COPPER = PolicyFigures(
    lead_days=12, lead_sigma_days=1, daily_demand=300, daily_sigma=60, unit_cost=5
)


@pytest.fixture
def chain(cast: Cast, goods: Goods) -> Goods:
    """Brasov makes a harness for Avalon from three metres of Silesia's wire."""
    with acting_for(cast.brasov):
        wire = Part.objects.create(
            number=WIRE, compare_key=compare_key(WIRE), name="Wire", base_unit="MTR"
        )
        harness = Part.objects.get(number=OWN)
        BomLine.objects.create(parent=harness, component=wire, quantity=3, unit="MTR")
        for partner, number, figures in (
            (cast.avalon, OWN, HARNESS), (cast.silesia, WIRE, COPPER),
        ):  # fmt: skip
            set_policy(
                counterparty=partner.bpn, part_number=number, site=goods.site, figures=figures
            )
    return goods


def done(owner: Organisation, row: BufferPlacement) -> BufferPlacement:
    """Do the placement's job in this process, as the worker would."""
    with acting_for(owner):
        row = solve_placement(row.pk)
        errand = Errand.objects.get(subject_id=row.job_id)
    start = begin(errand.pk)
    assert start is not None
    with acting_for(owner):
        job = JobRun(Job.objects.get(pk=row.job_id), start)
    run_placement(job)
    with acting_for(owner):
        return BufferPlacement.objects.get(pk=row.pk)


def answer_of(row: BufferPlacement) -> dict[str, Any]:
    assert row.result is not None
    found: dict[str, Any] = row.result
    return found


def made(chain: Goods) -> BufferPlacement:
    with acting_for(chain.holder):
        return new_placement(as_of=NOON)


def test_what_a_partner_does_not_share_is_said_and_not_made_up(cast: Cast, chain: Goods) -> None:
    with acting_for(cast.brasov):
        found = find_chain(as_of=NOON)
    assert [each["id"] for each in found.document["stages"]] == [f"{OWN}@BRA1", f"{WIRE}@BRA1"]
    assert [each.split(":")[0] for each in found.notes] == ["Silesia shares no lead time for BW-1"]
    give(cast.silesia, cast.brasov, cast.brasov, "inventory.coverage")
    with acting_for(cast.silesia):
        CoverageTarget.objects.create(
            counterparty=cast.brasov, part_number="SC-1", partner_part_number=WIRE,
            minimum_days=3, lead_days=Decimal("7.5"),
        )  # fmt: skip
    with acting_for(cast.brasov):
        found = find_chain(as_of=NOON)
    stages = {each["id"]: each for each in found.document["stages"]}
    partner = stages["Silesia: BW-1"]
    assert (partner["lead_time"], partner["cost_added"], partner["x_tier"]) == (8, 5, "partner")
    assert stages["BW-1@BRA1"]["lead_time"] == 5  # 12 less 7.5, begun days count
    assert stages["BW-1@BRA1"]["cost_added"] == 0
    assert stages["BH-100@BRA1"]["cost_added"] == 15  # 30 less three metres at 5
    assert stages["BH-100@BRA1"]["demand_std"] == 20
    assert "demand_std" not in stages["BW-1@BRA1"]
    assert {"from": "BW-1@BRA1", "to": "BH-100@BRA1", "qty": 3.0} in found.document["arcs"]
    with acting_for(cast.porto), pytest.raises(Refused):
        new_placement(as_of=NOON)


def test_the_job_solves_proves_and_a_variant_never_saves_more(cast: Cast, chain: Goods) -> None:
    row = done(cast.brasov, made(chain))
    assert (row.state, answer_of(row)["status"]) == ("solved", "optimal")
    assert answer_of(row)["bound"] == answer_of(row)["cost"]
    assert answer_of(row)["cost"] <= answer_of(row)["cost_decoupled"]
    with acting_for(cast.brasov):
        child = vary_placement(row.pk, {"BW-1@BRA1": 2})
        with pytest.raises(Refused):
            vary_placement(row.pk, {"no such stage": 2})
        with pytest.raises(Refused):
            vary_placement(row.pk, {"BW-1@BRA1": -1})
    child = done(cast.brasov, child)
    assert answer_of(child)["stages"]["BW-1@BRA1"]["service_time"] == 2
    assert answer_of(child)["cost"] >= answer_of(row)["cost"]
    with acting_for(cast.brasov):
        stages = stage_rows(child)
        assert sum(each.cost or 0 for each in stages) == pytest.approx(answer_of(child)["cost"])
        assert sum(each.everywhere for each in stages) == pytest.approx(
            answer_of(child)["cost_decoupled"]
        )
        assert [each.tier for each in stages] == [0, 1]


def test_a_cancelled_job_keeps_the_best_and_a_lost_one_sets_it_free(
    cast: Cast, chain: Goods
) -> None:
    row = made(chain)
    with patch.object(JobRun, "is_cancelled", lambda _job: True), pytest.raises(Cancelled):
        done(cast.brasov, row)
    with acting_for(cast.brasov):
        row = BufferPlacement.objects.get(pk=row.pk)
        assert row.state == "solved"
        assert row.result
        other = new_placement(as_of=NOON, name="again")
        other = solve_placement(other.pk)
        assert solve_placement(other.pk).job_id == other.job_id
        with pytest.raises(Refused):
            discard_placement(other.pk)
        settle_placement_job(other.job_id)
        other.refresh_from_db()
        assert other.state == "draft"
        assert discard_placement(other.pk).state == "discarded"
        with pytest.raises(Refused):
            solve_placement(other.pk)


def test_nobody_else_sees_a_placement_and_bad_networks_name_their_key(
    cast: Cast, chain: Goods
) -> None:
    row = made(chain)
    for other in (cast.porto, cast.avalon, cast.silesia):
        with acting_for(other):
            assert not BufferPlacement.objects.exists()
            with pytest.raises(BufferPlacement.DoesNotExist):
                solve_placement(row.pk)
    bad = document()
    bad["stages"][1]["lead_time"] = "soon"
    with acting_for(cast.brasov), pytest.raises(Refused) as refused:
        placement_of_document(bad, name="bad")
    assert "stages[1].lead_time" in refused.value.expected
    with acting_for(cast.brasov), pytest.raises(Refused):
        set_policy(
            counterparty=cast.avalon.bpn, part_number=OWN, site=chain.site,
            figures=replace(HARNESS, unit_cost="-1"),
        )  # fmt: skip


def test_over_the_interface(cast: Cast, chain: Goods, call: Post) -> None:
    path = "/api/v1/buffer-placements"
    sent = call(cast.brasov, "POST", path, {"network": document(), "name": "Three stages"})
    assert sent.status_code == 202, sent.content
    key = sent.json()["id"]
    assert sent.json()["state"] == "running"
    items = call(cast.brasov, "GET", path).json()["items"]
    assert [(each["id"], each["stages"]) for each in items] == [(key, 3)]
    assert call(cast.porto, "GET", f"{path}/{key}").status_code == 404
    odd = document()
    odd["stages"][0]["id"] = odd["arcs"][0]["from"] = odd["arcs"][1]["from"] = "\0"
    spoilt: list[Any] = [{"version": 1}, [], "chain", 7, {}, document(version=2), odd]
    for bad in spoilt:
        wrong = call(cast.brasov, "POST", path, {"network": bad})
        assert wrong.status_code == 400, bad
    with acting_for(cast.brasov):
        row = BufferPlacement.objects.get(pk=key)
    row = done(cast.brasov, row)
    variant = call(cast.brasov, "POST", path, {"variant_of": key, "fixed": {"RAW": 5}})
    assert variant.status_code == 202
    assert variant.json()["fixed"] == {"RAW": 5}
    foreign = call(cast.porto, "POST", path, {"variant_of": key})
    assert foreign.status_code == 404


def test_the_pages(client_for: Any, cast: Cast, chain: Goods) -> None:
    client = client_for(cast.brasov)
    base = f"/t/{cast.brasov.slug}/inventory/buffers/placements/"
    assert "No placement yet" in client.get(base).content.decode()
    assert client.get(f"{base}new/").status_code == 200
    file = io.BytesIO(json.dumps(document()).encode())
    file.name = "chain.json"
    assert client.post(f"{base}new/", {"seconds": 5, "network": file}).status_code in {
        200,
        302,
        204,
    }
    with acting_for(cast.brasov):
        row = BufferPlacement.objects.get()
    assert "The solver is at it" in client.get(f"{base}{row.pk}/").content.decode()
    row = done(cast.brasov, row)
    page = client.get(f"{base}{row.pk}/").content.decode()
    assert "proven: nothing is cheaper" in page
    assert "plot-line" in page
    sheet = client.get(f"{base}{row.pk}/?export=csv").content.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(sheet)))
    assert [line["stage"] for line in lines] == ["RAW", "MAKE", "SHIP"]
    assert "40" in client.get(base).content.decode()
    client.post(f"{base}{row.pk}/vary", {"stage": "RAW", "days": "5"})
    with acting_for(cast.brasov):
        assert BufferPlacement.objects.get(parent_id=row.pk).fixed == {"RAW": 5}
    rival = client_for(cast.porto)
    assert (
        rival.get(f"/t/{cast.porto.slug}/inventory/buffers/placements/{row.pk}/").status_code == 404
    )
