"""Founding, people and sites: each organisation manages itself and nobody else."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from collab.events.models import Event
from collab.organisations import services
from collab.organisations.context import AlreadyActing, acting_for
from collab.organisations.models import Membership, Organisation, Person, Site
from collab.organisations.queries import membership_at, memberships_of
from tests.harness.cast import Cast
from tests.integration.machines import machine


def found(bpn: str = "BPNL0000000000ZZ", slug: str = "newcomer") -> Organisation:
    return services.create_organisation(
        bpn=bpn, slug=slug, name="Newcomer Ltd", short_name="Newcomer", kind="supplier",
        country="FR", timezone_name="Europe/Paris",
    )  # fmt: skip


def test_a_newcomer_sees_itself_alone(cast: Cast) -> None:
    newcomer = found()
    with acting_for(newcomer):
        assert list(Organisation.objects.values_list("slug", flat=True)) == ["newcomer"]
        assert Event.objects.get().kind == "organisations.OrganisationFounded"
    with acting_for(cast.avalon):
        assert not Organisation.objects.filter(slug="newcomer").exists()
        assert Organisation.objects.filter(slug="brasov").exists()


def test_nobody_founds_another_organisation_while_acting(cast: Cast) -> None:
    with acting_for(cast.avalon), pytest.raises(AlreadyActing):
        found()


def test_a_number_is_given_once(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        found(bpn=cast.avalon.bpn)


def test_one_person_in_two_organisations_is_one_account(cast: Cast) -> None:
    for organisation, role in ((cast.avalon, "planner"), (cast.kestrel, "viewer")):
        with acting_for(organisation):
            services.invite_person(email="Jana@Example.com", name="Jana", role=role)
    person = Person.objects.get()
    assert not person.has_usable_password()
    assert person.email == "jana@example.com"
    assert [each.role for each in memberships_of(person.pk)] == ["planner", "viewer"]
    kestrels = membership_at(person.pk, "kestrel")
    assert kestrels is not None
    assert kestrels.role == "viewer"
    assert membership_at(person.pk, "brasov") is None
    assert membership_at(person.pk, "nobody") is None
    with acting_for(cast.avalon):
        assert Membership.objects.filter(organisation=cast.kestrel).count() == 0


def test_inviting_again_changes_the_role(cast: Cast) -> None:
    with acting_for(cast.avalon):
        services.invite_person(email="jana@example.com", name="Jana", role="viewer")
        services.invite_person(email="jana@example.com", name="Jana", role="clerk")
        assert Membership.objects.get().role == "clerk"


def test_one_administrator_remains(cast: Cast) -> None:
    with acting_for(cast.avalon):
        boss = services.invite_person(email="boss@example.com", name="Boss", role="admin")
        with pytest.raises(services.NotAllowed, match="one administrator"):
            services.change_member(boss, role="viewer")
        boss.refresh_from_db()
        second = services.invite_person(email="second@example.com", name="Two", role="admin")
        services.change_member(boss, is_active=False)
        assert second.is_active
    assert membership_at(boss.person_id, "avalon") is None


def test_an_invitation_by_api_needs_an_administrator(cast: Cast, client_for: Any) -> None:
    body = {"email": "jana@example.com", "name": "Jana", "role": "planner"}
    for role, status in (("planner", 403), ("admin", 201)):
        answer = client_for(cast.avalon, role=role).post(
            "/api/v1/members", body, content_type="application/json"
        )
        assert answer.status_code == status
    assert machine(cast.avalon).post("members", body).status_code == 403


def test_owner_and_version_are_not_for_the_caller_to_set(cast: Cast, client_for: Any) -> None:
    body = {
        "code": "AVA2", "name": "Second", "kind": "plant", "country": "DE", "city": "Bonn",
        "latitude": 50.7, "longitude": 7.1,
        "owner": cast.kestrel.pk, "owner_id": cast.kestrel.pk, "version": 99,
        "id": "0190b9d6-0000-7000-8000-000000000000",
    }  # fmt: skip
    browser = client_for(cast.avalon, role="admin")
    made = browser.post("/api/v1/sites", body, content_type="application/json")
    assert made.status_code == 201
    with acting_for(cast.avalon):
        site = Site.objects.get(code="AVA2")
    assert (site.owner_id, site.version) == (cast.avalon.pk, 1)
    assert str(site.pk) != body["id"]


def test_a_site_is_removed_with_its_version_and_only_unused(cast: Cast, client_for: Any) -> None:
    browser = client_for(cast.avalon, role="admin")
    with acting_for(cast.avalon):
        site = Site.objects.get()
        member = Membership.objects.get()
        member.site = site
        member.save()
    path = f"/api/v1/sites/{site.pk}"
    etag = browser.get(path)["ETag"]
    assert browser.delete(path, headers={"If-Match": etag}).status_code == 409
    with acting_for(cast.avalon):
        member.site = None
        member.save()
    assert browser.delete(path, headers={"If-Match": etag}).status_code == 204
    assert browser.get(path).status_code == 404
