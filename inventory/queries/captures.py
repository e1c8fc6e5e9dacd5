"""Capture jobs of the acting organisation."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from inventory.models import CaptureJob

VIEWS = ("all", "problems", "running")


@dataclass(frozen=True, slots=True)
class CaptureRow:
    """One document as lists show it; ``label`` and ``tone`` say what became of it."""

    job: CaptureJob
    label: str
    tone: str


def captures(view: str, *, before: UUID | None, limit: int) -> list[CaptureRow]:
    """Return documents of a view (one of ``VIEWS``), newest first, behind the one ``before``."""
    rows = CaptureJob.objects.defer("errors").order_by("-id")
    if view == "problems":
        rows = rows.filter(is_running=False, is_success=False)
    elif view == "running":
        rows = rows.filter(is_running=True)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [row_of(job) for job in rows[:limit]]


def captures_by_key(keys: Collection[UUID]) -> list[CaptureRow]:
    """Return the documents with these keys, newest first."""
    rows = CaptureJob.objects.defer("errors").filter(pk__in=keys).order_by("-id")
    return [row_of(job) for job in rows]


def one_capture(key: UUID) -> CaptureJob | None:
    """Return a job, ``None`` if there is none of the acting organisation."""
    return CaptureJob.objects.filter(pk=key).first()


def row_of(job: CaptureJob) -> CaptureRow:
    """Return a job with what became of it, in words."""
    if job.is_running:
        return CaptureRow(job, _("Running"), "info")
    if job.is_success:
        return CaptureRow(job, _("Recorded"), "ok")
    if job.recorded:
        return CaptureRow(job, _("Recorded in part"), "warn")
    return CaptureRow(job, _("Not taken"), "crit")
