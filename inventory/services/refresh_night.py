"""The nightly refresh: partner by partner, each with a result that its people can read (IN-11)."""

from datetime import datetime
from typing import Final

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from collab.jobs.models import Job
from collab.jobs.registry import register
from collab.jobs.run import JobRun
from collab.jobs.services import start_job
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from inventory.models import PartnerRefresh, RefreshResult
from inventory.rules.refresh import Turn, missed_at, turn_of
from inventory.services.refreshes import ask, asked_of, figures_of, save, settle

JOB: Final = "inventory.refresh_partners"
LONGEST_FAULT: Final = 200
State, Result = PartnerRefresh.State, PartnerRefresh.Result


def has_work() -> bool:
    """Say whether the acting organisation wants figures of anybody."""
    return PartnerRefresh.objects.filter(
        owner_id=acting_organisation_id(), state=State.ACTIVE
    ).exists()


def start_night() -> Job:
    """Start the refresh of all partners, as a job."""
    return start_job(kind=JOB, title=_("Refresh partners' figures"))


def run_night(run: JobRun) -> dict[str, object]:
    """Do the job: a partner whose turn fails is named, and the others go on."""
    with run.acting():
        partners = active_partners()
        names = dict(Organisation.objects.filter(pk__in=partners).values_list("pk", "short_name"))
    failed: list[str] = []
    for done, partner_id in enumerate(partners):
        run.stop_if_cancelled()
        name = names.get(partner_id) or str(partner_id)
        run.progress(done, len(partners), name)
        try:
            with run.acting():
                result = refresh_figures(partner_id, as_of=timezone.now())
        except DatabaseError as fault:
            with run.acting():
                note_fault(partner_id, f"{type(fault).__name__}: {fault}", as_of=timezone.now())
            run.log(f"{name}: {fault}")
            failed.append(name)
            continue
        if result.unanswered or result.unreached:
            failed.append(name)
    run.progress(len(partners), max(len(partners), 1), _outcome(len(partners), failed))
    return {"partners": len(partners), "with_failures": failed}


def active_partners() -> list[int]:
    """Return the partners of whom figures are wanted, in one order."""
    rows = PartnerRefresh.objects.filter(owner_id=acting_organisation_id(), state=State.ACTIVE)
    return sorted(set(rows.values_list("counterparty_id", flat=True)))


@transaction.atomic
def refresh_figures(partner_id: int, *, as_of: datetime) -> RefreshResult:
    """Settle what a partner gave, stop what nobody uses, ask for the rest; note what came of it."""
    rows = list(
        PartnerRefresh.objects.select_for_update(of=("self",))
        .filter(owner_id=acting_organisation_id(), counterparty_id=partner_id, state=State.ACTIVE)
        .order_by("pk")
    )
    figures = figures_of(rows)
    changed = {row.pk: row for row in rows if settle(row, figures)}
    turns = {row.pk: turn_of(asked_of(row), now=as_of) for row in rows}
    due = [row for row in rows if turns[row.pk] == Turn.ASK]
    for row in due:
        row.missed = missed_at(asked_of(row), now=as_of)
    stopped = [row for row in rows if turns[row.pk] == Turn.STOP]
    for row in stopped:
        row.state = State.STOPPED
    asked = ask(due, as_of=as_of)
    quiet = {row.pk: row for row in stopped} | {
        key: row for key, row in changed.items() if turns[key] == Turn.REST
    }
    save(quiet.values(), is_asked=False, as_of=as_of)
    return _note(
        partner_id,
        as_of,
        asked=asked,
        fresh=sum(turn == Turn.REST for turn in turns.values()),
        unanswered=sum(row.missed > 0 for row in due),
        unreached=len(due) - asked,
        stopped=len(stopped),
    )


def note_fault(partner_id: int, fault: str, *, as_of: datetime) -> RefreshResult:
    """Note why a partner's turn failed as a whole."""
    return _note(partner_id, as_of, fault=fault[:LONGEST_FAULT])


def register_job() -> None:
    """Make the job known."""
    register(JOB, run_night)


def _note(partner_id: int, as_of: datetime, fault: str = "", **counts: int) -> RefreshResult:
    """Write the result of this night; a second run on the same day replaces it."""
    row, _is_new = RefreshResult.objects.update_or_create(
        owner_id=acting_organisation_id(),
        partner_id=partner_id,
        night=own_day(as_of),
        defaults={
            "asked": 0, "fresh": 0, "unanswered": 0, "unreached": 0, "stopped": 0,
            **counts, "fault": fault, "ended_at": as_of,
        },
    )  # fmt: skip
    found: RefreshResult = row
    return found


def _outcome(partners: int, failed: list[str]) -> str:
    if failed:
        text = ngettext(
            "%(n)s partner gave no answer", "%(n)s partners gave no answer", len(failed)
        )
        return text % {"n": len(failed)}
    return ngettext("%(n)s partner asked", "%(n)s partners asked", partners) % {"n": partners}
