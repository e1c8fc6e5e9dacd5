"""Capture documents of tracking events: kept as sent, recorded through the one door, reported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from collab.events.bus import enqueue, publish
from collab.integration.epcis.canonical import VERSION
from collab.integration.epcis.faults import Fault
from collab.integration.epcis.hashing import event_hash
from collab.integration.epcis.read import Captured, Document, encode
from collab.integration.epcis.read_xml import read_any
from collab.integration.epcis.traits import traits_of
from collab.integration.inbox.envelopes import EPCIS
from collab.integration.inbox.findings import Finding
from collab.integration.inbox.keeping import keep, settle
from collab.integration.models.messages import InboundMessage
from inventory.events import DocumentCaptured
from inventory.models import CaptureJob
from inventory.services.tracking import EventRow, Verdict, VerdictState, record_events

SOURCE: Final = EPCIS
AT_ONCE: Final = 1_000
"""Documents of so many events are captured inside the request; larger ones by a worker."""
MOST_ERRORS: Final = 1_000
TASK: Final = "inventory.capture"
VALIDATION: Final = "epcisException:ValidationException"
IMPLEMENTATION: Final = "epcisException:ImplementationException"
EXISTS: Final = "epcisException:ResourceAlreadyExistsException"

_TITLES: Final = {VALIDATION: "Document not readable", IMPLEMENTATION: "Document not captured"}
_STATUSES: Final = {VALIDATION: 400, EXISTS: 409, IMPLEMENTATION: 500}

Behaviour = CaptureJob.Behaviour


class _Undone(Exception):
    """Carries the errors out of the savepoint that they roll back."""


@dataclass(slots=True)
class _Tally:
    """What became of the events so far."""

    errors: list[dict[str, Any]]
    recorded: int = 0
    known: int = 0


@transaction.atomic
def capture(raw: bytes, document: Document, *, behaviour: str) -> CaptureJob:
    """Keep a document that has been read and record its events; return the job, mostly finished.

    A document of more than ``AT_ONCE`` events is left to a worker: its job is still running.
    """
    now = timezone.now()
    job = CaptureJob.objects.create(
        message=_kept(raw), behaviour=behaviour, created_at=now, events=len(document.events)
    )
    if len(document.events) > AT_ONCE:
        enqueue(TASK, job.pk)
        _announce(job)
    else:
        _run(job, document, now)
    return job


@transaction.atomic
def finish_capture(job_id: UUID) -> None:
    """Record the events of a job that was left to a worker; a finished one stays as it is."""
    job = CaptureJob.objects.select_for_update().get(pk=job_id)
    if job.is_running:
        document = read_any(bytes(job.message.raw))
        _run(job, document, timezone.now())


@transaction.atomic
def give_up_capture(job_id: UUID, reason: str) -> None:
    """End a job that no worker could bring to an end; nothing of it is recorded."""
    job = CaptureJob.objects.select_for_update().get(pk=job_id)
    if not job.is_running:
        return
    error = _problem(IMPLEMENTATION, None, Fault("", "a worker that ends", reason[:200]))
    job.errors, job.refused = [error], job.events
    job.is_running, job.is_success, job.finished_at = False, False, timezone.now()
    job.save()
    settle(job.message, applied=0, held=job.events, problems=[_finding(error)])
    _announce(job)


def keep_unreadable(raw: bytes, faults: Sequence[Fault]) -> InboundMessage:
    """Keep a document that is none, with the reasons."""
    return keep(
        raw,
        syntax=SOURCE,
        kind="epcis:document",
        parser_version=VERSION,
        problems=[_finding(_problem(VALIDATION, None, fault)) for fault in faults],
    )


def _kept(raw: bytes) -> InboundMessage:
    return keep(raw, syntax=SOURCE, kind="epcis:document", parser_version=VERSION)


def _run(job: CaptureJob, document: Document, now: datetime) -> None:
    """Record the events of a document as the job's behaviour says; write down what came of it."""
    tally = _Tally(errors=_unread(document))
    is_strict = job.behaviour == Behaviour.ROLLBACK
    if not (is_strict and tally.errors):
        try:
            with transaction.atomic():
                _record(document.captured, now, tally)
                if is_strict and tally.errors:
                    raise _Undone
        except _Undone:
            tally.recorded = tally.known = 0
    errors = tally.errors
    job.recorded, job.known = tally.recorded, tally.known
    job.refused = len({error["index"] for error in errors})
    job.errors = errors[:MOST_ERRORS]
    job.is_running, job.is_success, job.finished_at = False, not errors, timezone.now()
    job.save()
    held = job.events - job.recorded - job.known
    findings = [_finding(error) for error in job.errors]
    settle(job.message, applied=job.recorded + job.known, held=held, problems=findings)
    _announce(job)


def _announce(job: CaptureJob) -> None:
    publish(DocumentCaptured(job_id=str(job.pk), is_running=job.is_running))


def rows_of(found: Sequence[Captured]) -> list[EventRow]:
    """Return events that were read as the rows that ``record_events`` takes."""
    rows = []
    for each in found:
        name = event_hash(each.facts)
        rows.append(
            EventRow(
                facts=each.facts,
                event_id=each.facts.event_id or name,
                event_hash=name,
                body=encode(each.body),
                traits=traits_of(each.facts),
            )
        )
    return rows


def _record(found: Sequence[Captured], now: datetime, tally: _Tally) -> None:
    verdicts = record_events(rows_of(found), source=SOURCE, received_at=now)
    for each, verdict in zip(found, verdicts, strict=True):
        if verdict.state == VerdictState.RECORDED:
            tally.recorded += 1
        elif verdict.state == VerdictState.KNOWN:
            tally.known += 1
        else:
            tally.errors.append(_refused(each, verdict))
    tally.errors.sort(key=lambda error: error["index"])


def _unread(document: Document) -> list[dict[str, Any]]:
    return [
        _problem(VALIDATION, refusal.index, fault)
        for refusal in document.refusals
        for fault in refusal.faults
    ]


def _refused(captured: Captured, verdict: Verdict) -> dict[str, Any]:
    if verdict.state == VerdictState.CONFLICT:
        kind, expected = EXISTS, "an event ID of its own, or the same content as before"
        fault = Fault("eventID", expected, captured.facts.event_id)
    else:
        kind, fault = VALIDATION, Fault(verdict.field, verdict.reason)
    return _problem(kind, captured.index, fault)


def _problem(kind: str, index: int | None, fault: Fault) -> dict[str, Any]:
    """Return one error of a job: a problem document with the place of the event and the value."""
    return {
        "type": kind,
        "title": _TITLES[kind] if index is None else "Event not taken",
        "status": _STATUSES[kind],
        "index": index,
        **fault.body(),
    }


def _finding(error: Mapping[str, Any]) -> Finding:
    """Return an error of a job as the inbox tells it."""
    index = error["index"]
    steps = [] if index is None else ["eventList", str(index)]
    return Finding(
        code=error["type"].removeprefix("epcisException:"),
        expected=error["expected"],
        found=error["value"],
        path=".".join([*steps, error["path"]]).rstrip(".") or "document",
    )
