"""Accounts of returnable containers: booked once, confirmed monthly by both sides (TR-21)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from collab.events.bus import publish
from collab.masterdata.refusals import (
    Refused,
    clean_decimal,
    clean_text,
    clean_whole,
    locked,
    refusing,
)
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id, acting_person_id
from collab.organisations.models import Organisation
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type
from transport.events import EmptiesMoved
from transport.models import (
    ContainerType,
    EmptiesAccount,
    EmptiesConfirmation,
    EmptiesMovement,
)
from transport.rules.empties import Entry, EntryKind, account, cover

SHORT = "transport.empties_short"
DIFFERENT = "transport.empties_differ"
ACCOUNT = "transport.empties_account"
TAKEN = {"transport_containertype_code": ("code", "a code that is not there yet")}
MOST = 10**9
Kind = EmptiesMovement.Kind
FIGURE = {Kind.ISSUED: "issued", Kind.RETURNED: "returned", Kind.SCRAPPED: "scrapped"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A kind of container as it is told: weight [kg], volume [m³], value in minor units."""

    code: str
    name: str
    weight_kg: Decimal | str
    volume_m3: Decimal | str
    per_pallet_place: Decimal | str = Decimal(1)
    value_minor: int = 0
    currency: str = "EUR"
    lead_time_days: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """Containers that moved: ``partner`` is a BPN, ``source_key`` the sender's own key."""

    partner: str
    code: str
    kind: str
    number: int
    moved_on: date
    source_key: str
    reference: str = ""
    assets: Sequence[str] = ()


@transaction.atomic
def keep_container(
    told: Container, *, key: UUID | None = None, version: int | None = None
) -> ContainerType:
    """Add a kind of container, or replace the figures of ``key``; raise ``Refused`` by field."""
    row = ContainerType() if key is None else locked(ContainerType, key, version)
    row.code = clean_text("code", told.code, 20)
    row.name = clean_text("name", told.name, 80)
    row.weight_kg = clean_decimal(
        "weight_kg", told.weight_kg, digits=9, places=3, at_least=Decimal(0)
    )
    row.volume_m3 = clean_decimal(
        "volume_m3", told.volume_m3, digits=9, places=4, at_least=Decimal(0)
    )
    row.per_pallet_place = clean_decimal(
        "per_pallet_place", told.per_pallet_place, digits=8, places=2, above=Decimal(0)
    )
    row.value_minor = clean_whole("value_minor", told.value_minor, at_least=0, at_most=MOST - 1)
    row.currency = clean_text("currency", told.currency, 3)
    row.lead_time_days = clean_whole("lead_time_days", told.lead_time_days, at_least=0, at_most=366)
    row.version += 0 if key is None else 1
    with refusing(TAKEN, {"code": told.code}):
        row.save()
    return row


@transaction.atomic
def book(told: Booking) -> tuple[EmptiesMovement, bool]:
    """Book containers on a partner's account; the same key again changes nothing.

    Returns the movement and whether it is new. Raises ``Refused`` by field, also when the key
    came before with other figures.
    """
    partner = _partner(told.partner)
    container = ContainerType.objects.filter(code=told.code).first()
    if container is None:
        raise Refused("code", "the code of one of your container types", told.code)
    if told.kind not in Kind.values:
        raise Refused("kind", f"one of {', '.join(Kind.values)}", told.kind)
    number = clean_whole("number", told.number, at_least=1, at_most=MOST - 1)
    key = clean_text("source_key", told.source_key, 120)
    row = EmptiesAccount.objects.select_for_update(of=("self",)).get_or_create(
        owner_id=acting_organisation_id(),
        counterparty=partner,
        container_type=container,
        defaults={"code": container.code},
    )[0]
    facts = {
        "account": row,
        "kind": told.kind,
        "number": number,
        "moved_on": told.moved_on,
        "reference": clean_text("reference", told.reference, 60, required=False),
        "assets": [clean_text("assets", asset, 40) for asset in told.assets],
    }
    known = EmptiesMovement.objects.filter(
        owner_id=acting_organisation_id(), source_key=key
    ).first()
    if known is not None:
        if any(getattr(known, name) != value for name, value in facts.items()):
            raise Refused("source_key", "a key that did not come with other figures", key)
        return known, False
    made = EmptiesMovement.objects.create(counterparty=partner, source_key=key, **facts)
    name = FIGURE[Kind(told.kind)]
    setattr(row, name, getattr(row, name) + number)
    row.version += 1
    row.save()
    refresh(row, as_of=timezone.now())
    publish(EmptiesMoved(change_id=str(uuid4()), partner_id=partner.pk, account_ids=[str(row.pk)]))
    return made, True


