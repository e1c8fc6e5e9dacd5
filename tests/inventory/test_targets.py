"""Agreed days of supply by every door; coverage follows on both sides."""

from decimal import Decimal
from typing import Any

import pytest

from collab.events.relay import work_off
from collab.integration.imports.registry import UndoConflict
from collab.masterdata.refusals import VersionConflict
from collab.organisations.context import acting_for
from collab.sharing.services import give_grant
from collab.work.models import Alert
from inventory.imports import targets as spreadsheet
from inventory.models import Coverage, CoverageTarget
from inventory.services import Target, agree_target, change_target, remove_target
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.inventory.conftest import OWN, THEIRS, Goods, Post

ADDRESS = "/api/v1/coverage-targets"


def body(goods: Goods, **changes: Any) -> dict[str, Any]:
    sent = {"counterparty": goods.customer.bpn, "part_number": OWN, "minimum_days": "3"}
    return sent | changes


def open_targets(goods: Goods) -> None:
    """Let the customer share its coverage, and with it its targets, with the holder."""
    with acting_for(goods.customer):
        give_grant(
            viewer_id=goods.holder.pk,
            about_id=goods.holder.pk,
            topic="inventory.coverage",
            purpose="agreed stock",
        )


def coverage_of(goods: Goods) -> Coverage:
    with acting_for(goods.holder):
        return Coverage.objects.get()


def test_a_target_makes_thin_stock_an_exception_and_its_removal_ends_it(
    goods: Goods, call: Post
) -> None:
    goods.need([10] * 30)
    goods.count(20)
    assert not coverage_of(goods).is_short
    made = call(goods.holder, "POST", ADDRESS, body(goods, maximum_days="9.5"))
    assert made.status_code == 201, made.content
    assert made.json()["partner_part_number"] == THEIRS
    assert (made.json()["minimum_days"], made.json()["maximum_days"]) == ("3.00", "9.50")
    assert coverage_of(goods).is_short
    with acting_for(goods.holder):
        assert Alert.objects.get().cleared_at is None
    one = f"{ADDRESS}/{made.json()['id']}"
    assert call(goods.holder, "DELETE", one).status_code == 428
    with acting_for(goods.holder):
        agreed = CoverageTarget.objects.get()
    change_without_minimum = call(goods.holder, "POST", ADDRESS, body(goods, minimum_days="0"))
    assert change_without_minimum.status_code == 200
    assert change_without_minimum.json()["id"] == str(agreed.pk)
    assert not coverage_of(goods).is_short


def test_a_customer_s_target_reaches_the_holder_and_leaves_with_it(
    goods: Goods, call: Post, cast: Cast
) -> None:
    goods.need([10] * 30)
    goods.count(20)
    open_targets(goods)
    sent = {"counterparty": goods.holder.bpn, "part_number": THEIRS, "minimum_days": "4"}
    made = call(goods.customer, "POST", ADDRESS, sent)
    assert made.status_code == 201, made.content
    work_off()
    assert coverage_of(goods).minimum_days == Decimal(4)
    assert coverage_of(goods).is_short
    with acting_for(goods.customer):
        row = CoverageTarget.objects.get()
        remove_target(row.pk)
    work_off()
    assert coverage_of(goods).minimum_days is None
    assert not coverage_of(goods).is_short


def test_the_holder_s_own_target_comes_first(goods: Goods, call: Post) -> None:
    goods.need([10] * 30)
    goods.count(20)
    open_targets(goods)
    call(goods.holder, "POST", ADDRESS, body(goods, minimum_days="1"))
    sent = {"counterparty": goods.holder.bpn, "part_number": THEIRS, "minimum_days": "4"}
    call(goods.customer, "POST", ADDRESS, sent)
    work_off()
    assert coverage_of(goods).minimum_days == Decimal(1)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"maximum_days": "2"}, "maximum_days"),
        ({"minimum_days": "-1"}, "minimum_days"),
        ({"part_number": "nobody-knows-it"}, "part_number"),
        ({"site": "MOON"}, "site"),
        ({"counterparty": "BPNL0000000000ZZ"}, "counterparty"),
        ({"report_every_hours": 745}, "report_every_hours"),
    ],
)
def test_a_bad_target_is_refused_by_field(
    goods: Goods, call: Post, change: dict[str, Any], field: str
) -> None:
    answer = call(goods.holder, "POST", ADDRESS, body(goods, **change))
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
    with acting_for(goods.holder):
        assert not CoverageTarget.objects.exists()


def test_only_the_side_that_set_it_may_change_a_target(
    goods: Goods, call: Post, cast: Cast
) -> None:
    key = call(goods.holder, "POST", ADDRESS, body(goods)).json()["id"]
    assert call(goods.customer, "GET", f"{ADDRESS}/{key}").status_code == 200
    assert (
        call(goods.customer, "PATCH", f"{ADDRESS}/{key}", {"minimum_days": "0"}).status_code >= 400
    )
    for outsider in (cast.porto, cast.kestrel):
        assert call(outsider, "GET", f"{ADDRESS}/{key}").status_code == 404
        assert call(outsider, "GET", ADDRESS).json()["items"] == []
    with acting_for(goods.holder):
        assert CoverageTarget.objects.get().minimum_days == Decimal(3)


