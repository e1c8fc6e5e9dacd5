"""The ledger of tracking events: its state, its witnesses, whose we witness, and files to take."""

import json
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collab.events.transparency import reading
from collab.events.transparency.models import TransparencyLog, WitnessedHead
from collab.events.transparency.reading import NotLogged, NotSigned
from collab.events.transparency.trust import published_keys
from collab.jobs.queries import JobRow, jobs
from collab.organisations.context import acting_organisation_id
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, page_url
from inventory.queries.event_ledger import (
    Broken,
    growth_of,
    ledger_of,
    own_ledger,
    proof_of_event,
    witnessed,
    witnesses,
)
from inventory.queries.logged_events import LEDGER
from inventory.services.ledger_watch import JOB, start_verifying


@require_GET
@for_roles()
def ledger(request: PageRequest) -> HttpResponse:
    """Show our own ledger, who keeps copies of its heads, and whose heads we keep."""
    return _page(request)


@require_GET
@for_roles()
def ledger_one(request: PageRequest, key: UUID) -> HttpResponse:
    """Show the same page with one ledger, our own or a partner's, in the light."""
    if not TransparencyLog.objects.filter(pk=key, name=LEDGER).exists():
        raise Http404
    return _page(request, shown=key)


@require_POST
@for_roles(*WRITERS)
def verify(request: PageRequest) -> HttpResponse:
    """Look at every entry of our ledger and at partners' newest heads, as a job."""
    job = jobs(kind=JOB).first()
    if job is None or JobRow.of(job).is_ended:
        start_verifying()
    return go_to(request, page_url(request, "inventory:ledger"), toast=_("Verifying the ledger."))


@require_GET
@for_roles()
def head_file(request: PageRequest, bpn: str) -> HttpResponse:
    """Hand out the newest signed head of a ledger that is open to us."""
    try:
        head = reading.newest_head(ledger_of(bpn))
    except NotLogged:
        head = None
    if head is None:
        raise Http404
    return _file(f"head-{bpn}-{head.tree_size}.json", head.body())


@require_GET
@for_roles()
def witnessed_file(request: PageRequest, bpn: str) -> HttpResponse:
    """Hand out our newest copy of a partner's head that fits the ones before."""
    row = (
        WitnessedHead.objects.filter(
            owner_id=acting_organisation_id(),
            counterparty__bpn=bpn,
            log_name=f"{bpn}/{LEDGER}",
            verdict=WitnessedHead.Verdict.FITS,
        )
        .order_by("-id")
        .first()
    )
    if row is None:
        raise Http404
    return _file(f"witnessed-{bpn}-{row.size}.json", row.signed().body())


@require_GET
@for_roles()
def growth_file(request: PageRequest, bpn: str, first: int) -> HttpResponse:
    """Hand out the proof that a ledger's first entries are still those."""
    try:
        found = growth_of(bpn, first)
    except NotLogged:
        raise Http404 from None
    except Broken:
        return _refused(request, _("What is stored gives no proof that holds: verify the ledger."))
    sizes = f"{found.first.tree_size}-{found.second.tree_size}"
    return _file(f"growth-{bpn}-{sizes}.json", found.body())


@require_GET
@for_roles()
def event_proof(request: PageRequest, key: UUID) -> HttpResponse:
    """Hand out the proof that a tracking event is in its owner's ledger."""
    try:
        found = proof_of_event(key)
    except NotLogged:
        raise Http404 from None
    except NotSigned:
        return _refused(request, _("No signed head covers the event yet: try again in a minute."))
    except Broken:
        return _refused(request, _("What is stored gives no proof that holds: verify the ledger."))
    return _file(f"proof-{key}.json", found.body())


@require_GET
@for_roles()
def key_file(request: PageRequest, key_id: str) -> HttpResponse:
    """Hand out a public key as the PEM file that the verifier takes."""
    for each in published_keys():
        if each.id == key_id:
            response = HttpResponse(each.pem, content_type="application/x-pem-file")
            response["Content-Disposition"] = content_disposition_header(True, f"{key_id}.pem")
            return response
    raise Http404


def _page(request: PageRequest, shown: UUID | None = None) -> HttpResponse:
    own, job = own_ledger(), jobs(kind=JOB).first()
    context = {
        "own": own,
        "own_bpn": request.organisation.bpn,
        "keys": published_keys(),
        "witnesses": witnesses() if own is not None else [],
        "witnessed": witnessed(),
        "shown": shown,
        "job": None if job is None else JobRow.of(job),
        "result": None if job is None else job.result,
        "may_verify": request.membership.role in WRITERS,
        "tenant": request.organisation.slug,
    }
    return render(request, "inventory/ledger/ledger.html", context)


def _file(name: str, body: dict[str, Any]) -> HttpResponse:
    text = json.dumps(body, indent=1, ensure_ascii=False) + "\n"
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _refused(request: PageRequest, reason: str) -> HttpResponse:
    return go_to(request, page_url(request, "inventory:ledger"), toast=reason)


routes: list[URLPattern] = [
    path("inventory/ledger/", ledger, name="ledger"),
    path("inventory/ledger/verify", verify, name="ledger-verify"),
    path("inventory/ledger/<uuid:key>/", ledger_one, name="ledger-of"),
    path("inventory/ledger/keys/<str:key_id>.pem", key_file, name="ledger-key"),
    path("inventory/ledger/heads/<str:bpn>.json", head_file, name="ledger-head"),
    path("inventory/ledger/witnessed/<str:bpn>.json", witnessed_file, name="ledger-witnessed"),
    path("inventory/ledger/growth/<str:bpn>/<int:first>.json", growth_file, name="ledger-growth"),
    path("inventory/events/<uuid:key>/proof.json", event_proof, name="event-proof"),
]
