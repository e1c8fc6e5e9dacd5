"""Sharing: who sees which data in which detail until when; preview as partner; access log."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.organisations.clock import own_day
from collab.organisations.models import Organisation
from collab.sharing import services
from collab.sharing.models import Grant, Partnership
from collab.shell import agreements
from collab.shell.network import network
from collab.shell.page import PageRequest, for_roles, go_to, is_fragment, page_url
from collab.shell.pages.network import organisation_or_404
from collab.shell.preview import openings
from collab.shell.topics import shared_topics

ADMINS = ("admin", "planner")
WRITTEN_OUT = 40
"""Up to so many agreements stand on the page at once; of more, each group when it is opened."""
DEFAULT_DAYS = 365


class GrantForm(forms.Form):
    """A new sharing agreement: who sees what about whom, for what, and until when."""

    viewer = forms.ChoiceField(label=_("Who may see it"))
    topic = forms.ChoiceField(label=_("What"))
    about = forms.ChoiceField(
        label=_("Business with"),
        required=False,
        help_text=_("Another organisation than the reader has to consent first."),
    )
    fields_open = forms.MultipleChoiceField(
        label=_("Only these fields"), required=False, widget=forms.CheckboxSelectMultiple
    )
    purpose = forms.CharField(label=_("Purpose"), max_length=200)
    reference = forms.CharField(label=_("Agreement"), max_length=80, required=False)
    valid_to = forms.DateField(
        label=_("Valid until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Leave empty for no end."),
    )

    def __init__(self, partners: list[Organisation], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topics = shared_topics()
        choices = [(each.bpn, each.name) for each in partners]
        self._choose("viewer", [("", gettext("Choose…")), *choices])
        self._choose("about", [("", gettext("The reader itself")), *choices])
        self._choose("topic", [(topic.name, topic.label) for topic in self.topics])
        fields = {name: words for topic in self.topics for name, words in topic.fields}
        self._choose("fields_open", sorted(fields.items(), key=lambda pair: pair[1]))

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def clean_valid_to(self) -> date | None:
        """Refuse an end that has passed."""
        end: date | None = self.cleaned_data["valid_to"]
        if end is not None and end < own_day():
            raise ValidationError(_("This day has passed."))
        return end

    def clean(self) -> dict[str, Any]:
        """Keep only fields that the chosen topic has."""
        data: dict[str, Any] = super().clean() or {}
        known = {topic.name: dict(topic.fields) for topic in self.topics}
        fields = known.get(data.get("topic", ""), {})
        data["fields_open"] = [name for name in data.get("fields_open", []) if name in fields]
        return data


class InvitationForm(forms.Form):
    """Whom to invite, and as what; ``code`` is cleaned to the organisation's key."""

    code = forms.CharField(
        label=_("Partner code"),
        max_length=120,
        help_text=_("Your partner finds it on this page of its own."),
    )
    side = forms.ChoiceField(
        label=_("This organisation is our"),
        choices=[("supplier", _("Supplier")), ("customer", _("Customer"))],
        widget=forms.RadioSelect,
        initial="supplier",
    )

    def clean_code(self) -> int:
        """Return the key of the organisation that the code stands for."""
        found = services.organisation_of_code(self.cleaned_data["code"].strip())
        if found is None:
            raise ValidationError(_("This is no partner code. Check for missing characters."))
        return found


@require_GET
@for_roles()
def overview(request: PageRequest) -> HttpResponse:
    """List what we give, what we get and what waits for our consent."""
    given, received = agreements.given(), agreements.received()
    context = {
        "given": given,
        "given_groups": agreements.by_reader(given),
        "received": received,
        "received_groups": agreements.by_giver(received),
        "is_given_long": len(given) > WRITTEN_OUT,
        "is_received_long": len(received) > WRITTEN_OUT,
        "about_us": agreements.about_us(),
        "reads": agreements.reads(),
        "may_change": request.membership.role in ADMINS,
    }
    return render(request, "shell/sharing.html", context)


@require_GET
@for_roles()
def group(request: PageRequest, side: str, bpn: str) -> HttpResponse:
    """Show the agreements with one partner: ``given`` to it, or ``received`` from it."""
    other = organisation_or_404(bpn)
    if side == "given":
        found = agreements.by_reader(agreements.given(other.pk))
    elif side == "received":
        found = agreements.by_giver(agreements.received(other.pk))
    else:
        raise Http404
    if not found:
        raise Http404
    context = {
        "group": found[0],
        "kind": side,
        "may_change": request.membership.role in ADMINS,
    }
    name = "shell/sharing_group.html" if is_fragment(request) else "shell/sharing_partner.html"
    return render(request, name, context)


@require_http_methods(["GET", "POST"])
@for_roles(*ADMINS)
def create(request: PageRequest) -> HttpResponse:
    """Show the form of a new agreement; give the grant."""
    partners = _partners(request)
    start = {
        "viewer": request.GET.get("viewer", ""),
        "topic": request.GET.get("topic", ""),
        "valid_to": own_day() + timedelta(days=DEFAULT_DAYS),
    }
    form = GrantForm(partners, request.POST or None, initial=start)
    if (
        request.method == "POST"
        and form.is_valid()
        and (grant := _give(request, form, partners)) is not None
    ):
        url, undo = page_url(request, "shell:sharing"), page_url(request, "shell:revoke", grant.pk)
        return go_to(request, url, toast=_given_text(grant), undo=undo)
    context = {"form": form, "topics": shared_topics(), "chosen": form["topic"].value()}
    return render(request, "shell/sharing_new.html", context, status=422 if form.errors else 200)