def test_the_list_filters(goods: Goods, call: Post) -> None:
    call(goods.holder, "POST", ADDRESS, body(goods))
    call(goods.holder, "POST", ADDRESS, body(goods, site=goods.site, minimum_days="5"))
    both = call(goods.customer, "GET", f"{ADDRESS}?part_number={THEIRS[:4]}").json()["items"]
    assert len(both) == 2
    (one,) = call(goods.customer, "GET", f"{ADDRESS}?site={goods.site}").json()["items"]
    assert one["minimum_days"] == "5.00"
    assert call(goods.customer, "GET", f"{ADDRESS}?partner=none").json()["items"] == []


def test_the_pages_set_change_and_remove(goods: Goods, client_for: ClientFor) -> None:
    goods.need([10] * 30)
    goods.count(20)
    clerk = client_for(goods.holder, "clerk")
    slug = goods.holder.slug
    made = clerk.post(
        f"/t/{slug}/inventory/targets/new/",
        {
            "counterparty": goods.customer.bpn,
            "part_number": OWN,
            "minimum_days": "3",
            "report_every_hours": "24",
        },
    )
    assert made.status_code == 302, made.content
    assert coverage_of(goods).is_short
    with acting_for(goods.holder):
        target = CoverageTarget.objects.get()
    page = clerk.get(f"/t/{slug}/inventory/targets/?part={OWN}").content.decode()
    assert f"/inventory/targets/{target.pk}/" in page
    one = f"/t/{slug}/inventory/targets/{target.pk}/"
    figures = {"minimum_days": "1", "report_every_hours": "12", "version": target.version}
    assert clerk.post(one, figures).status_code == 302
    assert not coverage_of(goods).is_short
    stale = clerk.post(one, figures)
    assert stale.status_code == 422
    assert b"Somebody changed this meanwhile" in stale.content
    assert clerk.post(one, {**figures, "maximum_days": "0.5", "version": 2}).status_code == 422
    assert client_for(goods.customer).get(one.replace(slug, goods.customer.slug)).status_code == 404
    assert clerk.post(f"{one}remove").status_code == 302
    with acting_for(goods.holder):
        assert not CoverageTarget.objects.exists()


def test_a_viewer_reads_the_list_and_changes_nothing(goods: Goods, client_for: ClientFor) -> None:
    viewer = client_for(goods.holder, "viewer")
    page = viewer.get(f"/t/{goods.holder.slug}/inventory/targets/")
    assert page.status_code == 200
    assert b"targets/new" not in page.content
    assert viewer.get(f"/t/{goods.holder.slug}/inventory/targets/new/").status_code == 403


def test_the_file_can_be_imported_again(goods: Goods, client_for: ClientFor) -> None:
    goods.agree(3)
    planner = client_for(goods.holder)
    answer = planner.get(f"/t/{goods.holder.slug}/inventory/targets/?export=csv")
    head, row = answer.content.decode("utf-8-sig").splitlines()
    columns = head.split(",")
    assert [each.name for each in spreadsheet.COLUMNS] == [
        each for each in columns if each not in {"partner_part_number", "owner"}
    ]
    assert dict(zip(columns, row.split(","), strict=True))["minimum_days"] == "3"


def test_a_spreadsheet_sets_targets_and_takes_them_back(goods: Goods) -> None:
    goods.need([10] * 30)
    goods.count(20)
    values = {
        "counterparty": goods.customer.bpn, "part_number": OWN, "minimum_days": Decimal(3),
    }  # fmt: skip
    with acting_for(goods.holder):
        context = spreadsheet.prepare([values])
        assert spreadsheet.validate_row(values, context).outcome == "new"
        record = spreadsheet.apply_row(values, context)
        assert Coverage.objects.get().is_short
        context = spreadsheet.prepare([values])
        assert spreadsheet.validate_row(values, context).outcome == "unchanged"
        more = {**values, "minimum_days": Decimal(1)}
        verdict = spreadsheet.validate_row(more, context)
        assert (verdict.outcome, verdict.differences) == ("changed", {"minimum_days": ("3", "1")})
        changed = spreadsheet.apply_row(more, context)
        with pytest.raises(UndoConflict):
            spreadsheet.undo_row(record)
        spreadsheet.undo_row(changed)
        assert Coverage.objects.get().is_short
        assert CoverageTarget.objects.get().minimum_days == Decimal(3)


def test_a_version_read_before_is_not_overwritten(goods: Goods) -> None:
    with acting_for(goods.holder):
        row, is_new = agree_target(
            Target(counterparty=goods.customer.bpn, part_number=THEIRS, minimum_days=2)
        )
        assert (is_new, row.part_number) == (True, OWN)
        figures = {"minimum_days": 3, "maximum_days": None, "report_every_hours": 24}
        change_target(row.pk, version=1, **figures)
        with pytest.raises(VersionConflict):
            change_target(row.pk, version=1, **figures)
