"""Where parts are in their life: what follows what, what begins, runs out or is withdrawn (FC-26).

The forecast reads it at its next run (``forecasting.services.lifecycle_inputs``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from collab.masterdata.queries import PartRow, part_by_number
from collab.masterdata.refusals import Refused, VersionConflict, clean_decimal, locked
from collab.organisations.context import acting_organisation_id
from forecasting.engine.lifecycle import Succession as Edge
from forecasting.engine.lifecycle import in_order
from forecasting.models import LifeCycle, Succession

Phase = LifeCycle.Phase
Number = Decimal | int | str
MOST_YEARS_AHEAD = 30
USUAL_STRENGTH = Decimal(6)  # buckets of own demand that weigh as much as the programme


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What a programme will ask of a new part: vehicles a month x usage x take rate.

    Without ``usage`` the bill of material under ``programme`` (a part number) says pieces per
    vehicle, its take rates included. ``strength`` is in buckets of own demand.
    """

    volume: Number
    programme: str = ""
    usage: Number | None = None
    take_rate: Number | None = None
    strength: Number = USUAL_STRENGTH


@transaction.atomic
def let_follow(
    *,
    old: str,
    new: str,
    effective_on: date,
    factor: Number = 1,
    version: int | None = None,
) -> tuple[Succession, bool]:
    """Let one own part follow another from a day on; return the row, and whether it is new.

    ``factor`` is how many new pieces stand for one old. The same pair again changes factor and
    day. Raises ``Refused`` for unknown parts or a ring, naming its path; ``VersionConflict``.
    """
    before, after = _part("old", old), _part("new", new)
    pieces = clean_decimal("factor", factor, digits=12, places=6, above=Decimal(0))
    if before.id == after.id:
        raise Refused("new", "another part than the old one", after.number)
    # One writer at a time: two edges that together make a ring must see each other.
    rows = list(
        Succession.objects.select_for_update(of=("self",))
        .filter(owner_id=acting_organisation_id())
        .order_by("pk")
        .select_related("old_part", "new_part")
    )
    same = [each for each in rows if (each.old_part_id, each.new_part_id) == (before.id, after.id)]
    if not same:
        _refuse_rings([*((each.old_part.number, each.new_part.number) for each in rows),
                       (before.number, after.number)])  # fmt: skip
        return Succession.objects.create(
            old_part_id=before.id,
            new_part_id=after.id,
            factor=pieces,
            effective_on=effective_on,
        ), True
    row = same[0]
    if version is not None and version != row.version:
        raise VersionConflict(row.version, version)
    if (row.factor, row.effective_on) != (pieces, effective_on):
        row.factor, row.effective_on, row.version = pieces, effective_on, row.version + 1
        row.save(update_fields=["factor", "effective_on", "version"])
    return row, False


@transaction.atomic
def unfollow(succession_id: UUID, *, version: int | None = None) -> None:
    """Take a succession back; the next forecast keeps both pasts apart again."""
    locked(Succession, succession_id, version).delete()


@transaction.atomic
def set_phase(
    *,
    part_number: str,
    phase: str,
    from_on: date,
    until_on: date | None = None,
    prior: Prior | None = None,
    version: int | None = None,
) -> tuple[LifeCycle, bool]:
    """Say where an own part is in its life; return the row, and whether it is new.

    Run-out needs its end, a new part the volume of its programme. The same again changes
    nothing. Raises ``Refused`` naming the field, and ``VersionConflict``.
    """
    part = _part("part_number", part_number)
    values = _checked(phase, from_on, until_on, prior)
    row = LifeCycle.objects.select_for_update(of=("self",)).filter(part_id=part.id).first()
    if row is None:
        return LifeCycle.objects.create(part_id=part.id, **values), True
    if version is not None and version != row.version:
        raise VersionConflict(row.version, version)
    if any(getattr(row, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
        row.save()
    return row, False


@transaction.atomic
def forget_phase(lifecycle_id: UUID, *, version: int | None = None) -> None:
    """Let a part's history tell alone where it is in its life."""
    locked(LifeCycle, lifecycle_id, version).delete()


def _checked(
    phase: str, from_on: date, until_on: date | None, prior: Prior | None
) -> dict[str, Any]:
    if phase not in Phase.values:
        raise Refused("phase", f"one of {', '.join(Phase.values)}", phase)
    if phase == Phase.RUN_OUT and until_on is None:
        raise Refused("until_on", "the day after which nobody may ask any more", "")
    if until_on is not None and not from_on < until_on:
        raise Refused("until_on", f"a day after {from_on}", until_on)
    if until_on is not None and until_on.year > from_on.year + MOST_YEARS_AHEAD:
        raise Refused("until_on", f"at most {MOST_YEARS_AHEAD} years after {from_on}", until_on)
    if phase == Phase.NEW and prior is None:
        raise Refused("volume", "the vehicles a month of the programme", "")
    return {
        "phase": phase,
        "from_on": from_on,
        "until_on": until_on if phase == Phase.RUN_OUT else None,
        "prior": _prior(prior) if phase == Phase.NEW and prior is not None else {},
    }


def _prior(told: Prior) -> Mapping[str, str]:
    found = {
        "volume": _text("volume", told.volume, at_least=Decimal(0)),
        "strength": _text("strength", told.strength, above=Decimal(0)),
    }
    if told.programme.strip():
        found["programme"] = _part("programme", told.programme).number
    elif told.usage is None:
        raise Refused("usage", "pieces per vehicle, or a programme that says them", "")
    if told.usage is not None:
        found["usage"] = _text("usage", told.usage, above=Decimal(0))
    if told.take_rate is not None:
        found["take_rate"] = _text("take_rate", told.take_rate, at_least=Decimal(0),
                                   at_most=Decimal(1))  # fmt: skip
    return found


def _text(field: str, value: Number, **limits: Decimal) -> str:
    return f"{clean_decimal(field, value, digits=18, places=6, **limits):f}"


def _part(field: str, number: str) -> PartRow:
    part = part_by_number(number) if number.strip() else None
    if part is None:
        raise Refused(field, "a part number of yours", number)
    return part


def _refuse_rings(pairs: list[tuple[str, str]]) -> None:
    names = {name: place for place, name in enumerate({name for pair in pairs for name in pair})}
    try:
        in_order([Edge(old=old, new=new, factor=1.0, effective=0) for old, new in pairs], names)
    except ValueError as ring:
        path = str(ring).removeprefix("expected successions without a circle, got ")
        raise Refused("new", "a part that the old one does not follow itself", path) from None
