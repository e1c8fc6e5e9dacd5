"""TR-21: accounts of returnable containers, counted by both sides once a month."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from collab.events.relay import work_off
from collab.integration.imports.applying import apply_chunk, begin_applying, check
from collab.integration.imports.staging import upload
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from collab.work.models import Alert
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from transport.models import EmptiesAccount, EmptiesMovement
from transport.queries.empties import account_list, months
from transport.services.empties import (
    Booking,
    Container,
    book,
    confirm_month,
    keep_container,
    state_stock,
)

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
BOX = Container(code="KLT6429", name="Small box", weight_kg="2.4", volume_m3="0.05")


def booking(cast: Cast, kind: str, number: int, on: date, key: str, **more: Any) -> Booking:
    told = {"partner": cast.brasov.bpn, "code": BOX.code, "source_key": key, **more}
    return Booking(kind=kind, number=number, moved_on=on, **told)


@pytest.fixture
def account(cast: Cast) -> EmptiesAccount:
    """500 boxes went to Brasov in October, 180 came back and 20 broke in November."""
    with acting_for(cast.avalon):
        keep_container(BOX)
        book(booking(cast, "issued", 500, date(2026, 10, 5), "a"))
        book(booking(cast, "returned", 180, date(2026, 11, 9), "b"))
        made, _is_new = book(booking(cast, "scrapped", 20, date(2026, 11, 12), "c"))
        return EmptiesAccount.objects.get(pk=made.account_id)


def test_both_sides_see_what_is_out_and_a_rival_sees_nothing(
    cast: Cast, account: EmptiesAccount, client_for: ClientFor
) -> None:
    for who, is_own in ((cast.avalon, True), (cast.brasov, False)):
        with acting_for(who):
            (row,) = account_list()
            assert (row.balance, row.is_own, row.oldest_on) == (300, is_own, date(2026, 10, 5))
        page = client_for(who).get(f"/t/{who.slug}/transport/empties/{account.pk}/")
        assert page.status_code == 200
        assert "KLT6429" in page.content.decode()
    for rival in (cast.porto, cast.kestrel, cast.silesia):
        with acting_for(rival):
            assert account_list() == []
        client = client_for(rival)
        assert client.get(f"/t/{rival.slug}/transport/empties/{account.pk}/").status_code == 404
        assert client.get(f"/api/v1/empties-accounts/{account.pk}").status_code == 404


def test_a_booking_twice_is_one_and_other_figures_under_its_key_are_refused(
    cast: Cast, account: EmptiesAccount
) -> None:
    with acting_for(cast.avalon):
        _made, is_new = book(booking(cast, "issued", 500, date(2026, 10, 5), "a"))
        assert not is_new
        with pytest.raises(Refused, match="other figures"):
            book(booking(cast, "issued", 501, date(2026, 10, 5), "a"))
        assert EmptiesMovement.objects.count() == 3
        account.refresh_from_db()
        assert (account.issued, account.returned, account.scrapped) == (500, 180, 20)


def test_a_month_counted_differently_is_an_exception_until_both_agree(
    cast: Cast, account: EmptiesAccount
) -> None:
    with acting_for(cast.avalon):
        confirm_month(account.pk, month=date(2026, 11, 30), counted=300, as_of=NOW)
    work_off()
    with acting_for(cast.brasov):
        confirm_month(account.pk, month=date(2026, 11, 2), counted=296, as_of=NOW)
    work_off()
    with acting_for(cast.avalon):
        alert = Alert.objects.get(type="transport.empties_differ", is_open=True)
        assert alert.title_params["theirs"] == 296
        (month,) = months(account.pk)
        assert (month.ours, month.theirs, month.booked, month.difference) == (300, 296, 300, -4)
    with acting_for(cast.brasov):
        confirm_month(account.pk, month=date(2026, 11, 2), counted=300, as_of=NOW)
    work_off()
    with acting_for(cast.avalon):
        assert not Alert.objects.filter(type="transport.empties_differ", is_open=True).exists()


def test_too_few_empties_for_the_calls_warn_within_the_lead_time(
    cast: Cast, account: EmptiesAccount
) -> None:
    with acting_for(cast.avalon):
        short = state_stock(account.pk, on_hand=100, needed=[40, 40, 40, 40, 40, 0], as_of=NOW)
        assert (str(short.cover_days), short.missing) == ("2.50", 100)
        assert Alert.objects.filter(type="transport.empties_short", is_open=True).count() == 1
        enough = state_stock(account.pk, on_hand=400, needed=[40] * 6, as_of=NOW)
        assert (enough.is_cover_at_least, enough.missing) == (True, 0)
        assert not Alert.objects.filter(type="transport.empties_short", is_open=True).exists()


def test_rest_books_row_by_row_and_the_holder_counts_by_its_key(
    cast: Cast, account: EmptiesAccount, client_for: ClientFor
) -> None:
    avalon = client_for(cast.avalon)
    row = {
        "partner": cast.brasov.bpn,
        "code": BOX.code,
        "kind": "issued",
        "number": 10,
        "moved_on": "2026-11-20",
        "source_key": "rest-1",
    }
    answer = avalon.post(
        "/api/v1/empties-movements",
        [row, {**row, "source_key": "rest-2", "code": "NONE"}],
        content_type="application/json",
        HTTP_IDEMPOTENCY_KEY="k1",
    )
    assert answer.status_code == 207
    good, bad = answer.json()["rows"]
    assert good["status"] == 201
    assert bad["errors"][0]["field"] == "code"
    counted = client_for(cast.brasov, role="clerk").post(
        f"/api/v1/empties-accounts/{account.pk}/confirmations",
        {"month": "2026-11-01", "counted": 310},
        content_type="application/json",
        HTTP_IDEMPOTENCY_KEY="k2",
    )
    assert counted.status_code == 200, counted.content
    assert counted.json()["months"] == [
        {"month": "2026-11-01", "ours": 310, "theirs": None, "booked": 310}
    ]


def test_a_file_books_and_its_undo_books_the_opposite(cast: Cast, account: EmptiesAccount) -> None:
    text = (
        "Partner (BPN);Container;What;Containers;Day;Reference\n"
        f"{cast.brasov.bpn};KLT6429;issued;25;2026-11-21;Waybill 7\n"
    )
    with acting_for(cast.avalon):
        batch = upload("container_bookings", "boxes.csv", text.encode())
        check(batch.pk)
        begin_applying(batch.pk, "all")
        apply_chunk(batch.pk)
        account.refresh_from_db()
        assert account.issued == 525


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "lost"}, "kind"),
        ({"number": 0}, "number"),
        ({"partner": "BPNL000000000000"}, "partner"),
        ({"code": "NONE"}, "code"),
    ],
)
def test_a_wrong_booking_names_its_field(
    cast: Cast, account: EmptiesAccount, changes: dict[str, Any], field: str
) -> None:
    told = {"kind": "issued", "number": 1, **changes}
    with acting_for(cast.avalon), pytest.raises(Refused) as refused:
        book(booking(cast, told.pop("kind"), told.pop("number"), date(2026, 11, 1), "x", **told))
    assert refused.value.field == field
