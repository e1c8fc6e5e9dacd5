"""Imports that take longer than a page may: the same steps as a job, chunk by chunk."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from collab.integration.imports import applying
from collab.integration.imports.applying import RowsRefused
from collab.integration.imports.staging import ImportRefused
from collab.integration.models.imports import ImportBatch
from collab.jobs.models import Job
from collab.jobs.registry import register
from collab.jobs.run import JobFailed, JobRun
from collab.jobs.services import start_job
from collab.organisations.context import acting_organisation

CHECK, APPLY, UNDO = "integration.import-check", "integration.import", "integration.import-undo"
INLINE_ROWS = 200


def run_or_start(batch: ImportBatch, kind: str, rows: int) -> Job | None:
    """Do a small step now and return ``None``; have a large one done by a job and return it.

    Raises ``ImportRefused`` as the step does when it is done now.
    """
    if rows <= INLINE_ROWS:
        _run_now(batch.pk, kind)
        return None
    job = start_job(
        kind=kind, title=_("Import of %(file)s") % {"file": batch.file.name}, params=_params(batch)
    )
    ImportBatch.objects.filter(pk=batch.pk).update(job_id=job.pk)
    return job


def register_jobs() -> None:
    """Make the kinds of job known; called when Django starts."""
    register(CHECK, _check)
    register(APPLY, _apply)
    register(UNDO, _undo)


def _run_now(batch_id: UUID, kind: str) -> None:
    if kind == CHECK:
        applying.check(batch_id)
    elif kind == UNDO:
        applying.undo(batch_id)
    elif ImportBatch.objects.get(pk=batch_id).mode == ImportBatch.Mode.ALL:
        try:
            applying.apply_all(batch_id)
        except RowsRefused as refused:
            applying.note_refusal(batch_id, refused)
    else:
        while applying.apply_chunk(batch_id):
            continue


def _check(run: JobRun) -> dict[str, Any]:
    return _in_one_transaction(run, applying.check)


def _undo(run: JobRun) -> dict[str, Any]:
    return _in_one_transaction(run, applying.undo)


def _in_one_transaction(run: JobRun, step: Any) -> dict[str, Any]:
    batch_id = UUID(run.params["batch_id"])
    try:
        with run.acting():
            step(batch_id)
            run.finish(_result(batch_id), run.params["url"])
    except ImportRefused as refused:
        raise JobFailed(str(refused)) from None
    return {}


def _apply(run: JobRun) -> dict[str, Any]:
    """Apply chunk by chunk, each in a transaction of its own; all-or-nothing in a single one."""
    batch_id = UUID(run.params["batch_id"])
    with run.acting():
        batch = ImportBatch.objects.get(pk=batch_id)
        total = batch.new + batch.changed
    if batch.mode == ImportBatch.Mode.ALL:
        return _apply_all(run, batch_id)
    left = total
    while left:
        run.stop_if_cancelled()
        with run.acting():
            left = applying.apply_chunk(batch_id)
        run.progress(max(0, total - left), total)
    with run.acting():
        run.finish(_result(batch_id), run.params["url"])
    return {}


def _apply_all(run: JobRun, batch_id: UUID) -> dict[str, Any]:
    try:
        with run.acting():
            applying.apply_all(batch_id)
            run.finish(_result(batch_id), run.params["url"])
    except RowsRefused as refused:
        with run.acting():
            applying.note_refusal(batch_id, refused)
        raise JobFailed(str(refused)) from None
    return {}


def _params(batch: ImportBatch) -> dict[str, str]:
    slug = acting_organisation().slug
    url = reverse("integration:import", args=[slug, batch.pk])
    return {"batch_id": str(batch.pk), "url": url}


def _result(batch_id: UUID) -> dict[str, int]:
    batch = ImportBatch.objects.get(pk=batch_id)
    return {
        "new": batch.new,
        "changed": batch.changed,
        "unchanged": batch.unchanged,
        "wrong": batch.wrong,
        "applied": batch.applied,
    }
