"""Invitations: a mail leads to the account, a link lets its owner choose the password.

Who opens the link owns the mailbox, so it is told to that mailbox alone: an administrator of one
organisation must not get into an account that another organisation trusts. Whoever runs the
installation can print one (``manage.py sign_in_link``), for the first person and where no mail
leaves.
"""

from urllib.parse import urljoin
from uuid import UUID

from allauth.account import app_settings as account
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from collab.events.models import Event
from collab.organisations.context import acting_organisation
from collab.organisations.models import Person
from collab.organisations.queries import own_members

DAY_S = 24 * 3600


def sign_in_link(person: Person) -> str:
    """Return the address where ``person`` chooses a password; it works once, for some days."""
    key = account.PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)
    place = {"uidb36": user_pk_to_url_str(person), "key": key}
    return urljoin(settings.BASE_URL, reverse("account_reset_password_from_key", kwargs=place))


def days_of_link() -> int:
    """Return how many days a link works."""
    return int(settings.PASSWORD_RESET_TIMEOUT // DAY_S)


def send_invitation(event_id: UUID) -> None:
    """Tell the person whom the event invited how to sign in, in the person's language.

    Nothing is sent to somebody whose membership has ended since.
    """
    membership_id = Event.objects.get(pk=event_id).body["membership_id"]
    found = own_members().filter(pk=membership_id, is_active=True).first()
    if found is None:
        return
    with translation.override(found.person.language):
        subject, text = _words(found.person, acting_organisation().name)
    send_mail(subject, text, None, [found.person.email])


def _words(person: Person, organisation: str) -> tuple[str, str]:
    subject = _("%(organisation)s invites you to Collab") % {"organisation": organisation}
    if person.has_usable_password():
        way = _("Sign in with the account you have: %(url)s") % {"url": settings.BASE_URL}
    else:
        way = _(
            "Choose a password within %(days)s days: %(url)s\n"
            'Later ones you get at the sign-in page under "Forgotten your password?".'
        ) % {"days": days_of_link(), "url": sign_in_link(person)}
    greeting = _("Hello %(name)s,") % {"name": person.name}
    what = _("%(organisation)s has given you access to its pages in Collab.") % {
        "organisation": organisation
    }
    return subject, f"{greeting}\n\n{what}\n{way}\n"
