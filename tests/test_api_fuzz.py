"""Whatever is sent to whatever is described, by whomever: no fault of ours, no undescribed answer.

``COLLAB_FUZZ_CASES`` sets how many cases are tried in all (250 unless told; 2,000 for a full run).
"""

import os
import secrets
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from collab.organisations.context import acting_for
from collab.organisations.models import ApiClient, ApiKey, Membership, Site
from collab.sharing.models import Grant, Partnership
from tests.harness.cast import Cast, found_person
from tests.integration.machines import machine

CASES = int(os.environ.get("COLLAB_FUZZ_CASES", "250"))
LEAST = 4  # cases an operation
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def _browser(cast: Cast) -> dict[str, str]:
    """Return the headers of a signed-in administrator."""
    client = Client()
    client.force_login(found_person(cast.avalon, "admin"), backend=BACKEND)
    session = client.session
    session["organisation_id"] = cast.avalon.pk
    session.save()
    token = secrets.token_hex(16)
    name = client.cookies[next(iter(client.cookies))]
    return {
        "Cookie": f"{name.key}={name.value}; csrf={token}",
        "X-CSRFToken": token,
        "Referer": "http://127.0.0.1:8000/",
    }


def _identities(cast: Cast) -> list[dict[str, str]]:
    """Return the headers of five kinds of callers."""
    keys = [
        {"Authorization": f"Bearer {machine(each).secret}"}
        for each in (cast.avalon, cast.brasov, cast.porto, cast.silesia)
    ]
    return [_browser(cast), *keys]


@pytest.fixture
def one_transaction() -> Iterator[None]:
    """Keep Django from closing the test's own connection between requests."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_transaction")
@pytest.mark.timeout(900)
def test_the_api_survives_and_answers_as_described(cast: Cast, settings: Any) -> None:
    settings.API_RATE_PER_MINUTE = 1_000_000
    identities, known = _identities(cast), _known_ids(cast)
    application = get_wsgi_application()
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    found: Any = schema.get_all_operations()
    operations = [each.ok() for each in found]
    assert len(operations) >= 20
    share = max(LEAST, CASES // len(operations))
    statuses: Counter[int] = Counter()
    failures: list[str] = []
    for place, operation in enumerate(operations):
        # Each operation begins with another caller, so that few cases still meet all of them.
        callers = identities[place % len(identities) :] + identities[: place % len(identities)]
        try:
            _fuzz(operation, callers, known, share, statuses)
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - try all, then tell all
            failures.append(f"{operation.label}: {_told(error)}")
    assert not failures, "\n\n".join(failures)
    assert statuses[200] > 0, statuses  # the positive control: some requests do pass
    assert sum(statuses.values()) >= share * len(operations) // 2, statuses
    made = Client(headers=identities[0]).post(
        "/api/v1/api-clients", {"name": "ERP of this test"}, content_type="application/json"
    )
    assert made.status_code == 201, made.content


def _strip_credentials(case: Any) -> None:
    """Leave out credentials that were made up: each case runs as somebody real."""
    for name in [
        each for each in case.headers or {} if each.lower() in {"authorization", "cookie"}
    ]:
        del case.headers[name]
    case.cookies = {}


def _known_ids(cast: Cast) -> dict[str, str]:
    """Return Avalon's own rows by the name of the path parameter."""
    with acting_for(cast.avalon):
        found = {
            "site_id": Site.objects.all(),
            "client_id": ApiClient.objects.all(),
            "key_id": ApiKey.objects.filter(owner=cast.avalon),
            "membership_id": Membership.objects.filter(organisation=cast.avalon),
            "partnership_id": Partnership.objects.all(),
            "grant_id": Grant.objects.all(),
        }
        return {name: str(rows.values_list("pk", flat=True)[0]) for name, rows in found.items()}


def _told(error: BaseException) -> str:
    """Return what schemathesis found, without the traceback."""
    if isinstance(error, BaseExceptionGroup):
        return "\n".join([str(error), *(_told(each) for each in error.exceptions)])
    return f"{type(error).__name__}: {error}"


def _fuzz(
    operation: Any,
    identities: list[dict[str, str]],
    known: dict[str, str],
    share: int,
    statuses: Counter[int],
) -> None:
    turns = iter(range(10**9))

    @settings(
        max_examples=share,
        database=None,
        derandomize="COLLAB_FUZZ_CASES" not in os.environ,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def attempt(case: Any) -> None:
        turn = next(turns)
        _strip_credentials(case)
        if turn % 2 and case.path_parameters:  # half of the cases are about rows that exist
            case.path_parameters.update({n: known[n] for n in case.path_parameters if n in known})
        response = case.call(headers=identities[turn // 2 % len(identities)])
        statuses[response.status_code] += 1
        case.validate_response(response, checks=list(CHECKS))

    attempt()


@pytest.mark.parametrize("path", ["/api/v1/sites", "/api/v1/grants", "/api/v1/me"])
def test_the_description_is_about_what_is_served(cast: Cast, path: str) -> None:
    described = Client().get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert path in described["paths"]
