"""A sharing agreement in the W3C Open Digital Rights Language, as data spaces exchange them."""

from collections.abc import Mapping
from typing import Any

from collab.organisations.models import Organisation
from collab.sharing.models import Grant
from collab.sharing.names import bpn_of


def agreement(grant: Grant, names: Mapping[int, Organisation]) -> dict[str, Any]:
    """Return ``grant`` as an ODRL agreement; parties hidden from the viewer are left out."""
    permission: dict[str, Any] = {
        "action": "read",
        "target": f"urn:collab:topic:{grant.topic}",
        "constraint": _constraints(grant, names),
    }
    document: dict[str, Any] = {
        "@context": "http://www.w3.org/ns/odrl.jsonld",
        "@type": "Agreement",
        "uid": f"urn:uuid:{grant.pk}",
        "permission": [permission],
    }
    if not grant.is_onward_allowed:
        document["prohibition"] = [{"action": "distribute", "target": permission["target"]}]
    for role, key in (("assigner", grant.owner_id), ("assignee", grant.viewer_id)):
        if bpn := bpn_of(names, key):
            document[role] = f"urn:bpn:{bpn}"
    return document


def _constraints(grant: Grant, names: Mapping[int, Organisation]) -> list[dict[str, Any]]:
    found = [
        _constraint("purpose", "eq", grant.purpose),
        _constraint("dateTime", "gteq", grant.valid_from.isoformat()),
    ]
    last = min((each for each in (grant.valid_to, grant.revoked_at) if each), default=None)
    if last is not None:
        found.append(_constraint("dateTime", "lt", last.isoformat()))
    if about := bpn_of(names, grant.about_id):
        found.append(_constraint("collab:about", "eq", f"urn:bpn:{about}"))
    if grant.fields:
        found.append(_constraint("collab:fields", "isAnyOf", list(grant.fields)))
    return found


def _constraint(left: str, operator: str, right: Any) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}
