"""What a key, a token or a role may do: the catalogue of scopes."""

from typing import Final

_AREAS: Final = {
    "organisations": "your organisation, its sites, people and API clients",
    "sharing": "partnerships and sharing agreements",
    "masterdata": "parts, aliases, bills of material, packaging, calendars",
    "forecasting": "demand series, forecasts, commitments",
    "inventory": "stock counts, movements, days of supply",
    "work": "exceptions and tasks",
    "jobs": "long-running work",
    "transport": "shipments and tours",
    "sequencing": "build sequences and calls",
    "yard": "appointments and docks",
    "risk": "disruptions and measures",
    "kpis": "key figures",
    "messages": "messages of partners' systems",
}

SCOPES: Final[dict[str, str]] = {
    f"{area}:{verb}": f"{verb.capitalize()} {about}"
    for area, about in _AREAS.items()
    for verb in ("read", "write")
} | {
    "audit:read": "Read the audit log: who changed whose access",
    "forecasting:commit": "Commit to forecasts, confirm orders, answer releases",
    "inventory:capture": "Hand in tracking events",
    "transport:advise": "Send dispatch advices, answer offers and routes, confirm containers",
    "views:read": "Read saved views of lists",
    "views:keep": "Save, change and remove one's own views of lists",
}
"""Every scope with what it opens, in English."""

MACHINE_EXCLUDED: Final = frozenset({"organisations:write", "views:keep"})
"""What no key or token may hold: only people manage clients, keys, people, sites
and views."""

MACHINE_SCOPES: Final = frozenset(SCOPES) - MACHINE_EXCLUDED

_READ = frozenset(f"{area}:read" for area in _AREAS) | {"views:read", "views:keep"}
"""What every member may do; a view one keeps for oneself changes nothing for others."""
_OPERATIVE = frozenset(
    {
        "forecasting:write",
        "forecasting:commit",
        "inventory:write",
        "inventory:capture",
        "masterdata:write",
        "work:write",
        "jobs:write",
        "transport:write",
        "transport:advise",
        "sequencing:write",
        "yard:write",
        "risk:write",
        "messages:write",
    }
)
_CLERICAL = frozenset(
    {
        "forecasting:commit",
        "transport:advise",
        "inventory:write",
        "inventory:capture",
        "work:write",
        "jobs:write",
        "yard:write",
    }
)
_DISPATCH = frozenset(
    {"transport:write", "transport:advise", "yard:write", "work:write", "jobs:write"}
)

OF_ROLE: Final[dict[str, frozenset[str]]] = {
    "admin": frozenset(SCOPES),
    "planner": _READ | _OPERATIVE,
    "clerk": _READ | _CLERICAL,
    "dispatcher": _READ | _DISPATCH,
    "viewer": _READ,
}


WIDER: Final = {"forecasting:commit": "forecasting:write"}
"""Scopes that another one, given earlier to keys and tokens, includes."""


def allows(held: frozenset[str], needed: str) -> bool:
    """Say whether who holds these scopes may do what ``needed`` names."""
    return needed in held or WIDER.get(needed) in held


def scopes_of(role: str) -> frozenset[str]:
    """Return what a signed-in member with ``role`` may do; nothing for an unknown role."""
    return OF_ROLE.get(role, frozenset())
