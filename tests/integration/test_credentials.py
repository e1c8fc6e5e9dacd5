"""Keys and tokens open exactly their organisation and their scopes, and stop when told to."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from collab.integration.scopes import MACHINE_SCOPES, SCOPES, scopes_of
from collab.organisations import known_keys, services
from collab.organisations.context import acting_for
from collab.organisations.credentials import digest_of, is_well_formed, new_key
from collab.organisations.models import ApiKey, Tenant
from tests.harness.cast import Cast
from tests.integration.machines import machine

READS = {
    "me": "organisations:read",
    "organisation": "organisations:read",
    "sites": "organisations:read",
    "members": "organisations:read",
    "api-clients": "organisations:read",
    "partners": "sharing:read",
    "partnerships": "sharing:read",
    "grants": "sharing:read",
    "access-log": "sharing:read",
    "jobs": "jobs:read",
}


def test_a_key_names_itself_and_notices_a_typing_mistake() -> None:
    key = new_key()
    assert key.secret.startswith("collab_live_")
    assert len(key.secret) == 12 + 43 + 6
    assert is_well_formed(key.secret)
    assert key.digest == digest_of(key.secret)
    assert key.secret not in key.digest
    assert key.secret.startswith(key.prefix)
    assert len(key.prefix) <= 24


@given(st.integers(min_value=12, max_value=60), st.sampled_from("0aZ-_é"))
def test_any_one_wrong_character_is_noticed(place: int, wrong: str) -> None:
    secret = new_key().secret
    if secret[place] != wrong:
        assert not is_well_formed(secret[:place] + wrong + secret[place + 1 :])


@pytest.mark.parametrize("secret", ["", "collab_live_", "collab_live_é", "x" * 61])
def test_what_is_no_key_is_not_well_formed(secret: str) -> None:
    assert not is_well_formed(secret)


@pytest.mark.parametrize("path", sorted(READS))
def test_each_organisations_key_reads_with_its_scope_and_only_with_it(
    cast: Cast, path: str
) -> None:
    needed = READS[path]
    for organisation in cast.everybody():
        holder = machine(organisation, [needed])
        assert holder.get(path).status_code == 200, path
        without = machine(organisation, sorted(MACHINE_SCOPES - {needed}))
        answer = without.get(path)
        assert answer.status_code == 403, path
        assert needed in answer.json()["detail"]


def test_a_key_acts_for_its_own_organisation_alone(cast: Cast) -> None:
    for organisation in cast.everybody():
        holder = machine(organisation)
        assert holder.get("me").json()["organisation"] == organisation.bpn
        sites = holder.get("sites").json()["items"]
        assert [each["code"] for each in sites] == [f"{organisation.slug[:3].upper()}1"]


def test_no_machine_may_hold_what_only_people_do(cast: Cast) -> None:
    holder = machine(cast.avalon)
    assert "organisations:write" in SCOPES
    assert "organisations:write" not in holder.get("me").json()["scopes"]
    assert holder.post("sites", {}).status_code == 403


def test_refusals_are_all_alike(cast: Cast) -> None:
    good = machine(cast.avalon)
    revoked = machine(cast.avalon, name="revoked")
    expired = machine(cast.avalon, name="expired")
    stopped = machine(cast.avalon, name="stopped")
    elsewhere = machine(cast.avalon, name="elsewhere", networks=("203.0.113.0/24",))
    with acting_for(cast.avalon):
        services.revoke_key(revoked.key)
        expired.key.expires_at = timezone.now() - timedelta(seconds=1)
        expired.key.save()
        services.switch_client(stopped.client, is_active=False)
    assert good.get("me").status_code == 200
    bodies = set()
    for secret in (
        revoked.secret,
        expired.secret,
        stopped.secret,
        elsewhere.secret,
        new_key().secret,
        "collab_live_nonsense",
        "nonsense",
        "",
    ):
        answer = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")
        body = answer.json()
        body.pop("request_id")
        bodies.add(str(body))
    assert len(bodies) == 1
    assert Client().get("/api/v1/me").status_code == 401


def test_a_network_list_lets_its_own_addresses_in(cast: Cast) -> None:
    holder = machine(cast.avalon, networks=("127.0.0.0/8", "2001:db8::/32"))
    assert holder.get("me").status_code == 200


def test_a_tenant_that_was_switched_off_is_out(cast: Cast) -> None:
    holder = machine(cast.avalon)
    assert holder.get("me").status_code == 200
    Tenant.objects.filter(pk=cast.avalon.pk).update(is_active=False)
    known_keys.forget()  # a second later
    assert holder.get("me").status_code == 401


def test_the_last_use_is_noted(cast: Cast) -> None:
    holder = machine(cast.avalon)
    assert holder.key.last_used_at is None
    holder.get("me")
    with acting_for(cast.avalon):
        first = ApiKey.objects.get(pk=holder.key.pk).last_used_at
    assert first is not None
    holder.get("me")
    with acting_for(cast.avalon):
        assert ApiKey.objects.get(pk=holder.key.pk).last_used_at == first  # once a minute


def test_a_third_live_key_is_refused_until_one_is_revoked(cast: Cast) -> None:
    first = machine(cast.avalon)
    machine(cast.avalon)
    with acting_for(cast.avalon):
        with pytest.raises(services.NotAllowed, match="at most 2"):
            services.issue_key(first.client, scopes=["inventory:read"])
        services.revoke_key(first.key)
        assert services.issue_key(first.client, scopes=["inventory:read"]).secret


def test_rotation_keeps_the_rights_and_ends_the_old_key(cast: Cast) -> None:
    old = machine(cast.avalon, ["organisations:read"])
    with acting_for(cast.avalon):
        fresh = services.rotate_key(old.key)
    assert old.get("me").status_code == 401
    old.secret = fresh.secret
    assert old.get("me").json()["scopes"] == ["organisations:read"]


def test_roles_hold_known_scopes_and_a_viewer_only_reads() -> None:
    for role in ("admin", "planner", "clerk", "dispatcher", "viewer"):
        assert scopes_of(role) <= set(SCOPES)
    own = {"views:keep"}  # a view one keeps for oneself changes nothing for others
    assert all(scope.endswith(":read") for scope in scopes_of("viewer") - own)
    assert scopes_of("no such role") == frozenset()
