"""Reads and checks every setting that comes from outside; knows nothing of Django."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

Mode = Literal["local", "test", "production"]
Role = Literal["runtime", "owner"]

KNOWN_SETTINGS: Final = frozenset(
    {
        *("COLLAB_ENV", "COLLAB_DB_ROLE", "COLLAB_SECRET_KEY", "COLLAB_SECRET_KEY_FALLBACKS"),
        *("COLLAB_FIELD_KEYS", "COLLAB_BASE_URL", "COLLAB_LIVE_URL", "COLLAB_ALLOWED_HOSTS"),
        *("COLLAB_PROXIES", "COLLAB_LANGUAGES", "COLLAB_MEDIA", "COLLAB_MAIL_FROM"),
        *("COLLAB_CHECKPOINTS", "COLLAB_AUDIT_KEY", "COLLAB_AUDIT_FORMER_KEYS"),
        *("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SMTP_URL", "MQTT_URL"),
        *("SILENT_MODE", "DEMAND", "COLLAB_ROUTER_URL", "COLLAB_ROAD_DETOUR"),
        *("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"),
        *("SAML_IDP_ENTITY_ID", "SAML_IDP_SSO_URL", "SAML_IDP_CERTIFICATE"),
    }
)
"""Names of all variables that `Environment.from_env` reads."""

LANGUAGES: Final = ("en", "de")
SHORTEST_SECRET = 32
SEED_BYTES = 32
_TEST_VALUES: Final = {
    "COLLAB_SECRET_KEY": "only-for-checks-and-tests-never-served",
    "DATABASE_URL": "postgres://app_rt@127.0.0.1:5432/collab",
    "DATABASE_OWNER_URL": "postgres://app_owner@127.0.0.1:5432/collab",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
}
_DATABASE_OPTIONS: Final = frozenset(
    {"sslmode", "sslrootcert", "connect_timeout", "application_name", "target_session_attrs"}
)
_DATABASE_SCHEMES: Final = ("postgres", "postgresql")
_DEFAULT_PORT = 5432


class BadSetting(ValueError):
    """A setting is missing or wrong; the message is one sentence that names it."""


@dataclass(frozen=True, slots=True)
class Oidc:
    """The OpenID Connect provider people may sign in with."""

    issuer: str
    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class Saml:
    """The SAML identity provider people may sign in with."""

    entity_id: str
    sso_url: str
    certificate: str
    """X.509 certificate, base64 without the PEM lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Every setting from outside, checked; values are never printed, some are secrets."""

    mode: Mode
    role: Role
    secret_key: str
    secret_key_fallbacks: tuple[str, ...]
    """Former secret keys whose signatures still hold."""
    field_keys: tuple[str, ...]
    """Fernet keys of secrets at rest, newest first."""
    database_url: str
    database_owner_url: str | None
    redis_url: str
    base_url: str
    live_url: str
    allowed_hosts: tuple[str, ...]
    proxies: int
    """How many proxies of ours stand in front; each adds one X-Forwarded-For address."""
    languages: tuple[str, ...]
    media: Path
    checkpoints: Path
    """Folder of the signed states of the audit chains; not on the database's disk."""
    audit_seed: bytes
    """Ed25519 private key that signs them, 32 bytes; made from the secret key if not named."""
    audit_former_keys: tuple[str, ...]
    """Public keys, base64, whose older checkpoints are still believed."""
    mail_from: str
    smtp_url: str | None
    mqtt_url: str | None
    silent: bool
    """No mail, webhook, EDI or MQTT leaves: for restored copies."""
    oidc: Oidc | None
    saml: Saml | None
    demand: Path | None
    """A CSV of monthly demand that the demo network uses in place of its own."""
    router_url: str | None
    """A road router with the table interface of OSRM; only whoever runs Collab can name it."""
    road_detour: float
    """Road kilometres per kilometre of great circle, where no road distance is known."""

    @property
    def is_production(self) -> bool:
        """Whether real partners may reach this installation."""
        return self.mode == "production"

    @property
    def database(self) -> dict[str, Any]:
        """Django's settings of the database for the present role."""
        if self.role == "runtime":
            return parse_database_url(self.database_url)
        if self.database_owner_url is None:
            raise BadSetting("expected DATABASE_OWNER_URL for a command that changes the schema")
        return parse_database_url(self.database_owner_url, name="DATABASE_OWNER_URL")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Environment":
        """Return the settings that ``environ`` describes.

        Raises
        ------
        BadSetting
            For the first setting that is missing or wrong; its value is not repeated
            when it may hold a secret.
        """
        read = _Reader(environ)
        mode = cast("Mode", read.choice("COLLAB_ENV", get_args(Mode), default="local"))
        read.defaults = _TEST_VALUES if mode == "test" else {}
        secure = mode == "production"
        base_url = read.url(
            "COLLAB_BASE_URL",
            ("https",) if secure else ("http", "https"),
            default=None if secure else "http://127.0.0.1:8000",
        )
        host = urlsplit(base_url).hostname or ""
        live_url = read.url(
            "COLLAB_LIVE_URL",
            ("wss",) if secure else ("ws", "wss"),
            default=f"{base_url.replace('http', 'ws', 1)}/ws/live/",
        )
        return cls(
            mode=mode,
            role=cast("Role", read.choice("COLLAB_DB_ROLE", get_args(Role), default="runtime")),
            secret_key=read.secret("COLLAB_SECRET_KEY"),
            secret_key_fallbacks=read.words("COLLAB_SECRET_KEY_FALLBACKS"),
            field_keys=read.words("COLLAB_FIELD_KEYS", required=secure),
            database_url=read.database("DATABASE_URL"),
            database_owner_url=read.optional_database("DATABASE_OWNER_URL"),
            redis_url=read.url("REDIS_URL", ("redis", "rediss")),
            base_url=base_url,
            live_url=live_url,
            allowed_hosts=read.words("COLLAB_ALLOWED_HOSTS") or _hosts(host, mode),
            proxies=read.number("COLLAB_PROXIES", default=1 if secure else 0, largest=5),
            languages=read.languages("COLLAB_LANGUAGES"),
            media=Path(read.text("COLLAB_MEDIA", ".local/media")),
            checkpoints=Path(read.text("COLLAB_CHECKPOINTS", ".local/checkpoints")),
            audit_seed=read.seed("COLLAB_AUDIT_KEY", read.secret("COLLAB_SECRET_KEY")),
            audit_former_keys=read.words("COLLAB_AUDIT_FORMER_KEYS"),
            mail_from=read.text("COLLAB_MAIL_FROM", f"collab@{host}"),
            smtp_url=read.optional_url("SMTP_URL", ("smtp", "smtps")),
            mqtt_url=read.optional_url("MQTT_URL", ("mqtt", "mqtts")),
            silent=read.choice("SILENT_MODE", ("0", "1"), default="0") == "1",
            oidc=_oidc(read),
            saml=_saml(read),
            demand=read.readable_file("DEMAND"),
            router_url=read.optional_url("COLLAB_ROUTER_URL", ("http", "https")),
            road_detour=read.number("COLLAB_ROAD_DETOUR", default=130, least=100, largest=300)
            / 100,
        )


