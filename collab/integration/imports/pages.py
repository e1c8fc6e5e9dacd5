"""The import's pages: choose a file, match its columns, look at the dry run, apply, take back.

Which roles may bring in what, its kind says; other kinds and their files are not found.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collab.integration.exports import FORMS, write_file
from collab.integration.imports import applying, jobs, staging
from collab.integration.imports.cells import DATE_ORDERS, DECIMAL_SIGNS, text_of
from collab.integration.imports.registry import ImportKind, import_kind, import_kinds
from collab.integration.imports.staging import ImportRefused
from collab.integration.models.imports import ImportBatch, ImportRow
from collab.integration.spreadsheets import DELIMITERS, ENCODINGS, MAX_BYTES, SheetRefused
from collab.jobs.models import Job
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, page_url

SHOWN_BATCHES, SHOWN_ROWS, SAMPLE_ROWS = 25, 100, 5
OUTCOMES = ("wrong", "new", "changed", "unchanged")
STEPS = ("upload", "match", "check", "done")


@require_GET
@for_roles(*WRITERS)
def imports(request: PageRequest) -> HttpResponse:
    """Show what can be imported, and the newest imports."""
    return _overview(request)


@require_GET
@for_roles(*WRITERS)
def template(request: PageRequest, kind: str) -> HttpResponse:
    """Hand out an empty list of a kind with an example row, as XLSX."""
    found = _kind(request, kind)
    titles = [str(column.title) for column in found.columns]
    example = [column.example for column in found.columns]
    return _download(
        write_file("xlsx", found.name, titles, [example]).content, f"{found.name}.xlsx"
    )


@require_POST
@for_roles(*WRITERS)
def upload(request: PageRequest) -> HttpResponse:
    """Take a file in."""
    kind = _kind(request, request.POST.get("kind", ""))
    file = request.FILES.get("file")
    if file is None:
        return _overview(request, _("Choose a file first."))
    if (file.size or 0) > MAX_BYTES:
        text = _("Expected at most %(mb)d MB.") % {"mb": MAX_BYTES // 2**20}
        return _overview(request, text)
    try:
        batch = staging.upload(kind.name, file.name or "", file.read())
    except SheetRefused as refused:
        return _overview(request, str(refused))
    return go_to(request, page_url(request, "integration:import", batch.pk))


@require_GET
@for_roles(*WRITERS)
def show(request: PageRequest, batch_id: UUID) -> HttpResponse:
    """Show one import: column match, dry run, result."""
    return _page(request, _batch(request, batch_id))


@require_POST
@for_roles(*WRITERS)
def match(request: PageRequest, batch_id: UUID) -> HttpResponse:
    """Set the column match and compare with what is there; writes nothing else."""
    batch = _batch(request, batch_id)
    kind = import_kind(batch.kind)

    def step() -> Job | None:
        found = staging.understand(
            batch_id,
            mapping=_mapping(request, kind),
            decimal_sign=_choice(request, "decimal_sign", DECIMAL_SIGNS),
            date_order=_choice(request, "date_order", DATE_ORDERS),
        )
        return jobs.run_or_start(found, jobs.CHECK, found.total)

    return _step(request, batch, step, _("Compared. Nothing has been changed yet."))


@require_POST
@for_roles(*WRITERS)
def read_again(request: PageRequest, batch_id: UUID) -> HttpResponse:
    """Read the kept file with another encoding or separator."""
    _batch(request, batch_id)
    encoding = _choice(request, "encoding", ENCODINGS)
    delimiter = _choice(request, "delimiter", DELIMITERS)
    try:
        batch = staging.read_again(batch_id, encoding=encoding, delimiter=delimiter)
    except (SheetRefused, ImportRefused) as refused:
        return _page(request, _batch(request, batch_id), str(refused))
    return go_to(request, page_url(request, "integration:import", batch.pk))


@require_POST
@for_roles(*WRITERS)
def apply(request: PageRequest, batch_id: UUID) -> HttpResponse:
    """Apply the good rows, or all rows or none; a stopped import goes on."""
    batch = _batch(request, batch_id)

    def step() -> Job | None:
        found = applying.begin_applying(batch_id, request.POST.get("mode", ""))
        return jobs.run_or_start(found, jobs.APPLY, found.new + found.changed)

    response = _step(request, batch, step, _("Applied."))
    if _batch(request, batch_id).state == ImportBatch.State.CHECKED and response.status_code < 400:
        text = _("Nothing was applied: a row has become wrong since the comparison.")
        return go_to(request, page_url(request, "integration:import", batch_id), toast=text)
    return response


@require_POST
@for_roles(*WRITERS)
def undo(request: PageRequest, batch_id: UUID) -> HttpResponse:
    """Take an applied import back."""
    batch = _batch(request, batch_id)

    def step() -> Job | None:
        if not applying.is_undoable(batch, timezone.now()):
            raise ImportRefused(_("This import can no longer be undone."))
        return jobs.run_or_start(batch, jobs.UNDO, batch.applied)

    return _step(request, batch, step, _("Undone: everything is as it was before."))


@require_POST
@for_roles(*WRITERS)
def discard(request: PageRequest, batch_id: UUID) -> HttpResponse:
    """Throw an import away that was not applied."""
    batch = _batch(request, batch_id)
    try:
        staging.discard(batch_id)
    except ImportRefused as refused:
        return _page(request, batch, str(refused))
    return go_to(request, page_url(request, "integration:imports"), toast=_("Discarded."))


@require_GET
@for_roles(*WRITERS)
def rejected(request: PageRequest, batch_id: UUID) -> HttpResponse:
    """Hand out the refused rows as XLSX, to be corrected and sent back."""
    batch = _batch(request, batch_id)
    width = len(batch.header)
    rows = ImportRow.objects.filter(batch=batch, outcome=ImportRow.Outcome.WRONG).order_by("line")
    names = _titles(import_kind(batch.kind))
    table = (
        [
            *(_exported(row.cells[at]) if at < len(row.cells) else None for at in range(width)),
            row.line,
            "\n".join(_sentence(error, names) for error in row.errors),
        ]
        for row in rows.iterator(1_000)
    )
    columns = [*batch.header, _("Line"), _("What is wrong")]
    made = write_file("xlsx", f"refused-{batch.kind}", columns, table)
    return _download(made.content, made.name)


@require_GET
@for_roles(*WRITERS)
def original(request: PageRequest, batch_id: UUID) -> HttpResponse:
    """Hand out the file as it came."""
    batch = _batch(request, batch_id)
    name = f"{batch.kind}-{batch.created_at:%Y%m%d-%H%M}.{batch.form}"
    return _download(bytes(batch.file.content), name)


def _step(
    request: PageRequest, batch: ImportBatch, step: Callable[[], Job | None], toast: str
) -> HttpResponse:
    """Do one step of an import; show a refusal on its page, a long step on the job's."""
    try:
        job = step()
    except ImportRefused as refused:
        return _page(request, _batch(request, batch.pk), str(refused))
    if job is not None:
        return go_to(request, page_url(request, "jobs:job", job.pk))
    return go_to(request, page_url(request, "integration:import", batch.pk), toast=toast)


