"""Sharing agreements in words: what we give, what we get, and what waits for our consent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from collab.sharing.access import reads_of_mine
from collab.sharing.models import Grant
from collab.shell.network import parties
from collab.shell.topics import icon_of, shared_topics, topic_label

LOG_DAYS = 30
LOG_ROWS = 50
ORDER = ("awaiting", "paused", "live", "planned", "ended", "revoked")


@dataclass(frozen=True, slots=True)
class Agreement:
    """One grant as its reader sees it; an organisation the reader may not know is ``None``.

    ``state`` is ``live``, ``awaiting`` (consent of ``about``), ``paused`` (a partnership behind it
    is suspended), ``planned``, ``ended`` or ``revoked``.
    """

    id: UUID
    owner: Organisation | None
    viewer: Organisation | None
    about: Organisation | None
    topic: str
    label: str
    icon: str
    fields: list[str]
    purpose: str
    reference: str
    valid_from: datetime
    valid_to: datetime | None
    revoked_at: datetime | None
    consented_at: datetime | None
    is_bilateral: bool
    state: str

    @property
    def state_label(self) -> str:
        """The state in words."""
        return {
            "live": _("Live"),
            "paused": _("Paused"),
            "awaiting": _("Waiting for consent"),
            "planned": _("Planned"),
            "ended": _("Ended"),
            "revoked": _("Revoked"),
        }[self.state]

    @property
    def tone(self) -> str:
        """The colour of the state."""
        return {"live": "ok", "awaiting": "warn", "paused": "warn", "planned": "info"}.get(
            self.state, "off"
        )


@dataclass(frozen=True, slots=True)
class Group:
    """The agreements with one partner, those in force first; ``partner`` may be undisclosed."""

    partner: Organisation | None
    items: list[Agreement]

    @property
    def live(self) -> int:
        """How many are in force."""
        return sum(each.state == "live" for each in self.items)

    @property
    def open(self) -> int:
        """How many wait for consent or for their first day."""
        return sum(each.state in {"awaiting", "planned"} for each in self.items)

    @property
    def paused(self) -> int:
        """How many rest while a partnership behind them is suspended."""
        return sum(each.state == "paused" for each in self.items)

    @property
    def over(self) -> int:
        """How many have ended or were revoked."""
        return sum(each.state in {"ended", "revoked"} for each in self.items)


@dataclass(frozen=True, slots=True)
class Read:
    """How often a partner read our rows of a topic lately, and when last."""

    viewer: Organisation | None
    label: str
    icon: str
    times: int
    rows: int
    last: datetime


def given(viewer_id: int | None = None) -> list[Agreement]:
    """Return what the acting organisation lets others see, newest first."""
    rows = Grant.objects.filter(owner=acting_organisation_id())
    return agreements(rows if viewer_id is None else rows.filter(viewer=viewer_id))


def received(owner_id: int | None = None) -> list[Agreement]:
    """Return what others let the acting organisation see, newest first."""
    rows = Grant.objects.filter(viewer=acting_organisation_id())
    return agreements(rows if owner_id is None else rows.filter(owner=owner_id))


def about_us() -> list[Agreement]:
    """Return grants between others about business with us, those that need our answer first."""
    us = acting_organisation_id()
    rows = Grant.objects.filter(about=us).exclude(owner=us).exclude(viewer=us)
    return sorted(agreements(rows), key=lambda each: each.state != "awaiting")


def awaiting() -> list[Agreement]:
    """Return the grants that wait for our consent."""
    return [each for each in about_us() if each.state == "awaiting"]


def agreements(rows: QuerySet[Grant]) -> list[Agreement]:
    """Return ``rows`` in words; two queries."""
    grants = list(rows.order_by("-pk"))
    known = parties(grants) if grants else {}
    words = field_words()
    return [_agreement(each, known, words) for each in grants]


def by_reader(items: Sequence[Agreement]) -> list[Group]:
    """Return what we give, by who reads it; readers by name."""
    return _groups(items, lambda each: each.viewer)


def by_giver(items: Sequence[Agreement]) -> list[Group]:
    """Return what we get, by who gives it; givers by name."""
    return _groups(items, lambda each: each.owner)


def field_words() -> dict[tuple[str, str], str]:
    """Return (topic, field) → the field in words.

    An exception also tells what its title names, which another topic has a word for: ("", field).
    """
    topics = shared_topics()
    anywhere = {("", name): words for topic in topics for name, words in topic.fields}
    return anywhere | {
        (topic.name, name): words for topic in topics for name, words in topic.fields
    }


def state_of(grant: Grant) -> str:
    """Return the state of a grant now; see ``Agreement``."""
    now = timezone.now()
    if grant.revoked_at is not None:
        return "revoked"
    if grant.valid_to is not None and grant.valid_to <= now:
        return "ended"
    if grant.about_id != grant.viewer_id and grant.about_consented_at is None:
        return "awaiting"
    if grant.valid_from > now:
        return "planned"
    return "paused" if grant.is_paused else "live"


def reads() -> list[Read]:
    """Return who read our rows in the last 30 days, the latest reader first; two queries."""
    since = timezone.now() - timedelta(days=LOG_DAYS)
    rows = list(
        reads_of_mine(since)
        .order_by()
        .values("viewer_id", "topic")
        .annotate(times=Sum("reads"), seen=Sum("rows"), last=Max("minute"))
        .order_by("-last")[:LOG_ROWS]
    )
    known = Organisation.objects.in_bulk({row["viewer_id"] for row in rows})
    return [
        Read(
            known.get(row["viewer_id"]),
            topic_label(row["topic"]),
            icon_of(row["topic"]),
            row["times"],
            row["seen"],
            row["last"],
        )
        for row in rows
    ]


def _groups(
    items: Sequence[Agreement], partner_of: Callable[[Agreement], Organisation | None]
) -> list[Group]:
    found: dict[int, Group] = {}
    for each in sorted(items, key=lambda item: ORDER.index(item.state)):
        partner = partner_of(each)
        found.setdefault(partner.pk if partner else 0, Group(partner, [])).items.append(each)
    return sorted(found.values(), key=lambda group: group.partner.name if group.partner else "")


def _agreement(
    grant: Grant, known: dict[int, Organisation], words: dict[tuple[str, str], str]
) -> Agreement:
    return Agreement(
        id=grant.pk,
        owner=known.get(grant.owner_id),
        viewer=known.get(grant.viewer_id),
        about=known.get(grant.about_id),
        topic=grant.topic,
        label=topic_label(grant.topic),
        icon=icon_of(grant.topic),
        fields=[
            words.get((grant.topic, name)) or words.get(("", name), name) for name in grant.fields
        ],
        purpose=grant.purpose,
        reference=grant.agreement,
        valid_from=grant.valid_from,
        valid_to=grant.valid_to,
        revoked_at=grant.revoked_at,
        consented_at=grant.about_consented_at,
        is_bilateral=grant.about_id == grant.viewer_id,
        state=state_of(grant),
    )
