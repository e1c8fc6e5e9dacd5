"""Settings from outside: good ones are read, each bad one is one sentence that names it."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.environment import KNOWN_SETTINGS, BadSetting, Environment, parse_database_url

LOCAL = {
    "COLLAB_SECRET_KEY": "k" * 32,
    "DATABASE_URL": "postgres://app_rt:secret@127.0.0.1:5433/collab",
    "REDIS_URL": "redis://:secret@127.0.0.1:6380/0",
}
PRODUCTION = LOCAL | {
    "COLLAB_ENV": "production",
    "COLLAB_BASE_URL": "https://collab.example/",
    "COLLAB_FIELD_KEYS": "newest, older",
}


def test_a_local_installation() -> None:
    read = Environment.from_env(LOCAL)
    assert (read.mode, read.role, read.is_production) == ("local", "runtime", False)
    assert read.base_url == "http://127.0.0.1:8000"
    assert read.live_url == "ws://127.0.0.1:8000/ws/live/"
    assert read.languages == ("en", "de")
    assert (read.smtp_url, read.mqtt_url, read.oidc, read.saml) == (None, None, None, None)
    assert not read.silent
    assert read.database["USER"] == "app_rt"


def test_a_production_installation() -> None:
    read = Environment.from_env(PRODUCTION)
    assert read.is_production
    assert read.base_url == "https://collab.example"
    assert read.live_url == "wss://collab.example/ws/live/"
    assert read.allowed_hosts == ("collab.example",)
    assert read.field_keys == ("newest", "older")
    assert read.proxies == 1
    assert read.mail_from == "collab@collab.example"


def test_checks_need_no_settings_at_all() -> None:
    assert Environment.from_env({"COLLAB_ENV": "test"}).mode == "test"


def test_the_owning_role_uses_its_own_address() -> None:
    owner = {"COLLAB_DB_ROLE": "owner"}
    with pytest.raises(BadSetting, match="expected DATABASE_OWNER_URL"):
        _ = Environment.from_env(LOCAL | owner).database
    owner["DATABASE_OWNER_URL"] = "postgres://app_owner:secret@127.0.0.1:5433/collab"
    assert Environment.from_env(LOCAL | owner).database["USER"] == "app_owner"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"COLLAB_ENV": "staging"}, "expected COLLAB_ENV to be one of local, test, production"),
        ({"COLLAB_SECRET_KEY": "short"}, "expected COLLAB_SECRET_KEY of at least 32 characters"),
        ({"COLLAB_SECRET_KEY": " "}, "expected COLLAB_SECRET_KEY to be set"),
        ({"DATABASE_URL": "mysql://a:secret@b/c"}, "expected DATABASE_URL to be an address that"),
        ({"DATABASE_URL": "postgres://h/collab"}, "expected DATABASE_URL to hold a user"),
        ({"DATABASE_URL": "postgres://a:secret@h:x/c"}, "expected DATABASE_URL .* valid port"),
        ({"DATABASE_URL": "postgres://a@h/c?options=x"}, "without the unknown option 'options'"),
        ({"REDIS_URL": "127.0.0.1:6379"}, "expected REDIS_URL .* redis:// or rediss://"),
        ({"SILENT_MODE": "yes"}, "expected SILENT_MODE to be one of 0, 1, got 'yes'"),
        ({"COLLAB_PROXIES": "-1"}, "expected COLLAB_PROXIES from 0 to 5, got '-1'"),
        ({"COLLAB_LANGUAGES": "en,tlh"}, "expected COLLAB_LANGUAGES among en, de, got 'tlh'"),
        ({"OIDC_ISSUER": "https://id.example"}, "expected OIDC_CLIENT_ID beside the others"),
        ({"SAML_IDP_SSO_URL": "https://id.example"}, "expected SAML_IDP_ENTITY_ID beside"),
        ({"DEMAND": "/no/such.csv"}, "expected DEMAND to name a file"),
    ],
)
def test_one_sentence_per_bad_value(settings: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence) as found:
        Environment.from_env(LOCAL | settings)
    assert "secret" not in str(found.value)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"COLLAB_BASE_URL": "http://collab.example"},
        {"COLLAB_LIVE_URL": "ws://collab.example/ws/live/"},
        {"COLLAB_FIELD_KEYS": ""},
        {"COLLAB_BASE_URL": ""},
    ],
)
def test_production_refuses_what_is_not_safe(settings: dict[str, str]) -> None:
    with pytest.raises(BadSetting, match=next(iter(settings))):
        Environment.from_env(PRODUCTION | settings)


def test_every_name_that_is_read_is_known() -> None:
    source = Path(__file__).resolve().parents[2] / "collab" / "environment.py"
    body = source.read_text().split("LANGUAGES: Final")[1]
    read = set(re.findall(r'"((?:COLLAB|OIDC|SAML|SMTP|MQTT|REDIS|DATABASE)_[A-Z_]+)"', body))
    assert read | {"SILENT_MODE", "DEMAND"} == KNOWN_SETTINGS


passwords = st.text(min_size=1).filter(lambda text: text.isprintable())


@given(passwords)
def test_any_password_survives_its_address(password: str) -> None:
    parsed = parse_database_url(f"postgres://app_rt:{quote(password, safe='')}@db:5433/collab")
    assert parsed["PASSWORD"] == password
    assert (parsed["HOST"], parsed["PORT"], parsed["NAME"]) == ("db", "5433", "collab")


def test_options_of_the_driver() -> None:
    parsed = parse_database_url("postgresql://a@db/collab?sslmode=verify-full&connect_timeout=5")
    assert parsed["OPTIONS"] == {"sslmode": "verify-full", "connect_timeout": "5"}
    assert parsed["PORT"] == "5432"
