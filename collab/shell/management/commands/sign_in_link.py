"""``manage.py sign_in_link``: the link with which an invited person chooses a password."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collab.organisations.models import Person
from collab.shell.invitations import days_of_link, sign_in_link


class Command(BaseCommand):
    """Hand it to the owner of the address only: whoever opens the link gets the account."""

    help = "Print a link with which a person chooses a password: where no mail leaves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whose link."""
        parser.add_argument("email")

    def handle(self, *_args: Any, email: str, **_options: Any) -> None:
        """Print the link; an earlier one ends when a password was chosen with either."""
        person = Person.objects.filter(email=email.lower(), is_active=True).first()
        if person is None:
            raise CommandError(f"expected the address of an active person, got {email!r}")
        self.stdout.write(f"For {person.email}, once, within {days_of_link()} days:")
        self.stdout.write(sign_in_link(person))