class _Reader:
    """Takes single values out of an environment; empty counts as absent."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.defaults: Mapping[str, str] = {}

    def text(self, name: str, default: str | None = None) -> str:
        value = self._environ.get(name, "").strip() or self.defaults.get(name) or default
        if value is None:
            raise BadSetting(f"expected {name} to be set, it is not")
        return value

    def choice(self, name: str, allowed: Sequence[str], *, default: str) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise BadSetting(f"expected {name} to be one of {', '.join(allowed)}, got {value!r}")
        return value

    def secret(self, name: str) -> str:
        value = self.text(name)
        if len(value) < SHORTEST_SECRET:
            raise BadSetting(
                f"expected {name} of at least {SHORTEST_SECRET} characters, got {len(value)}"
            )
        return value

    def seed(self, name: str, secret: str) -> bytes:
        """Return 32 bytes given as 64 hexadecimal digits, or made from ``secret`` if not given."""
        value = self.text(name, "")
        if not value:
            return hashlib.sha256(f"{name}|{secret}".encode()).digest()
        try:
            seed = bytes.fromhex(value)
        except ValueError:
            seed = b""
        if len(seed) != SEED_BYTES:
            raise BadSetting(f"expected {name} as {2 * SEED_BYTES} hexadecimal digits")
        return seed

    def words(self, name: str, *, required: bool = False) -> tuple[str, ...]:
        value = self.text(name, None if required else "")
        return tuple(word for part in value.split(",") if (word := part.strip()))

    def languages(self, name: str) -> tuple[str, ...]:
        chosen = self.words(name) or LANGUAGES
        if unknown := [word for word in chosen if word not in LANGUAGES]:
            raise BadSetting(f"expected {name} among {', '.join(LANGUAGES)}, got {unknown[0]!r}")
        return chosen

    def number(self, name: str, *, default: int, largest: int, least: int = 0) -> int:
        value = self.text(name, str(default))
        if not value.isdecimal() or not least <= int(value) <= largest:
            raise BadSetting(f"expected {name} from {least} to {largest}, got {value!r}")
        return int(value)

    def url(self, name: str, schemes: Sequence[str], default: str | None = None) -> str:
        value = self.text(name, default)
        _split(name, value, schemes)
        return value.rstrip("/") if schemes[0].startswith("http") else value

    def optional_url(self, name: str, schemes: Sequence[str]) -> str | None:
        return self.url(name, schemes) if self.text(name, "") else None

    def database(self, name: str) -> str:
        value = self.text(name)
        parse_database_url(value, name=name)
        return value

    def optional_database(self, name: str) -> str | None:
        return self.database(name) if self.text(name, "") else None

    def readable_file(self, name: str) -> Path | None:
        value = self.text(name, "")
        if not value:
            return None
        path = Path(value)
        if not path.is_file():
            raise BadSetting(f"expected {name} to name a file, found none at {value!r}")
        return path

    def all_or_none(self, *names: str) -> list[str] | None:
        values = [self.text(name, "") for name in names]
        if not any(values):
            return None
        for name, value in zip(names, values, strict=True):
            if not value:
                raise BadSetting(f"expected {name} beside the others of {', '.join(names)}")
        return values


def parse_database_url(url: str, *, name: str = "DATABASE_URL") -> dict[str, Any]:
    """Return one entry of Django's DATABASES for ``postgres://user:password@host:port/name``.

    The query may hold libpq's ``sslmode``, ``sslrootcert``, ``connect_timeout`` [s],
    ``application_name`` and ``target_session_attrs``.

    Raises
    ------
    BadSetting
        If the address is incomplete or holds another option.
    """
    parts = _split(name, url, _DATABASE_SCHEMES)
    database = unquote(parts.path.lstrip("/"))
    if not parts.username or not database:
        raise BadSetting(f"expected {name} to hold a user and a database name, one is missing")
    options = dict(parse_qsl(parts.query))
    if unknown := sorted(set(options) - _DATABASE_OPTIONS):
        raise BadSetting(f"expected {name} without the unknown option {unknown[0]!r}")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database,
        "USER": unquote(parts.username),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or _DEFAULT_PORT),
        "OPTIONS": options,
    }


def _split(name: str, value: str, schemes: Sequence[str]) -> SplitResult:
    """Return the parts of an address; errors do not repeat it, it may hold a password."""
    expected = " or ".join(f"{scheme}://" for scheme in schemes)
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise BadSetting(f"expected {name} to be an address with a valid port") from None
    if parts.scheme not in schemes or not parts.hostname or port == 0:
        raise BadSetting(f"expected {name} to be an address that starts with {expected}")
    return parts


def _hosts(host: str, mode: Mode) -> tuple[str, ...]:
    return (host,) if mode == "production" else (host, "localhost", "127.0.0.1", "testserver")


def _oidc(read: _Reader) -> Oidc | None:
    values = read.all_or_none("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
    if values is None:
        return None
    read.url("OIDC_ISSUER", ("https",))
    return Oidc(*values)


def _saml(read: _Reader) -> Saml | None:
    values = read.all_or_none("SAML_IDP_ENTITY_ID", "SAML_IDP_SSO_URL", "SAML_IDP_CERTIFICATE")
    if values is None:
        return None
    read.url("SAML_IDP_SSO_URL", ("https",))
    return Saml(*values)
