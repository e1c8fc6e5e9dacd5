"""Refuses bodies that are too large: by their announced length, and again while they are read."""

from collections.abc import Callable
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from collab.integration.problems import Problem, respond
from collab.integration.spreadsheets import MAX_BYTES

API: Final = "/api/"
FORM_BYTES: Final = 64 * 1024
"""What the other fields and the boundaries of a form may add to its file."""
LARGEST_JSON: Final = 10 * 2**20
TOO_LARGE, NO_LENGTH = 413, 411


class BodyLimit:
    """Answer 413 before a byte of a body that is announced as too large is read or spooled.

    A form with a file may hold 25 MB, JSON 10 MB. A body without a length could be of any size:
    it is refused with 411.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        limit = limit_of(request)
        length = request.META.get("CONTENT_LENGTH") or ""
        if not length and request.META.get("HTTP_TRANSFER_ENCODING"):
            return _refuse(request, NO_LENGTH, _("Expected a body with a Content-Length."))
        if length.isascii() and length.isdecimal() and int(length) > limit:
            return _too_large(request, limit)
        response = self.get_response(request)
        return _too_large(request, MAX_BYTES) if _was_cut(request) else response


class CountedUpload(FileUploadHandler):
    """Stops reading when the files of one form have more than 25 MB together."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.read = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Hand the chunk on to the handler that keeps it, or stop."""
        self.read += len(raw_data)
        if self.read > MAX_BYTES:
            found: Any = self.request
            found.is_body_cut = True
            for handler in found.upload_handlers:
                handler.upload_interrupted()  # takes its temporary file away
            raise RequestDataTooBig(f"expected files of at most {MAX_BYTES} bytes")
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the next handler."""


def limit_of(request: HttpRequest) -> int:
    """Return how many bytes the body of ``request`` may have."""
    is_form = (request.content_type or "").startswith("multipart/")
    is_json = "json" in (request.content_type or "")
    return MAX_BYTES + FORM_BYTES if is_form else LARGEST_JSON if is_json else MAX_BYTES


def _was_cut(request: HttpRequest) -> bool:
    return bool(getattr(request, "is_body_cut", False))


def _too_large(request: HttpRequest, limit: int) -> HttpResponse:
    text = _("Expected at most %(mb)d MB.") % {"mb": limit // 2**20}
    return _refuse(request, TOO_LARGE, text)


def _refuse(request: HttpRequest, status: int, text: str) -> HttpResponse:
    if request.path.startswith(API):
        response: HttpResponse = respond(Problem(status, detail=text))
    else:
        response = HttpResponse(text, "text/plain; charset=utf-8", status)
    response["Connection"] = "close"  # what is still to come is not read
    return response
