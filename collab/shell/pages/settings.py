"""A person's own settings: language, time zone, density, keys, theme, sign-in."""

from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import available_timezones

from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from collab.organisations.models import Person
from collab.shell.middleware import LANGUAGE_COOKIE, LANGUAGE_KEY
from collab.shell.page import PageRequest, for_roles, go_to, page_url, person_of

YEAR_S = 365 * 24 * 3600
_AREAS = ("Europe/", "America/", "Asia/", "Africa/", "Australia/", "Pacific/", "Atlantic/")


def _zones() -> list[tuple[str, str]]:
    names = [name for name in available_timezones() if name.startswith(_AREAS)]
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in sorted(names))]


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """What a person may change about themselves; the theme is kept in a cookie."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    timezone = forms.ChoiceField(label=_("Time zone"), choices=_zones)
    density = forms.ChoiceField(
        label=_("Row height"),
        choices=[("comfortable", _("Comfortable")), ("compact", _("Compact"))],
    )
    theme = forms.ChoiceField(
        label=_("Theme"),
        choices=[("auto", _("As my device")), ("light", _("Light")), ("dark", _("Dark"))],
    )

    class Meta:
        model = Person
        fields: ClassVar[list[str]] = [
            "name",
            "language",
            "timezone",
            "density",
            "shortcuts_enabled",
        ]
        labels: ClassVar[dict[str, Any]] = {
            "name": _("Name"),
            "shortcuts_enabled": _("Single-letter keyboard shortcuts"),
        }


@require_http_methods(["GET", "POST"])
@for_roles()
def edit(request: PageRequest) -> HttpResponse:
    """Show and save the settings."""
    person = person_of(request)
    theme = request.COOKIES.get("theme", "auto")
    form = SettingsForm(request.POST or None, instance=person, initial={"theme": theme})
    if request.method == "POST" and form.is_valid():
        form.save()
        language = form.cleaned_data["language"]
        request.session[LANGUAGE_KEY] = language
        with translation.override(language):
            done = gettext("Settings saved")
        response = go_to(request, page_url(request, "shell:settings"), toast=done)
        _remember(response, LANGUAGE_COOKIE, language)
        _remember(response, "theme", form.cleaned_data["theme"])
        return response
    context = {
        "form": form,
        "has_second_factor": is_mfa_enabled(person),
        "signed_in_at": _signed_in_at(person),
        "session_ends_at": request.session.get_expiry_date(),
        "sessions_url": _address("usersessions_list"),
        "password_url": _address("account_change_password"),
        "second_factor_url": _address("mfa_index"),
        "sign_on_url": _address("socialaccount_connections") if _has_provider() else "",
    }
    return render(request, "shell/settings.html", context, status=422 if form.errors else 200)


def _has_provider() -> bool:
    """Say whether people may sign in at a provider of their own."""
    return any(each["APPS"] for each in settings.SOCIALACCOUNT_PROVIDERS.values())


def _signed_in_at(person: Person) -> datetime:
    return person.last_login or timezone.now()


def _remember(response: HttpResponse, name: str, value: str) -> None:
    # Not HttpOnly: the theme switch in the top bar writes the same cookie.
    response.set_cookie(name, value, max_age=YEAR_S, samesite="Lax", secure=settings.SECURE)


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
