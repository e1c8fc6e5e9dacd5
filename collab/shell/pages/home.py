"""The way in: the root sends people to their organisation, and lets them switch."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from collab.integration import callers
from collab.organisations.queries import memberships_of
from collab.shell.page import back, person_of


@require_GET
@login_required
def root(request: HttpRequest) -> HttpResponse:
    """Go to the organisation the session works for, else to the person's first by name."""
    memberships = memberships_of(person_of(request).pk)
    if not memberships:
        raise PermissionDenied
    chosen = request.session.get(callers.ORGANISATION_KEY)
    found = [each for each in memberships if each.organisation_id == chosen] or memberships
    return redirect("shell:home", tenant=found[0].organisation.slug)


@require_http_methods(["GET", "POST"])
@login_required
def switch(request: HttpRequest) -> HttpResponse:
    """Act for another of the person's organisations, under a fresh session key.

    A session works for one organisation at a time. A page of another one asks first (GET).
    """
    data = request.POST if request.method == "POST" else request.GET
    mine = memberships_of(person_of(request).pk)
    memberships = {each.organisation.slug: each for each in mine}
    if (wanted := memberships.get(data.get("to", ""))) is None:
        raise Http404
    organisation = wanted.organisation
    onward = back(request, f"/t/{organisation.slug}/")
    if request.method == "POST":
        callers.choose(request, organisation.pk)
        inside = onward.startswith(f"/t/{organisation.slug}/")
        return redirect(onward if inside else f"/t/{organisation.slug}/")
    chosen = request.session.get(callers.ORGANISATION_KEY)
    current = [each.organisation for each in mine if each.organisation_id == chosen]
    context = {"wanted": organisation, "current": current[0] if current else None, "next": onward}
    return render(request, "shell/switch.html", context)


@require_GET
@login_required
def pattern(request: HttpRequest) -> HttpResponse:
    """Show every component in every state."""
    return render(request, "shell/pattern.html")