@transaction.atomic
def state_stock(
    account_id: UUID, *, on_hand: int, needed: Sequence[int], as_of: datetime
) -> EmptiesAccount:
    """Keep what a partner has empty on hand beside what it needs each day from tomorrow on.

    Acting for the account's owner. Cover below the lead time raises an exception for both sides.
    """
    row = EmptiesAccount.objects.select_for_update(of=("self",)).get(pk=account_id)
    lead = row.container_type.lead_time_days
    found = cover(on_hand, [*needed, *[0] * max(0, lead - len(needed))], lead)
    row.on_hand = on_hand
    row.cover_days = found.days.quantize(Decimal("0.01"))
    row.is_cover_at_least, row.missing, row.judged_at = found.is_at_least, found.missing, as_of
    row.version += 1
    row.save()
    if found.is_short:
        _alert(SHORT, row, {"missing": found.missing, "days": str(row.cover_days)}, as_of)
    else:
        clear_alert(type=SHORT, object_kind=ACCOUNT, object_id=row.pk, at=as_of)
    publish(
        EmptiesMoved(
            change_id=str(uuid4()), partner_id=row.counterparty_id, account_ids=[str(row.pk)]
        )
    )
    return row


def refresh(row: EmptiesAccount, *, as_of: datetime) -> None:
    """Keep the age of the oldest container out: first in, first out."""
    state = account(entries_of(row), own_day(as_of))
    row.oldest_on = state.out[0][0] if state.out else None
    row.save(update_fields=["oldest_on"])


def entries_of(row: EmptiesAccount) -> list[Entry]:
    """Return the bookings of an account as the rules read them."""
    found = EmptiesMovement.objects.filter(account=row).values_list("moved_on", "kind", "number")
    return [Entry(day, EntryKind(kind), number) for day, kind, number in found]


@transaction.atomic
def confirm_month(
    account_id: UUID, *, month: date, counted: int, note: str = "", as_of: datetime
) -> EmptiesConfirmation:
    """Say what the acting side counts at the end of ``month`` (any day of it).

    Either end of the account may; a second figure of the same month replaces the first. Where
    both have said theirs and they differ, the account's owner gets an exception.
    """
    row = EmptiesAccount.objects.get(pk=account_id)
    us = acting_organisation_id()
    first = month.replace(day=1)
    if first > own_day(as_of):
        raise Refused("month", "a month that has begun", month.isoformat())
    number = clean_whole("counted", counted, at_least=0, at_most=MOST - 1)
    other_id = row.counterparty_id if row.owner_id == us else row.owner_id
    made, _is_new = EmptiesConfirmation.objects.update_or_create(
        owner_id=us,
        account_id=row.pk,
        month=first,
        defaults={
            "counterparty_id": other_id,
            "code": row.code,
            "counted": number,
            "booked": booked_at(row, _last_day(first)),
            "note": clean_text("note", note, 400, required=False),
            "person_id": acting_person_id(),
            "confirmed_at": as_of,
        },
    )
    publish(EmptiesMoved(change_id=str(uuid4()), partner_id=other_id, account_ids=[str(row.pk)]))
    if row.owner_id == us:
        compare_month(row.pk, first, as_of=as_of)
    return made


def compare_month(account_id: UUID, month: date, *, as_of: datetime) -> None:
    """Raise or clear the exception of a month that the two sides count differently.

    Acting for the account's owner, after either side has said its figure.
    """
    row = EmptiesAccount.objects.get(pk=account_id)
    told = EmptiesConfirmation.objects.filter(account_id=row.pk, month=month)
    counts: Mapping[int, int] = dict(told.values_list("owner_id", "counted"))
    if len(counts) < 2 or len(set(counts.values())) == 1:
        clear_alert(
            type=DIFFERENT, object_kind=ACCOUNT, object_id=row.pk, bucket=month.isoformat(),
            at=as_of,
        )  # fmt: skip
        return
    ours, theirs = counts[row.owner_id], counts[row.counterparty_id]
    values = {"ours": ours, "theirs": theirs, "month": f"{month:%Y-%m}"}
    _alert(DIFFERENT, row, values, as_of, bucket=month.isoformat())


def booked_at(row: EmptiesAccount, on: date) -> int:
    """Return the balance that the account showed at the end of a day."""
    return account(entries_of(row), on).balance


def name_types() -> None:
    """Give the alert types their texts, fullest first."""
    name_type(
        SHORT,
        _("Containers %(code)s run short: %(missing)s missing, they last %(days)s days"),
        _("Containers run short"),
    )
    name_type(
        DIFFERENT,
        _("Containers %(code)s in %(month)s: %(ours)s counted here, %(theirs)s there"),
        _("Containers are counted differently"),
    )


def _alert(
    name: str, row: EmptiesAccount, values: dict[str, Any], as_of: datetime, bucket: str = ""
) -> None:
    raise_alert(
        type=name,
        object_kind=ACCOUNT,
        object_id=row.pk,
        bucket=bucket,
        concern=Concern(
            severity=Alert.Severity.WARNING.value,
            counterparty_id=row.counterparty_id,
            title_params={"code": row.code, **values},
        ),
        at=as_of,
    )


def _partner(bpn: str) -> Organisation:
    found = Organisation.objects.filter(bpn=bpn).exclude(pk=acting_organisation_id()).first()
    if found is None:
        raise Refused("partner", "the BPN of a partner of yours", bpn)
    return found


def _last_day(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
