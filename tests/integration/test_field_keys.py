"""Secrets are sealed with a new field key while everything goes on: rotate_field_keys."""

import base64
import os
from collections.abc import Callable
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import models

from collab.integration.models import WebhookEndpoint
from collab.integration.webhooks import resealing
from collab.integration.webhooks.sealing import is_newest, seal, unseal
from collab.organisations.context import acting_for
from collab.sharing.models import Owned
from tests.harness.cast import Cast

Use = Callable[..., None]


def key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


@pytest.fixture
def use(settings: object) -> Use:
    """Return a function that makes these the installation's field keys, newest first."""

    def put(*keys: str) -> None:
        settings.FIELD_KEYS = list(keys)  # type: ignore[attr-defined]

    return put


def said(**options: bool) -> str:
    out = StringIO()
    call_command("rotate_field_keys", stdout=out, stderr=out, **options)
    return out.getvalue()


def endpoints(cast: Cast) -> None:
    """Give two organisations endpoints, one of them with a secret that is on its way out."""
    for owner, former in ((cast.avalon, "leaving"), (cast.avalon, ""), (cast.brasov, "")):
        with acting_for(owner):
            WebhookEndpoint.objects.create(
                url="https://example.org/hook",
                secret=seal("signs"),
                former_secret=seal(former) if former else "",
            )


def secrets(cast: Cast) -> list[str]:
    found: list[str] = []
    for owner in (cast.avalon, cast.brasov):
        with acting_for(owner):
            for row in WebhookEndpoint.objects.order_by("pk"):
                found += [each for each in (row.secret, row.former_secret) if each]
    return found


def test_the_former_key_may_go_after_the_command(
    cast: Cast, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on where it was stopped, twice = once, and the secrets are what they were."""
    old, new = key(), key()
    use(old)
    endpoints(cast)
    use(new, old)
    with pytest.raises(CommandError, match="4 secrets still need"):
        said(check=True)
    assert not any(is_newest(each) for each in secrets(cast))
    monkeypatch.setattr(resealing, "BATCH", 1)
    real = resealing.resealed
    done: list[str] = []

    def stops(stored: str) -> str:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(stored)
        return real(stored)

    monkeypatch.setattr(resealing, "resealed", stops)
    with pytest.raises(KeyboardInterrupt):
        said()
    monkeypatch.setattr(resealing, "resealed", real)
    assert sum(is_newest(each) for each in secrets(cast)) == 2
    assert said().startswith("2 sealed anew, 2 sealed with the newest key before.")
    assert said(check=True).startswith("0 to seal anew, 4 ")
    use(new)
    assert sorted(unseal(each) for each in secrets(cast)) == ["leaving", "signs", "signs", "signs"]
    use(key())
    with pytest.raises(CommandError, match="4 secrets could not be opened"):
        said()


def test_every_column_that_says_it_is_sealed_is_registered() -> None:
    """A table with a column named for a secret is one that the command knows."""
    known = resealing.registered()
    for model in (each for each in apps.get_models() if issubclass(each, Owned)):
        for field in model._meta.get_fields():
            if isinstance(field, models.TextField) and (
                "secret" in field.name or field.name == "chain"
            ):
                assert field.name in known.get(model, ()), f"{model._meta.label}.{field.name}"
