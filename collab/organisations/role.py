"""Refuse to serve on a database role that row-level security does not bind."""

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

_QUESTIONS = """
SELECT rolsuper, rolbypassrls,
       EXISTS (SELECT FROM pg_roles o WHERE o.rolname = 'app_owner'
                AND pg_has_role(current_user, o.oid, 'MEMBER')),
       EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p')),
       current_setting('server_version_num')::int
  FROM pg_roles r WHERE rolname = current_user
"""
MINIMUM_VERSION = 150014

HELP = (
    "expected DATABASE_URL to name a run-time role that owns nothing: "
    "CREATE ROLE app_rt LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOINHERIT"
)


def unsafe_reasons() -> list[str]:
    """Return why the current database role must not serve; empty when it may."""
    with connection.cursor() as cursor:
        cursor.execute(_QUESTIONS)
        is_super, bypasses, is_owner, owns_tables, version = cursor.fetchone()
        cursor.execute("SELECT current_user")
        role = cursor.fetchone()[0]
    found = []
    if is_super:
        found.append(f"role {role} is a superuser")
    if bypasses:
        found.append(f"role {role} bypasses row-level security")
    if is_owner or owns_tables:
        found.append(f"role {role} owns tables or may become their owner")
    if version < MINIMUM_VERSION:
        found.append(f"expected PostgreSQL >= 15.14, got server_version_num {version}")
    return found


def refuse_unsafe_role() -> None:
    """Raise ``ImproperlyConfigured`` unless row-level security binds the current role."""
    if reasons := unsafe_reasons():
        raise ImproperlyConfigured(f"{'; '.join(reasons)}: {HELP}")
    connection.close()  # a forked worker must not share it
