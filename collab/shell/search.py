"""What the command palette finds: pages, saved views, parts, partners, exceptions."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import CharField, Q
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from collab.masterdata.models import Part
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.context import acting_organisation, acting_organisation_id
from collab.organisations.models import Organisation
from collab.shell import navigation
from collab.shell.saved_views import NOBODY, Reader, list_pages
from collab.shell.view_links import links
from collab.work import queries as work
from collab.work.fields import seen
from collab.work.models import TOPIC, Alert

SHORTEST = 2
PER_GROUP = 5


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found. ``hint`` stands at the end of its line: a number, a place, a key."""

    label: str
    url: str
    icon: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class HitGroup:
    """Hits of one kind under their heading."""

    label: str
    hits: Sequence[Hit]


def find(text: str, reader: Reader = NOBODY) -> list[HitGroup]:
    """Return what matches ``text``; pages alone for less than two characters.

    ``reader`` is whose saved views count. One query per kind, each limited to five rows, all
    through the walls.
    """
    text = text.strip()
    slug = acting_organisation().slug
    groups = [HitGroup(_("Pages"), pages(text, slug)), HitGroup(_("Views"), views(text, reader))]
    if len(text) >= SHORTEST:
        groups = [
            HitGroup(_("Parts"), parts(text, slug)),
            HitGroup(_("Partners"), partners(text, slug)),
            HitGroup(_("Exceptions"), exceptions(text, slug)),
            *(
                HitGroup(label, hits)
                for label, hits in (
                    import_string(path)(text, PER_GROUP)
                    for path in getattr(settings, "SEARCH_SOURCES", ())
                )
            ),
            *groups,
        ]
    return [group for group in groups if group.hits]


def pages(text: str, slug: str) -> list[Hit]:
    """Return the pages whose name holds every word of ``text``."""
    words = text.casefold().split()
    groups = navigation.links(acting_organisation().kind, slug, "", {})
    extra = [Hit(_("Settings"), reverse("shell:settings", args=[slug]), "settings")]
    known = [
        Hit(str(link.label), link.url, link.icon, f"g {link.key}" if link.key else "")
        for group in groups
        for link in group.links
    ]
    return [hit for hit in [*known, *extra] if all(word in hit.label.casefold() for word in words)]


def views(text: str, reader: Reader) -> list[Hit]:
    """Return the saved views whose name or list holds every word of ``text``."""
    words, known = text.casefold().split(), list_pages()
    found = []
    for each in links(reader):
        page = known[each.page]
        label = _("View: %(name)s") % {"name": each.name}
        if all(word in f"{label} {page.label}".casefold() for word in words):
            found.append(Hit(label, each.url, page.icon, page.label))
    return found[:PER_GROUP]


def parts(text: str, slug: str) -> list[Hit]:
    """Return our own parts by number or name."""
    wanted = Q(name__icontains=text)
    if any(sign.isalnum() for sign in text):
        wanted |= Q(compare_key__startswith=compare_key(text))
    rows = Part.objects.filter(wanted, is_active=True).order_by("compare_key")[:PER_GROUP]
    return [
        Hit(part.name or part.number, part_url(slug, part.number), "package", part.number)
        for part in rows
    ]


def partners(text: str, slug: str) -> list[Hit]:
    """Return visible organisations by name or business partner number."""
    rows = (
        Organisation.objects.filter(
            Q(name__icontains=text) | Q(short_name__icontains=text) | Q(bpn__iexact=text)
        )
        .exclude(pk=acting_organisation_id())
        .order_by("name")[:PER_GROUP]
    )
    return [
        Hit(one.name, reverse("shell:partner", args=[slug, one.bpn]), "factory", one.bpn)
        for one in rows
    ]


def exceptions(text: str, slug: str) -> list[Hit]:
    """Return open exceptions about a part whose visible number begins with ``text``."""
    numbers = {
        name: seen(TOPIC, name, CharField()) for name in ("part_number", "partner_part_number")
    }
    keys = (
        Alert.objects.filter(is_open=True)
        .annotate(**{f"seen_{name}": column for name, column in numbers.items()})
        .filter(
            Q(seen_part_number__istartswith=text) | Q(seen_partner_part_number__istartswith=text)
        )
        .values_list("pk", flat=True)[:PER_GROUP]
    )
    return [
        Hit(row.title, exception_url(slug, row.id), "alert", row.number)
        for row in work.exceptions_by_key(list(keys))
    ]


def part_url(slug: str, number: str) -> str:
    """Return the page of one of our parts, or of all of them where there is no page for one."""
    for name in ("inventory:part", "masterdata:part"):
        try:
            return reverse(name, args=[slug, number])
        except NoReverseMatch:
            continue
    return f"/t/{slug}/inventory/"


def exception_url(slug: str, key: UUID) -> str:
    """Return the page of one exception."""
    return f"/t/{slug}/exceptions/{key}/"
