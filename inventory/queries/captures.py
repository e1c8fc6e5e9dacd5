"""Capture jobs of the acting organisation."""

from uuid import UUID

from inventory.models import CaptureJob

VIEWS = ("all", "problems", "running")


def captures(view: str, *, before: UUID | None, limit: int) -> list[CaptureJob]:
    """Return jobs of a view (one of ``VIEWS``), newest first, behind the job ``before``."""
    rows = CaptureJob.objects.defer("errors").order_by("-id")
    if view == "problems":
        rows = rows.filter(is_running=False, is_success=False)
    elif view == "running":
        rows = rows.filter(is_running=True)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return list(rows[:limit])


def one_capture(key: UUID) -> CaptureJob | None:
    """Return a job, ``None`` if there is none of the acting organisation."""
    return CaptureJob.objects.filter(pk=key).first()
