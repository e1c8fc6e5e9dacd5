"""How people sign in: by invitation only, with a second factor, in their own language."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.signals import authenticator_removed
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.shortcuts import resolve_url

from collab.organisations.models import Person

SECOND_FACTOR_KEY = "has_second_factor"


class InvitedOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up alone: accounts come from an invitation of an organisation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        if lacks_second_factor(request):
            return resolve_url("mfa_activate_totp")
        return str(super().get_login_redirect_url(request))


def lacks_second_factor(request: HttpRequest) -> bool:
    """Say whether the signed-in person still has to set up a second factor.

    The good answer is remembered in the web session; it is asked again after each sign-in.
    """
    person = request.user
    if not isinstance(person, Person) or person.is_demo:
        return False
    if request.session.get(SECOND_FACTOR_KEY):
        return False
    if not is_mfa_enabled(person):
        return True
    request.session[SECOND_FACTOR_KEY] = True
    return False


@receiver(user_logged_in)
def remember_language(request: HttpRequest, user: Person, **_signal: Any) -> None:
    """Keep the person's language in the new web session."""
    request.session["language"] = user.language
    request.session.pop(SECOND_FACTOR_KEY, None)


@receiver(authenticator_removed)
def ask_again_for_second_factor(request: HttpRequest, **_signal: Any) -> None:
    """Check anew after a second factor was taken away."""
    request.session.pop(SECOND_FACTOR_KEY, None)
