"""Integrations: the systems that act for the organisation, and their keys."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.scopes import MACHINE_SCOPES
from collab.organisations import services
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import ApiClient, ApiKey
from collab.shell.page import PageRequest, for_roles, go_to, page_url

LIFETIMES = [(90, _("90 days")), (180, _("180 days")), (365, _("1 year"))]
SOON = timedelta(days=14)


class KeyForm(forms.Form):
    """A new key: for which system, what it may do, for how long."""

    client = forms.CharField(
        label=_("System"), max_length=80, help_text=_("For example: SAP production, EDI gateway")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), widget=forms.CheckboxSelectMultiple
    )
    days = forms.TypedChoiceField(label=_("Valid for"), choices=LIFETIMES, coerce=int, initial=180)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes: Any = self.fields["scopes"]
        scopes.choices = [(name, name) for name in sorted(MACHINE_SCOPES)]

    def areas(self) -> list[tuple[str, list[tuple[str, str, bool]]]]:
        """Return the scopes by area: (area, [(scope, verb, is chosen)])."""
        chosen = set(self["scopes"].value() or [])
        found: dict[str, list[tuple[str, str, bool]]] = {}
        for scope in sorted(MACHINE_SCOPES):
            area, _colon, verb = scope.partition(":")
            words = gettext("Read") if verb == "read" else gettext("Write")
            found.setdefault(area, []).append((scope, words, scope in chosen))
        return sorted(found.items())


@require_GET
@for_roles("admin", "planner")
def overview(request: PageRequest) -> HttpResponse:
    """List the systems and their keys; secrets are never shown again."""
    return _overview(request)


@require_http_methods(["GET", "POST"])
@for_roles("admin")
def create(request: PageRequest) -> HttpResponse:
    """Make a key, for a system by name (a new one where there is none), and show it once."""
    form = KeyForm(request.POST or None, initial={"client": request.GET.get("client", "")})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        name = data["client"].strip()
        client = ApiClient.objects.filter(name=name).first() or services.create_client(name=name)
        try:
            issued = services.issue_key(
                client, scopes=data["scopes"], expires_at=_after(data["days"])
            )
        except services.NotAllowed:
            form.add_error("client", _("This system has two live keys already; revoke one first."))
        else:
            return _overview(request, issued)
    context = {"form": form}
    return render(request, "shell/keys_new.html", context, status=422 if form.errors else 200)


@require_POST
@for_roles("admin")
def rotate(request: PageRequest, key_id: UUID) -> HttpResponse:
    """Make the successor of a key; the old one works on until it is revoked."""
    old = _key(key_id)
    lifetime = max(old.expires_at - old.created_at, timedelta(days=1))
    try:
        issued = services.issue_key(
            old.client,
            scopes=old.scopes,
            networks=old.networks,
            expires_at=timezone.now() + lifetime,
        )
    except services.NotAllowed:
        text = gettext("This system has two live keys already; revoke one first.")
        return go_to(request, page_url(request, "shell:keys"), toast=text)
    return _overview(request, issued)


@require_POST
@for_roles("admin")
def revoke(request: PageRequest, key_id: UUID) -> HttpResponse:
    """End a key at once and for good."""
    key = _key(key_id)
    services.revoke_key(key)
    text = gettext("Key %(prefix)s… no longer works") % {"prefix": key.prefix}
    return go_to(request, page_url(request, "shell:keys"), toast=text)


def _overview(request: PageRequest, issued: services.IssuedKey | None = None) -> HttpResponse:
    now = timezone.now()
    keys: dict[UUID, list[dict[str, Any]]] = {}
    for key in ApiKey.objects.filter(owner=request.organisation.pk).order_by("-pk"):
        state = "revoked" if key.revoked_at else "ended" if key.expires_at <= now else "live"
        row = {"key": key, "state": state, "ends_soon": key.expires_at - now < SOON}
        keys.setdefault(key.client_id, []).append(row)
    clients = [(each, keys.get(each.pk, [])) for each in ApiClient.objects.order_by("name")]
    context = {
        "clients": clients,
        "issued": issued,
        "may_change": request.membership.role == "admin",
    }
    return render(request, "shell/keys.html", context)


def _key(key_id: UUID) -> ApiKey:
    found = ApiKey.objects.filter(
        pk=key_id, owner_id=acting_organisation_id(), revoked_at__isnull=True
    )
    key = found.select_related("client").first()
    if key is None:
        raise Http404
    return key


def _after(days: int) -> datetime:
    return timezone.now() + timedelta(days=days)
