"""Giving, previewing, consenting to and revoking agreements on the pages."""

import re

import pytest

from collab.organisations.context import acting_for
from collab.sharing import services
from collab.sharing.models import Grant, Partnership
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.shell.conftest import Raise

NEW = {"purpose": "early warning", "topic": "work.exceptions"}


def test_a_partner_is_given_a_topic_and_it_is_taken_back(
    cast: Cast, client_for: ClientFor, raised: Raise
) -> None:
    raised(cast.brasov, cast.kestrel, "BH-5")
    client = client_for(cast.brasov, "admin")
    preview = f"/t/brasov/network/sharing/seen-by/{cast.kestrel.bpn}/"
    assert b"BH-5" not in client.get(preview).content

    answer = client.post(
        "/t/brasov/network/sharing/new/",
        {**NEW, "viewer": cast.kestrel.bpn, "fields_open": ["part_number"]},
    )
    assert answer.status_code == 302
    with acting_for(cast.brasov):
        grant = Grant.objects.get(viewer=cast.kestrel, topic="work.exceptions")
    assert grant.fields == ["part_number"]
    seen = client.get(preview).content.decode()
    assert "BH-5" in seen
    assert "AM-BH-5" not in seen
    assert "BH-5" in client_for(cast.kestrel).get("/t/kestrel/").content.decode()

    client.post(f"/t/brasov/network/sharing/{grant.pk}/revoke/")
    assert b"BH-5" not in client.get(preview).content
    assert b"BH-5" not in client_for(cast.kestrel, "clerk").get("/t/kestrel/").content

    client.post(f"/t/brasov/network/sharing/{grant.pk}/restore/")
    assert b"BH-5" in client.get(preview).content


def test_a_third_party_has_to_consent_first(
    cast: Cast, client_for: ClientFor, raised: Raise
) -> None:
    raised(cast.brasov, cast.kestrel, "BH-6")
    client_for(cast.brasov, "admin").post(
        "/t/brasov/network/sharing/new/",
        {**NEW, "viewer": cast.silesia.bpn, "about": cast.kestrel.bpn},
    )
    silesia, kestrel = client_for(cast.silesia), client_for(cast.kestrel, "admin")
    assert b"BH-6" not in silesia.get("/t/silesia/").content
    assert b"Waiting for consent" in kestrel.get("/t/kestrel/network/sharing/").content
    with acting_for(cast.kestrel):
        grant = Grant.objects.get(owner=cast.brasov, viewer=cast.silesia, about=cast.kestrel)
    path = f"/t/kestrel/network/sharing/{grant.pk}/consent/"
    assert kestrel.post(path).status_code == 302
    assert b"BH-6" in silesia.get("/t/silesia/").content
    kestrel.post(path, {"answer": "no"})
    assert b"BH-6" not in silesia.get("/t/silesia/").content


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"viewer": "BPNL999999999999"}, "Select a valid choice"),
        ({"topic": "inventory.secrets"}, "Select a valid choice"),
        ({"purpose": ""}, "required"),
        ({"valid_to": "2020-01-01"}, "has passed"),
    ],
)
def test_a_bad_form_says_what_is_wrong_and_gives_nothing(
    cast: Cast, client_for: ClientFor, change: dict[str, str], words: str
) -> None:
    form = {**NEW, "viewer": cast.kestrel.bpn, **change}
    answer = client_for(cast.brasov, "admin").post("/t/brasov/network/sharing/new/", form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    with acting_for(cast.brasov):
        assert not Grant.objects.filter(viewer=cast.kestrel, topic="work.exceptions").exists()


def test_tier_two_is_not_told_who_the_customer_is(cast: Cast, client_for: ClientFor) -> None:
    page = client_for(cast.silesia, "admin").get("/t/silesia/network/sharing/").content.decode()
    assert "not disclosed" in page
    assert "Avalon" not in page


def test_the_fields_of_an_agreement_stand_in_words(cast: Cast, client_for: ClientFor) -> None:
    """What an exception's title names (days of supply, say) has its word from another topic."""
    page = client_for(cast.silesia, "admin").get("/t/silesia/network/sharing/").content.decode()
    fields = re.findall(r"<details class=\"fields\">.*?<span>([^<]*)</span>", page, re.DOTALL)
    assert "Days of supply" in " ".join(fields)
    assert not re.search(r"\b[a-z]+_[a-z]+\b", " ".join(fields))


def test_an_agreement_rests_while_its_partnership_is_suspended(
    cast: Cast, client_for: ClientFor
) -> None:
    with acting_for(cast.avalon):
        edge = Partnership.objects.get(counterparty=cast.brasov)
        services.suspend(edge)
    client = client_for(cast.brasov, "admin")
    sharing = client.get("/t/brasov/network/sharing/").content.decode()
    partner = client.get(f"/t/brasov/network/partners/{cast.avalon.bpn}/").content.decode()
    for page in (sharing, partner):
        assert 'title="The partnership is suspended">Paused</span>' in page
    assert re.search(r"\d+ paused</span>", sharing)
    with acting_for(cast.avalon):
        services.resume(Partnership.objects.get(pk=edge.pk))
    assert ">Paused<" not in client.get("/t/brasov/network/sharing/").content.decode()


def test_many_agreements_are_written_out_group_by_group(
    cast: Cast, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collab.shell.pages.sharing.WRITTEN_OUT", 0)
    client = client_for(cast.brasov, "admin")
    page = client.get("/t/brasov/network/sharing/").content.decode()
    assert "/revoke/" not in page
    path = f"/t/brasov/network/sharing/with/given/{cast.avalon.bpn}/"
    assert path in page
    fragment = client.get(path, headers={"HX-Request": "true"}).content.decode()
    assert "/revoke/" in fragment
    assert "<html" not in fragment
    assert "/revoke/" in client.get(path).content.decode()
    unknown = "/t/brasov/network/sharing/with/given"
    for bpn in (cast.porto.bpn, cast.fjord.bpn, "BPNL999999999999"):
        assert client.get(f"{unknown}/{bpn}/").status_code == 404
    assert client.get(f"/t/brasov/network/sharing/with/else/{cast.avalon.bpn}/").status_code == 404