@require_POST
@for_roles(*ADMINS)
def revoke(request: PageRequest, grant_id: UUID) -> HttpResponse:
    """Stop sharing at once; the reader's next request no longer sees the rows."""
    grant = _own_grant(request, grant_id)
    services.revoke(grant)
    text = gettext("No longer shared with %(name)s") % {"name": grant.viewer.short_name}
    undo = page_url(request, "shell:restore", grant.pk)
    return go_to(request, page_url(request, "shell:sharing"), toast=text, undo=undo)


@require_POST
@for_roles(*ADMINS)
def restore(request: PageRequest, grant_id: UUID) -> HttpResponse:
    """Undo a revocation by an agreement on the same terms; a third party consents anew."""
    grant = _own_grant(request, grant_id)
    again = services.give_grant(
        viewer_id=grant.viewer_id,
        about_id=grant.about_id,
        topic=grant.topic,
        purpose=grant.purpose,
        fields=grant.fields,
        agreement=grant.agreement,
        is_onward_allowed=grant.is_onward_allowed,
        valid_to=grant.valid_to,
    )
    return go_to(request, page_url(request, "shell:sharing"), toast=_given_text(again))


@require_POST
@for_roles(*ADMINS)
def consent(request: PageRequest, grant_id: UUID) -> HttpResponse:
    """Consent to a grant between others about business with us, or take the consent back."""
    grant = Grant.objects.filter(pk=grant_id, about=request.organisation.pk).first()
    if grant is None:
        raise Http404
    is_given = request.POST.get("answer", "yes") == "yes"
    if is_given:
        services.consent(grant)
    else:
        services.withdraw_consent(grant)
    text = gettext("Consent given") if is_given else gettext("Consent withdrawn")
    return go_to(request, page_url(request, "shell:sharing"), toast=text)


@require_POST
@for_roles(*ADMINS)
def accept(request: PageRequest, partnership_id: UUID) -> HttpResponse:
    """Accept an invitation to a partnership."""
    found = Partnership.objects.filter(
        pk=partnership_id, counterparty=request.organisation.pk, state=Partnership.State.INVITED
    ).first()
    if found is None:
        raise Http404
    services.accept(found)
    text = gettext("You now work with %(name)s") % {"name": found.owner.name}
    return go_to(request, page_url(request, "shell:network"), toast=text)


@require_http_methods(["GET", "POST"])
@for_roles(*ADMINS)
def invite(request: PageRequest) -> HttpResponse:
    """Invite another organisation by its partner code; show our own."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.invite_partnership(
                counterparty_id=form.cleaned_data["code"],
                acting_is_customer=form.cleaned_data["side"] == "supplier",
            )
        except services.NotAllowed:
            form.add_error("code", _("You work with this organisation already."))
        else:
            url = page_url(request, "shell:network")
            return go_to(request, url, toast=gettext("Invitation sent"))
    context = {"form": form, "code": services.partner_code()}
    return render(request, "shell/invite.html", context, status=422 if form.errors else 200)


@require_GET
@for_roles(*ADMINS)
def seen_by(request: PageRequest, bpn: str) -> HttpResponse:
    """Show what a partner sees of our data: counts and the newest rows, topic by topic."""
    other = organisation_or_404(bpn)
    if other.pk == request.organisation.pk:
        raise Http404
    context = {
        "partner": other,
        "openings": openings(other),
        "grants": agreements.given(other.pk),
        "partners": _partners(request),
    }
    return render(request, "shell/sharing_preview.html", context)


def _partners(request: PageRequest) -> list[Organisation]:
    """Return every organisation we know and may share with, by name."""
    known = [node.organisation for node in network().nodes]
    others = [each for each in known if each.pk != request.organisation.pk]
    return sorted(others, key=lambda each: each.name)


def _own_grant(request: PageRequest, grant_id: UUID) -> Grant:
    found = Grant.objects.filter(pk=grant_id, owner=request.organisation.pk)
    grant = found.select_related("viewer").first()
    if grant is None:
        raise Http404
    return grant


def _give(request: PageRequest, form: GrantForm, partners: list[Organisation]) -> Grant | None:
    """Give the grant that the form describes; ``None`` with an error in the form if refused."""
    by_bpn = {each.bpn: each for each in partners}
    data = form.cleaned_data
    viewer = by_bpn[data["viewer"]]
    end = data["valid_to"]
    zone = ZoneInfo(request.organisation.timezone)
    try:
        return services.give_grant(
            viewer_id=viewer.pk,
            about_id=by_bpn.get(data["about"], viewer).pk,
            topic=data["topic"],
            fields=data["fields_open"],
            purpose=data["purpose"],
            agreement=data["reference"],
            valid_to=datetime.combine(end + timedelta(days=1), time(), zone) if end else None,
        )
    except services.NotAllowed:
        form.add_error("about", _("There is no active partnership with this organisation."))
        return None


def _given_text(grant: Grant) -> str:
    if grant.about_id == grant.viewer_id:
        return gettext("Shared with %(name)s") % {"name": grant.viewer.short_name}
    return gettext("%(name)s is asked for consent") % {"name": grant.about.short_name}
