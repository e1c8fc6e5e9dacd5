"""Pages: how each partner's messages are to be understood."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from collab.integration.inbox.forms import ProfileForm
from collab.integration.models.messages import PartnerProfile
from collab.organisations.context import acting_organisation_id
from collab.shell.page import PageRequest, for_roles, go_to, page_url

WRITERS = ("planner", "admin")


@require_GET
@for_roles(*WRITERS)
def profiles(request: PageRequest) -> HttpResponse:
    """Show the profiles."""
    rows = PartnerProfile.objects.select_related("partner").order_by("partner__name")
    return render(request, "integration/messages_profiles.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def create(request: PageRequest) -> HttpResponse:
    """Add the profile of a partner."""
    return _edit(request, PartnerProfile(owner_id=acting_organisation_id()))


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def change(request: PageRequest, key: UUID) -> HttpResponse:
    """Change the profile of a partner."""
    found = PartnerProfile.objects.select_for_update(of=("self",)).filter(pk=key).first()
    if found is None:
        raise Http404
    return _edit(request, found)


def _edit(request: PageRequest, profile: PartnerProfile) -> HttpResponse:
    is_new = profile._state.adding
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=profile)
    if request.method == "POST" and form.is_valid():
        if not is_new:
            form.instance.version += 1
        form.save()
        return go_to(request, page_url(request, "integration:profiles"), toast=_("Saved."))
    context: dict[str, Any] = {"form": form, "profile": None if is_new else profile}
    status = 422 if form.errors else 200
    return render(request, "integration/messages_profile.html", context, status=status)
