"""A grant opens exactly what it says, to whom it says, as long as it says."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from collab.events.models import Event
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from collab.sharing import services
from collab.sharing.models import Grant, Partnership, live_pairs
from tests.harness.cast import Cast
from tests.integration.machines import Machine, machine

TOPIC = "inventory.stock"


def pairs(viewer: Organisation) -> list[tuple[int, int]]:
    with acting_for(viewer):
        return live_pairs(TOPIC)


def fetch(grant: Grant) -> Grant:
    return Grant.objects.get(pk=grant.pk)


def test_a_bilateral_grant_opens_at_once_and_closes_at_once(cast: Cast) -> None:
    assert pairs(cast.kestrel) == [(cast.porto.pk, cast.kestrel.pk)]
    before = cast.brasov.policy_version
    with acting_for(cast.brasov):
        grant = services.give_grant(
            viewer_id=cast.kestrel.pk, about_id=cast.kestrel.pk, topic=TOPIC, purpose="planning"
        )
    assert (cast.brasov.pk, cast.kestrel.pk) in pairs(cast.kestrel)
    assert (cast.brasov.pk, cast.kestrel.pk) not in pairs(cast.avalon)
    with acting_for(cast.brasov):
        services.revoke(fetch(grant))
        cast.brasov.refresh_from_db()
        kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert pairs(cast.kestrel) == [(cast.porto.pk, cast.kestrel.pk)]
    assert cast.brasov.policy_version == before + 2
    assert kinds == ["sharing.GrantGiven", "sharing.GrantRevoked"]


def test_a_grant_about_a_third_party_waits_for_its_consent(cast: Cast) -> None:
    with acting_for(cast.brasov):
        grant = services.give_grant(
            viewer_id=cast.silesia.pk, about_id=cast.kestrel.pk, topic=TOPIC, purpose="planning"
        )
        with pytest.raises(services.NotAllowed):
            services.consent(fetch(grant))
    assert pairs(cast.silesia) == []
    with acting_for(cast.silesia), pytest.raises(services.NotAllowed):
        services.consent(fetch(grant))
    with acting_for(cast.kestrel):
        services.consent(fetch(grant))
        services.consent(fetch(grant))
        assert Event.objects.filter(kind="sharing.GrantConsented").count() == 1
    assert pairs(cast.silesia) == [(cast.brasov.pk, cast.kestrel.pk)]
    with acting_for(cast.kestrel):
        services.withdraw_consent(fetch(grant))
    assert pairs(cast.silesia) == []


@pytest.mark.parametrize(
    ("start", "end", "is_open"),
    [(-2, None, True), (-2, 1, True), (1, None, False), (-2, -1, False)],
)
def test_time_opens_and_closes(cast: Cast, start: int, end: int | None, is_open: bool) -> None:
    now = timezone.now()
    with acting_for(cast.brasov):
        services.give_grant(
            viewer_id=cast.kestrel.pk,
            about_id=cast.kestrel.pk,
            topic=TOPIC,
            purpose="planning",
            valid_from=now + timedelta(hours=start),
            valid_to=None if end is None else now + timedelta(hours=end),
        )
    assert ((cast.brasov.pk, cast.kestrel.pk) in pairs(cast.kestrel)) is is_open


def test_what_cannot_be_given(cast: Cast) -> None:
    good: dict[str, Any] = {
        "viewer_id": cast.avalon.pk,
        "about_id": cast.avalon.pk,
        "topic": TOPIC,
        "purpose": "planning",
    }
    with acting_for(cast.brasov):
        assert services.give_grant(**good)
        for wrong in (
            {"topic": "inventory.secrets"},
            {"viewer_id": cast.brasov.pk},
            {"about_id": cast.brasov.pk},
            {"about_id": cast.porto.pk},  # no partner
        ):
            with pytest.raises(services.NotAllowed, match="expected"):
                services.give_grant(**{**good, **wrong})


def test_nobody_revokes_what_another_gave(cast: Cast) -> None:
    with acting_for(cast.brasov):
        grant = Grant.objects.filter(owner=cast.brasov, viewer=cast.avalon).first()
    assert grant is not None
    with acting_for(cast.avalon), pytest.raises(services.NotAllowed):
        services.revoke(fetch(grant))
    with acting_for(cast.porto):
        assert not Grant.objects.filter(pk=grant.pk).exists()


# Partnerships


def test_strangers_meet_by_code_and_only_the_invited_accepts(cast: Cast) -> None:
    assert services.organisation_of_code("nonsense") is None
    with acting_for(cast.fjord):
        code = services.partner_code()
    with acting_for(cast.brasov):
        assert not Organisation.objects.filter(pk=cast.fjord.pk).exists()
        key = services.organisation_of_code(code)
        assert key == cast.fjord.pk
        edge = services.invite_partnership(counterparty_id=key, acting_is_customer=True)
        assert services.invite_partnership(counterparty_id=key, acting_is_customer=True) == edge
        with pytest.raises(services.NotAllowed):
            services.accept(edge)
    with acting_for(cast.fjord):
        services.accept(Partnership.objects.get(pk=edge.pk))
    with acting_for(cast.brasov):
        edge.refresh_from_db()
        assert edge.state == "active"
        assert Organisation.objects.filter(pk=cast.fjord.pk).exists()
        with pytest.raises(services.NotAllowed, match="no partnership yet"):
            services.invite_partnership(counterparty_id=key, acting_is_customer=True)
        with pytest.raises(services.NotAllowed, match="one's own"):
            services.invite_partnership(counterparty_id=cast.brasov.pk, acting_is_customer=True)


def test_the_end_of_a_partnership_ends_what_was_given(cast: Cast) -> None:
    assert pairs(cast.avalon) == [(cast.brasov.pk, cast.avalon.pk)]
    with acting_for(cast.brasov):
        edge = Partnership.objects.get(customer=cast.avalon, supplier=cast.brasov)
        services.suspend(edge)
        with pytest.raises(services.NotAllowed):
            services.suspend(edge)
        services.resume(edge)
        assert pairs_inside(cast.brasov, cast.avalon) > 0
        services.end(edge)
        with pytest.raises(services.NotAllowed):
            services.resume(edge)
        assert pairs_inside(cast.brasov, cast.avalon) == 0
    assert pairs(cast.avalon) == []


def pairs_inside(owner: Organisation, viewer: Organisation) -> int:
    return Grant.objects.filter(owner=owner, viewer=viewer, revoked_at__isnull=True).count()


def test_revoked_during_the_life_of_a_socket_is_announced(
    cast: Cast, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []

    class Channel:
        def publish(self, channel: str, message: bytes) -> None:
            told.append(channel)

    monkeypatch.setattr("collab.events.wake.connection", Channel)
    with django_capture_on_commit_callbacks(execute=True), acting_for(cast.brasov):
        services.revoke(Grant.objects.filter(owner=cast.brasov)[0])
    assert services.REVOKED in told


# The API


def _grant_by_api(holder: Machine, **body: Any) -> Any:
    return holder.post("grants", {"topic": TOPIC, "purpose": "planning", **body})


def test_the_whole_life_of_an_agreement_by_api(cast: Cast) -> None:
    brasov, kestrel, silesia = (machine(each) for each in (cast.brasov, cast.kestrel, cast.silesia))
    made = _grant_by_api(
        brasov,
        viewer=cast.silesia.bpn,
        about=cast.kestrel.bpn,
        fields_shown=["part_number", "quantity"],
    )
    assert made.status_code == 201, made.content
    path = f"grants/{made.json()['id']}"
    assert made.json()["owner"] == cast.brasov.bpn
    assert kestrel.post(path, {"step": "consent"}).status_code == 200
    assert pairs(cast.silesia) == [(cast.brasov.pk, cast.kestrel.pk)]
    seen = silesia.get(path).json()
    assert seen["owner"] == cast.brasov.bpn
    assert seen["about"] is None  # the customer's identity is no field of the agreement
    assert silesia.post(path, {"step": "revoke"}).status_code == 404  # only readable to it
    policy = brasov.get(f"{path}/odrl").json()
    assert policy["assignee"] == f"urn:bpn:{cast.silesia.bpn}"
    assert policy["prohibition"][0]["action"] == "distribute"
    assert brasov.post(path, {"step": "revoke"}).json()["revoked_at"]
    assert pairs(cast.silesia) == []
    for rival in (cast.porto, cast.avalon):
        assert machine(rival).get(path).status_code == 404
    listed = brasov.get("grants?side=given&is_live=false").json()["items"]
    assert [each["id"] for each in listed] == [made.json()["id"]]


def test_an_unknown_reader_is_named(cast: Cast) -> None:
    brasov = machine(cast.brasov)
    assert _grant_by_api(brasov, viewer=cast.avalon.bpn).status_code == 201
    for named in (cast.porto.bpn, "BPNL999999999999", "nonsense"):
        answer = _grant_by_api(brasov, viewer=named)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == "viewer"
    one, other = (
        _grant_by_api(brasov, viewer=named).json()["errors"][0]["expected"]
        for named in (cast.porto.bpn, "BPNL999999999999")
    )
    assert one == other


def test_partners_are_those_of_both_ends(cast: Cast) -> None:
    listed = {
        (each["short_name"], each["relation"])
        for each in machine(cast.brasov).get("partners").json()["items"]
    }
    assert listed == {("Avalon", "customer"), ("Kestrel", "customer"), ("Silesia", "supplier")}
    assert {
        each["short_name"]
        for each in machine(cast.brasov, name="b").get("partners?relation=supplier").json()["items"]
    } == {"Silesia"}


def test_a_partnership_steps_by_api_with_its_version(cast: Cast) -> None:
    brasov = machine(cast.brasov)
    rows = brasov.get("partnerships").json()["items"]
    row = next(each for each in rows if each["customer"] == cast.avalon.bpn)
    path = f"partnerships/{row['id']}"
    assert brasov.post(path, {"step": "suspend"}).status_code == 428
    etag = brasov.get(path)["ETag"]
    done = brasov.post(path, {"step": "suspend"}, **{"If-Match": etag})
    assert (done.status_code, done.json()["state"]) == (200, "suspended")
    assert brasov.post(path, {"step": "end"}, **{"If-Match": etag}).status_code == 412
    assert machine(cast.porto).get(path).status_code == 404
