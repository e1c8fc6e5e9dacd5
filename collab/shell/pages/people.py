"""People: who belongs to the organisation, in which role; administrators invite and change them."""

from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.organisations import services
from collab.organisations.models import Membership
from collab.organisations.queries import own_members, own_sites
from collab.shell.invitations import days_of_link
from collab.shell.page import PageRequest, for_roles, go_to, page_url

PAGE = 100
LAST_ADMIN = _("At least one administrator has to remain.")


def site_choices() -> list[tuple[str, Any]]:
    """Return where a role may be: at all sites, or at one of one's own."""
    sites = own_sites().order_by("code")
    return [("", _("All sites")), *((each.code, f"{each.code}, {each.name}") for each in sites)]


class MemberForm(forms.Form):
    """Somebody new: the address the invitation goes to, the name and the role."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=80)
    role = forms.ChoiceField(label=_("Role"), choices=Membership.Role.choices, initial="planner")
    site = forms.ChoiceField(label=_("Site"), choices=site_choices, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class RoleForm(forms.Form):
    """Another role for a member, or another site for it."""

    role = forms.ChoiceField(choices=Membership.Role.choices)
    site = forms.ChoiceField(label=_("Site"), choices=site_choices, required=False)


@require_GET
@for_roles()
def overview(request: PageRequest) -> HttpResponse:
    """List the colleagues with their roles, those who left last."""
    rows = own_members().order_by("-is_active", "person__name", "pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    members = list(page)
    secured = set(
        Authenticator.objects.filter(user__in=[each.person_id for each in members])
        .exclude(type=Authenticator.Type.RECOVERY_CODES)
        .values_list("user_id", flat=True)
    )
    context = {
        "members": [(each, each.person_id in secured) for each in members],
        "page": page,
        "roles": Membership.Role.choices,
        "sites": site_choices(),
        "may_change": request.membership.role == Membership.Role.ADMIN,
    }
    return render(request, "shell/people.html", context)


@require_http_methods(["GET", "POST"])
@for_roles("admin")
def invite(request: PageRequest) -> HttpResponse:
    """Show the form of an invitation; send it."""
    form = MemberForm(request.POST or None, initial={"language": get_language()})
    if request.method == "POST" and form.is_valid():
        try:
            services.invite_person(**_placed(form.cleaned_data))
        except services.NotAllowed:
            form.add_error("role", LAST_ADMIN)
        else:
            return _listed(request, _sent(form.cleaned_data["email"]))
    context = {"form": form, "days": days_of_link(), "is_mail_on": is_mail_on()}
    return render(request, "shell/people_new.html", context, status=422 if form.errors else 200)


@require_POST
@for_roles("admin")
def change(request: PageRequest, membership_id: UUID) -> HttpResponse:
    """Give a member another role, or the role at another site."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise Http404
    return _changed(request, membership_id, **_placed(form.cleaned_data))


@require_POST
@for_roles("admin")
def switch(request: PageRequest, membership_id: UUID) -> HttpResponse:
    """End a membership, or take it up again; open pages and sockets close within seconds."""
    return _changed(request, membership_id, is_active=request.POST.get("active") == "yes")


@require_POST
@for_roles("admin")
def invite_again(request: PageRequest, membership_id: UUID) -> HttpResponse:
    """Send the mail of a member again, with a fresh link."""
    member = _member(membership_id)
    if not member.is_active:
        raise Http404
    services.invite_person(
        email=member.person.email, name=member.person.name, role=member.role, site=member.site
    )
    return _listed(request, _sent(member.person.email))


def is_mail_on() -> bool:
    """Say whether mail leaves this installation."""
    return settings.EMAIL_BACKEND != "django.core.mail.backends.dummy.EmailBackend"


def _changed(request: PageRequest, membership_id: UUID, **change: Any) -> HttpResponse:
    member = _member(membership_id)
    try:
        services.change_member(member, **change)
    except services.NotAllowed:
        return _listed(request, str(LAST_ADMIN))
    words = {"name": member.person.name, "role": member.get_role_display()}
    if not member.is_active:
        return _listed(request, gettext("%(name)s no longer has access") % words)
    return _listed(request, gettext("%(name)s has the role %(role)s") % words)


def _placed(values: dict[str, Any]) -> dict[str, Any]:
    """Put the site in place of its code."""
    return {**values, "site": own_sites().filter(code=values["site"]).first()}


def _member(membership_id: UUID) -> Membership:
    found = own_members().filter(pk=membership_id).first()
    if found is None:
        raise Http404
    return found


def _listed(request: PageRequest, toast: str) -> HttpResponse:
    return go_to(request, page_url(request, "shell:people"), toast=toast)


def _sent(email: str) -> str:
    if is_mail_on():
        return gettext("An invitation goes to %(email)s") % {"email": email}
    return gettext("%(email)s has access; no mail leaves this installation") % {"email": email}
