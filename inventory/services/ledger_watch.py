"""Ledgers watched: partners' heads are witnessed, what does not fit becomes an exception."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from collab.events.transparency import reading
from collab.events.transparency.models import TransparencyLog
from collab.events.transparency.services import seal
from collab.events.transparency.verification import Report, verify
from collab.events.transparency.witnessing import Copy, witness
from collab.jobs.models import Job
from collab.jobs.registry import register
from collab.jobs.run import JobRun
from collab.jobs.services import start_job
from collab.organisations.context import acting_organisation_id
from inventory.ledger_alerts import clear_contradiction, raise_contradiction
from inventory.queries.logged_events import LEDGER

JOB: Final = "inventory.verify_ledger"
TOLD: Final = 20


@dataclass(frozen=True, slots=True)
class Watched:
    """What a look at partners' ledgers gave: those seen, and the copies that do not fit."""

    seen: int
    contradictions: tuple[Copy, ...]


def watch(logs: Sequence[UUID]) -> Watched:
    """Witness these logs, as far as they are open to the acting organisation and not its own."""
    rows = TransparencyLog.objects.filter(pk__in=logs).exclude(owner_id=acting_organisation_id())
    return _watch(list(rows))


def watch_all() -> Watched:
    """Witness every partner's ledger of tracking events that the acting organisation sees.

    Its own is held against its last signed head, which costs next to nothing.
    """
    own = acting_organisation_id()
    seal(name=LEDGER)
    return _watch([log for log in reading.open_logs(LEDGER) if log.owner_id != own])


def start_verifying() -> Job:
    """Start looking at one's own ledger and at partners' heads, as a job."""
    return start_job(kind=JOB, title=_("Verify the ledger"))


def run_verifying(run: JobRun) -> dict[str, object]:
    """Do the job: own entries one by one, then what partners have signed."""
    run.progress(0, 1, _("Reading the ledger"))

    def told(done: int, total: int) -> None:
        run.progress(done, max(total, 1), _("Comparing entries with what was signed"))

    report = verify(name=LEDGER, progress=told, block=run.acting)
    with run.acting():
        if report is not None:
            _judge_own(report)
        watched = watch_all()
    for finding in report.findings[:TOLD] if report is not None else ():
        run.log(str(finding))
    for copy in watched.contradictions:
        run.log(f"{copy.head.log_id}: {copy.reason}")
    run.progress(1, 1, _outcome(report, watched))
    return {
        "size": report.size if report is not None else 0,
        "findings": [str(each) for each in report.findings[:TOLD]] if report is not None else [],
        "partners": watched.seen,
        "contradictions": [copy.head.log_id for copy in watched.contradictions],
    }


def register_job() -> None:
    """Make the job known."""
    register(JOB, run_verifying)


def _watch(logs: Sequence[TransparencyLog]) -> Watched:
    contradictions = []
    for log in logs:
        copy = witness(log)
        if copy is None or copy.fits:
            clear_contradiction(log.pk)
        else:
            contradictions.append(copy)
            raise_contradiction(log.pk, owner_id=log.owner_id, reason=copy.reason)
    return Watched(len(logs), tuple(contradictions))


def _judge_own(report: Report) -> None:
    log = TransparencyLog.objects.filter(owner_id=acting_organisation_id(), name=LEDGER).first()
    if log is None:
        return
    if report.holds:
        clear_contradiction(log.pk)
    else:
        raise_contradiction(log.pk, owner_id=log.owner_id, reason=str(report.findings[0]))


def _outcome(report: Report | None, watched: Watched) -> str:
    if (report is not None and not report.holds) or watched.contradictions:
        return _("Something does not hold: see the log")
    count = report.size if report is not None else 0
    return ngettext("%(n)s entry holds", "All %(n)s entries hold", count) % {"n": count}
