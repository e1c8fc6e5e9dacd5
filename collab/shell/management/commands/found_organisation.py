"""``manage.py found_organisation``: an organisation with its first administrator."""

from argparse import ArgumentParser
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from collab.masterdata.rules.identifiers import check_bpn
from collab.organisations import services
from collab.organisations.context import acting_for
from collab.organisations.models import Membership, Organisation, Person
from collab.shell.invitations import days_of_link, sign_in_link

LETTERS_OF_COUNTRY = 2


class Command(BaseCommand):
    """For whoever runs the installation; everybody else is invited on the page *People*."""

    help = "Found an organisation and print the link for its first administrator's sign-in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what the organisation is and who administers it."""
        parser.add_argument("name", help="legal name: 'Avalon Motors'")
        parser.add_argument("--bpn", required=True, help="business partner number: BPNL…")
        parser.add_argument("--kind", required=True, choices=Organisation.Kind.values)
        parser.add_argument("--country", required=True, help="ISO 3166 code: DE")
        parser.add_argument("--admin", required=True, metavar="EMAIL")
        parser.add_argument("--admin-name", required=True, metavar="NAME")
        parser.add_argument("--timezone", default="Europe/Berlin", help="Europe/Berlin")
        parser.add_argument("--slug", default="", help="in addresses; made from the name")
        parser.add_argument("--short-name", default="", help="in tables; the name's first word")
        parser.add_argument("--duns", default="")
        parser.add_argument("--language", default="en", help="the administrator's")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Found all or nothing; the mail of the invitation goes out besides the printed link."""
        slug = options["slug"] or slugify(options["name"])
        _check(options, slug)
        try:
            with transaction.atomic():
                organisation = services.create_organisation(
                    bpn=options["bpn"],
                    slug=slug,
                    name=options["name"],
                    short_name=options["short_name"] or options["name"].split()[0],
                    kind=options["kind"],
                    country=options["country"],
                    timezone_name=options["timezone"],
                    duns=options["duns"],
                )
                with acting_for(organisation):
                    services.invite_person(
                        email=options["admin"],
                        name=options["admin_name"],
                        role=Membership.Role.ADMIN,
                        language=options["language"],
                    )
        except IntegrityError:
            taken = f"expected a BPN and a slug not in use, got {options['bpn']} and {slug}"
            raise CommandError(taken) from None
        person = Person.objects.get(email=options["admin"].lower())
        self.stdout.write(f"{organisation.name} has its pages under /t/{slug}/.")
        if person.has_usable_password():
            self.stdout.write(f"{person.email} signs in as before.")
        else:
            self.stdout.write(f"{person.email} signs in here, once, within {days_of_link()} days:")
            self.stdout.write(sign_in_link(person))


def _check(options: dict[str, Any], slug: str) -> None:
    if not options["name"].strip() or not slug:
        raise CommandError(f"expected a name with letters, got {options['name']!r}")
    country = options["country"]
    if len(country) != LETTERS_OF_COUNTRY or not country.isascii() or not country.isupper():
        raise CommandError(f"expected --country as two capital letters, got {country!r}")
    if options["timezone"] not in available_timezones():
        raise CommandError(f"expected --timezone like Europe/Paris, got {options['timezone']!r}")
    try:
        check_bpn(options["bpn"])
        validate_email(options["admin"])
    except ValueError as error:
        raise CommandError(str(error)) from None
    except ValidationError:
        raise CommandError(f"expected --admin as an address, got {options['admin']!r}") from None
