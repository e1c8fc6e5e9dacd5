"""Settings, audit: who changed whose access, newest first, and whether the chain holds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from collab.events import audit, sealing
from collab.events.audit_log import AuditEntry
from collab.events.chain import START, Finding, Tip
from collab.events.checkpoints import BadCheckpoint, Checkpoint, newest, start_from
from collab.integration.exports import export_response, wanted_form
from collab.organisations.context import acting_organisation
from collab.organisations.models import ApiClient, Membership
from collab.shell.page import PageRequest, for_roles, page_url

ROWS = 50
COLUMNS = ("number", "at", "actor", "action", "object", "object_id", "change", "previous", "hash")


@dataclass(frozen=True, slots=True)
class Seal:
    """What can be said about the chain now: signed up to where, looked at up to where."""

    signed: Checkpoint | None
    signed_at: datetime | None
    tip: Tip
    looked_at: int
    findings: tuple[Finding, ...]
    trouble: str

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings and not self.trouble


@require_GET
@for_roles("admin")
def log(request: PageRequest) -> HttpResponse:
    """Show the entries page by page, or hand all of them out as a file."""
    actors = _actors()
    if wanted_form(request):
        rows = (_exported(entry, actors) for entry in AuditEntry.objects.order_by("-number"))
        return export_response(request, "audit", COLUMNS, rows)
    before = request.GET.get("before", "")
    entries = AuditEntry.objects.order_by("-number")
    if before.isascii() and before.isdecimal() and len(before) < 19:
        entries = entries.filter(number__lt=int(before))
    found = list(entries[: ROWS + 1])
    here = "shell:audit"
    older = page_url(request, here, before=str(found[ROWS - 1].number)) if found[ROWS:] else ""
    context = {
        "rows": [(entry, _named(entry, actors), _words(entry)) for entry in found[:ROWS]],
        "seal": _seal(),
        "older": older,
        "newest": page_url(request, here) if before else "",
    }
    return render(request, "shell/audit.html", context)


def _seal() -> Seal:
    """Verify what came after the last signed state; that state vouches for what came before."""
    signed, start, trouble = None, START, ""
    try:
        signed = newest(settings.CHECKPOINTS, acting_organisation().bpn)
        start = start_from(signed, sealing.trusted_keys())
    except BadCheckpoint as bad:
        trouble = str(bad)
    found = audit.state(after=start)
    signed_at = parse_datetime(signed.at) if signed else None
    return Seal(signed, signed_at, found.tip, found.looked_at, found.findings, trouble)


def _actors() -> dict[UUID, str]:
    """Return the names of one's own members and API clients by key."""
    members = Membership.objects.filter(organisation=acting_organisation())
    named = {each.pk: str(each.person) for each in members.select_related("person")}
    return named | {each.pk: each.name for each in ApiClient.objects.all()}


def _named(entry: AuditEntry, actors: dict[UUID, str]) -> str:
    if entry.actor_id is None:
        return _("Platform")
    return actors.get(entry.actor_id, _("Somebody who has left"))


def _words(entry: AuditEntry) -> list[tuple[str, str]]:
    return [(name.replace("_", " "), _text(value)) for name, value in entry.change.items() if value]


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _exported(entry: AuditEntry, actors: dict[UUID, str]) -> list[Any]:
    change = "; ".join(f"{name}: {_text(value)}" for name, value in entry.change.items())
    return [
        entry.number,
        entry.at,
        _named(entry, actors),
        entry.action,
        entry.object_kind,
        entry.object_id,
        change,
        entry.previous,
        entry.hash,
    ]
