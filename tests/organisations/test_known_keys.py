"""A burst of calls with one key asks the database once; a revoked key is out at once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from collab.organisations import known_keys, services
from collab.organisations.context import acting_for
from collab.organisations.credentials import digest_of
from tests.harness.cast import Cast
from tests.integration.machines import Machine, machine


@pytest.fixture
def erp(cast: Cast) -> Machine:
    return machine(cast.brasov)


def key_lookups(erp: Machine) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert erp.get("stock").status_code == 200
    return sum("organisations_apikey" in each["sql"] for each in seen.captured_queries)


def test_the_second_call_of_a_second_looks_nothing_up(erp: Machine) -> None:
    assert key_lookups(erp) > 0
    assert key_lookups(erp) == 0


def test_a_second_later_it_is_looked_up_again(
    erp: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_lookups(erp)
    monkeypatch.setattr(known_keys, "monotonic", lambda: float("inf"))
    assert key_lookups(erp) == 1


def test_a_revoked_key_is_refused_by_the_next_call(erp: Machine) -> None:
    key_lookups(erp)
    with acting_for(erp.organisation):
        services.revoke_key(erp.key)
    assert erp.get("stock").status_code == 401


def test_a_client_that_is_switched_off_is_refused_by_the_next_call(erp: Machine) -> None:
    key_lookups(erp)
    with acting_for(erp.organisation):
        services.switch_client(erp.client, is_active=False)
    assert erp.get("stock").status_code == 401


def test_a_key_that_expires_meanwhile_is_refused(erp: Machine) -> None:
    key_lookups(erp)
    digest = digest_of(erp.secret)
    facts = known_keys.recent(digest)
    assert facts is not None
    past = timezone.now() - timedelta(seconds=1)
    known_keys.keep(
        digest,
        known_keys.KeyFacts(facts.owner_id, facts.client_id, facts.scopes, facts.networks, past),
    )
    assert erp.get("stock").status_code == 401
