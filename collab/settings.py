"""Django settings: one file, fed by the environment through ``collab.environment``."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from django.utils.translation import gettext_lazy as _

from collab.environment import Environment
from collab.integration.request_id import number_log_records

django_stubs_ext.monkeypatch()  # so that types such as Field[Any, Any] hold at run time too

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = Environment.from_env()
SECRET_KEY = ENVIRONMENT.secret_key
SECRET_KEY_FALLBACKS = list(ENVIRONMENT.secret_key_fallbacks)
DEBUG = False
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
BASE_URL = ENVIRONMENT.base_url
LIVE_URL = ENVIRONMENT.live_url
REDIS_URL = ENVIRONMENT.redis_url
PROXIES = ENVIRONMENT.proxies
SILENT_MODE = ENVIRONMENT.silent
FIELD_KEYS = ENVIRONMENT.field_keys
IS_LOCAL = not ENVIRONMENT.is_production
SECURE = BASE_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
    "channels",
    "csp",
    "django_cotton.apps.SimpleAppConfig",
    "template_partials.apps.SimpleAppConfig",
    "django_htmx",
    "django_vite",
    "oauth2_provider",
    "rest_framework",
    "drf_spectacular",
    "collab.organisations",
    "collab.sharing",
    "collab.masterdata",
    "collab.events",
    "collab.live",
    "collab.jobs",
    "collab.work",
    "collab.integration",
    "collab.shell",
    "collab.demo",
    "forecasting",
    "transport",
    "inventory",
    "sequencing",
    "yard",
    "risk",
    "kpis",
]

MIDDLEWARE = [
    "collab.integration.middleware.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "collab.integration.uploads.BodyLimit",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "collab.shell.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "collab.shell.middleware.SecondFactor",
    "collab.shell.middleware.LocalTime",
    "django_htmx.middleware.HtmxMiddleware",
    "collab.integration.middleware.PrivateResponses",
    "collab.integration.middleware.ActingOrganisation",
    "collab.shell.middleware.DefaultView",
]

ROOT_URLCONF = "collab.urls"
WSGI_APPLICATION = "collab.wsgi.application"
ASGI_APPLICATION = "collab.asgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django_cotton.cotton_loader.Loader",
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "collab.shell.context_processors.shell",
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
                "django.templatetags.i18n",
                "collab.masterdata.templatetags.units",
            ],
        },
    }
]

# One alias. Serving uses the run-time role; schema work the owning one (manage.py sets it).
DATABASES = {
    "default": {
        **ENVIRONMENT.database,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People and web sessions
AUTH_USER_MODEL = "organisations.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
     "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]  # fmt: skip
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "collab.shell.accounts.InvitedOnly"
ACCOUNT_EMAIL_VERIFICATION = "none"  # the invitation went to the address, see collab.shell.accounts
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody signs up alone: an account's owner was invited
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {"APPS": []},
    "saml": {"APPS": []},
}
if (oidc := ENVIRONMENT.oidc) is not None:
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"].append(
        {
            "provider_id": "oidc",
            "name": "Single sign-on",
            "client_id": oidc.client_id,
            "secret": oidc.client_secret,
            "settings": {"server_url": oidc.issuer},
        }
    )
if (saml := ENVIRONMENT.saml) is not None:
    SOCIALACCOUNT_PROVIDERS["saml"]["APPS"].append(
        {
            "provider_id": saml.entity_id,
            "name": "Single sign-on",
            "client_id": "saml",
            "settings": {
                "idp": {
                    "entity_id": saml.entity_id,
                    "sso_url": saml.sso_url,
                    "x509cert": saml.certificate,
                },
                "advanced": {"reject_idp_initiated_sso": True, "want_assertion_signed": True},
            },
        }
    )
SOCIALACCOUNT_LOGIN_ON_GET = True  # browsers apply form-action to where a form is led on to
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # an account is (provider, sub), never a bare e-mail
SESSION_COOKIE_NAME = "__Host-collab" if SECURE else "collab"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_AGE = 30 * 60  # idle limit; the absolute one is in ActingOrganisation
SESSION_SAVE_EVERY_REQUEST = False
SESSION_ABSOLUTE_AGE_S = 12 * 3600
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "collab.shell.errors.csrf_failure"

# Files: counted while they come, small ones kept in memory, larger ones in a temporary file
FILE_UPLOAD_HANDLERS = [
    "collab.integration.uploads.CountedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# The edge
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_live_origin = "/".join(LIVE_URL.split("/")[:3])
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'", _live_origin],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
    }
}

# Languages and time
LANGUAGE_CODE = "en"
_LANGUAGE_NAMES = {"en": _("English"), "de": _("German")}
LANGUAGES = [(code, _LANGUAGE_NAMES[code]) for code in ENVIRONMENT.languages]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["collab.shell.formats"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

# Static files, built by `npm run build`
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / ".local" / "static"
WHITENOISE_USE_FINDERS = IS_LOCAL
if IS_LOCAL:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise expects it, the finders do the rest
WHITENOISE_MAX_AGE = 31_536_000 if SECURE else 3600
DJANGO_VITE = {
    "default": {
        "dev_mode": False,
        "manifest_path": BASE_DIR / "static" / "dist" / "manifest.json",
        "static_url_prefix": "dist",
    }
}

# REST
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["collab.integration.authentication.ActingAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["collab.integration.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["collab.integration.renderers.Json"],
    "DEFAULT_PARSER_CLASSES": ["collab.integration.parsers.Json"],
    "DEFAULT_SCHEMA_CLASS": "collab.integration.schema.Schema",
    "DEFAULT_THROTTLE_CLASSES": ["collab.integration.throttles.PerClient"],
    "EXCEPTION_HANDLER": "collab.integration.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_VERSIONING_CLASS": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Collab",
    "DESCRIPTION": "Collaboration of car makers, suppliers, carriers and warehouses.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [],
}
OAUTH2_PROVIDER_APPLICATION_MODEL = "integration.OAuthApplication"
OAUTH2_PROVIDER = {
    "ACCESS_TOKEN_EXPIRE_SECONDS": 900,
    "ALLOWED_SCHEMES": ["https"] if SECURE else ["http", "https"],
    "PKCE_REQUIRED": True,
    "SCOPES_BACKEND_CLASS": "collab.integration.oauth.Scopes",
}
API_RATE_PER_MINUTE = 600

# Tasks: late acknowledgement and a fast restore sweep; the outbox is the guarantee
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = 240, 300
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "collab.events.beat:SharedSchedule"

# Signed states of the audit chains, kept where the database's owner cannot reach them
CHECKPOINTS = ENVIRONMENT.checkpoints
AUDIT_SEED = ENVIRONMENT.audit_seed
AUDIT_FORMER_KEYS = ENVIRONMENT.audit_former_keys

# Areas plug into the kernel by dotted path; the kernel imports none of them
AREAS = [
    "collab.integration",
    "collab.organisations",
    "collab.events",
    "collab.sharing",
    "collab.masterdata",
    "collab.work",
    "collab.jobs",
    "collab.live",
    "forecasting",
    "transport",
    "inventory",
    "collab.shell",
]
# Where intake leaves what devices say, and whose accounts the broker knows
DEVICE_KEEPER = "inventory.services.device_messages.keep_deliveries"
DEVICE_ACCOUNTS = "inventory.services.devices.device_accounts"
TOWER_FIGURES = [
    "collab.shell.tower_figures.exceptions",
    "inventory.panels.figures",
    "collab.shell.tower_figures.sharing",
    "forecasting.panels.figures",
    "forecasting.release_panels.figures",
    "forecasting.panels.plan_figures",
]
TOWER_PANELS = [
    "collab.shell.tower_panels.network_map",
    "collab.shell.tower_panels.exceptions",
    "inventory.panels.coverage_heat",
    "collab.shell.tower_panels.supply_network",
    "collab.shell.tower_panels.partner_data",
]
PORTAL_FIGURES = TOWER_FIGURES
PORTAL_PANELS = [
    "collab.shell.tower_panels.to_do",
    "forecasting.release_panels.to_answer",
    "forecasting.panels.commits_due",
    "transport.advice_panels.to_announce",
    "inventory.receipt_panels.receipts_to_answer",
    "collab.shell.tower_panels.our_reports",
    "inventory.panels.stock_reports_due",
    "inventory.panels.coverage_by_customer",
]
# Lists whose filters people may save: their name in the URL table → in words, icon
LIST_PAGES = {
    "work:queue": (_("Exceptions"), "alert"),
    "inventory:coverage": (_("Days of supply"), "package"),
    "inventory:tracking": (_("Units"), "radar"),
    "inventory:stock": (_("Stock"), "package"),
    "inventory:receipts": (_("Goods receipts"), "package"),
    "inventory:cumulative": (_("Cumulative quantities"), "gauge"),
    "masterdata:parts": (_("Parts"), "package"),
    "jobs:list": (_("Jobs"), "activity"),
    "forecasting:signals": (_("Market signals"), "chart"),
    "forecasting:releases": (_("Delivery schedules"), "list"),
    "forecasting:commits": (_("Commits"), "handshake"),
    "forecasting:capacity": (_("Capacity"), "gauge"),
    "forecasting:orders": (_("Orders"), "list"),
    "transport:advices": (_("Dispatch advices"), "package"),
}

# Mail leaves only where a server is named and the copy is not silent
DEFAULT_FROM_EMAIL = ENVIRONMENT.mail_from
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
if ENVIRONMENT.smtp_url and not SILENT_MODE:
    _smtp = urlsplit(ENVIRONMENT.smtp_url)
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = _smtp.hostname, _smtp.port or 587
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _smtp.username or "", _smtp.password or ""
    EMAIL_USE_SSL = _smtp.scheme == "smtps"
    EMAIL_USE_TLS = not EMAIL_USE_SSL
    EMAIL_TIMEOUT = 20

number_log_records()  # before the first record is formatted
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "INFO" if not IS_LOCAL else "WARNING"},
}