def _overview(request: PageRequest, error: str = "") -> HttpResponse:
    kinds = _allowed(request)
    batches = ImportBatch.objects.filter(kind__in=[kind.name for kind in kinds])
    batches = batches.select_related("file", "uploaded_by").order_by("-pk")
    context = {
        "kinds": kinds,
        "chosen": request.POST.get("kind") or request.GET.get("kind", ""),
        "batches": [_summary(batch) for batch in batches.defer("file__content")[:SHOWN_BATCHES]],
        "error": error,
        "megabytes": MAX_BYTES // 2**20,
    }
    return render(request, "integration/imports.html", context, status=422 if error else 200)


def _page(request: PageRequest, batch: ImportBatch, error: str = "") -> HttpResponse:
    kind = import_kind(batch.kind)
    rows = ImportRow.objects.filter(batch=batch).order_by("line")
    shown = request.GET.get("rows", "wrong" if batch.wrong else "")
    if shown not in OUTCOMES:
        shown = next((each for each in OUTCOMES if getattr(batch, each)), "new")
    is_open = batch.state in {"staged", "checked"}
    context = {
        **_summary(batch),
        "kind": kind,
        "columns": _columns(kind, batch, list(rows[:SAMPLE_ROWS])),
        "places": [(at, name or f"#{at + 1}") for at, name in enumerate(batch.header)],
        "signs": DECIMAL_SIGNS.items(),
        "orders": DATE_ORDERS.items(),
        "encodings": ENCODINGS,
        "delimiters": DELIMITERS.items(),
        "is_open": is_open,
        "is_undoable": applying.is_undoable(batch, timezone.now()),
        "undo_until": batch.applied_at and batch.applied_at + applying.UNDO_FOR,
        "shown": shown,
        "tabs": [(each, ImportRow.Outcome(each).label, getattr(batch, each)) for each in OUTCOMES],
        "rows": [_row(kind, row) for row in rows.filter(outcome=shown)[:SHOWN_ROWS]],
        "limit": SHOWN_ROWS,
        "result_url": page_url(request, kind.page) if kind.page else "",
        "steps": _steps(batch),
        "error": error,
    }
    return render(request, "integration/import.html", context, status=422 if error else 200)


