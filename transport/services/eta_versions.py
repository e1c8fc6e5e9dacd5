"""The arrival model in use, and newer versions of it learnt from the own trips (TR-13)."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.organisations.context import acting_organisation_id
from transport.events import EtaVersionJudged
from transport.models import DrivenTrip, EtaVersion
from transport.rules.eta_check import Judged, judge
from transport.rules.eta_model import EtaModel
from transport.services.numbers import hold
from transport.services.trip_samples import from_row

LEARN = "transport.learn_arrivals"
"""The task that fits an organisation's next version."""
LEARNT_FROM = timedelta(days=180)
MOST_TRIPS = 400
LEAST_NEW_TRIPS = 10
"""How many trips must have ended since the last attempt before another is worth its while."""


def model_in_use() -> EtaModel:
    """Return the acting organisation's model: its newest kept version, else the default."""
    row = version_in_use()
    return model_of(row) if row is not None else EtaModel()


def version_in_use() -> EtaVersion | None:
    """Return the acting organisation's version in use; ``None`` = the default."""
    return _in_use().first()


def model_of(row: EtaVersion) -> EtaModel:
    """Return the model that a version's parameters describe."""
    values: dict[str, Any] = dict(row.parameters)
    values["speed_kmh"] = tuple(values["speed_kmh"])
    return EtaModel(**values)


@transaction.atomic
def refit(*, as_of: datetime) -> EtaVersion | None:
    """Fit a new version on the own trips and put it in use if the check says it is no worse.

    Returns the new row, kept or rejected; ``None`` while too few trips have ended since the last
    attempt, or too few were seen at all.
    """
    hold("eta")
    owner = acting_organisation_id()
    last = EtaVersion.objects.filter(owner_id=owner).order_by("-number").first()
    trips = DrivenTrip.objects.filter(owner_id=owner, arrived_at__gt=as_of - LEARNT_FROM)
    if last is not None:
        new = trips.filter(arrived_at__gt=last.trained_until).count()
        if new < LEAST_NEW_TRIPS:
            return None
    rows = list(trips.order_by("-arrived_at")[:MOST_TRIPS])
    current = version_in_use()
    number = (last.number if last is not None else 0) + 1
    judged = judge(
        [from_row(each) for each in rows],
        model_of(current) if current is not None else EtaModel(),
        seen_until=current.trained_until if current is not None else None,
        name=f"v{number}",
    )
    if judged is None:
        return None
    return _keep(judged, number=number, current=current, rows=rows, as_of=as_of)


def _keep(
    judged: Judged,
    *,
    number: int,
    current: EtaVersion | None,
    rows: list[DrivenTrip],
    as_of: datetime,
) -> EtaVersion:
    is_kept = judged.is_better
    if is_kept:
        _in_use().update(used_until=as_of)
    version = EtaVersion.objects.create(
        number=number,
        parameters=asdict(judged.model),
        fitted_at=as_of,
        trips=len(rows),
        observations=sum(each.observations for each in rows),
        trained_until=max(each.arrived_at for each in rows),
        verdict=EtaVersion.Verdict.KEPT if is_kept else EtaVersion.Verdict.REJECTED,
        held_out_trips=judged.held_out,
        loss=judged.score.loss,
        within=judged.score.within,
        before_number=current.number if current is not None else 0,
        before_loss=judged.before.loss,
        before_within=judged.before.within,
        used_from=as_of if is_kept else None,
    )
    publish(
        EtaVersionJudged(
            change_id=str(uuid7()), version_id=str(version.pk), owner_id=version.owner_id
        )
    )
    return version


def _in_use() -> "QuerySet[EtaVersion]":
    return EtaVersion.objects.filter(
        owner_id=acting_organisation_id(), used_from__isnull=False, used_until__isnull=True
    )
