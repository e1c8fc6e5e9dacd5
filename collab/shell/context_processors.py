"""``shell``: what the frame around every page shows, each part read only when drawn."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from collab.live import feed
from collab.organisations.context import is_acting
from collab.organisations.models import Membership, Organisation, Person, Site
from collab.organisations.queries import memberships_of
from collab.shell import counts, navigation, view_links
from collab.shell.saved_views import reader_of

THEMES = ("auto", "light", "dark")
DENSITIES = ("comfortable", "compact")


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the ``shell`` of ``request`` for templates, and the ``theme`` error pages know too."""
    found = Shell(request)
    return {"shell": found, "theme": found.theme}


@dataclass(frozen=True, slots=True)
class Seat:
    """One organisation the person may act for, and as what."""

    organisation: Organisation
    role: str
    is_current: bool


class Shell:
    """The frame of one page; attributes are computed on first use."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def organisation(self) -> Organisation | None:
        """The organisation acted for; ``None`` outside an organisation's pages."""
        return getattr(self._request, "organisation", None) if is_acting() else None

    @cached_property
    def membership(self) -> Membership | None:
        """The person's membership in it."""
        return getattr(self._request, "membership", None) if self.organisation else None

    @cached_property
    def role(self) -> str:
        """The person's role there, in words."""
        return str(self.membership.get_role_display()) if self.membership else ""

    @cached_property
    def person(self) -> Person | None:
        """Who is signed in."""
        user = getattr(self._request, "user", None)
        return user if isinstance(user, Person) else None

    @cached_property
    def organisations(self) -> list[Seat]:
        """The organisations the person may switch to, by name; the current one included."""
        if self.person is None:
            return []
        if is_acting():  # the running transaction already knows the person
            mine = Membership.objects.filter(person=self.person, is_active=True)
            memberships = list(mine.select_related("organisation").order_by("organisation__name"))
        else:
            memberships = memberships_of(self.person.pk)
        current = self.organisation
        return [
            Seat(
                each.organisation,
                str(each.get_role_display()),
                current is not None and each.organisation_id == current.pk,
            )
            for each in memberships
        ]

    @cached_property
    def nav(self) -> list[navigation.LinkGroup]:
        """The groups of the rail."""
        if self.organisation is None:
            return []
        organisation = self.organisation
        return navigation.links(
            organisation.kind, organisation.slug, self._request.path, self.counts
        )

    @cached_property
    def tabs(self) -> list[navigation.Link]:
        """The bottom bar of the phone."""
        slug = self.organisation.slug if self.organisation else ""
        return navigation.phone_tabs(self.nav, slug)

    @cached_property
    def counts(self) -> dict[str, int]:
        """The badges by name, the same that live frames bring."""
        return counts.badges() if self.organisation else {}

    @cached_property
    def unread(self) -> int:
        """How many critical exceptions wait: the number at the bell."""
        return self.counts.get("exceptions.critical", 0)

    @cached_property
    def seq(self) -> int:
        """The number of the newest live frame before the page read its data.

        The socket goes on from there: what came while the page was made is shown once more.
        """
        known = getattr(self._request, "live_seq", None)
        if known is not None:
            return int(known)
        return feed.head() if self.organisation else 0

    @cached_property
    def live_url(self) -> str:
        """The address of the live socket; none outside an organisation's pages."""
        return settings.LIVE_URL if self.organisation else ""

    @cached_property
    def home_url(self) -> str:
        """The organisation's tower or to-do list."""
        if self.organisation is None:
            return "/"
        return reverse("shell:home", args=[self.organisation.slug])

    @cached_property
    def search_url(self) -> str:
        """Where the command palette asks."""
        if self.organisation is None:
            return ""
        return reverse("shell:search", args=[self.organisation.slug])

    @cached_property
    def settings_url(self) -> str:
        """The person's settings."""
        if self.organisation is None:
            return ""
        return reverse("shell:settings", args=[self.organisation.slug])

    @cached_property
    def switch_url(self) -> str:
        """Where the organisation switch posts its ``to``."""
        return reverse("switch")

    @cached_property
    def help_url(self) -> str:
        """The keyboard help."""
        if self.organisation is None:
            return ""
        return reverse("shell:help", args=[self.organisation.slug])

    @cached_property
    def views(self) -> view_links.ViewBar | None:
        """The saved views of the list at hand; ``None`` on other pages."""
        match = self._request.resolver_match
        if self.organisation is None or match is None:
            return None
        query = self._request.GET.urlencode()
        return view_links.bar(reader_of(self._request), match.view_name, query)

    @cached_property
    def is_oem(self) -> bool:
        """Whether the workspace of a car maker is drawn, or the supplier portal."""
        return self.organisation is not None and self.organisation.kind == "oem"

    @cached_property
    def template(self) -> str:
        """The shell the page stands in."""
        return "shell_oem.html" if self.is_oem else "shell_supplier.html"

    @cached_property
    def theme(self) -> str:
        """``auto``, ``light`` or ``dark``, from the cookie."""
        return _one_of(self._request.COOKIES.get("theme"), THEMES)

    @cached_property
    def density(self) -> str:
        """``comfortable`` or ``compact`` rows."""
        return _one_of(self.person.density if self.person else None, DENSITIES)

    @cached_property
    def shortcuts(self) -> bool:
        """Whether single-letter keys work."""
        return self.person is None or self.person.shortcuts_enabled

    @cached_property
    def language(self) -> str:
        """The language of this answer."""
        return get_language() or settings.LANGUAGE_CODE

    @cached_property
    def languages(self) -> list[tuple[str, str]]:
        """The languages to choose from."""
        return [(code, str(name)) for code, name in settings.LANGUAGES]

    @cached_property
    def timezone(self) -> str:
        """The name of the zone the clock shows: the person's, else the organisation's."""
        if self.person is not None:
            return self.person.timezone
        return self.organisation.timezone if self.organisation else settings.TIME_ZONE

    @cached_property
    def now_local(self) -> datetime:
        """The time in that zone."""
        return timezone.now().astimezone(ZoneInfo(self.timezone))

    @cached_property
    def timezone_label(self) -> str:
        """The zone's short name at this time of the year, as ``CET``."""
        return self.now_local.tzname() or self.timezone

    @cached_property
    def site_count(self) -> int:
        """How many sites the organisation has."""
        return Site.objects.count() if self.organisation else 0

    @cached_property
    def toast(self) -> dict[str, str] | None:
        """What the page before asked to be said here; gone once drawn."""
        found: dict[str, str] | None = self._request.session.pop("toast", None)
        return found


def _one_of(value: str | None, known: tuple[str, ...]) -> str:
    return value if value in known else known[0]