def _summary(batch: ImportBatch) -> dict[str, Any]:
    return {
        "batch": batch,
        "title": import_kind(batch.kind).title,
        "ready": batch.new + batch.changed,
    }


def _steps(batch: ImportBatch) -> list[dict[str, str]]:
    now = {"staged": 1, "checking": 2, "checked": 2, "applying": 2}.get(batch.state, 3)
    labels = (_("Upload"), _("Match columns"), _("Compare"), _("Done"))
    states = ["done" if at < now else "current" if at == now else "" for at in range(len(STEPS))]
    return [
        {"label": label, "state": state, "href": ""}
        for label, state in zip(labels, states, strict=True)
    ]


def _columns(kind: ImportKind, batch: ImportBatch, rows: list[ImportRow]) -> list[dict[str, Any]]:
    found = []
    for column in kind.columns:
        place = batch.mapping.get(column.name)
        cells = [] if place is None else [r.cells[place] for r in rows if place < len(r.cells)]
        samples = [text for cell in cells if (text := text_of(cell).strip())]
        found.append({"column": column, "place": place, "sample": ", ".join(samples)[:80]})
    return found


def _row(kind: ImportKind, row: ImportRow) -> dict[str, Any]:
    names = _titles(kind)
    return {
        "line": row.line,
        "text": " · ".join(text for cell in row.cells if (text := text_of(cell).strip()))[:160],
        "errors": [{**error, "title": names.get(error["column"], "")} for error in row.errors],
        "differences": [
            (names.get(name, name), before, after)
            for name, (before, after) in row.differences.items()
        ],
    }


def _titles(kind: ImportKind) -> dict[str, str]:
    return {column.name: str(column.title) for column in kind.columns}


def _sentence(error: dict[str, str], names: dict[str, str]) -> str:
    text = _("%(column)s: expected %(expected)s, read “%(read)s”") % {
        "column": names.get(error["column"], _("Row")),
        "expected": error["expected"],
        "read": error["read"],
    }
    if error["suggestion"]:
        text += " " + _("Perhaps %(suggestion)s?") % {"suggestion": error["suggestion"]}
    return text


def _exported(cell: Any) -> Any:
    return cell[-1] if isinstance(cell, list) else cell


def _mapping(request: PageRequest, kind: ImportKind) -> dict[str, int]:
    mapping = {}
    for column in kind.columns:
        place = request.POST.get(f"place-{column.name}", "")
        if place.isascii() and place.isdecimal() and len(place) <= 4:
            mapping[column.name] = int(place)
    return mapping


def _choice(request: PageRequest, name: str, allowed: Any) -> str:
    chosen = request.POST.get(name, "")
    return chosen if chosen in allowed else ""


def _allowed(request: PageRequest) -> list[ImportKind]:
    """Return the kinds that the person may bring in."""
    return [kind for kind in import_kinds() if request.membership.role in kind.roles]


def _kind(request: PageRequest, name: str) -> ImportKind:
    for kind in _allowed(request):
        if kind.name == name:
            return kind
    raise Http404


def _batch(request: PageRequest, batch_id: UUID) -> ImportBatch:
    names = [kind.name for kind in _allowed(request)]
    rows = ImportBatch.objects.select_related("file", "uploaded_by").defer("file__content")
    found = rows.filter(pk=batch_id, kind__in=names).first()
    if found is None:
        raise Http404
    return found


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=FORMS.get(name.rpartition(".")[2], FORMS["csv"]))
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
